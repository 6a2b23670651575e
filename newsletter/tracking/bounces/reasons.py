"""
Why a mail was not delivered, and whose fault it is, by the table.

What a server says in words outranks its numbers, since many give 5.1.1 or 550 for everything.
Hard is only what will never change: no such reader, no such host, moved away, takes no mail at
all. What they have against us or the mail is ours. The rest is soft, and so is any doubt.
"""

import re
from typing import NamedTuple

from newsletter.model import BounceClass
from newsletter.tracking.bounces.table import HARD, SOFT, TABLE, Row


class Judgement(NamedTuple):
    bounce: BounceClass
    #: A short name of ours; empty where nobody knows.
    reason: str


_WORDS = tuple((row, re.compile("|".join(row.words), re.DOTALL)) for row in TABLE if row.words)
_STATUSES = tuple((row, re.compile("|".join(row.statuses))) for row in TABLE if row.statuses)

#: Characters that are looked at.
_MOST = 2_000

#: The server knew the address when it was named, and refused only once it saw the content: then
#: "user unknown" is what a filter says.
_AFTER_CONTENT = re.compile(
    r"(?:end of |final |smtp command\s+|text command|>>> |\()data\b|after i sent the message"
)
_AT_ADDRESS = re.compile(
    r"recipient address rejected|does not like recipient|rejected address|\[rcpt_to\]|smtp:rcpt |"
    r"(?:reply to|after|progress was) rcpt|>>> rcpt to:\S+ <<< 5|"
    # Yahoo knows its readers only once it has the content.
    r"delivery error: dd "
)
_SURE = re.compile(r"5\.1\.[0-46]|5\.2\.1|5\.4\.[14]|5\.1\.10|5\.7\.27")
_SAME_CLASS = re.compile(r"[245]")


def classify(status: str, reply: str, text: str, *, besides: str = "") -> Judgement:
    """
    Say whose fault it is, and why.

    `status` is RFC 3463's (`5.1.1`), `reply` SMTP's (`550`); either may be empty. `besides` is
    the rest of the mail, for at which command it was said. A code of a passing trouble, or two
    codes that disagree, make it soft, whatever is said.
    """
    said = _plain(text)
    found = _by_words(said) or _by_status(status)
    if found is None:
        return Judgement(SOFT, "")
    if found.bounce is not SOFT and _is_passing(status, reply):
        return Judgement(SOFT, found.reason)
    if found.bounce is HARD and not _is_sure(found, status, reply, (said, _plain(besides))):
        return Judgement(SOFT, found.reason)
    return Judgement(found.bounce, found.reason)


def _plain(text: str) -> str:
    return " ".join(text[:_MOST].replace("\u2019", "'").lower().split())


def _by_words(said: str) -> Row | None:
    return next((row for row, words in _WORDS if words.search(said)), None)


def _by_status(status: str) -> Row | None:
    return next((row for row, known in _STATUSES if known.fullmatch(status)), None)


def _is_passing(status: str, reply: str) -> bool:
    """Say that one of the codes is of class 4, or that they are of different classes."""
    classes = {code[0] for code in (status, reply) if _SAME_CLASS.match(code)}
    return bool(classes) and classes != {"5"}


def _is_sure(found: Row, status: str, reply: str, texts: tuple[str, ...]) -> bool:
    """Say that a server meant the address, rather than the mail or us."""
    if status.startswith("5.7.") and status != "5.7.27":
        return False
    if found.reason != "user unknown" or _SURE.fullmatch(status):
        return True
    for text in texts:
        if _AT_ADDRESS.search(text):
            return True
        if _AFTER_CONTENT.search(text):
            return False
    return not reply
