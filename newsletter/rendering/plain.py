"""A story's HTML as plain text, block by block."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lxml import etree  # type: ignore[import-untyped]

#: White space that may be folded; a no-break space is none of it.
_FOLDS = re.compile(r"[ \t\r\n\f]+")

_HOLDERS = {"div", "section", "article", "main", "figure", "blockquote", "dl"}
_BLOCKS = _HOLDERS | {"p", "ul", "ol", "pre", "table", "h2", "h3", "h4", "h5", "h6"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of the text part."""

    #: Plain; a line end in it is meant.
    text: str
    #: Columns to indent it by.
    indent: int = 0
    #: What its first line begins with: `• `, `1. `.
    mark: str = ""
    #: True: code, whose lines are not wrapped.
    verbatim: bool = False
    #: The words and addresses of its links.
    links: tuple[tuple[str, str], ...] = ()


def fold(text: str) -> str:
    """Make one line of a text, with single spaces."""
    return _FOLDS.sub(" ", text).strip(" ")


def blocks(element: etree._Element) -> Iterator[Block]:
    """Say one element of a body as blocks of text."""
    if element.tag in {"ul", "ol"}:
        yield from _items(element)
    elif element.tag == "table":
        yield from _rows(element)
    elif element.tag == "pre":
        code = "".join(element.itertext()).strip("\n").expandtabs(4)
        yield Block(text=code, verbatim=True, indent=4)
    elif element.tag in _HOLDERS and any(child.tag in _BLOCKS for child in element):
        indent = 2 if element.tag == "blockquote" else 0
        for child in element:
            yield from (_shifted(block, indent) for block in blocks(child))
    elif said := _said(element):
        indent = 2 if element.tag == "blockquote" else 0
        yield Block(text=said, indent=indent, links=_links(element))


def _items(element: etree._Element) -> Iterator[Block]:
    for number, item in enumerate(element.iterchildren("li"), 1):
        mark = f"{number}. " if element.tag == "ol" else "• "
        inner = [child for child in item if child.tag in {"ul", "ol"}]
        if said := _said(item):
            yield Block(text=said, mark=mark, links=_links(item))
        for child in inner:
            yield from (_shifted(block, len(mark)) for block in blocks(child))


def _rows(table: etree._Element) -> Iterator[Block]:
    for row in table.iter("tr"):
        cells = [said for cell in row if (said := _said(cell))]
        if cells:
            yield Block(text=" · ".join(cells), links=_links(row))


def _shifted(block: Block, columns: int) -> Block:
    return replace(block, indent=block.indent + columns) if columns else block


def _said(element: etree._Element) -> str:
    """Return an element's words, without the lists inside it; `<br>` ends a line."""
    lines = "".join(_parts(element)).split("\0")
    return "\n".join(filter(None, map(fold, lines)))


def _parts(element: etree._Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == "br":
            yield "\0"
        elif child.tag not in {"ul", "ol"}:
            yield from _parts(child)
        yield child.tail or ""


def _links(element: etree._Element) -> tuple[tuple[str, str], ...]:
    found = ((fold("".join(a.itertext())), a.get("href", "")) for a in element.iter("a"))
    return tuple((words, address.removeprefix("mailto:")) for words, address in found if address)
