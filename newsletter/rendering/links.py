"""The edition's link table: what the mail says instead of an address, and where it leads."""

import re
from urllib.parse import quote, urlencode, urlsplit

from newsletter.errors import RenderError
from newsletter.model import Link, MergeField
from newsletter.rendering.utm import Tagger

#: What may stand in an address besides letters and digits; `%` because it is encoded already.
_URL_SAFE = "%/:=&?~#+!$,;'@()*[]"

_ANY_SENTINEL = re.compile("|".join(field.sentinel for field in MergeField))


class LinkTable:
    """
    Numbers links in the order in which they are first asked for.

    The same (address, role, article) has the same number in the HTML and in the text.
    """

    def __init__(self, site_url: str, *, tracked: bool, tagger: Tagger | None = None) -> None:
        self._prefix = f"{site_url}/c/{MergeField.CLICK.sentinel}/"
        self._tracked = tracked
        self._tagger = tagger
        self._links: dict[tuple[str, str, str], Link] = {}

    def href(self, url: str, *, role: str, article: str = "") -> str:
        """
        Return what the mail says for an address; empty when nobody should be led there.

        Only http and https are counted; mailto stays as it is.
        """
        address = ascii_address(url)
        if not address or address.startswith("mailto:"):
            return address
        key = (address, role, article)
        if key not in self._links:
            number, tagger = len(self._links) + 1, self._tagger
            told = tagger.tagged(address, role=role, article=article) if tagger else address
            self._links[key] = Link(number=number, url=told, role=role, article=article)
        link = self._links[key]
        return f"{self._prefix}{link.number}" if self._tracked else link.url

    def plain(self, text: str) -> str:
        """Take from a text what addresses tell their sites: people read it there."""
        if self._tracked or not self._tagger:
            return text
        told = {link.url: address for (address, _, _), link in self._links.items()}
        for url in sorted(told, key=len, reverse=True):
            text = text.replace(url, told[url])
        return text

    @property
    def links(self) -> tuple[Link, ...]:
        return tuple(self._links.values())


def ascii_address(url: str) -> str:
    """
    Spell an http, https or mailto address in ASCII (RFC 3986); any other becomes empty.

    A redirect and Word both need it, and an inliner would spell it that way in the HTML alone.
    """
    address = "".join(url.split())
    try:
        parts = urlsplit(address)
        port = f":{parts.port}" if parts.port else ""
        host = (parts.hostname or "").encode("idna").decode() if not address.isascii() else ""
    except ValueError:
        return ""
    if parts.scheme == "mailto" and parts.path:
        return f"mailto:{quote(address.partition(':')[2], safe=_URL_SAFE)}"
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        return ""
    if host and parts.hostname and not parts.hostname.isascii():
        address = parts._replace(netloc=f"{host}{port}").geturl()
    return quote(address, safe=_URL_SAFE)


def share_on_x(title: str, url: str) -> str:
    """Return the address that opens a post with title and story (developer.x.com, web intents)."""
    return f"https://x.com/intent/post?{urlencode({'text': title, 'url': url}, quote_via=quote)}"


def share_on_linkedin(url: str) -> str:
    """Return the address that offers a story to LinkedIn (its "share offsite" page)."""
    fields = urlencode({"url": url}, quote_via=quote, safe="")
    return f"https://www.linkedin.com/sharing/share-offsite/?{fields}"


def check_merge_fields(text: str, site_url: str) -> None:
    """
    Make sure that a reader's tokens are written into our own addresses alone.

    Raises RenderError: a template, or something it printed, put a merge field elsewhere.
    """
    doors = {
        MergeField.CLICK: ("/c/",),
        MergeField.OPEN: ("/o/",),
        MergeField.VIEW: ("/v/",),
        MergeField.DOOR: ("/u/", "/preferences/", "/confirm/", "/forget/", "/mydata/"),
    }
    homes = {
        field.sentinel: tuple(f"{site_url}{door}" for door in doors[field]) for field in MergeField
    }
    for found in _ANY_SENTINEL.finditer(text):
        if not text.endswith(homes[found[0]], 0, found.start()):
            line = text.count("\n", 0, found.start()) + 1
            raise RenderError(
                f"Line {line} of the finished mail has a merge field outside our own addresses.",
                hint="Write letter.unsubscribe, letter.preferences or letter.view, not the field.",
            )
