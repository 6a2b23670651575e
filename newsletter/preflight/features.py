"""
What a mail may ask of mail programs, and what readers lose where one does not know it.

Only what breaks is here. Round corners, shadows, hover, a nicer wrapping and whatever stands in
`@media` add to a mail that is whole without them.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from newsletter.preflight.page import Element, elements, own_texts, sheet_rules
from newsletter.preflight.sheets import pairs


class Used(NamedTuple):
    """One place where a mail asks for something."""

    #: As caniemail.com names it: `css-display-flex`.
    feature: str
    #: As it is written: `display:flex`, `<video>`.
    written: str
    #: None: in a style sheet.
    element: Element | None


class _Style(NamedTuple):
    """A feature of CSS: what declares it, what is lost, and what stands in for it."""

    feature: str
    declared: re.Pattern[str]
    lost: str
    #: Another property that does for it, beside the same property without the feature.
    instead: str = ""


def _style(feature: str, declared: str, lost: str, instead: str = "") -> _Style:
    return _Style(feature, re.compile(declared, re.IGNORECASE), lost, instead)


_GROUND = "background-color|background"
_VALUE = "the whole line of CSS is ignored"

STYLES: tuple[_Style, ...] = (
    _style("css-display-flex", r"display:(?:inline-)?flex\b", "columns stand below each other"),
    _style("css-display-grid", r"display:(?:inline-)?grid\b", "columns stand below each other"),
    _style("css-position", r"position:(?:absolute|fixed|sticky|relative)\b", "it stands elsewhere"),
    _style("css-float", r"float:(?:left|right)\b", "it stands below instead of beside"),
    _style("css-column-count", r"column(?:s|-count):", "columns are one"),
    _style("css-transform", r"transform:(?!none)", "it is not moved or turned"),
    _style("css-clip-path", r"clip-path:(?!none)", "what was cut away is seen"),
    _style("css-object-fit", r"object-fit:", "the picture is squeezed"),
    _style("css-aspect-ratio", r"aspect-ratio:", "the box has no height", "height"),
    _style("css-writing-mode", r"writing-mode:(?!horizontal)", "lines run the other way"),
    _style(
        "css-background-image",
        r"background(?:-image)?:(?=.*\burl\()",
        "the words stand on nothing",
        _GROUND,
    ),
    _style("css-linear-gradient", r"background.*linear-gradient\(", "no ground", _GROUND),
    _style("css-radial-gradient", r"background.*radial-gradient\(", "no ground", _GROUND),
    _style("css-variables", r"[\w-]+:.*\bvar\(", _VALUE),
    _style("css-unit-calc", r"[\w-]+:.*\bcalc\(", _VALUE),
    _style("css-function-clamp", r"[\w-]+:.*\bclamp\(", _VALUE),
    _style("css-function-min", r"[\w-]+:.*\bmin\(", _VALUE),
    _style("css-function-max", r"[\w-]+:.*\bmax\(", _VALUE),
    _style("css-function-light-dark", r"[\w-]+:.*\blight-dark\(", _VALUE),
    _style("css-modern-color", r"[\w-]+:.*\b(?:ok)?l(?:ch|ab)\(", _VALUE),
    _style("css-unit-rem", r"[\w-]+:.*\drem\b", _VALUE),
    _style("css-unit-vh", r"(?:height|width|font-size):.*\dvh\b", _VALUE),
    _style("css-unit-vw", r"(?:height|width|font-size):.*\dvw\b", _VALUE),
    _style("css-padding-inline-block", r"padding-(?:inline|block):", "no room round it", "padding"),
    _style("css-margin-inline-block", r"margin-(?:inline|block):", "no room round it", "margin"),
    _style("css-inline-size", r"inline-size:", "it is as wide as it likes", "width"),
    _style("css-inset", r"inset:", "it stands elsewhere"),
)

#: Features of HTML: what has it, and what is lost.
MARKS: Mapping[str, tuple[str, str]] = {
    "html-video": ("//video[not(.//img) and not(.//a)]", "there is nothing to see"),
    "html-audio": ("//audio[not(.//a)]", "there is nothing to hear"),
    "html-form": ("//form", "it cannot be sent"),
    "html-input-text": ("//input[not(@type) or @type='text' or @type='email']", "no field"),
    "html-select": ("//select", "nothing can be chosen"),
    "html-textarea": ("//textarea", "there is no field"),
    "html-button-submit": ("//button", "nothing happens when it is pressed"),
    "html-svg": ("//svg", "the drawing is missing"),
    "html-object": ("//object", "what it shows is missing"),
    "html-picture": ("//picture[not(.//img[@src])]", "there is no picture"),
    "html-srcset": ("//img[@srcset and not(@src)]", "there is no picture"),
    "html-image-maps": ("//img[@usemap]", "parts of the picture are no links"),
    "html-link": ("//link[contains(@rel, 'stylesheet')]", "the mail has no style"),
    "html-base": ("//base[@href]", "links lead elsewhere"),
    "html-bdi": ("//bdi", "a name may run the wrong way; <span dir=auto> does the same"),
    "html-dialog": ("//dialog", "it does not open"),
    "html-popover": ("//*[@popover]", "it does not open"),
    "html-hidden": ("//*[@hidden]", "it is seen"),
    "html-marquee": ("//marquee", "it stands still"),
    "html-meter": ("//meter", "the bar is missing"),
    "html-progress": ("//progress", "the bar is missing"),
    "html-background": ("//*[@background and not(@bgcolor)]", "the words stand on nothing"),
    "html-anchor-links": ("//a[starts-with(@href, '#') and string-length(@href) > 1]", "no jump"),
    "css-pseudo-element-before": ("", "what it adds is missing"),
    "css-pseudo-element-after": ("", "what it adds is missing"),
    "css-at-import": ("", "the mail has no style"),
}

FEATURES: Mapping[str, str] = {
    **{style.feature: style.lost for style in STYLES},
    **{feature: lost for feature, (_, lost) in MARKS.items()},
}

_PSEUDO = re.compile(r"::?(before|after)\b")
_CONTENT = re.compile(r"[\"'][^\"']*\w[^\"']*[\"']|\battr\(|\burl\(")


def used(root: Element) -> Iterator[Used]:
    """Yield every place where a mail asks for one of the features and has nothing instead."""
    for element in elements(root):
        if style := element.get("style"):
            yield from _styled(style, element)
    yield from _sheets(root)
    for feature, (path, _) in MARKS.items():
        for element in root.xpath(path) if path else ():
            yield Used(feature, f"<{element.tag}>", element)


def _styled(style: str, element: Element | None) -> Iterator[Used]:
    declared = list(pairs(style))
    for name, value in declared:
        written = f"{name}:{value}"
        for feature in _asked(written):
            if not _instead(feature, name, declared, element):
                yield Used(feature.feature, written[:60], element)


@lru_cache(maxsize=4_000)
def _asked(written: str) -> tuple[_Style, ...]:
    """Return what a declaration asks for: a mail has few that differ, thousands of times."""
    return tuple(feature for feature in STYLES if feature.declared.match(written))


def _instead(
    feature: _Style, name: str, declared: list[tuple[str, str]], element: Element | None
) -> bool:
    """Say whether a program that does not know a declaration finds another one beside it."""
    plain = [other for other, value in declared if not feature.declared.match(f"{other}:{value}")]
    if name in plain:
        return True
    if not feature.instead:
        return False
    if any(re.fullmatch(feature.instead, other) for other in plain):
        return True
    if feature.instead != _GROUND or element is None:
        return False
    # A ground without words needs no colour.
    return bool(element.get("bgcolor")) or not _has_words(element)


def _has_words(element: Element) -> bool:
    return any(any(said.strip() for said in own_texts(one)) for one in elements(element))


def _sheets(root: Element) -> Iterator[Used]:
    """Look at the rules that hold everywhere; those under `@media` only add."""
    for rule in sheet_rules(root):
        if rule.media:
            continue
        style = ";".join(f"{name}:{value}" for name, (value, _) in rule.declared.items())
        if not rule.twice:
            yield from _styled(style, None)
        pseudo = _PSEUDO.search(rule.selector)
        if pseudo and _CONTENT.search(rule.declared.get("content", ("", False))[0]):
            yield Used(f"css-pseudo-element-{pseudo[1]}", rule.selector, None)
    for style in root.iter("style"):
        if re.search(r"@import\b", style.text or ""):
            yield Used("css-at-import", "@import", style)
