"""
What a bounce that SendGrid tells of says of the address.

Servers' words and codes are judged as those of the bounce box are, by the one table
(`newsletter.tracking.bounces`); here stands only what SendGrid adds. Its classification is heard
first where it settles whose fault it is. What it calls `blocked` is never hard.
"""

import re

from newsletter.model import BounceClass
from newsletter.tracking.bounces import Judgement, classify

HARD, SOFT, OURS = BounceClass.HARD, BounceClass.SOFT, BounceClass.OURS

#: SendGrid's `bounce_classification`, in small letters. "Mailbox Unavailable", "Technical Failure",
#: "Unclassified" and whatever comes later settle nothing by themselves.
_OURS_BY_NAME = {
    "reputation": "reputation",
    "content": "content",
    "frequency or volume too high": "rate",
}
_INVALID = "invalid address"

#: What is said of an address at RCPT, where SendGrid heard it: it is meant, whatever the codes.
_OF_ADDRESS = frozenset({"user unknown", "host unknown"})
#: RFC 5321's own words for a box that is not found, or not open, or not for us.
_UNAVAILABLE = re.compile(r"unavailable", re.IGNORECASE)

#: SendGrid's own words, not a server's: it did not get that far.
_NOT_REACHED = re.compile(r"\s*(?:unable to get mx info|error dialing)", re.IGNORECASE)

#: Characters of a server's words that are looked at: they come to the point at once, and what is
#: hostile must not take long.
_MOST_READ = 400

_REPLY = re.compile(r"\s*([245]\d\d)(?!\d)", re.ASCII)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}", re.ASCII)
#: Before the words or nowhere: `Exim 4.94.2` is none.
_STATUS_FIRST = re.compile(
    r"\s*(?:[245]\d\d[ -]\s*)?[#(]?([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)", re.ASCII
)


def status_of(told: str, text: str) -> str:
    """Return the enhanced status; `x.0.0` says nothing, so one in the words goes before it."""
    found = _STATUS_FIRST.match(text) if text else None
    given = told.strip()
    if _STATUS.fullmatch(given) and not (found and given.endswith(".0.0")):
        return given
    return found[1] if found else ""


def judge_bounce(
    *, status: str, text: str, classification: str = "", blocked: bool = False
) -> Judgement:
    """
    Say what a bounce means for its address.

    `status` as `status_of` returns it; `text` is the server's words, its reply first where it gave
    one; the other two are SendGrid's own words.
    """
    named = classification.strip().lower()
    if reason := _OURS_BY_NAME.get(named):
        # A box that gets too much from everybody is no fault of ours.
        return Judgement(SOFT if status[1:4] == ".2." else OURS, reason)
    if _NOT_REACHED.match(text):
        return Judgement(SOFT, "unreachable")
    reply = _REPLY.match(text)
    code = reply[1] if reply else ""
    judged = classify(status, code, text[:_MOST_READ])
    if _is_meant(judged, text, named) and not _may_pass(status, code):
        judged = Judgement(HARD, judged.reason or _INVALID)
    return Judgement(SOFT, judged.reason) if blocked and judged.bounce is HARD else judged


def _is_meant(judged: Judgement, text: str, named: str) -> bool:
    """Say whether it is the address that is wrong, where the words leave it open."""
    if named == _INVALID:
        return not judged.reason or judged.reason in _OF_ADDRESS
    return judged.reason in _OF_ADDRESS and not _UNAVAILABLE.search(text)


def _may_pass(status: str, reply: str) -> bool:
    """Say whether it may be over tomorrow: 4yz, or a reply and a status that disagree."""
    classes = {code[0] for code in (status, reply) if code}
    return bool(classes) and classes != {"5"}
