"""
The mail itself: compiled once for an edition, spliced for each reader.

Everything that readers share is written, encoded and folded once. What differs (To, Date,
Message-ID, List-Unsubscribe, the tokens of the links) are slots between byte strings, so that
a reader's copy is one `bytes.join`. Values go in by position: nothing is rendered twice, so
nothing in a name or an article can ever be taken for a field.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import IntEnum
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter

from newsletter.errors import RenderError
from newsletter.model import Envelope, Headers, MergeField, Rendition
from newsletter.transports import headers as write
from newsletter.transports.quoted_printable import encode


class Slot(IntEnum):
    """What differs for each reader, in the order in which `splice` lays it out."""

    CLICK = 0
    OPEN = 1
    VIEW = 2
    DOOR = 3
    MESSAGE_ID = 4
    TO = 5
    DATE = 6
    RETURN = 7


_SLOT_OF = {field.sentinel: Slot[field.name] for field in MergeField}
_SENTINEL = re.compile(f"({'|'.join(_SLOT_OF)})")


class CompiledMessage:
    """An edition's mail, whole but for what only one reader's copy says."""

    def __init__(self, parts: Iterable[str | Slot]) -> None:
        segments, slots = _alternating(parts)
        self._pieces = [b""] * (2 * len(slots) + 1)
        self._pieces[::2] = [segment.encode("ascii") for segment in segments]
        self._pick = itemgetter(*slots)

    def splice(self, envelope: Envelope, date: datetime | str | bytes) -> bytes:
        """
        Return one reader's mail: RFC 5322, CRLF, at most 76 columns in its body.

        Raises InvalidAddress, in a sentence without the address, when this one reader cannot
        be written to.
        """
        if not isinstance(date, bytes):
            date = date.encode("ascii") if isinstance(date, str) else write.date_line(date)
        click, pixel, view, door, message_id = envelope.tokens
        to = write.mailbox(envelope.name, envelope.address, len("To: "))
        pieces = self._pieces.copy()
        pieces[1::2] = self._pick(
            (
                click.encode("ascii"),
                pixel.encode("ascii"),
                view.encode("ascii"),
                door.encode("ascii"),
                message_id.encode("ascii"),
                to.encode(),
                date,
                envelope.return_path.encode("ascii"),
            )
        )
        return b"".join(pieces)


@lru_cache(maxsize=8)
def compile_message(rendition: Rendition, headers: Headers) -> CompiledMessage:
    """
    Write everything that an edition's readers share; the same input gives the same bytes.

    The mail is multipart/alternative: text first, then HTML, both quoted-printable UTF-8.

    Raises:
        RenderError: a part holds half a character.
        SettingsError: a header cannot be written as newsletter.toml or the settings say.
        InvalidAddress: the sender's or the reply address is none.

    """
    text, html = _encoded("text", rendition.text), _encoded("HTML", rendition.html)
    # "=_" never stands in quoted-printable, so no part can hold it (RFC 2045 section 6.7).
    boundary = "=_" + sha256(f"{text}\0{html}".encode("ascii")).hexdigest()[:32]
    return CompiledMessage(
        [
            *_above(headers, rendition.subject),
            "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n",
            f' boundary="{boundary}"\r\n',
            *_part(boundary, "text/plain", text),
            *_part(boundary, "text/html", html),
            f"\r\n--{boundary}--\r\n",
        ]
    )


def _encoded(part: str, text: str) -> str:
    try:
        return encode(text)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise RenderError(
            f"The {part} part holds half a character, which no mail can carry.",
            hint=f"It is near line {line}; an emoji was probably cut in two.",
        ) from None


def _part(boundary: str, media_type: str, encoded: str) -> list[str | Slot]:
    opening = (
        f"\r\n--{boundary}\r\nContent-Type: {media_type}; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return [opening, *(_SLOT_OF.get(piece, piece) for piece in _SENTINEL.split(encoded))]


def _above(headers: Headers, subject: str) -> list[str | Slot]:
    """Write the header lines: each once, structured ones in plain ASCII."""
    sender = write.mailbox(headers.sender_name, headers.sender_address, len("From: "))
    return [
        f"From: {sender}\r\nTo: ",
        Slot.TO,
        f"\r\nSubject: {write.unstructured(subject, len('Subject: '))}\r\nDate: ",
        Slot.DATE,
        "\r\nMessage-ID: <",
        Slot.MESSAGE_ID,
        f"@{write.word('Message-ID', headers.domain)}>\r\n",
        *(_to_many(headers) if headers.unsubscribe else _to_one(headers)),
    ]


def _to_many(headers: Headers) -> list[str | Slot]:
    return [
        _lines([*_reply(headers), ("List-Id", write.list_id(headers.list_name, headers.list_id))]),
        # RFC 8058: one https address, on one line (a relay that unfolds it breaks DKIM).
        f"List-Unsubscribe: <{write.unsubscribe(headers.unsubscribe)}",
        Slot.DOOR,
        *_by_mail(headers),
        _lines(_bulk(headers)),
    ]


def _by_mail(headers: Headers) -> list[str | Slot]:
    """End the header with what leaves: a second way, by mail, only where it is asked for."""
    if not headers.leave_by_mail:
        return [">\r\n"]
    return [">,\r\n <mailto:", Slot.RETURN, "?subject=unsubscribe>\r\n"]


def _to_one(headers: Headers) -> list[str | Slot]:
    """A machine's answer to one person (RFC 3834): of no list, and not to be answered by one."""
    return [_lines([*_reply(headers), ("Auto-Submitted", "auto-generated"), _NO_ANSWER])]


def _reply(headers: Headers) -> list[tuple[str, str]]:
    used = len("Reply-To: ")
    return [("Reply-To", headers.reply_to and write.mailbox("", headers.reply_to, used))]


#: Keeps out-of-office answers away.
_NO_ANSWER = ("X-Auto-Response-Suppress", "OOF, AutoReply")


def _bulk(headers: Headers) -> list[tuple[str, str]]:
    """What stands above mail to many: RFC 2369 and 8058."""
    return [
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Help", headers.help and f"<{write.word('List-Help', headers.help)}>"),
        ("List-Archive", headers.archive and f"<{write.word('List-Archive', headers.archive)}>"),
        ("List-Post", "NO"),
        ("Feedback-ID", headers.feedback_id and write.word("Feedback-ID", headers.feedback_id)),
        ("Precedence", "bulk"),
        _NO_ANSWER,
    ]


def _lines(fields: Sequence[tuple[str, str]]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in fields if value)


def _alternating(parts: Iterable[str | Slot]) -> tuple[list[str], list[Slot]]:
    """Part texts from slots: one text more than slots, with a slot between each two."""
    segments, slots = [""], []
    for part in parts:
        if isinstance(part, Slot):
            slots.append(part)
            segments.append("")
        else:
            segments[-1] += part
    return segments, slots
