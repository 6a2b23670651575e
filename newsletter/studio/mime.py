"""The mail as it is sent, byte for byte, with what each line above it is for."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy

#: What each header does, and who asked for it.
WHY = {
    "from": "The sender, as newsletter.toml names it. Its domain must be the one that DKIM signs.",
    "to": "The one reader. Nobody else's address is in this mail.",
    "subject": "The line that the inbox shows. Beyond ASCII it travels encoded (RFC 2047).",
    "date": "When this copy is handed over.",
    "message-id": "The same when a delivery is tried again, so that a second copy is hidden.",
    "reply-to": "Where answers go: a box that somebody reads.",
    "list-id": "Names the list for good; filters go by it (RFC 2919).",
    "list-unsubscribe": "Gmail and Yahoo show their own way out with it (RFC 2369).",
    "list-unsubscribe-post": "Says that one press is enough, without a page (RFC 8058).",
    "list-help": "Where to ask about the list.",
    "list-archive": "Where past editions can be read.",
    "list-post": "Nobody can write to the list.",
    "feedback-id": "Gmail counts complaints by it: edition, newsletter, sender; never a reader.",
    "precedence": "Bulk mail: out-of-office programs should stay silent.",
    "x-auto-response-suppress": "The same for Exchange.",
    "mime-version": "It has parts (RFC 2045).",
    "content-type": "Text first, then HTML: a program shows the last one that it can.",
    "content-transfer-encoding": "How the bytes travel, in lines of 76 at most.",
}

_ENCODED = re.compile(r"=\?[\w-]+\?[bq]\?", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """One header of the mail."""

    name: str
    #: As on the wire, folded.
    raw: str
    #: As a person reads it, where that is something else.
    read: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One of the two bodies."""

    kind: str
    #: Bytes before and after the encoding.
    size: int
    sent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Anatomy:
    """A mail taken apart."""

    headers: tuple[Header, ...]
    parts: tuple[Part, ...]
    #: All of it.
    size: int
    #: The bytes themselves; ASCII, as they are on the wire.
    raw: str


def anatomy(mail: bytes) -> Anatomy:
    """Take a mail apart, from its own bytes."""
    head = mail.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    return Anatomy(
        headers=tuple(_headers(head)),
        parts=tuple(_parts(mail)),
        size=len(mail),
        raw=mail.decode("utf-8", "replace").replace("\r\n", "\n"),
    )


def _headers(head: str) -> Iterator[Header]:
    for line in re.split(r"\r\n(?![ \t])", head):
        name, _, value = line.partition(":")
        parsed = message_from_bytes(line.encode(), policy=policy.default)
        read = str(parsed[name] or "") if _ENCODED.search(value) else ""
        folded = value.strip().replace("\r\n", "\n")
        yield Header(name=name, raw=folded, read=read, why=WHY.get(name.lower(), ""))


def _parts(mail: bytes) -> Iterator[Part]:
    parsed = message_from_bytes(mail, policy=policy.default)
    for part in parsed.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            # As they were written: ended as on Unix, as Gmail and preflight count them.
            content = content.replace(b"\r\n", b"\n")
            sent = len(str(part.get_payload()).encode("utf-8", "replace"))
            yield Part(kind=part.get_content_type(), size=len(content), sent=sent)
