"""
What the mail asks of the programs that its own readers have.

`support.json` is a part of caniemail.com (MIT, Rémi Parmentier; `support.LICENSE.txt`); `make
caniemail` makes it from a newer copy. A feature is told where one reader in twenty does not
get it, and the mail has nothing in its place.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from newsletter.model import Finding
from newsletter.preflight.features import FEATURES, Used, used
from newsletter.preflight.proof import Proofsheet, warning
from newsletter.preflight.prose import quote
from newsletter.preflight.readers import share

DATA = Path(__file__).with_name("support.json")

#: Of the readers, 0 to 1: from here on it is told.
TOLD_FROM = 0.05

_NAMES = {
    "apple-mail/ios": "Apple Mail on phones",
    "apple-mail/macos": "Apple Mail on Macs",
    "gmail/android": "Gmail on Android",
    "gmail/desktop-webmail": "Gmail in browsers",
    "gmail/ios": "Gmail on iPhones",
    "outlook/android": "Outlook on Android",
    "outlook/ios": "Outlook on iPhones",
    "outlook/macos": "Outlook on Macs",
    "outlook/outlook-com": "Outlook.com",
    "outlook/windows": "Outlook for Windows",
    "samsung-email/android": "Samsung Email",
    "thunderbird/macos": "Thunderbird",
    "yahoo/android": "Yahoo on Android",
    "yahoo/desktop-webmail": "Yahoo in browsers",
    "yahoo/ios": "Yahoo on iPhones",
}


@cache
def support() -> Mapping[str, Any]:
    """Return the data: `date`, and for each feature its `title` and the programs `without` it."""
    known: Mapping[str, Any] = json.loads(DATA.read_text(encoding="utf-8"))
    return known


def programs(sheet: Proofsheet) -> Iterator[Finding]:
    """Nineteen readers in twenty, or more, get the mail as it was drawn."""
    first: dict[str, Used] = {}
    for one in used(sheet.root):
        first.setdefault(one.feature, one)
    features = support()["features"]
    for feature, one in first.items():
        without = features.get(feature, {}).get("without", ())
        part = share(without, sheet.operators)
        if part >= TOLD_FROM:
            yield _told(sheet, one, features[feature]["title"], without, part)


def _told(sheet: Proofsheet, one: Used, title: str, without: list[str], part: float) -> Finding:
    worst = sorted(without, key=lambda name: -share([name], sheet.operators))[:3]
    names = ", ".join(_NAMES.get(name, name) for name in worst)
    about = None if one.element is None else sheet.story(one.element)
    return warning(
        f"{quote(one.written)}: {part:.0%} of readers have no {title} ({names})",
        f"for them {FEATURES[one.feature]}; see caniemail.com of {support()['date']}",
        where="" if about else sheet.templates,
        about=about,
        at=one.element,
    )
