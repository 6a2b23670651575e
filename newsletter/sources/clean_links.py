"""Where a link of a foreign page may lead."""

import re
from urllib.parse import urljoin, urlsplit

from newsletter.sources.clean_characters import printable

#: One address, and perhaps a subject; no header may be smuggled in.
_MAILTO = re.compile(r"mailto:[^\s?&<>\"@%]+@[\w.-]+(\?subject=[^\s<>\"&]*)?", re.IGNORECASE)
_NO_HOST = re.compile(r"https?:(?!//[^/])", re.IGNORECASE)
_LINE_END = re.compile(r"%0[ad]", re.IGNORECASE)
_HOST = re.compile(r"[^\s\x00-\x20\"<>\\^`{|}@%]+")
#: What stands in an address only by mistake, written as the standard wants it (RFC 3986, 2.1).
_ESCAPES = str.maketrans({c: f"%{ord(c):02X}" for c in ' "<>\\^`{|}'})


def absolute(link: str, base: str = "") -> str:
    """
    Return a link's full address, or nothing when it leads where no mail should.

    https, http and mailto only; no names or passwords in front of a host, which make one
    address look like another.
    """
    link = printable(link).replace("\n", "").replace("\t", "").strip()
    if link[:7].lower() == "mailto:":
        return link if _MAILTO.fullmatch(link) and not _LINE_END.search(link) else ""
    try:
        return "" if not link or _NO_HOST.match(link) else _web(urljoin(base, link))
    except ValueError:
        return ""


def https_only(link: str, base: str = "") -> str:
    """Return a picture's full address, or nothing when it does not come over https."""
    found = absolute(link, base)
    return found if found[:8].lower() == "https://" else ""


def _web(link: str) -> str:
    """Raises ValueError for what only looks like an address."""
    parts = urlsplit(link)
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.netloc):
        return ""
    # Reading the port tells whether it is one.
    named = parts.hostname and (parts.port is None or parts.port > 0)
    return parts.geturl().translate(_ESCAPES) if named else ""
