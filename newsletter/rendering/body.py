"""The body of the lead: as much of it as the mail shows, with its links counted."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lxml import etree, html  # type: ignore[import-untyped]
from markupsafe import Markup

from newsletter.rendering import plain
from newsletter.rendering.harmless import without_sentinels

#: Elements that close themselves; all others get a closing tag, which MJML's parser needs.
_VOID = {"br", "hr", "img", "wbr", "col"}
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_WRAPPERS = {"div", "section", "article", "main"}

#: What an article may say about its elements; how they look is the templates' to say.
_ATTRIBUTES = {"href", "src", "alt", "title", "width", "lang", "dir", "start", "colspan", "rowspan"}

_CODE = re.compile(r"<pre\b.*?</pre>", re.DOTALL)
_GAP = re.compile(" {2,}")
_LAST_LINE_END = re.compile(r"\n+(?=(?:</\w+>)+$)")
#: What parts words without a space.
_PARTS = ("</p>", "<br", "</li>", "</h", "</t", "</div>")
_TAG = re.compile(r"<[^>]*>")

#: The widest picture inside a story, in px.
_BODY_WIDTH = 552


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What the mail shows of a story's body."""

    html: Markup
    blocks: tuple[plain.Block, ...]
    #: True: there is more to read elsewhere.
    cut: bool


def body(source: str, *, href: Callable[[str], str], words: int | None) -> Body:
    """
    Take whole blocks of clean HTML, up to so many words; None takes all.

    The first block is always whole. A heading is never the last: its text would be missing.
    `href` turns an address into what the mail says for it; empty leads nowhere.
    """
    found = _blocks(source)
    shown = found if words is None else _excerpt(found, words)
    cut = len(shown) < len(found)
    root = etree.Element("div")
    root.extend(shown)
    _mend_headings(root)
    for inner in root.xpath("//pre//pre"):
        inner.tag = "span"
    for element in root.iter():
        _mend(element, href)
    said = "".join(etree.tostring(block, encoding="unicode") for block in root)
    return Body(
        html=Markup(_CODE.sub(_break_lines, said)),  # noqa: S704 (clean, and serialised by lxml)
        blocks=tuple(text for block in root for text in plain.blocks(block)),
        cut=cut,
    )


@lru_cache(maxsize=128)
def word_count(source: str) -> int:
    """Count the words that a reader reads in clean HTML."""
    for tag in _PARTS:
        source = source.replace(tag, f" {tag}")
    return len(_TAG.sub("", source).split())


def _blocks(source: str) -> list[etree._Element]:
    """Part a body into its blocks; words that stand in none become a paragraph."""
    root = html.fragment_fromstring(source, create_parent="div")
    etree.strip_tags(root, etree.Comment, etree.ProcessingInstruction)
    etree.strip_elements(root, "script", "style", with_tail=False)
    while len(root) == 1 and root[0].tag in _WRAPPERS and not (root.text or "").strip():
        root = root[0]
    found = _paragraph(root.text)
    for child in list(root):
        tail, child.tail = child.tail, None
        found += [child, *_paragraph(tail)]
    return found


def _paragraph(text: str | None) -> list[etree._Element]:
    if not text or not text.strip():
        return []
    paragraph = etree.Element("p")
    paragraph.text = text.strip()
    return [paragraph]


def _excerpt(blocks: Sequence[etree._Element], words: int) -> list[etree._Element]:
    shown: list[etree._Element] = []
    left = words
    for block in blocks:
        left -= len("".join(block.itertext()).split())
        if left < 0 and any(part.tag not in _HEADINGS for part in shown):
            break
        shown.append(block)
    while len(shown) > 1 and shown[-1].tag in _HEADINGS and len(shown) < len(blocks):
        shown.pop()
    return shown


def _mend_headings(root: etree._Element) -> None:
    """Let headings begin at h2, one step below the lead's own."""
    levels = [int(element.tag[1]) for element in root.iter(*_HEADINGS)]
    shift = 2 - min(levels, default=2)
    for element in root.iter(*_HEADINGS):
        element.tag = f"h{min(int(element.tag[1]) + shift, 6)}"


def _mend(element: etree._Element, href: Callable[[str], str]) -> None:
    """Break sentinels that an entity hid, count links, and close what is empty."""
    element.tag = element.tag if element.tag.isalnum() else "span"
    element.text = without_sentinels(element.text or "") or None
    element.tail = without_sentinels(element.tail or "") or None
    for name, value in element.attrib.items():
        del element.attrib[name]
        if name in _ATTRIBUTES:
            element.set(name, without_sentinels(value))
    if element.tag == "a" and (address := href(element.attrib.pop("href", ""))):
        element.set("href", address)
    if element.tag == "img":
        element.set("width", str(_width(element)))
        element.set("alt", element.get("alt", ""))
    if element.tag not in _VOID and not len(element) and not element.text:
        element.text = ""


def _width(image: etree._Element) -> int:
    """Return the width a picture is shown at: its own, or the column's where that is less."""
    own = image.get("width", "")
    return min(int(own), _BODY_WIDTH) if own.isascii() and own.isdigit() else _BODY_WIDTH


def _break_lines(code: re.Match[str]) -> str:
    """Write line ends and columns of code so that MJML and the inliner keep them."""
    lines = code[0].expandtabs(4).replace("\r", "")
    lines = _GAP.sub(lambda gap: f"{'&#160;' * (len(gap[0]) - 1)} ", lines)
    return _LAST_LINE_END.sub("", lines).replace("\n", "<br/>")
