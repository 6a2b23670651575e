"""The archive as a feed: Atom (RFC 4287) with the full content."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from newsletter.rendering.webview import public_page
from newsletter.storage.archive import Page

_ATOM = "http://www.w3.org/2005/Atom"


def atom(pages: Sequence[Page], site: str, title: str, titles: Mapping[str, str]) -> bytes:
    """Write a feed of editions, the newest first; `titles`: of the newsletters, by name."""
    ET.register_namespace("", _ATOM)
    feed = ET.Element(f"{{{_ATOM}}}feed")
    _text(feed, "id", f"{site}/archive")
    _text(feed, "title", title)
    newest = max((page.issued.began for page in pages), default=datetime(2024, 1, 1, tzinfo=UTC))
    _text(feed, "updated", newest.isoformat())
    _link(feed, f"{site}/archive/feed.xml", rel="self")
    _link(feed, f"{site}/archive")
    for page in pages:
        _entry(feed, page, site, titles)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True))


def _entry(feed: ET.Element, page: Page, site: str, titles: Mapping[str, str]) -> None:
    issued = page.issued
    where = f"{site}/archive/{issued.newsletter}/{issued.day}"
    entry = ET.SubElement(feed, f"{{{_ATOM}}}entry")
    _text(entry, "id", where)
    _text(entry, "title", _clean(issued.subject))
    _text(entry, "updated", issued.began.isoformat())
    _text(entry, "summary", _clean(issued.correction or issued.preheader))
    author = ET.SubElement(entry, f"{{{_ATOM}}}author")
    _text(author, "name", titles.get(issued.newsletter, issued.newsletter))
    _link(entry, where)
    content = _text(entry, "content", _clean(public_page(page.html, page.links, site)))
    content.set("type", "html")


def _text(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{_ATOM}}}{name}")
    element.text = text
    return element


def _link(parent: ET.Element, href: str, rel: str = "alternate") -> None:
    ET.SubElement(parent, f"{{{_ATOM}}}link", {"rel": rel, "href": href})


def _clean(text: str) -> str:
    """Take out what XML cannot hold (XML 1.0 section 2.2)."""
    return "".join(c for c in text if c in "\t\n\r" or (c >= " " and c not in "\ufffe\uffff"))
