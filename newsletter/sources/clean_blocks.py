"""A tree of foreign HTML, turned into the blocks of a mail. What is lost is shape, never words."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from lxml import etree  # type: ignore[import-untyped]

from newsletter.sources.clean_links import absolute, https_only
from newsletter.sources.clean_shape import BLOCKS, WRAPPERS, shape, shape_code

#: How deep elements may stand inside each other: MJML's parser fails at thousands, and no mail
#: program shows more than a few.
_DEEPEST = 40
#: What a table needs below it: its rows, its cells, and what stands in them.
_TABLE_ROOM = 6

_TABLE_PARTS = frozenset({"thead", "tbody", "tfoot", "tr", "td", "th", "caption"})
_LISTED: Mapping[str, frozenset[str]] = {
    "li": frozenset({"ul", "ol"}),
    "dt": frozenset({"dl"}),
    "dd": frozenset({"dl"}),
}
_BLOCKISH = BLOCKS | WRAPPERS | _TABLE_PARTS | set(_LISTED)
_VOID = frozenset({"br", "img"})
#: Said twice, these say nothing more; and a hostile page says them a thousand times.
_ONCE = frozenset("a b strong em i s u sub sup code mark small cite q abbr".split())  # noqa: SIM905
_SAME = {
    "del": "s",
    "strike": "s",
    "ins": "u",
    "tt": "code",
    "kbd": "code",
    "samp": "code",
    "var": "i",
    "menu": "ul",
    "dir": "ul",
}
#: For a moment, an element of which only the words stay.
_NOTHING = "nothing"
_FILMS = (
    (
        re.compile(
            r"https://(?:www\.)?youtube(?:-nocookie)?\.com/embed/(?!videoseries)([\w-]{6,20})(?![\w-])"
        ),
        "https://www.youtube.com/watch?v=",
    ),
    (re.compile(r"https://player\.vimeo\.com/video/(\d+)"), "https://vimeo.com/"),
)
_PLAYERS = frozenset({"video", "audio"})

_LANG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NUMBER = re.compile(r"[1-9][0-9]{0,3}")
_SPAN = re.compile(r"[2-9]|1[0-9]|20")
_RULES: Mapping[str, Callable[[str], object]] = {
    "lang": _LANG.fullmatch,
    "dir": re.compile("ltr|rtl|auto").fullmatch,
    "start": _NUMBER.fullmatch,
    "width": _NUMBER.fullmatch,
    "height": _NUMBER.fullmatch,
    "colspan": _SPAN.fullmatch,
    "rowspan": _SPAN.fullmatch,
}


def fit(root: Any, base: str) -> Any:
    """Return the tree as blocks of a mail: paragraphs, headings, lists, quotes, code, tables."""
    for element in list(root.iterdescendants()):
        element.tag = _SAME.get(element.tag, element.tag)
        _mend_attributes(element)
        _mend_address(element, base)
    _say_once(root)
    _flatten_tables(root)
    _cap(root)
    for code in list(root.iter("pre")):
        shape_code(code)
    for element in reversed(list(root.iter())):
        shape(element, root)
    return root


def _mend_attributes(element: Any) -> None:
    for name, value in element.attrib.items():
        if name in _RULES and not _RULES[name](value):
            del element.attrib[name]
        elif name in {"alt", "title"}:
            element.set(name, " ".join(value.split()))


def _mend_address(element: Any, base: str) -> None:
    if element.tag == "a":
        address = absolute(element.get("href", ""), base)
        element.set("href", address)
        element.tag = "a" if address else "span"
    elif element.tag in _PLAYERS:
        _link_to_player(element, base)
    elif element.tag == "img" and not _is_seen(element, base):
        element.tag = "span"
    if element.tag == "span":
        _retag(element, "span")


def _is_seen(image: Any, base: str) -> bool:
    """Set the picture's full address; a picture of one pixel counts readers, and shows nothing."""
    image.set("src", https_only(image.get("src", ""), base))
    return bool(image.get("src")) and "1" not in {image.get("width"), image.get("height")}


def _link_to_player(element: Any, base: str) -> None:
    """A mail plays nothing: what would play becomes a link to it."""
    address = _page_of(https_only(element.get("src", ""), base))
    for child in list(element):
        element.remove(child)
    element.attrib.clear()
    element.tag, element.text = "span", None
    if address:
        host = (urlsplit(address).hostname or "").removeprefix("www.")
        element.tag, element.text = "a", f"▶ {host}"
        element.set("href", address)


def _page_of(player: str) -> str:
    """Return the page of a film for the address of its bare player."""
    for pattern, page in _FILMS:
        if film := pattern.match(player):
            return f"{page}{film[1]}"
    return player


def _retag(element: Any, tag: str) -> None:
    element.tag = tag
    for name in set(element.attrib) - {"lang", "dir"}:
        del element.attrib[name]


def _say_once(root: Any) -> None:
    said: dict[Any, frozenset[str]] = {root: frozenset()}
    for element in list(root.iterdescendants()):
        around = said[element.getparent()]
        if element.tag in around:
            _retag(element, "span")
        said[element] = around | ({element.tag} & _ONCE)
        if element.tag == "span" and not element.attrib:
            element.tag = _NOTHING
    etree.strip_tags(root, _NOTHING)


def _flatten_tables(root: Any) -> None:
    """Tables inside tables, and those of one cell, only placed things on a page."""
    for table in list(root.iter("table")):
        if _inside_table(table):
            _retag(table, "div")
    _free_the_homeless(root)
    for table in list(root.iter("table")):
        if sum(1 for _ in table.iter("td", "th")) == 1:
            _retag(table, "div")
    _free_the_homeless(root)


def _free_the_homeless(root: Any) -> None:
    for part in list(root.iter(*_TABLE_PARTS, *_LISTED)):
        parent = part.getparent().tag
        if parent not in _LISTED.get(part.tag, {"table", *_TABLE_PARTS}):
            _retag(part, "div")


def _inside_table(table: Any) -> bool:
    return any(True for _ in table.iterancestors("table"))


def _cap(root: Any) -> None:
    """Flatten what lies too deep: blocks come after each other, the rest is text."""
    depth = {root: 0}
    for element in list(root.iterdescendants()):
        parent = element.getparent()
        depth[element] = here = depth[parent] + 1
        homeless = element.tag in _TABLE_PARTS and parent.tag in WRAPPERS
        if homeless or here > _DEEPEST - (_TABLE_ROOM if element.tag == "table" else 0):
            _flatten(element)


def _flatten(element: Any) -> None:
    if element.tag not in _VOID:
        _retag(element, "div" if element.tag in _BLOCKISH else "span")
