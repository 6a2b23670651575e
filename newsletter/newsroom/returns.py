"""Returns: what comes back from outside, whose it is, and what follows from it."""

import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from newsletter.errors import AudienceError
from newsletter.model import (
    BounceClass,
    DeliveryState,
    Event,
    EventKind,
    SuppressionReason,
)
from newsletter.monitoring.meters import EVENTS
from newsletter.newsroom.house import House

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.audience.leaving import Leaving
    from newsletter.storage.outside import Heard
    from newsletter.tracking.consequences import Fate

#: How far back a reader's editions are looked at, to tell a box that is worn out.
_MEMORY = timedelta(days=60)

_log = logging.getLogger("newsletter.returns")


class Returns:
    """Takes events in: written once, whatever is told how often, and acted on."""

    def __init__(self, house: House) -> None:
        self._house = house

    def take(self, events: Sequence[Event]) -> None:
        """
        Write events down, and do what follows, all in one transaction. Raises StorageError.

        Told again, or in another order, they come to the same end.
        """
        with self._house.database.begin() as connection:
            self.hear(connection, events)

    def settle_doubts(self) -> int:
        """Settle what is unknown by the events that came since; returns how many readers."""
        from newsletter.delivery import reconcile
        from newsletter.storage import editions, evidence, outside
        from newsletter.tracking.consequences import state_of

        database, settled = self._house.database, 0
        quiet = reconcile.quiet_period(self._house.settings)
        with database.read() as connection:
            doubtful = evidence.doubtful(connection)
        for one in doubtful:
            settled += reconcile.resolve(database, one, reconcile.Word.EVIDENCE, quiet=quiet)
            kept = editions.find(database, one)
            assert kept  # noqa: S101 - it was just found
            with database.begin() as connection:
                outside.move(connection, kept.key, state_of)
        return settled

    def hear(self, connection: "Connection", events: Sequence[Event]) -> None:
        """Do what `take` does, inside a transaction of the caller's."""
        from newsletter.storage import outside
        from newsletter.tracking import consequences

        heard = outside.place(connection, events, _key_of)
        outside.add(connection, heard)
        for event in events:
            EVENTS.inc(event.kind.value)
        for edition, positions in _touched(heard).items():
            outside.move(connection, edition, consequences.state_of, positions)
        self._suppress(connection, heard)
        self._let_leave(connection, heard)

    def _suppress(self, connection: "Connection", heard: Iterable["Heard"]) -> None:
        """Keep away who complained, or whose box is dead or worn out."""
        from newsletter.storage import subscribers
        from newsletter.tracking import consequences

        for one in heard:
            if not one.key:
                continue
            reason = consequences.suppression(one.event)
            if reason is None and self._is_worn_out(connection, one):
                reason = SuppressionReason.BOUNCED
            if reason is None or subscribers.suppressed(connection, one.key, None) is reason:
                continue
            method = _method(one.event)
            now = datetime.now(UTC)
            subscribers.suppress(connection, one.key, None, reason, now=now, method=method)
            if reason is SuppressionReason.COMPLAINED:
                self._note(connection, one, method)

    def _is_worn_out(self, connection: "Connection", one: "Heard") -> bool:
        from newsletter.storage import outside
        from newsletter.tracking import consequences

        soft = one.event.kind is EventKind.BOUNCED and one.event.bounce is BounceClass.SOFT
        if not soft or one.subscriber is None:
            return False
        since = datetime.now(UTC) - _MEMORY
        rows = outside.history(connection, one.subscriber, since=since)
        return consequences.is_worn_out([_fate(*row) for row in rows])

    def _note(self, connection: "Connection", one: "Heard", method: str) -> None:
        """Write into the consent ledger that a reader complained: no consent outlives it."""
        from newsletter.storage import consents
        from newsletter.storage.consents import Consent

        subject = self._house.prints.of(one.key)
        entry = Consent(at=one.event.at, event="complained", subject=subject, method=method)
        consents.add(connection, [entry])

    def _let_leave(self, connection: "Connection", heard: Iterable["Heard"]) -> None:
        from newsletter.audience import leaving
        from newsletter.tracking import consequences

        left = [_leaving(one) for one in heard if consequences.leaves(one.event) and one.public_id]
        if left:
            leaving.leave(connection, left, self._house.prints)

    def look_after(self) -> None:
        """Pause what is being sent and comes back so much that a person must look at it."""
        from newsletter.delivery import brakes
        from newsletter.storage import editions

        database = self._house.database
        with database.read() as connection:
            sending = [editions.read(connection, one) for one in editions.sending(connection)]
        for kept in filter(None, sending):
            if reason := brakes.pull(database, kept):
                _log.error("%s is paused: %s", kept.id, reason, extra={"edition": kept.id})


def _touched(heard: Iterable["Heard"]) -> Mapping[int, Collection[int]]:
    touched: dict[int, set[int]] = {}
    for one in heard:
        if one.edition is not None and one.position is not None:
            touched.setdefault(one.edition, set()).add(one.position)
    return touched


def _key_of(address: str) -> str:
    from newsletter.audience.address import parse

    try:
        return parse(address).key
    except AudienceError:
        return ""


def _fate(day: date, state: str, kind: str | None) -> "Fate":
    from newsletter.tracking.consequences import Fate

    return Fate(day, DeliveryState(state), BounceClass(kind) if kind else None)


def _method(event: Event) -> str:
    """Return who told us, as the suppression says it: what stands before the colon of its id."""
    return event.id.partition(":")[0][:16]


def _leaving(one: "Heard") -> "Leaving":
    from newsletter.audience.leaving import Leaving

    return Leaving(
        public_id=one.public_id or 0,
        by_letter=False,
        number=one.number or 0,
        everything=one.number is None,
        method=_method(one.event),
        at=one.event.at,
    )
