"""
How each word of a mail looks: colour, what lies behind it, size, and whether it is seen at all.

A small cascade (CSS Cascade 4, 6.1) over what contrast and hidden text need, for a column of
600 px. What cannot be told exactly is None, and nothing is concluded from it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal

from cssselect import HTMLTranslator, SelectorError, parse
from lxml import etree  # type: ignore[import-untyped]

from newsletter.preflight.colours import (
    BLACK,
    CLEAR,
    WHITE,
    Colour,
    background,
    colour,
    contrast,
    over,
)
from newsletter.preflight.hiding import hiding
from newsletter.preflight.page import Element, inline, sheet_rules
from newsletter.preflight.sheets import Rule

Scheme = Literal["light", "dark"]

#: What the column is wide, in px: media queries are answered for it.
COLUMN = 600

#: In px: what is smaller is a dot.
TINY = 4.0

_DARK = re.compile(r"prefers-color-scheme\s*:\s*dark")
_FEATURE = re.compile(r"\(([a-z-]+)\s*:\s*([^)]+)\)")
#: States that no mail is in when it is opened, and boxes that hold no words of the mail.
_STATES = re.compile(r":(?:hover|active|focus|visited|target|checked|:?before|:?after)\b")

_NEEDED = frozenset(
    [
        "color",
        "background",
        "background-color",
        "background-image",
        "display",
        "visibility",
        "opacity",
        "overflow",
        "font-size",
        "font-weight",
        "font",
        "line-height",
        "height",
        "max-height",
        "text-indent",
        "position",
        "left",
        "top",
        "padding",
        "padding-top",
        "padding-bottom",
        "clip",
    ]
)
#: What browsers give headings, in em of what is round them (HTML, 15.3.6).
_HEADINGS = {"h1": 2.0, "h2": 1.5, "h3": 1.17, "h4": 1.0, "h5": 0.83, "h6": 0.67}
_BOLD = frozenset({"b", "strong", "th", *_HEADINGS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the words that stand in one element look."""

    #: None: it cannot be told.
    colour: Colour | None
    #: What lies behind, already laid together; None: a picture, or whatever the program has.
    ground: Colour | None
    #: In px.
    size: float
    bold: bool
    #: Why nobody sees it: `display:none`; empty: it is seen.
    hidden: str
    #: In px; None: as the font has it.
    line: float | None
    values: Mapping[str, str]


def unseen(look: Look) -> str:
    """Say why words cannot be seen by anybody; empty: they can, or it cannot be told."""
    if look.hidden or look.size < TINY:
        return look.hidden or f"font-size:{look.size:g}px"
    if look.colour is None:
        return ""
    if look.colour.alpha == 0:
        return "color:transparent"
    if look.ground and contrast(over((look.colour, look.ground)), look.ground) < 1.1:
        return f"{look.colour} on {look.ground}"
    return ""


class Looks:
    """The looks of a page under one colour scheme."""

    def __init__(
        self, root: Element, scheme: Scheme, chosen: dict[etree.XPath, list[Element]] | None = None
    ) -> None:
        """`chosen` keeps what a selector picks of the page, for the looks of its other scheme."""
        self._root = root
        self._scheme = scheme
        self._chosen = {} if chosen is None else chosen
        self._known: dict[Element, Look] = {}

    def of(self, element: Element) -> Look:
        """Return how an element's own words look."""
        if element not in self._known:
            above = element.getparent()
            before = self.of(above) if above is not None else self._outside
            self._known[element] = _look(element, self._values(element), before)
        return self._known[element]

    @cached_property
    def _outside(self) -> Look:
        light = self._scheme == "light"
        return Look(
            colour=BLACK if light else None,
            ground=WHITE if light else None,
            size=16.0,
            bold=False,
            hidden="",
            line=None,
            values={},
        )

    def _values(self, element: Element) -> Mapping[str, str]:
        """Return the value that wins for each property."""
        won: dict[str, tuple[tuple[bool, bool, tuple[int, ...], int], str]] = {}
        for name, value in _attributes(element):
            won[name] = ((False, False, (), -1), value)
        for order, (rule, specificity) in enumerate(self._matching.get(element, ())):
            for name, (value, important) in rule.declared.items():
                key = (important, False, specificity, order)
                if name in _NEEDED and (name not in won or won[name][0] <= key):
                    won[name] = (key, value)
        for name, (value, important) in inline(element).items():
            key = (important, True, (), 0)
            if name in _NEEDED and (name not in won or won[name][0] <= key):
                won[name] = (key, value)
        return {name: value for name, (_, value) in sorted(won.items(), key=lambda pair: pair[1])}

    @cached_property
    def _matching(self) -> Mapping[Element, list[tuple[Rule, tuple[int, ...]]]]:
        found: dict[Element, list[tuple[Rule, tuple[int, ...]]]] = {}
        for rule in sheet_rules(self._root):
            if _NEEDED.isdisjoint(rule.declared) or not applies(rule.media, self._scheme):
                continue
            for select, specificity in _selectors(rule.selector):
                if select not in self._chosen:
                    self._chosen[select] = select(self._root)
                for element in self._chosen[select]:
                    found.setdefault(element, []).append((rule, specificity))
        return found


@lru_cache(maxsize=2_000)
def _selectors(selector: str) -> list[tuple[etree.XPath, tuple[int, ...]]]:
    """Compile a selector; what is not known to it matches nothing."""
    if _STATES.search(selector):
        return []
    try:
        parsed = parse(selector)
        paths = [HTMLTranslator().selector_to_xpath(one) for one in parsed]
        return [
            (etree.XPath(path), one.specificity()) for path, one in zip(paths, parsed, strict=True)
        ]
    except (SelectorError, etree.XPathError):
        return []


def is_dark(media: str) -> bool:
    """Say whether a condition asks for the dark scheme."""
    return bool(_DARK.search(media))


@lru_cache(maxsize=256)
def applies(media: str, scheme: Scheme) -> bool:
    """Answer a media query for a screen of the column's width; one that is not known is false."""
    return not media or any(_answer(part.strip(), scheme) for part in media.split(","))


def _answer(query: str, scheme: Scheme) -> bool:
    words = set(_FEATURE.sub(" ", query).split()) - {"and", "only", "all", "screen"}
    features = _FEATURE.findall(query)
    return not words and all(_feature(name, value.strip(), scheme) for name, value in features)


def _feature(name: str, value: str, scheme: Scheme) -> bool:
    pixels = re.fullmatch(r"([\d.]+)px", value)
    if pixels and name in {"min-width", "min-device-width"}:
        return float(pixels[1]) <= COLUMN
    if pixels and name in {"max-width", "max-device-width"}:
        return float(pixels[1]) >= COLUMN
    return name == "prefers-color-scheme" and value == scheme


def _attributes(element: Element) -> Iterator[tuple[str, str]]:
    """Yield what old attributes say of looks (HTML, 15.3)."""
    if value := element.get("bgcolor"):
        yield "background-color", value
    if element.get("background"):
        yield "background-image", "url()"
    if element.tag == "font" and (value := element.get("color")):
        yield "color", value
    if element.tag == "body" and (value := element.get("text")):
        yield "color", value
    if element.get("hidden") is not None:
        yield "display", "none"


def _look(element: Element, values: Mapping[str, str], above: Look) -> Look:
    size = _size(element, values, above.size)
    weight = values.get("font-weight", "")
    clear = _number(values.get("opacity", "1"), 1.0)
    ink = _ink(element, values, above)
    return Look(
        colour=ink if clear == 1 else None,
        ground=_ground(values, above.ground),
        size=size,
        bold=_bold(weight) if weight else above.bold or element.tag in _BOLD,
        hidden=hiding(values, above.hidden),
        line=_line(values.get("line-height", ""), size, above.line),
        values=values,
    )


def _ink(element: Element, values: Mapping[str, str], above: Look) -> Colour | None:
    value = values.get("color", "").lower()
    if value in {"", "inherit"}:
        # A link without a colour has the program's own.
        linked = element.tag == "a" and element.get("href") and not value
        return None if linked else above.colour
    return colour(value)


def _ground(values: Mapping[str, str], below: Colour | None) -> Colour | None:
    top: Colour | None = CLEAR
    # Sorted by who wins, so that the last one said stands.
    for name, value in values.items():
        if name == "background-color":
            top = colour(value)
        elif name == "background":
            top = background(value)
    if values.get("background-image", "none").lower() != "none" or top is None:
        return None
    if top.alpha == 1:
        return top
    return over((top, below)) if below else None


def _bold(weight: str) -> bool:
    return weight in {"bold", "bolder"} or _number(weight, 400.0) >= 700


def _size(element: Element, values: Mapping[str, str], above: float) -> float:
    if value := values.get("font-size"):
        return length(value, above, above)
    return above * _HEADINGS.get(element.tag, 1.0)


def _line(value: str, size: float, above: float | None) -> float | None:
    if not value or value == "normal":
        return above
    if re.fullmatch(r"[\d.]+", value):
        return float(value) * size
    return length(value, size, above or 0.0) or None


def length(value: str, em: float, otherwise: float) -> float:
    """Read a length in px; one in units that depend on the screen is `otherwise`."""
    found = re.fullmatch(r"(-?[\d.]+)(px|pt|em|rem|%)?", value.strip().lower())
    if not found:
        return otherwise
    number = _number(found[1], 0.0)
    units = {"px": 1.0, "pt": 4 / 3, "em": em, "rem": 16.0, "%": em / 100}
    return number * units.get(found[2] or "px", 1.0)


def _number(text: str, otherwise: float) -> float:
    try:
        return float(text)
    except ValueError:
        return otherwise
