"""Colours as CSS writes them, and how well one is read on another (WCAG 2.2, 1.4.3)."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_FUNCTION = re.compile(r"rgba?\(([^()]*)\)", re.IGNORECASE)
_HEX = re.compile(r"#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})", re.IGNORECASE)
_TOKEN = re.compile(r"#[0-9a-f]+|[a-z]+\([^()]*\)|[a-z][\w-]*|\S+", re.IGNORECASE)
#: Words of a `background` that are no colour, nor hide one.
_PLACES = re.compile(
    r"none|(?:no-)?repeat(?:-[xy])?|scroll|fixed|local|top|bottom|left|right|center|cover|contain"
    r"|(?:border|padding|content)-box|auto|/|-?[\d.]+(?:px|em|rem|pt|%)?",
    re.IGNORECASE,
)


class Colour(NamedTuple):
    """Red, green and blue from 0 to 255, and how much it covers, from 0 to 1."""

    red: float
    green: float
    blue: float
    alpha: float = 1.0

    def __str__(self) -> str:
        return f"#{round(self.red):02X}{round(self.green):02X}{round(self.blue):02X}"


WHITE, BLACK, CLEAR = Colour(255, 255, 255), Colour(0, 0, 0), Colour(0, 0, 0, 0)


@lru_cache(maxsize=1_000)
def colour(value: str) -> Colour | None:
    """Read a colour; None for what is none, or cannot be told: `currentColor`, `var(--ink)`."""
    value = value.strip().lower()
    if value == "transparent":
        return CLEAR
    if found := _FUNCTION.fullmatch(value):
        return _function(found[1])
    if _HEX.fullmatch(value):
        return _hexadecimal(value[1:])
    return _named(value) if value.isalpha() else None


def _hexadecimal(digits: str) -> Colour:
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    red, green, blue, *alpha = bytes.fromhex(digits)
    return Colour(red, green, blue, alpha[0] / 255 if alpha else 1.0)


def _named(word: str) -> Colour | None:
    # Loaded where a mail has names: the house's own has none.
    from PIL import ImageColor  # noqa: PLC0415

    try:
        return Colour(*ImageColor.getrgb(word))
    except ValueError:
        return None


def _function(inside: str) -> Colour | None:
    parts = [part for part in re.split(r"[\s,/]+", inside.strip()) if part]
    try:
        red, green, blue, alpha = (
            _number(part, 255 if at < 3 else 1) for at, part in enumerate([*parts, "1"][:4])
        )
    except ValueError:
        return None
    return Colour(red, green, blue, alpha)


def _number(text: str, whole: float) -> float:
    value = float(text[:-1]) / 100 * whole if text.endswith("%") else float(text)
    return min(max(value, 0.0), whole)


def background(value: str) -> Colour | None:
    """Read the colour of a `background`; None where a picture or a gradient lies on it."""
    found = [token for token in _TOKEN.findall(value) if not _PLACES.fullmatch(token)]
    return CLEAR if not found else colour(found[0]) if len(found) == 1 else None


def over(layers: Iterable[Colour]) -> Colour:
    """Lay colours on each other, the topmost first, the last one opaque."""
    red = green = blue = 0.0
    left = 1.0
    for layer in layers:
        part = left * layer.alpha
        red, green, blue = red + part * layer[0], green + part * layer[1], blue + part * layer[2]
        left -= part
    return Colour(red, green, blue)


@lru_cache(maxsize=4_000)
def contrast(one: Colour, other: Colour) -> float:
    """Return the ratio of two opaque colours, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(seen: Colour) -> float:
    red, green, blue = (_linear(part / 255) for part in seen[:3])
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return float(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
