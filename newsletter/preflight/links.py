"""Where the links lead."""

from collections.abc import Iterator
from ipaddress import ip_address
from unicodedata import name
from urllib.parse import SplitResult, urlsplit

from newsletter.model import Finding, Link
from newsletter.preflight.proof import Proofsheet, error, warning
from newsletter.settings import on_loopback

#: Names that only one house knows (RFC 6762, RFC 8375, ICANN's `.internal`).
_HOUSE = (".local", ".internal", ".lan", ".intranet", ".home.arpa", ".localdomain")

#: Hosts that only lead on. Those of one house alone, as t.co and lnkd.in, are among them.
SHORTENERS = frozenset(
    [
        "bit.ly",
        "bitly.com",
        "tinyurl.com",
        "t.co",
        "goo.gl",
        "ow.ly",
        "is.gd",
        "v.gd",
        "buff.ly",
        "rebrand.ly",
        "cutt.ly",
        "t.ly",
        "rb.gy",
        "shorturl.at",
        "tiny.cc",
        "lnkd.in",
        "fb.me",
        "dlvr.it",
        "ift.tt",
        "j.mp",
        "bl.ink",
        "soo.gd",
        "s.id",
        "x.gd",
        "adf.ly",
        "trib.al",
        "shorte.st",
        "short.io",
        "clck.ru",
        "t2m.io",
        "tiny.one",
        "da.gd",
        "u.to",
        "qr.ae",
        "amzn.to",
    ]
)


def loopback(sheet: Proofsheet) -> Iterator[Finding]:
    """No reader can open a link to this machine; on it, such links are how one tries things."""
    if not sheet.leaves_this_machine:
        return
    if sheet.site_url and on_loopback(sheet.site_url):
        hint = "set NEWSLETTER_SITE_URL to the public https address of the web app"
        sentence = f"every link starts with {sheet.site_url}, which is this machine"
        yield error(sentence, hint, where=".env")
    for link in sheet.rendition.links:
        if _host(link.url) and on_loopback(_host(link.url)):
            yield _link(sheet, link, "leads to this machine", stops=True)


def hosts(sheet: Proofsheet) -> Iterator[Finding]:
    """Every link leads to a host that readers can reach."""
    for link in sheet.rendition.links:
        parts = _parts(link.url)
        if parts is None or not _is_host(parts.hostname or ""):
            yield _link(sheet, link, "has no host that can be reached", stops=True)
        elif _is_house(parts.hostname or ""):
            yield _link(sheet, link, "works inside your own network only")
        elif parts.username is not None:
            yield _link(sheet, link, "holds a name or password before the @")


def look_alikes(sheet: Proofsheet) -> Iterator[Finding]:
    """No host mixes alphabets, as one does that pretends to be another (UTS 39, 5.1)."""
    for link in sheet.rendition.links:
        host = _readable(_host(link.url))
        mixed = [label for label in host.split(".") if _is_mixed(label)]
        if mixed:
            yield _link(sheet, link, f"mixes alphabets in “{mixed[0]}”, as look-alikes do")


def plain_http(sheet: Proofsheet) -> Iterator[Finding]:
    """Nobody on the way can read or change what is behind a link or a picture."""
    for link in sheet.rendition.links:
        host = _host(link.url)
        here = not host or on_loopback(host) or _is_house(host)
        if link.url.lower().startswith("http:") and not here:
            yield _link(sheet, link, "is not encrypted", hint="write https, if it answers there")
    for element in sheet.root.iter("img"):
        source = element.get("src") or ""
        host = _host(source)
        if source.lower().startswith("http:") and host and not on_loopback(host):
            about = sheet.story(element)
            sentence = f"the picture {source} is not encrypted, so many programs leave it out"
            where = "" if about else sheet.templates
            yield warning(sentence, "write https", where=where, about=about, at=element)


def shorteners(sheet: Proofsheet) -> Iterator[Finding]:
    """Every link shows where it leads; filters trust no address that hides it."""
    for link in sheet.rendition.links:
        if _host(link.url).removeprefix("www.") in SHORTENERS:
            yield _link(sheet, link, "hides where it leads", hint="write the address behind it")


def dead(sheet: Proofsheet) -> Iterator[Finding]:
    """Every link leads somewhere. Only looked at when somebody asks: it calls on strangers."""
    if sheet.follow is None:
        return
    ours = f"{sheet.site_url}/" if sheet.site_url else "\0"
    # Where a story is shared is a form, and the same in every mail.
    others = (one for one in sheet.rendition.links if one.role != "share")
    urls = dict.fromkeys(one.url for one in others if not one.url.startswith(ours))
    gone = sheet.follow(tuple(urls))
    for link in sheet.rendition.links:
        if why := gone.get(link.url):
            hint = "mend the link, or take it out"
            yield _link(sheet, link, f"leads nowhere: {why}", hint=hint)


def _link(
    sheet: Proofsheet,
    link: Link,
    sentence: str,
    *,
    stops: bool = False,
    hint: str = "mend the link",
) -> Finding:
    article = sheet.article(link.article)
    where = sheet.place(link)
    say = error if stops else warning
    at = sheet.link_elements.get(link.number)
    return say(f"{link.url} {sentence}", hint, where=where, about=article, at=at)


def _parts(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # a port that is none is only noticed when it is read
    except ValueError:
        return None
    return parts


def _host(url: str) -> str:
    parts = _parts(url)
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
