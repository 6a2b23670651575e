"""
Looks MJML over before it is rendered.

The renderer takes unknown components, misplaced ones and wrong closing tags in silence, and the
mail comes out wrong. Components and attributes: documentation.mjml.io.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple


class Flaw(NamedTuple):
    """One thing that is wrong, and the line it is on; 0 when nobody knows."""

    line: int
    sentence: str


_TOKEN = re.compile(
    r"<!--.*?-->|<(?P<close>/?)(?P<name>[A-Za-z][\w:-]*)"
    r"(?P<rest>(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+)>",
    re.DOTALL,
)
_NAMED = re.compile(r"([\w:-]+)\s*=")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")

_VOID = frozenset(
    [
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
    ]
)

_PADDING = frozenset(["padding", "padding-top", "padding-right", "padding-bottom", "padding-left"])
_BORDER = frozenset(["border", "border-top", "border-right", "border-bottom", "border-left"])
_TYPE = frozenset(
    [
        "color",
        "font-family",
        "font-size",
        "font-style",
        "font-weight",
        "letter-spacing",
        "line-height",
        "align",
        "text-decoration",
        "text-transform",
    ]
)
_SECTION = _PADDING | _BORDER
_SECTION |= frozenset(
    [
        "background-color",
        "background-position",
        "background-position-x",
        "background-position-y",
        "background-repeat",
        "background-size",
        "background-url",
        "border-radius",
        "direction",
        "full-width",
        "text-align",
    ]
)

#: The components that an edition may be made of, where each may stand, and its attributes.
#: Those that fetch icons, need scripts or lose widths (social, carousel, accordion, navbar,
#: include) are left out on purpose.
COMPONENTS: dict[str, tuple[frozenset[str], frozenset[str]]] = {
    name: (frozenset(parents.split()), frozenset(attributes))
    for name, parents, attributes in (
        ("mjml", "", {"lang", "dir", "owa"}),
        ("mj-head", "mjml", ()),
        ("mj-title", "mj-head", ()),
        ("mj-preview", "mj-head", ()),
        ("mj-attributes", "mj-head", ()),
        ("mj-breakpoint", "mj-head", {"width"}),
        ("mj-style", "mj-head", ()),
        ("mj-body", "mjml", {"background-color", "width"}),
        ("mj-wrapper", "mj-body", _SECTION),
        ("mj-section", "mj-body mj-wrapper", _SECTION),
        ("mj-group", "mj-section", {"background-color", "direction", "vertical-align", "width"}),
        (
            "mj-column",
            "mj-section mj-group",
            _PADDING
            | _BORDER
            | {f"inner-{name}" for name in _BORDER}
            | {"background-color", "border-radius", "inner-background-color", "vertical-align"}
            | {"inner-border-radius", "width"},
        ),
        (
            "mj-text",
            "mj-column mj-hero",
            _PADDING | _TYPE | {"height", "container-background-color"},
        ),
        (
            "mj-button",
            "mj-column mj-hero",
            _PADDING
            | _BORDER
            | _TYPE
            | {"background-color", "border-radius", "container-background-color", "height"}
            | {"href", "inner-padding", "name", "rel", "target", "text-align", "title", "width"}
            | {"vertical-align"},
        ),
        (
            "mj-image",
            "mj-column mj-hero",
            _PADDING
            | {"align", "alt", "border", "border-radius", "container-background-color", "height"}
            | {"fluid-on-mobile", "font-size", "href", "name", "rel", "src", "srcset", "target"}
            | {"title", "usemap", "width"},
        ),
        (
            "mj-table",
            "mj-column mj-hero",
            _PADDING
            | _TYPE
            | {"border", "cellpadding", "cellspacing", "container-background-color", "role"}
            | {"table-layout", "width"},
        ),
        (
            "mj-divider",
            "mj-column mj-hero",
            _PADDING
            | {"align", "border-color", "border-style", "border-width", "width"}
            | {"container-background-color"},
        ),
        ("mj-spacer", "mj-column mj-hero", _PADDING | {"height", "container-background-color"}),
        (
            "mj-hero",
            "mj-body mj-wrapper",
            _PADDING
            | {"background-color", "background-height", "background-position", "background-url"}
            | {"background-width", "border-radius", "height", "mode", "vertical-align", "width"},
        ),
        (
            "mj-raw",
            "mj-head mj-body mj-wrapper mj-section mj-group mj-column mj-hero",
            {"position"},
        ),
    )
}
_ANYWHERE = frozenset({"css-class", "mj-class"})


def flaws(mjml: str) -> Iterator[Flaw]:
    """Yield what is wrong, in the order of the text; after a wrong closing tag nothing more."""
    open_tags: list[tuple[str, int]] = []
    for found in _TOKEN.finditer(mjml):
        name = found["name"]
        if not name:
            continue
        if found["close"]:
            if not open_tags or open_tags[-1][0] != name:
                yield _unmatched(mjml, found, open_tags)
                return
            open_tags.pop()
            continue
        if name.lower().startswith("mj"):
            yield from _misplaced(mjml, found, open_tags)
        if not found["rest"].endswith("/") and name not in _VOID:
            open_tags.append((name, found.start()))
    for name, start in open_tags[-1:]:
        yield Flaw(_line(mjml, start), f"<{name}> is never closed")


def _misplaced(mjml: str, found: re.Match[str], open_tags: list[tuple[str, int]]) -> Iterator[Flaw]:
    """Yield what is wrong with one component: its name, its place, its attributes."""
    name, parent = found["name"], open_tags[-1][0] if open_tags else ""
    line = _line(mjml, found.start())
    if parent == "mj-attributes":
        return
    if name not in COMPONENTS:
        yield Flaw(line, f"<{name}> is no component that an edition may use")
        return
    parents, attributes = COMPONENTS[name]
    if parents and parent not in parents:
        yield Flaw(line, f"<{name}> stands in <{parent}>; it belongs in {_either(parents)}")
    for attribute in _NAMED.findall(_QUOTED.sub("", found["rest"])):
        if attribute not in attributes | _ANYWHERE:
            yield Flaw(line, f"<{name}> has no attribute {attribute}")


def _either(parents: frozenset[str]) -> str:
    return " or ".join(f"<{parent}>" for parent in sorted(parents))


def _unmatched(mjml: str, found: re.Match[str], open_tags: list[tuple[str, int]]) -> Flaw:
    line = _line(mjml, found.start())
    if not open_tags:
        return Flaw(line, f"</{found['name']}> closes nothing")
    name, start = open_tags[-1]
    opened = _line(mjml, start)
    return Flaw(line, f"</{found['name']}> stands where <{name}> of line {opened} is still open")


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
