"""Where the links lead."""

from collections.abc import Iterator
from ipaddress import ip_address
from unicodedata import name
from urllib.parse import SplitResult, urlsplit

from newsletter.model import Finding, Link
from newsletter.preflight.proof import Proofsheet, error, place, warning
from newsletter.settings import on_loopback

#: Names that only one house knows (RFC 6762, RFC 8375, ICANN's `.internal`).
_HOUSE = (".local", ".internal", ".lan", ".intranet", ".home.arpa", ".localdomain")


def loopback(sheet: Proofsheet) -> Iterator[Finding]:
    """No reader can open a link to this machine; on it, such links are how one tries things."""
    if not sheet.leaves_this_machine:
        return
    if sheet.site_url and on_loopback(sheet.site_url):
        hint = "set NEWSLETTER_SITE_URL to the public https address of the web app"
        yield error(f"every link starts with {sheet.site_url}, which is this machine", hint)
    for link in sheet.rendition.links:
        if _host(link) and on_loopback(_host(link)):
            yield _link(sheet, link, "leads to this machine", stops=True)


def hosts(sheet: Proofsheet) -> Iterator[Finding]:
    """Every link leads to a host that readers can reach."""
    for link in sheet.rendition.links:
        parts = _parts(link)
        if parts is None or not _is_host(parts.hostname or ""):
            yield _link(sheet, link, "has no host that can be reached", stops=True)
        elif _is_house(parts.hostname or ""):
            yield _link(sheet, link, "works inside your own network only")
        elif parts.username is not None:
            yield _link(sheet, link, "holds a name or password before the @")


def look_alikes(sheet: Proofsheet) -> Iterator[Finding]:
    """No host mixes alphabets, as one does that pretends to be another (UTS 39, 5.1)."""
    for link in sheet.rendition.links:
        host = _readable(_host(link))
        mixed = [label for label in host.split(".") if _is_mixed(label)]
        if mixed:
            yield _link(sheet, link, f"mixes alphabets in “{mixed[0]}”, as look-alikes do")


def _link(sheet: Proofsheet, link: Link, sentence: str, *, stops: bool = False) -> Finding:
    article = sheet.article(link.article)
    where = place(article, link.url) if article else ""
    say = error if stops else warning
    return say(f"{link.url} {sentence}", "mend the link", where=where, about=article)


def _parts(link: Link) -> SplitResult | None:
    try:
        parts = urlsplit(link.url)
        _ = parts.port  # a port that is none is only noticed when it is read
    except ValueError:
        return None
    return parts


def _host(link: Link) -> str:
    parts = _parts(link)
    return (parts.hostname or "") if parts else ""


def _is_host(host: str) -> bool:
    """Say whether a host is spelled as one (RFC 1123, 2.1), an address included."""
    labels = host.rstrip(".").split(".")
    spelled = all(
        0 < len(label) <= 63
        and not label.startswith("-")
        and not label.endswith("-")
        and label.replace("-", "").replace("_", "").isalnum()
        for label in labels
    )
    return _is_address(host) or (spelled and len(host) <= 253)


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_house(host: str) -> bool:
    if on_loopback(host):
        return False
    if _is_address(host):
        return not ip_address(host).is_global
    return "." not in host.rstrip(".") or host.rstrip(".").endswith(_HOUSE)


def _readable(host: str) -> str:
    """Spell A-labels as a browser may show them; what is none stays."""
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


#: Japanese, Korean and Chinese are written in several at once, and beside Latin (UTS 39, 5.2).
_TOGETHER = {"HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "CJK"}


def _is_mixed(label: str) -> bool:
    """Say whether a label's letters are of scripts that nobody writes together."""
    names = (name(char, "UNKNOWN").split(" ")[0] for char in label if char.isalpha())
    scripts = {word.partition("-")[0] for word in names}
    if scripts & _TOGETHER:
        return bool(scripts - _TOGETHER - {"LATIN"})
    return len(scripts) > 1
