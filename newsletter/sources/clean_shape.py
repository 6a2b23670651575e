"""One element of foreign HTML at a time, innermost first, given a shape that mail can show."""

from collections.abc import Iterable
from typing import Any

from lxml import etree  # type: ignore[import-untyped]
from lxml.html import HtmlElement  # type: ignore[import-untyped]

#: Reads what is balanced already; its elements can be dropped and leave their words.
PARSER = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
PARSER.set_element_class_lookup(etree.ElementDefaultClassLookup(element=HtmlElement))

HEADLINES = frozenset({"h1", "h2", "h3", "h4", "h5", "h6", "dt", "caption"})
#: What holds other blocks, and is none itself.
WRAPPERS = frozenset(
    [
        "div",
        "section",
        "article",
        "main",
        "header",
        "footer",
        "aside",
        "nav",
        "figure",
        "figcaption",
        "address",
        "details",
        "summary",
        "center",
        "form",
        "fieldset",
        "legend",
        "hgroup",
    ]
)
BLOCKS = frozenset("p h1 h2 h3 h4 h5 h6 blockquote pre table hr ul ol dl".split())  # noqa: SIM905

#: What is not there any more when it is parted into blocks.
_OPENED = WRAPPERS | {"p"}
_HOLDERS = frozenset({"li", "dd", "td", "th"})
_ROWS = frozenset({"ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "tr"})
#: What is brought from around blocks into each of them; the others only coloured words.
_CARRIED = frozenset({"a", "b", "strong", "em", "i"})
_BLOCKISH = BLOCKS | WRAPPERS | HEADLINES | _HOLDERS | _ROWS
_STAYS_EMPTY = frozenset({"br", "hr", "img", "td", "th"})


def shape(element: Any, root: Any) -> None:
    """Give an element its shape; everything inside it has its own already."""
    tag = element.tag
    if element is root or tag == "blockquote":
        _fill(element, _blocks(element, {}))
    elif tag == "p" or tag in WRAPPERS:
        _open(element)
        return
    elif tag in HEADLINES:
        _join(element, " ")
    elif tag in _HOLDERS:
        _open_only_paragraph(element)
    elif tag not in _ROWS:
        _push_down(element)
        if element.tag == "span" and not element.attrib:
            element.drop_tag()
            return
    if element is not root:
        _drop_when_empty(element)


class _Parting:
    """Parts words, inline elements and blocks into blocks; two line breaks part as well."""

    def __init__(self) -> None:
        self.blocks: list[Any] = []
        self._open = PARSER.makeelement("p")

    def part(self, element: Any, said: dict[str, str]) -> None:
        """Take what an element holds, wrappers within it opened, in its language and direction."""
        self._close(said)
        self._text(element.text)
        for child in list(element):
            tail, child.tail = child.tail, None
            if child.tag in _OPENED:
                self._close(said)
                self.part(child, said | _tongue(child))
            elif child.tag in BLOCKS:
                self._close(said)
                self._block(child, said)
            else:
                self._inline(child, said)
            self._text(tail)
        self._close(said)

    def _text(self, words: str | None) -> None:
        if not words:
            return
        if len(self._open):
            self._open[-1].tail = (self._open[-1].tail or "") + words
        elif words.strip() or self._open.text:
            self._open.text = (self._open.text or "") + words

    def _inline(self, element: Any, said: dict[str, str]) -> None:
        if element.tag != "br":
            self._open.append(element)
        elif self._ends_with_break():
            self._close(said)
        elif len(self._open) or self._open.text:
            self._open.append(element)

    def _block(self, element: Any, said: dict[str, str]) -> None:
        _hand_down(said, [element])
        self.blocks.append(element)

    def _close(self, said: dict[str, str]) -> None:
        while self._ends_with_break():
            self._open.remove(self._open[-1])
        if len(self._open) or (self._open.text or "").strip():
            self._block(self._open, said)
        self._open = PARSER.makeelement("p")

    def _ends_with_break(self) -> bool:
        last = self._open[-1] if len(self._open) else None
        return last is not None and last.tag == "br" and not (last.tail or "").strip()


def _tongue(element: Any) -> dict[str, str]:
    return {name: value for name, value in element.attrib.items() if name in {"lang", "dir"}}


def _hand_down(said: dict[str, str], blocks: Iterable[Any]) -> None:
    for block in blocks if said else ():
        for name, value in said.items():
            if not block.get(name) and block.tag != "hr":
                block.set(name, value)


def _open(element: Any) -> None:
    """Put the blocks of a wrapper in its place; one inside another is opened with it."""
    parent = element.getparent()
    if parent.tag in _OPENED or parent.tag == "blockquote":
        return
    for block in _blocks(element, _tongue(element)):
        element.addprevious(block)
    _fill(element, [])
    element.drop_tree()


def _blocks(element: Any, said: dict[str, str]) -> list[Any]:
    parting = _Parting()
    parting.part(element, said)
    return parting.blocks


def _fill(element: Any, children: list[Any]) -> None:
    element.text = None
    for child in list(element):
        element.remove(child)
    element.extend(children)


def shape_code(code: Any) -> None:
    """Leave of what stands in code its words, its lines, and what makes no line."""
    for line_break in list(code.iter("br")):
        line_break.tail = "\n" + (line_break.tail or "")
        line_break.drop_tag()
    _join(code, "\n")
    # A parser drops the first line end in it (HTML, 13.2.6.4.7), so it must not be ours to lose.
    code.text = (code.text or "").lstrip("\n") or None


def _join(element: Any, gap: str) -> None:
    """Take the blocks out of an element that can hold none, and leave a gap between their words."""
    for block in [part for part in element.iterdescendants() if part.tag in _BLOCKISH]:
        block.tail = (" " if block.tag in {"td", "th"} else gap) + (block.tail or "")
        block.drop_tag()


def _open_only_paragraph(element: Any) -> None:
    """A row of a list, or a cell, with one paragraph needs none."""
    only = element[0] if len(element) == 1 else None
    if only is None or only.tag != "p" or only.attrib:
        return
    if not (element.text or only.tail or "").strip():
        only.drop_tag()


def _push_down(element: Any) -> None:
    """Bring a link, or bold letters, from around blocks into each of them."""
    if not any(child.tag in BLOCKS for child in element):
        return
    if element.tag not in _CARRIED:
        _hand_down(_tongue(element), [child for child in element if child.tag in BLOCKS])
        element.attrib.clear()
        element.tag = "span"
        return
    around = _Around(element)
    around.text(element.text)
    for child in list(element):
        tail, child.tail = child.tail, None
        around.block(child) if child.tag in BLOCKS else around.inline(child)
        around.text(tail)
    for part in around.parts:
        element.addprevious(part)
    element.text = None
    element.drop_tree()


class _Around:
    """The parts of an inline element that stood around blocks, in order."""

    def __init__(self, element: Any) -> None:
        self._element = element
        self._open: Any = None
        self.parts: list[Any] = []

    def _shell(self) -> Any:
        return PARSER.makeelement(self._element.tag, dict(self._element.attrib))

    def _run(self) -> Any:
        if self._open is None:
            self._open = self._shell()
            self.parts.append(self._open)
        return self._open

    def text(self, words: str | None) -> None:
        if not words or (self._open is None and not words.strip()):
            return
        run = self._run()
        if len(run):
            run[-1].tail = (run[-1].tail or "") + words
        else:
            run.text = (run.text or "") + words

    def inline(self, child: Any) -> None:
        self._run().append(child)

    def block(self, child: Any) -> None:
        self._open = None
        self.parts.append(child)
        if child.tag == "p" or child.tag in HEADLINES:
            inner = self._shell()
            inner.text, child.text = child.text, None
            inner.extend(list(child))
            child.append(inner)


def _drop_when_empty(element: Any) -> None:
    if element.tag in _STAYS_EMPTY or element.getparent() is None:
        return
    if element.tag == "table":
        empty = not "".join(element.itertext()).strip() and element.find(".//img") is None
    else:
        breaks = all(child.tag == "br" and not (child.tail or "").strip() for child in element)
        empty = breaks and not (element.text or "").strip()
    if not empty:
        return
    if element.tag in _BLOCKISH:
        element.drop_tree()
    elif not len(element):
        element.drop_tag()
