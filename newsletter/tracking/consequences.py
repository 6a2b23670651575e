"""What follows from what comes back. Pure: nothing here looks anything up, or changes it."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from newsletter.model import BounceClass, DeliveryState, Event, EventKind, SuppressionReason

#: What a delivery becomes by its events: the last of these that was told, whatever came first.
_RANKS: tuple[tuple[EventKind, DeliveryState], ...] = (
    (EventKind.REFUSED, DeliveryState.REFUSED),
    (EventKind.DELIVERED, DeliveryState.DELIVERED),
    (EventKind.BOUNCED, DeliveryState.BOUNCED),
    (EventKind.COMPLAINED, DeliveryState.COMPLAINED),
)

#: Why an ESP refuses to try, where that says what it knows of the address.
_KNOWN_BEFORE = {
    "bounced before": SuppressionReason.BOUNCED,
    "invalid address": SuppressionReason.BOUNCED,
    "complained before": SuppressionReason.COMPLAINED,
}

#: A box that is full today is read tomorrow: only one that takes nothing in so many editions,
#: over so long a time, is given up.
WORN_OUT, WORN_OUT_TIME = 5, timedelta(days=7)

#: So many of the newest editions may still come back.
NO_WORD_YET = 2


class Fate(NamedTuple):
    """What became of one edition's mail to a reader."""

    day: date
    state: DeliveryState
    #: Of a bounced one, as far as is known.
    bounce: BounceClass | None = None


def state_of(kinds: Iterable[str]) -> DeliveryState | None:
    """Return what a delivery is by all its events, in any order; None where they say nothing."""
    told = frozenset(kinds)
    states = [state for kind, state in _RANKS if kind in told]
    return states[-1] if states else None


def suppression(event: Event) -> SuppressionReason | None:
    """
    Return why a reader gets nothing more at all; None where an event is no reason.

    A complaint is for good. Of bounces only those that say that there is no such box: content,
    policy and blocklists are our fault, and never the reader's.
    """
    if event.kind is EventKind.COMPLAINED:
        return SuppressionReason.COMPLAINED
    if event.kind is EventKind.BOUNCED and event.bounce is BounceClass.HARD:
        return SuppressionReason.BOUNCED
    return _KNOWN_BEFORE.get(event.reason) if event.kind is EventKind.REFUSED else None


def leaves(event: Event) -> bool:
    """Say whether a reader leaves the edition's lists by it."""
    before = event.kind is EventKind.REFUSED and event.reason == "unsubscribed before"
    return before or event.kind is EventKind.UNSUBSCRIBED


def is_worn_out(fates: Sequence[Fate]) -> bool:
    """
    Say whether a box has taken nothing for so long that it is given up.

    `fates`: the reader's editions, the newest first. Counted back to the first that did not come
    back; what went wrong by our fault says nothing either way, and nothing does the newest two of
    which there is no word yet: a bounce may take a day or two.
    """
    failed: list[date] = []
    for number, fate in enumerate(fates):
        if fate.state is DeliveryState.SUBMITTED and number < NO_WORD_YET and not failed:
            continue
        if fate.state is not DeliveryState.BOUNCED:
            break
        if fate.bounce is not BounceClass.OURS:
            failed.append(fate.day)
    return len(failed) >= WORN_OUT and failed[0] - failed[-1] >= WORN_OUT_TIME
