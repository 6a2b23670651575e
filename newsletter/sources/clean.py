"""Foreign HTML, made fit for a mail: an allow-list, whole blocks, absolute links."""

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Any

import nh3
from lxml import etree  # type: ignore[import-untyped]

from newsletter.sources.clean_blocks import fit
from newsletter.sources.clean_characters import printable
from newsletter.sources.clean_scan import shallow
from newsletter.sources.clean_shape import PARSER

#: What a mail may be made of, and what each element may say of itself.
ALLOWED: dict[str, set[str]] = {
    **{
        tag: set()
        for tag in [
            "p",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "ul",
            "li",
            "dl",
            "dt",
            "dd",
            "blockquote",
            "pre",
            "code",
            "strong",
            "em",
            "b",
            "i",
            "s",
            "u",
            "sub",
            "sup",
            "mark",
            "small",
            "cite",
            "q",
            "table",
            "thead",
            "tbody",
            "tfoot",
            "tr",
            "caption",
            "br",
            "hr",
        ]
    },
    "a": {"href", "title"},
    "abbr": {"title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "span": set(),
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
#: Wherever a language or a direction of writing changes.
EVERYWHERE = {"lang", "dir"}
SCHEMES = {"http", "https", "mailto"}

#: Read so that their words are not run together, or their address not lost; none stays.
_PASSING = set(
    "div section article main header footer aside nav figure figcaption address details summary"  # noqa: SIM905
    " center form fieldset legend hgroup menu dir del strike ins tt kbd samp var video"
    " audio".split()
)
_WITH_THEIR_WORDS = set(
    "script style template svg math select button noembed noframes title"  # noqa: SIM905
    " textarea xmp iframe head".split()
)
#: What of a body is looked at, in characters; Gmail shows 100,000 bytes of a whole mail.
_LONGEST = 250_000
#: Repairs of repairs; real pages need two rounds.
_ROUNDS = 6

_SPACE = re.compile(r"\s+")
_VOID = re.compile(r"<((?:br|hr|img)\b[^>]*)>")
#: What stands between the words of one element and those of the next.
_GAPS = {
    **dict.fromkeys("p h1 h2 h3 h4 h5 h6 ul ol dl blockquote pre table hr".split(), "\n\n"),  # noqa: SIM905
    **dict.fromkeys(("li", "tr", "dd", "br", "caption"), "\n"),
    **dict.fromkeys(("td", "th", "dt"), " "),
}


def clean(html: str, *, base: str = "") -> str:
    """
    Return what a mail can show of foreign HTML, as whole blocks; nothing when nothing is left.

    Only `ALLOWED` elements and attributes; links over https, http and mailto; pictures over https.
    Links are made absolute against `base`, or unwrapped where that gives none. Never raises, and
    `clean(clean(html))` is `clean(html)`.
    """
    found = shallow(printable(html))[:_LONGEST]
    for _ in range(_ROUNDS):
        before, fitted = found, _fitted(found, base)
        found = printable(_allow(fitted, set(ALLOWED)))
        # What the one writes as the other reads it needs no second look.
        if found in {before, fitted}:
            return found
    return _as_text(found)


def plain(html: str, *, base: str = "") -> str:
    """Return the words of foreign HTML: paragraphs parted by an empty line, no tags, no links."""
    if "<" not in html and "&" not in html:
        return _paragraphs(printable(html))
    return words(clean(html, base=base))


def words(cleaned: str) -> str:
    """Return the words of HTML that `clean` made: the same as `plain`, sooner."""
    return _lines("".join(_words(_tree(cleaned)))) if cleaned else ""


def _fitted(html: str, base: str) -> str:
    """Let what may be read through, and shape it for a mail."""
    root = fit(_tree(printable(_allow(html, set(ALLOWED) | _PASSING))), base)
    blocks = (etree.tostring(block, method="html", encoding="unicode") for block in root)
    return "".join(blocks).replace("\xa0", "&nbsp;")


def _allow(html: str, tags: set[str]) -> str:
    attributes = {tag: ALLOWED.get(tag, {"src"}) for tag in tags} | {"*": EVERYWHERE}
    return nh3.clean(
        html,
        tags=tags,
        clean_content_tags=_WITH_THEIR_WORDS,
        attributes=attributes,
        url_schemes=SCHEMES,
        link_rel=None,
    )


def _tree(html: str) -> Any:
    """Read HTML that nh3 wrote: balanced, escaped, every value in quotes; so nearly XML."""
    closed = _VOID.sub(r"<\1/>", html.replace("&nbsp;", "\xa0"))
    return etree.fromstring(f"<div>{closed}</div>", parser=PARSER)


def _as_text(html: str) -> str:
    """Give up on how it looks, and keep what it says."""
    words = _paragraphs(unescape(re.sub(r"<[^>]*>", "\n\n", html)))
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in words.split("\n\n") if part)


def _words(root: Any) -> Iterator[str]:
    """Yield the words of clean HTML, with the gaps that its elements leave between them."""
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "start":
            yield "\n\n" if _GAPS.get(element.tag) == "\n\n" else ""
            yield _SPACE.sub(" ", element.text or "")
        else:
            yield _GAPS.get(element.tag, "")
            yield _SPACE.sub(" ", element.tail or "")


def _paragraphs(text: str) -> str:
    parts = (_SPACE.sub(" ", part).strip() for part in re.split(r"\n\s*\n", text))
    return "\n\n".join(part for part in parts if part)


def _lines(text: str) -> str:
    blocks = re.split(r"\n{2,}", "\n".join(line.strip() for line in text.split("\n")))
    return "\n\n".join(block.strip() for block in blocks if block.strip())
