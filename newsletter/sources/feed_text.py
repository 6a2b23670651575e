"""The bytes of a feed, made into text that can be parsed without danger."""

import codecs
import re
from dataclasses import dataclass
from html.entities import html5

from newsletter.errors import SourceError
from newsletter.sources.clean_characters import printable
from newsletter.sources.fetch_unpack import GZIP, inflated

#: Of a feed, unpacked; fetching keeps to the same.
_LARGEST = 5_000_000
#: Some servers pack what is packed already, and say so of one layer.
_MOST_LAYERS = 3

#: Bytes that an encoding is guessed by.
_GUESSED_BY = 50_000

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    # Without a mark, by how "<" begins or is continued (XML 1.0, appendix F.1).
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0<", "utf-16-be"),
    (b"<\0", "utf-16-le"),
)
#: What the web means by a name (Encoding Standard, 4.2): the larger set of the same family.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "big5": "big5hkscs",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
}
_KNOWN = frozenset(
    (  # noqa: SIM905 (one word after another is read more easily)
        "cp1252 cp1254 cp874 gb18030 big5hkscs cp949 cp932 utf-8 utf-16 utf-16-le utf-16-be "
        "euc_jp iso2022_jp koi8-r koi8-u mac-roman cp866 cp1250 cp1251 cp1253 cp1255 cp1256 "
        "cp1257 cp1258 iso8859-2 iso8859-3 iso8859-4 iso8859-5 iso8859-6 iso8859-7 iso8859-8 "
        "iso8859-10 iso8859-13 iso8859-14 iso8859-15 iso8859-16"
    ).split()
)

_DECLARED = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]{1,40})[\"']")
_PROLOG = re.compile(r"(?:\s+|<\?.*?\?>|<!--.*?-->)", re.DOTALL)
_DOCTYPE = re.compile(
    r"""<!DOCTYPE(?P<inside>(?:[^\[>"']++|"[^"]*+"|'[^']*+')*+)
        (?P<subset>\[(?:[^\]"'<]++|"[^"]*+"|'[^']*+'|<!--.*?-->|<)*+\]\s*)?>""",
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)
_PAGE = re.compile(r"<html[\s>]", re.IGNORECASE)
_ALTERNATE = re.compile(
    r"<link\b[^>]*type=[\"']application/(?:rss|atom|feed)\+(?:xml|json)[\"'][^>]*>", re.IGNORECASE
)
_HREF = re.compile(r"href=[\"']([^\"'<>\s]{1,300})[\"']", re.IGNORECASE)

#: Names of characters that HTML knows and XML does not; old feeds use them anyway.
_NAME = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,30});")
_CHARACTERS = {
    name.removesuffix(";"): meant
    for name, meant in html5.items()
    if name.endswith(";") and not set(meant) & set("<>&\"'")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedText:
    """A feed as text; XML begins with its first element."""

    text: str
    json: bool
    #: What had to be guessed, as a sentence without its full stop; empty when nothing was.
    guessed: str = ""


def read_text(body: bytes, charset: str) -> FeedText:
    """
    Unpack and decode a feed, and take away what makes parsers unsafe.

    Raises:
        SourceError: it is empty, a web page, or declares entities.
        FetchError: it is packed, and damaged or too large.

    """
    text, guessed = _decoded(_unpacked(body), charset)
    text = printable(text).strip()
    if not text:
        raise SourceError("The feed is empty.", hint="Open its address in a browser and look.")
    if text[0] in "{[":
        return FeedText(text=text, json=True, guessed=guessed)
    return FeedText(text=_without_prolog(text), json=False, guessed=guessed)


def _unpacked(body: bytes) -> bytes:
    for _ in range(_MOST_LAYERS):
        if not body.startswith(GZIP):
            break
        body = inflated(body, largest=_LARGEST)
    return body[:_LARGEST]


def _decoded(body: bytes, charset: str) -> tuple[str, str]:
    """
    Decode a feed by what it is, then by what it says, then by what its server says.

    Text that is UTF-8 to its last byte is hardly ever anything else, whatever it is called.
    """
    marked = next((name for mark, name in _MARKS if body.startswith(mark)), "")
    if marked:
        return body.decode(marked, "replace"), ""
    declared = _DECLARED.search(body[:1000])
    names = [_meant(declared[1].decode("ascii")) if declared else "", _meant(charset)]
    # These write all letters in seven bits, which is UTF-8 to the last byte as well.
    names = sorted(names, key=lambda name: name != "iso2022_jp")
    for name in names if "iso2022_jp" in names else ["utf-8", *names]:
        try:
            return body.decode(name or "utf-8"), ""
        except UnicodeDecodeError:
            continue
    if name := next((name for name in names if name), ""):
        return body.decode(name, "replace"), f"damaged letters are shown as �; read as {name}"
    name = _likely(body)
    return body.decode(name, "replace"), f"it does not say its encoding; read as {name}"


def _likely(body: bytes) -> str:
    """Guess an encoding by which letters follow which."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 (seldom needed, and slow to load)

    found = from_bytes(body[:_GUESSED_BY]).best()
    return _meant(found.encoding) if found and _meant(found.encoding) else "cp1252"


def _meant(name: str) -> str:
    """Return Python's name for an encoding, or nothing for one that is none of the web's."""
    try:
        found = codecs.lookup(name).name if name else ""
    except (LookupError, ValueError):
        return ""
    found = _MEANT.get(found, found)
    return found if found in _KNOWN else ""


def _without_prolog(text: str) -> str:
    """Return XML from its first element on, with characters in the place of their names."""
    start = 0
    while True:
        if found := _PROLOG.match(text, start):
            start = found.end()
        elif found := _DOCTYPE.match(text, start):
            _refuse_entities(found[0])
            start = found.end()
        else:
            break
    text = text[start:]
    if text[:9].upper() == "<!DOCTYPE" or text[:8].upper() == "<!ENTITY":
        _refuse_entities("<!ENTITY")
    if _PAGE.match(text):
        raise _page(text)
    return _NAME.sub(lambda name: _CHARACTERS.get(name[1], name[0]), text)


def _refuse_entities(doctype: str) -> None:
    if "<!ENTITY" in doctype.upper():
        raise SourceError(
            "The feed declares entities, which can be made to grow without end; it is not read.",
            hint="No program that writes feeds needs them. Ask its owner for a plain feed.",
        )


def _page(text: str) -> SourceError:
    link = _ALTERNATE.search(text[:100_000])
    address = _HREF.search(link[0]) if link else None
    hint = (
        f"It names a feed: {address[1]}" if address else "Look on it for the address of its feed."
    )
    return SourceError("This is a web page, not a feed.", hint=hint)
