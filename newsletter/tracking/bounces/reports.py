"""Delivery reports (RFC 3464, RFC 6533), those of servers that send one without its type too."""

import re
from collections.abc import Iterator
from email.message import Message
from enum import Enum, auto
from typing import NamedTuple

from newsletter.tracking.bounces.failing import ADDRESS, MOST, failure, status_in
from newsletter.tracking.bounces.fields import Block, blocks, first
from newsletter.tracking.bounces.paper import own_parts, text_of
from newsletter.tracking.bounces.values import Failure
from newsletter.tracking.bounces.wording import said_of_each

_TYPES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_LOOSE = re.compile(r"^(?:Final|Original)-Recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)


class Action(Enum):
    """What became of one recipient."""

    FAILED = auto()
    DELAYED = auto()
    #: Delivered, relayed, expanded.
    FINE = auto()


class Line(NamedTuple):
    action: Action
    #: None where all went well.
    failure: Failure | None


def report_lines(message: Message, besides: str, elsewhere: str) -> tuple[Line, ...]:
    """
    Read what a mail reports of each recipient; empty where it is no such report.

    `besides` are the words for people. `elsewhere` is whom the returned copy was written to:
    some reports name a mailbox only, or nobody.
    """
    found = [
        block for text in _reports(message) for block in blocks(text) if _is_of_recipient(block)
    ][:MOST]
    named = [_address(block) or elsewhere for block in found]
    said = said_of_each(named, besides)
    return tuple(
        _line(block, address, said[address] or besides)
        for block, address in zip(found, named, strict=True)
    )


def _reports(message: Message) -> Iterator[str]:
    found = list(own_parts(message))
    typed = [part for part in found if part.get_content_type() in _TYPES]
    for part in typed or found:
        text = text_of(part)
        if typed or _LOOSE.search(text):
            yield text


def _is_of_recipient(block: Block) -> bool:
    return any(name in block for name in ("final-recipient", "original-recipient", "action"))


def _line(block: Block, address: str, besides: str) -> Line:
    action = _action(block)
    if action is Action.FINE:
        return Line(action, None)
    said = re.sub(r"^[\w-]{1,20}\s*;\s*", "", first(block, "diagnostic-code"))
    status, remark = _status(block)
    return Line(action, failure(address, said, status=status, remark=remark, besides=besides))


def _status(block: Block) -> tuple[str, str]:
    """Part `5.2.1 (mailbox disabled)`."""
    written = first(block, "status")
    remark = written[written.find("(") :][:200] if "(" in written else ""
    return status_in(written), remark


def _action(block: Block) -> Action:
    word = first(block, "action").lower()
    status = status_in(first(block, "status"))
    if word.startswith("delayed"):
        return Action.DELAYED
    if word.startswith(("delivered", "relayed", "expanded")) or status.startswith("2"):
        return Action.FINE
    return Action.FAILED


def _address(block: Block) -> str:
    """Return whom we wrote to: after a forward, the original recipient; else the final one."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        if found := ADDRESS.search(first(block, name)):
            return found[0]
    return ""
