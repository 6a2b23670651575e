"""An edition's mail as a page for everybody: no reader's token, nothing counted."""

import re
from collections.abc import Iterable

from newsletter.model import Link, MergeField

_CLICK = re.compile(rf'[^"\s<>]*/c/{MergeField.CLICK.sentinel}/(\d+)')

#: What belongs to one reader alone: their ways out, their web view, their pixel.
_OWN = "|".join(field.sentinel for field in (MergeField.DOOR, MergeField.VIEW, MergeField.OPEN))
_LINKS = re.compile(rf"<a\b[^>]*(?:{_OWN})[^>]*>.*?</a>", re.DOTALL)
_PIXEL = re.compile(rf"<img\b[^>]*(?:{_OWN})[^>]*>")

#: What a template says to one reader: why they get it, and what is counted.
_SAID_TO_ONE = re.compile(r'<p\b[^>]*class="[^"]*\bown\b[^"]*"[^>]*>.*?</p>', re.DOTALL)

#: Nothing of a reader's may be left, whatever a template has written.
_ANY = re.compile("|".join(field.sentinel for field in MergeField))


#: A picture of a mail, whatever the site was called when it was frozen.
PICTURE = re.compile(r'[^"\s<>()]*(/i/[0-9a-f]{64}(?:\.\w{1,5})?)')


def public_page(html: str, links: Iterable[Link], site: str = "") -> str:
    """
    Return a frozen edition's HTML with direct links, and without what is one reader's own.

    `site`: where its pictures are; empty: beside the page. Raises ValueError when a merge field
    is left all the same.
    """
    leads = {str(link.number): link.url.replace("&", "&amp;") for link in links}
    page = _SAID_TO_ONE.sub("", _PIXEL.sub("", _LINKS.sub("", html)))
    page = _CLICK.sub(lambda found: leads.get(found[1], ""), page)
    page = PICTURE.sub(lambda found: site + found[1], page)
    if _ANY.search(page):
        raise ValueError("a merge field is left in the page")
    return page


def framed(page: str, *, head: str, top: str, foot: str) -> str:
    """Put a page's own words round a mail: into its head, above it and below it."""
    page = re.sub(r"<title>.*?</title>", "", page, count=1, flags=re.DOTALL)
    page = page.replace("</head>", f"{head}</head>", 1)
    page = re.sub(r"(<body\b[^>]*>)", lambda found: found[1] + top, page, count=1)
    return page.replace("</body>", f"{foot}</body>", 1)
