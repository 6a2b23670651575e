"""
Whom a returned mail is about, proven; and what follows from it, as events.

Anybody can write a bounce. So nothing in it says whom it is about but a token of ours whose tag is
right: in the address that it came to, or else in the Message-ID of the copy that came back. A
fake one leads to nobody.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from newsletter.errors import InvalidToken
from newsletter.model import Event, EventKind
from newsletter.tracking.bounces import Failure, Kind, Returned
from newsletter.tracking.tokens import AGGREGATE, DO_NOT_COUNT, Keyring, Purpose, Token, TokenType
from newsletter.tracking.verp import read_return_path


class Dated(NamedTuple):
    """An event, and the number of its edition: a token knows no more of it."""

    #: As in `Token.number`; what edition that is, the storage knows.
    number: int
    event: Event


def proven(returned: Returned, keyring: Keyring, base: str) -> Token | None:
    """
    Return the token that says whom a mail is about; None where none of its tokens is ours.

    The return path comes before the Message-ID, which a reader who forwards the mail gives away.
    Who asks to leave may also write to an address with a token of `Purpose.DOOR`, spelled alike.
    """
    for purpose, text in _claims(returned, base):
        try:
            token = keyring.read(purpose, text)
        except InvalidToken:
            continue
        if token.type is TokenType.EDITION and AGGREGATE < token.subscriber < DO_NOT_COUNT:
            return token
    return None


def _claims(returned: Returned, base: str) -> Iterator[tuple[Purpose, str]]:
    for address in returned.came_to:
        if text := read_return_path(address, base):
            yield Purpose.VERP, text
            if returned.kind is Kind.LEAVE:
                yield Purpose.DOOR, text
    yield Purpose.MESSAGE_ID, returned.original.partition("@")[0]


def events_of(returned: Returned, token: Token, seen: datetime) -> tuple[Dated, ...]:
    """
    Say what became of the copy that the token names; an answer is an event without consequence.

    `seen`, in UTC, is when it was taken from the box: an event is never dated after it.
    """
    at = min(returned.at or seen, seen)
    term = returned.kind.value if returned.kind in _ANSWERS else "mail"
    named = Event(kind=EventKind.OTHER, at=at, id="", reader=token.subscriber, term=term)
    return tuple(
        Dated(token.number, _event(replace(named, id=f"mail:{returned.id}:{n}"), kind, failure))
        for n, (kind, failure) in enumerate(_told(returned))
    )


_ANSWERS = {Kind.REPLY, Kind.AUTO_REPLY}
_KINDS = {Kind.COMPLAINT: EventKind.COMPLAINED, Kind.LEAVE: EventKind.UNSUBSCRIBED}


def _told(returned: Returned) -> list[tuple[EventKind, Failure | None]]:
    """
    Pick what concerns our copy: one reader's, whatever else the mail tells of.

    Where a mail names several, as after a forward to many, the mildest counts: one of many
    addresses behind it being gone does not make the reader's a dead one.
    """
    if kind := _KINDS.get(returned.kind):
        return [(kind, None)]
    if returned.kind is Kind.BOUNCE:
        return [(EventKind.BOUNCED, min(returned.failures, key=_harm))]
    if returned.kind is Kind.DELAYED:
        return [(EventKind.DEFERRED, returned.delays[0])]
    return [(EventKind.OTHER, None)] if returned.kind in _ANSWERS else []


def _harm(failure: Failure) -> int:
    return ["ours", "soft", "hard"].index(failure.bounce.value)


def _event(named: Event, kind: EventKind, failure: Failure | None) -> Event:
    if kind is EventKind.OTHER:
        # An answer is counted for its edition, and for nobody in particular.
        return replace(named, reader=None)
    if failure is None:
        return replace(named, kind=kind)
    return replace(
        named,
        kind=kind,
        address=failure.address,
        bounce=failure.bounce if kind is EventKind.BOUNCED else None,
        status=failure.status,
        reason=failure.reason,
        words=failure.words,
    )
