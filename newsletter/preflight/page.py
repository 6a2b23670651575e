"""The mail's HTML as a tree: its words, its blocks, and where each thing stands."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lxml import etree  # type: ignore[import-untyped]

from newsletter.preflight.sheets import Declared, Rule, declarations, rules

#: An element; lxml has no types.
Element = Any

_PLAIN = re.compile(r"[a-z][a-z0-9]*")
#: Elements whose words are not the mail's.
SILENT = frozenset({"head", "style", "script", "title", "noscript", "template"})
#: Elements that begin a line of their own, as far as a mail has them.
BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "body",
        "caption",
        "dd",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "table",
        "tbody",
        "td",
        "th",
        "tr",
        "ul",
    ]
)


def parse(html: str) -> Element:
    """Return the root of any HTML; what is empty has an empty body."""
    parser = etree.HTMLParser(remove_pis=True, encoding="utf-8")
    root = etree.fromstring(html.encode("utf-8", "replace") or b" ", parser)
    return root if root is not None else etree.fromstring(b"<body></body>", parser)


def elements(root: Element) -> Iterator[Element]:
    """Yield elements in reading order, without comments, and without what is never seen."""
    if root.tag in SILENT:
        return
    yield root
    for child in root:
        if isinstance(child.tag, str):
            yield from elements(child)


def own_texts(element: Element) -> Iterator[str]:
    """Yield the words that stand in an element itself, not in those inside it."""
    if element.text:
        yield element.text
    for child in element:
        if child.tail:
            yield child.tail


def spoken(root: Element) -> Iterator[tuple[Element, str]]:
    """Yield every piece of text in reading order, with the element that it stands in."""
    if root.tag in SILENT:
        return
    gap = " " if root.tag in BLOCKS or root.tag == "br" else ""
    yield root, gap + (root.text or "")
    for child in root:
        if isinstance(child.tag, str):
            yield from spoken(child)
        yield root, child.tail or ""
    yield root, gap


def sheets(root: Element) -> Iterator[tuple[str, str]]:
    """Yield each style sheet of the page with the condition of its tag."""
    for style in root.iter("style"):
        yield style.text or "", (style.get("media") or "").strip()


def sheet_rules(root: Element) -> list[Rule]:
    return [rule for text, media in sheets(root) for rule in rules(text, media)]


def inline(element: Element) -> Mapping[str, Declared]:
    return declarations(element.get("style") or "")


def nearest(element: Element, attribute: str) -> str:
    """Return an attribute of the element or of the nearest one round it that has it."""
    for around in (element, *element.iterancestors()):
        if (value := around.get(attribute)) is not None:
            return str(value)
    return ""


def block(element: Element) -> Element:
    """Return the block that an element stands in, or the element where it is one."""
    around = (element, *element.iterancestors())
    return next((one for one in around if one.tag in BLOCKS), element)


def anchor(element: Element) -> str:
    """
    Return a CSS selector that finds this one element in a browser.

    A browser puts a `tbody` into every table that has none; the selector counts with it.
    """
    steps: list[str] = []
    for one in (element, *element.iterancestors()):
        steps.append(_step(one))
        above = one.getparent()
        if one.tag == "tr" and above is not None and above.tag == "table":
            steps.append("tbody")
    return " > ".join(reversed(steps))


def _step(element: Element) -> str:
    """Name an element among those beside it; one of an odd name by its place alone."""
    above = element.getparent()
    if above is None:
        return str(element.tag)
    beside = [one for one in above if isinstance(one.tag, str)]
    if not _PLAIN.fullmatch(element.tag):
        return f"*:nth-child({beside.index(element) + 1})"
    same = [one for one in beside if one.tag == element.tag]
    number = f":nth-of-type({same.index(element) + 1})" if len(same) > 1 else ""
    return f"{element.tag}{number}"


def words(element: Element) -> str:
    """Return all that an element says, in one line; a picture says its alt text."""
    said = [element.get("alt") or ""] if element.tag == "img" else [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child.tag not in SILENT:
            said.append(words(child))
        said.append(child.tail or "")
    return " ".join("".join(said).split())
