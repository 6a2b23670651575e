"""Feedback (RFC 5965): readers who pressed "spam", as their providers tell it, well or sloppily."""

import re
from email.message import Message

from newsletter.tracking.bounces.fields import block_of, first
from newsletter.tracking.bounces.paper import header, headers, own_parts, spoken, text_of

_TYPE = re.compile(r"^Feedback-Type[ \t]*:", re.IGNORECASE | re.MULTILINE)
_JMRP = ("X-HmXmrOriginalRecipient", "X-HmXmrOriginalRecipients")
_COMPLAINS = re.compile(
    r"complaint about message from|abuse report|spam report|feedback report|email feedback",
    re.IGNORECASE,
)

#: What makes a feedback a complaint; all else is one about technique, or a reader's "not spam".
COMPLAINTS = frozenset({"abuse", "complaint", "fraud", "virus", "other", "spam"})

#: A reader's wish to leave, in two of RFC 5965's registered words.
LEAVES = frozenset({"opt-out", "opt-out-list"})


def feedback_type(message: Message) -> str:
    """
    Return what kind of feedback a mail is, in lower case; empty where it is none.

    Read are reports of the right type, those that come as plain text, Microsoft's (a mail of
    theirs around ours, without any report) and Amazon's (JSON).
    """
    return _reported(message) or _forwarded(message) or _notified(message)


def _reported(message: Message) -> str:
    is_report = "feedback-report" in header(message, "Content-Type").lower()
    for part in own_parts(message):
        text = text_of(part)
        if part.get_content_type() == "message/feedback-report":
            return first(block_of(text), "feedback-type").lower()[:40] or "abuse"
        if (found := _TYPE.search(text)) and _begins_report(text[: found.start()]):
            return first(block_of(text[found.start() :]), "feedback-type").lower()[:40] or "abuse"
    return "abuse" if is_report else ""


def _begins_report(before: str) -> bool:
    """Say that nothing but other fields stands before: nobody quotes a report to us."""
    return all(re.match(r"[A-Za-z-]+[ \t]*:|\s", line) for line in before.splitlines() if line)


def _forwarded(message: Message) -> str:
    """Know Microsoft's JMRP: a mail from staff@hotmail.com that holds ours, as it came."""
    held = [part for part in own_parts(message) if part.get_content_type() == "message/rfc822"]
    inner = [piece for part in held for piece in part.get_payload() if isinstance(piece, Message)]
    if any(headers(piece, name) for piece in inner for name in _JMRP):
        return "abuse"
    return "abuse" if inner and _COMPLAINS.search(spoken(message, "Subject")) else ""


def _notified(message: Message) -> str:
    """Know Amazon's notices, which are JSON within JSON."""
    text = text_of(message)[:4000].replace("\\", "")
    if not text.lstrip().startswith("{"):
        return ""
    if not re.search(r"\"(?:notification|event)Type\"\s*:\s*\"Complaint\"", text):
        return ""
    named = re.search(r"\"complaintFeedbackType\"\s*:\s*\"([a-z-]{1,40})\"", text)
    return named[1] if named else "abuse"
