"""
From bytes to a mail, within bounds: what nobody can make slow, deep or endless.

Python's parser takes any bytes, but not in any time: parts within parts cost it a look at every
boundary for every line, and the parameters of a header grow with their square. So a mail is cut
before it is parsed. What a bounce says stands at its beginning, before the returned copy's body.
"""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from html import unescape
from itertools import islice

#: Octets of a mail that are taken from a box, and hashed.
LARGEST = 5_000_000

#: Octets that are parsed.
_PARSED = 300_000
_MOST_LINES = 10_000
_MOST_PARTS = 200
#: Signs of parts within parts; each is one level at most.
_MOST_LEVELS = 40
_LEVEL = re.compile(rb"boundary|message/", re.IGNORECASE)
#: Lines that may part a mail.
_MOST_DIVIDERS = 600
_DIVIDER = re.compile(rb"^--\S", re.MULTILINE)
#: No mail program writes such a long Content-… header.
_SWOLLEN = re.compile(
    rb"^(content-[a-z-]{1,40}:)(?:[^\n]|\n[ \t]){2000,}", re.IGNORECASE | re.MULTILINE
)

#: Characters of one part that are read as text.
LONGEST_TEXT = 40_000
_LONGEST_HEADER = 2_000

#: Charsets that bounces are written in. Python knows others that are no charsets, some slow.
_CHARSETS = re.compile(
    r"utf-?8|us-ascii|ascii|iso-8859-\d{1,2}|windows-12\d\d|cp12\d\d|koi8-[ru]|iso-2022-(jp|kr)"
    r"|euc-(jp|kr)|shift_jis|gb2312|gbk|gb18030|big5|utf-?16(le|be)?",
    re.IGNORECASE,
)

#: What Python's parser, and a library that stands on it, may raise over hostile bytes.
UNREADABLE = (
    AttributeError,
    AssertionError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
    LookupError,
    HeaderParseError,
    RecursionError,
)


class _AsWritten(Compat32):
    """Python's oldest policy, which never raises; with headers of raw UTF-8 left legible."""

    def header_fetch_parse(self, name: str, value: str) -> str:  # noqa: ARG002 - its signature
        return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


_AS_WRITTEN = _AsWritten()


def opened(raw: bytes) -> Message:
    """Parse a mail's beginning. Bytes that make no mail give an empty one."""
    try:
        return message_from_bytes(_bounded(raw), policy=_AS_WRITTEN)
    except UNREADABLE:
        return Message()


def _bounded(raw: bytes) -> bytes:
    text = raw[:_PARSED].replace(b"\0", b"").replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    lines = text.split(b"\n", _MOST_LINES)
    text = b"\n".join(lines[:_MOST_LINES])
    text = _before(text, _LEVEL, _MOST_LEVELS)
    text = _before(text, _DIVIDER, _MOST_DIVIDERS)
    return _SWOLLEN.sub(rb"\1 text/plain", _without_from_line(text))


def _before(text: bytes, sign: re.Pattern[bytes], most: int) -> bytes:
    """Cut where a sign comes once too often."""
    over = next(islice(sign.finditer(text), most, None), None)
    return text[: over.start()] if over else text


def _without_from_line(text: bytes) -> bytes:
    """Drop an mbox's first line, even a quoted one, and blank lines before the headers."""
    return re.sub(rb"\A\s*(?:>?From [^\n]*\n)?", b"", text)


def within(message: Message) -> Message:
    """Return the report that a gateway has wrapped in a mail of its own; else the mail."""
    if "report" in header(message, "Content-Type").lower():
        return message
    held = (
        inner
        for part in own_parts(message)
        if part.get_content_type() == "message/rfc822"
        for inner in _pieces(part)
    )
    return next((mail for mail in held if mail.get_content_type() == "multipart/report"), message)


def own_parts(message: Message) -> Iterator[Message]:
    """Walk over a mail's parts as they lie there, without opening the mails within it."""
    yield from islice(_own(message), _MOST_PARTS)


def _own(message: Message) -> Iterator[Message]:
    yield message
    if message.get_content_maintype() == "multipart":
        for part in _pieces(message):
            yield from _own(part)


def header(message: Message, name: str) -> str:
    """Return a header on one line, still encoded; empty where there is none."""
    values = message.get_all(name) or [""]
    return " ".join(str(values[0])[:_LONGEST_HEADER].split())


def headers(message: Message, name: str) -> list[str]:
    """Return a header's every value on one line, ten at most."""
    return [" ".join(str(v)[:_LONGEST_HEADER].split()) for v in (message.get_all(name) or [])[:10]]


def spoken(message: Message, name: str) -> str:
    """Return a header as people read it (RFC 2047)."""
    written = header(message, name)[:500]
    try:
        pieces = decode_header(written)
    except (HeaderParseError, ValueError):
        return written
    return "".join(
        piece if isinstance(piece, str) else _decoded(piece, str(charset or "ascii"))
        for piece, charset in pieces
    )


def text_of(part: Message) -> str:
    """Return what a part says as text, without markup; empty for pictures and the like."""
    kind = part.get_content_maintype()
    if kind == "message":
        return _fields_text(part)
    # A multipart whose boundaries are missing is one text.
    if kind not in {"text", "multipart"} or part.is_multipart():
        return ""
    text = _body(part)
    return _without_markup(text) if part.get_content_type() == "text/html" else text


def _body(part: Message) -> str:
    try:
        octets = part.get_payload(decode=True)
    except UNREADABLE:
        return ""
    return _decoded(octets, _charset(part)) if isinstance(octets, bytes) else ""


def _charset(part: Message) -> str:
    named = re.search(r"charset\s*=\s*\"?([\w-]+)", header(part, "Content-Type"), re.IGNORECASE)
    return named[1] if named else "utf-8"


def _decoded(octets: bytes, charset: str) -> str:
    known = charset if _CHARSETS.fullmatch(charset) else "utf-8"
    text = octets[: 4 * LONGEST_TEXT].decode(known, "replace")[:LONGEST_TEXT]
    return text.replace("\r\n", "\n")


def _fields_text(part: Message) -> str:
    """Write a report's blocks out again: the parser has made a mail of each."""
    text = "\n\n".join(_block(block) for block in islice(_pieces(part), _MOST_PARTS))
    if "base64" in header(part, "Content-Transfer-Encoding").lower():
        try:
            text = _decoded(b64decode(text.encode("ascii", "replace")), "utf-8")
        except Base64Error:
            return ""
    return text[:LONGEST_TEXT]


def _pieces(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (piece for piece in payload if isinstance(piece, Message))


def _block(block: Message) -> str:
    lines = [f"{name}: {value}" for name, value in block.items()]
    after = _body(block)
    return "\n".join(lines) + ("\n\n" + after if after.strip() else "")


_MARKUP = re.compile(r"<(?:/?[a-z!][^<>]{0,2000})>", re.IGNORECASE)
_UNSEEN = re.compile(r"<(style|script)\b[^<]{0,20000}</\1\s*>", re.IGNORECASE)
_BREAK = re.compile(r"<(?:br|/p|/div|/tr|/h\d|/li)\b[^<>]{0,200}>", re.IGNORECASE)


def _without_markup(text: str) -> str:
    # An address in angle brackets is no markup.
    plain = _MARKUP.sub(" ", _BREAK.sub("\n", _UNSEEN.sub(" ", text)))
    return unescape(plain).replace("\xa0", " ")
