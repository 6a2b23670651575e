"""
Forced dark: what a mail program does to a mail that it makes dark by itself.

As Chromium's own does, which is also Android's: a light ground and dark words have their
lightness mirrored (CIE L*), mid-tones and pictures stay. Gmail and Outlook differ in small ways
and agree in this one.
"""

import re
from functools import lru_cache

#: Lighter grounds and lines, and darker words, are mirrored; in L* of 100.
_LIGHT_GROUND, _DARK_WORDS = 80.0, 60.0

#: What pure white becomes.
_BLACKEST = 18

_PAIR = re.compile(
    r"(?P<name>background-color|background|bgcolor|border(?:-[a-z]+)*|outline(?:-color)?|color)"
    r"(?P<between>\s*[:=]\s*\"?)(?P<value>[^;\"'}]*)",
    re.IGNORECASE,
)
_COLOUR = re.compile(r"#(?:[0-9a-f]{6}|[0-9a-f]{3})\b", re.IGNORECASE)
_DARK_SHEETS = re.compile(r"<style\b[^>]*>(?:(?!</style>).)*data-ogs[bc].*?</style>", re.DOTALL)
_HEAD_END = re.compile(r"</head>", re.IGNORECASE)


def forced_dark(html: str) -> str:
    """Return a mail whose light grounds and dark words are mirrored; its pictures stay."""
    html = _DARK_SHEETS.sub("", html)
    html = _PAIR.sub(_mirrored, html)
    # The canvas behind the mail, and words that no rule colours.
    canvas = "<style>html{background:#121212;color:#e8e8e8}</style></head>"
    return _HEAD_END.sub(canvas, html, count=1)


def _mirrored(pair: re.Match[str]) -> str:
    ground = pair["name"].lower().startswith(("background", "bgcolor", "border"))
    mirror = _ground if ground else _words
    value = _COLOUR.sub(lambda found: mirror(found[0].lower()), pair["value"])
    return f"{pair['name']}{pair['between']}{value}"


@lru_cache(maxsize=512)
def _ground(colour: str) -> str:
    red, green, blue = _rgb(colour)
    if _lightness(red, green, blue) < _LIGHT_GROUND:
        return colour
    return _flipped(red, green, blue)


@lru_cache(maxsize=512)
def _words(colour: str) -> str:
    red, green, blue = _rgb(colour)
    if _lightness(red, green, blue) > _DARK_WORDS:
        return colour
    return _flipped(red, green, blue)


def _flipped(red: int, green: int, blue: int) -> str:
    """Mirror lightness and keep the tint: what was left to white is what is left to black."""
    room = 255 - _BLACKEST
    top = max(red, green, blue) + min(red, green, blue)
    shift = 255 - top
    mirrored = (round(_BLACKEST + (value + shift) * room / 255) for value in (red, green, blue))
    return "#" + "".join(f"{min(255, max(0, value)):02x}" for value in mirrored)


def _rgb(colour: str) -> tuple[int, int, int]:
    digits = colour[1:]
    if len(digits) == 3:
        digits = "".join(digit * 2 for digit in digits)
    return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)


def _lightness(red: int, green: int, blue: int) -> float:
    """Return L* of a colour in sRGB (IEC 61966-2-1), 0 to 100."""
    linear = [_linear(value / 255) for value in (red, green, blue)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16 if luminance > 0.008856 else 903.3 * luminance


def _linear(value: float) -> float:
    return float(((value + 0.055) / 1.055) ** 2.4) if value > 0.04045 else value / 12.92
