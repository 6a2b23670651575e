"""One failure, made of what a server said."""

import re

from newsletter.tracking.bounces.reasons import classify
from newsletter.tracking.bounces.values import Failure
from newsletter.tracking.their_words import harmless

#: Failures of one mail that are read.
MOST = 50

#: An address as it stands in running text.
ADDRESS = re.compile(
    r"[A-Za-z0-9\u0080-\uffff.!#$%&'*+/=?^_`{|}~-]{1,128}@"
    r"[A-Za-z0-9\u0080-\uffff-]{1,63}(?:\.[A-Za-z0-9\u0080-\uffff-]{1,63}){1,8}"
)

#: Not a part of an IP address, a port or a larger number.
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_REPLY = re.compile(r"(?<![\w./=-])(?<!\w:)([45]\d\d)(?=[\s\-#:,]|$)")
#: The number that a reply begins with is the server's own word.
_BOTH = re.compile(
    r"(?<![\w./=-])(?<!\w:)([45]\d\d)[ -][ '\"#<]{0,3}([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)"
)
_GENERIC = re.compile(r"[245]\.0\.0|")


def failure(
    address: str, said: str, *, status: str = "", remark: str = "", besides: str = ""
) -> Failure:
    """
    Judge one address by what was said of it.

    `status` is the report's own, and `remark` stands beside it; the server's in `said` is nearer
    to the truth. `besides` is looked at only where those tell nothing.
    """
    status, reply = _codes(said, status)
    bounce, reason = classify(status, reply, f"{said[:1500]} {remark}", besides=besides)
    if not reason and besides:
        status, reply = (status, reply) if reply or status else _codes(besides, status)
        bounce, reason = classify(status, reply, besides, besides=besides)
    return Failure(
        address=address,
        bounce=bounce,
        status=status,
        reply=reply,
        reason=reason,
        words=harmless(said or besides, address),
    )


def _codes(said: str, status: str) -> tuple[str, str]:
    if both := _BOTH.search(said[:2000]):
        return both[2], both[1]
    reply = _REPLY.search(said[:2000])
    nearer = _STATUS.search(said[:2000])
    if nearer and (_GENERIC.fullmatch(status) or not _GENERIC.fullmatch(nearer[1])):
        status = nearer[1]
    return status, reply[1] if reply else ""


def status_in(text: str) -> str:
    """Find the first RFC 3463 status in a text; empty where there is none."""
    found = _STATUS.search(text[:200])
    return found[1] if found else ""
