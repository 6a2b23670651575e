"""The copy of our own mail that comes back with a bounce, a complaint or a reply."""

import re
from email.message import Message
from typing import NamedTuple

from newsletter.tracking.bounces.failing import ADDRESS
from newsletter.tracking.bounces.fields import Block, block_of, first
from newsletter.tracking.bounces.paper import (
    LONGEST_TEXT,
    header,
    own_parts,
    text_of,
)

_TYPES = frozenset(
    {
        "message/rfc822",
        "message/global",
        "message/global-headers",
        "message/rfc822-headers",
        "text/rfc822-headers",
    }
)

#: Where the words for people end, and the copy begins, in bounces that are one text.
BORDER = re.compile(
    r"^[ \t>|*]*(?:"
    r"[-=_~*]{2,}+.{0,60}\b(?:original|copy|unsent|returned|undelivered)\b.{0,60}"
    r"|[-=_~|*]{2,}+.{0,40}\bmessage (?:text|headers?|contents?|body)\b.{0,60}"
    r"|[-=_~|*]{2,}+.{0,20}\b(?:headers?|text|body) of (?:the |your )?.{0,40}"
    r"|.{0,20}\b(?:original message|message headers?|returned message|copy of (?:the|your)"
    r" (?:original )?message)\b.{0,40}(?:follows?|below|:|\.)?.{0,10}"
    r"|(?:return-path|received|x-original-to|message-id|mime-version|dkim-signature)[ \t]*:.{0,900}"
    r")$",
    re.IGNORECASE | re.MULTILINE,
)


class Copy(NamedTuple):
    """What of our mail's headers came back; each empty where it did not."""

    #: Without angle brackets.
    message_id: str = ""
    list_unsubscribe: str = ""
    #: Whom it was written to; empty if to more than one.
    to: str = ""
    sender: str = ""


NO_COPY = Copy()


def copy_in(message: Message) -> Copy:
    """Find the returned copy: a part of its own, or the headers that stand in the text."""
    for part in own_parts(message):
        if part.get_content_type() in _TYPES:
            return _copy(block_of(_headers_of(part)))
    for part in own_parts(message):
        text = text_of(part)
        if (border := BORDER.search(text)) and (copy := _copy_in_text(text[border.start() :])):
            return copy
    return NO_COPY


def _headers_of(part: Message) -> str:
    inner = part.get_payload()
    if part.get_content_maintype() == "text" or not isinstance(inner, list):
        return text_of(part).strip().split("\n\n")[0]
    lines = [
        f"{name}: {header(piece, name)}"
        for piece in inner[:1]
        if isinstance(piece, Message)
        for name in ("Message-ID", "List-Unsubscribe", "To", "From")
    ]
    return "\n".join(lines)


def _copy_in_text(text: str) -> Copy | None:
    """Read the first block after the border that has a Message-ID or whom it was written to."""
    for piece in re.split(r"\n[ \t]*\n", text[:LONGEST_TEXT], maxsplit=12)[:12]:
        copy = _copy(block_of("\n".join(line.lstrip(">|") for line in piece.split("\n"))))
        if copy.message_id or copy.to:
            return copy
    return None


def _copy(block: Block) -> Copy:
    written_to = ADDRESS.findall(first(block, "to")[:2000])
    senders = ADDRESS.findall(first(block, "from")[:2000])
    return Copy(
        message_id=first(block, "message-id").strip("<> ")[:400],
        list_unsubscribe=first(block, "list-unsubscribe")[:1000],
        to=written_to[0] if len(written_to) == 1 else "",
        sender=senders[0] if senders else "",
    )
