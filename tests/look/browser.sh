#!/bin/sh
# Chromium and the fonts that pictures are compared with, where root and apt can bring them.
# Elsewhere the tests that need them are left out, and say so in one line at the end.
set -eu

packages="chromium fonts-liberation fonts-noto-core fonts-noto-color-emoji fontconfig"
missing=$(for package in $packages; do dpkg -s "$package" >/dev/null 2>&1 || printf '%s ' "$package"; done)
[ -n "$missing" ] || exit 0
[ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || exit 0

echo "Installing $missing"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing >/dev/null
