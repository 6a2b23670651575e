"""
The click map: the mail itself, with a number at every link that is counted.

What was frozen is drawn, made inert: nothing in it leads anywhere, runs, or is fetched. The page
shows it in a frame without any rights and under a policy that loads nothing, so that a mistake
here harms nobody.
"""

import re
from collections.abc import Mapping
from html import escape
from math import sqrt

import nh3
from lxml import etree  # type: ignore[import-untyped]
from lxml import html as lxml_html

from newsletter.model import MergeField
from newsletter.reports.figures import number
from newsletter.reports.report import LinkClicks, Report

_CLICK = re.compile(rf"/c/{MergeField.CLICK.sentinel}/(\d{{1,6}})\Z")

#: Diameter of a pill that stands for all clicks; its area is its share. A number needs the least.
_LARGEST, _LEAST = 64, 22

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "caption", "center", "cite", "code", "dd", "del", "div",
    "dl", "dt", "em", "figcaption", "figure", "font", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i",
    "ins", "li", "ol", "p", "pre", "q", "s", "small", "span", "strong", "sub", "sup", "table",
    "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
}  # fmt: skip

_ATTRIBUTES = {
    "align", "bgcolor", "border", "cellpadding", "cellspacing", "class", "color", "colspan", "dir",
    "height", "lang", "role", "rowspan", "style", "valign", "width",
}  # fmt: skip

#: What a style could fetch, or say in a spelling that hides it.
_FETCHES = re.compile(
    r"url\s*\(|image-set|image\s*\(|@import|@font-face|@namespace|\\|src\s*:", re.IGNORECASE
)

_STYLE = """
body { padding: 18px 12px 18px 34px !important; }
.np-pill { position: absolute; z-index: 9; box-sizing: border-box; min-width: 22px; height: 22px;
  padding: 0 5px; border-radius: 999px; background: #0F6B73; border: 2px solid #FFFFFF;
  color: #FFFFFF !important; font: 700 13px/18px Helvetica, Arial, sans-serif; text-align: center;
  letter-spacing: 0; transform: translate(-88%, -50%); white-space: nowrap; text-indent: 0; }
[dir="rtl"] .np-pill { transform: translate(88%, -50%); }
.np-none { background: #FFFFFF; border-color: #5A5F68; color: #15181E !important; }
.np-picture { display: inline-block; box-sizing: border-box; max-width: 100%; min-width: 24px;
  min-height: 24px; padding: 8px; overflow: hidden; border-radius: 4px; background: #E3DED3;
  color: #15181E; font: 13px/18px Helvetica, Arial, sans-serif; vertical-align: top; }
@media (prefers-color-scheme: dark) {
  .np-pill { background: #5CC2CB; border-color: #0F1114; color: #0F1114 !important; }
  .np-none { background: #181B20; border-color: #B3B0A8; color: #F1EFEA !important; }
  .np-picture { background: #343840; color: #F1EFEA; }
}
"""

#: Loads nothing; `page.html.j2` says the same of the page round it.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src about:; base-uri 'none'; "
    "form-action 'none'"
)


def click_map(report: Report) -> str:
    """Return a whole HTML document for a frame's `srcdoc`; empty where there is no mail."""
    if not report.html.strip():
        return ""
    tree = _parsed(report.html)
    if tree is None:
        return ""
    styles = "\n".join(_styles(tree))
    _mark(tree, {link.number: link for link in report.links})
    body = tree.find("body")
    inner = lxml_html.tostring(body if body is not None else tree, encoding="unicode")
    # The parser of browsers reads it once more, and keeps what is on the list.
    clean = nh3.clean(
        inner,
        tags=_TAGS,
        attributes={"*": _ATTRIBUTES},
        attribute_filter=_inert,
        strip_comments=True,
        link_rel=None,
        url_schemes=set(),
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">'
        '<meta name="color-scheme" content="light dark">'
        '<meta name="viewport" content="width=device-width">'
        "<title>The mail, with a number at every link</title>"
        f"<style>{styles}{_STYLE}</style></head>"
        f'<body style="margin:0">{clean}</body></html>'
    )


def _parsed(text: str) -> "lxml_html.HtmlElement | None":
    parser = lxml_html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml_html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.ParserError:
        return None
    return tree if tree.tag == "html" else None


def _styles(tree: "lxml_html.HtmlElement") -> list[str]:
    """Take the style sheets out; one that could fetch anything stays out."""
    found = []
    for sheet in list(tree.iter("style")):
        text = sheet.text or ""
        if "<" not in text and not _FETCHES.search(text):
            media = sheet.get("media", "")
            plain = re.fullmatch(r"[\w\s():,.-]*", media)
            found.append(f"@media {media} {{{text}}}" if media and plain else text)
        sheet.drop_tree()
    return found


def _inert(_tag: str, name: str, value: str) -> str | None:
    return None if name == "style" and _FETCHES.search(value) else value


def _mark(tree: "lxml_html.HtmlElement", links: Mapping[int, LinkClicks]) -> None:
    """Put a pill at every counted link, and a box in the place of every picture."""
    total = sum(link.clicks.people for link in links.values())
    for picture in list(tree.iter("img")):
        _box(picture)
    for anchor in list(tree.iter("a")):
        found = _CLICK.search(anchor.get("href", ""))
        link = links.get(int(found[1])) if found else None
        if link:
            _put_pill(anchor, link, total)


def _box(picture: "lxml_html.HtmlElement") -> None:
    width, height = (_pixels(picture.get(side, "")) for side in ("width", "height"))
    alt = picture.get("alt", "").strip()
    if not alt and max(width, height) <= 2:
        picture.drop_tree()
        return
    box = lxml_html.Element("span", {"class": "np-picture"})
    size = [f"width:min({min(width, 600)}px,calc(100vw - 86px))"] if width else []
    # A poster bears no height: it is as high as its width asks for.
    size.append(f"height:{min(height or width * 9 // 16, 400)}px")
    box.set("style", ";".join(size))
    box.text = alt
    box.tail = picture.tail
    picture.getparent().replace(picture, box)


def _pixels(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 0


def _put_pill(anchor: "lxml_html.HtmlElement", link: LinkClicks, total: int) -> None:
    size = diameter(link.clicks.people, total)
    pill = lxml_html.Element("span", {"class": "np-pill" if size else "np-pill np-none"})
    if size > _LEAST:
        pill.set("style", f"width:{size}px;height:{size}px;line-height:{size - 4}px;padding:0")
    pill.text = number(link.number)
    pill.tail = anchor.text
    anchor.text = None
    anchor.insert(0, pill)


def diameter(clicks: int, total: int) -> int:
    """Return a pill's diameter in px: its area is the link's share of the sure clicks."""
    if not clicks or not total:
        return 0
    return max(_LEAST, round(_LARGEST * sqrt(clicks / total)))
