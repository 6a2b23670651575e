"""The ledger read as a whole: what it comes to, who is in doubt, and a person's word on them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, case, func, literal, select, update

from newsletter.model import Counts, DeliveryState, EditionId
from newsletter.storage import sums
from newsletter.storage.sums import States
from newsletter.storage.tables import (
    audience_parts,
    deliveries,
    editions,
    ledger_sums,
    newsletters,
    subscribers,
)

#: Not settled yet, and not in a call.
OPEN = (DeliveryState.PLANNED, DeliveryState.DEFERRED)

_PENDING = (*OPEN, DeliveryState.CLAIMED)

#: Readers of the frozen audience who have no row yet.
_UNWRITTEN = "unwritten"

#: What a submitted one may become later: still accepted, so still counted as submitted.
ACCEPTED = (
    DeliveryState.SUBMITTED,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)


def went_out(*, doubtful: bool = False) -> ColumnElement[bool]:
    """
    Return as a condition on `editions` that something of one was accepted.

    `doubtful`: or may have been. Looked up for each edition, and in the ledger's order: left to
    itself, PostgreSQL would read the ledgers of all.
    """
    d, k = deliveries.c, ledger_sums.c
    states = (*ACCEPTED, DeliveryState.UNKNOWN) if doubtful else ACCEPTED
    kept = k.accepted + k.unknown if doubtful else k.accepted
    some = case((kept > 0, 1), else_=0)
    known = select(some).where(k.edition_id == editions.c.id, sums.FRESH).scalar_subquery()
    some_row = select(literal(1)).where(d.edition_id == editions.c.id, d.state.in_(states))
    first = some_row.order_by(d.position).limit(1).scalar_subquery()
    return func.coalesce(known, first, 0) == 1


def latest_submitted(connection: Connection) -> EditionId | None:
    """Return the newest edition that anything was accepted of, or None."""
    e = editions.c
    query = (
        select(newsletters.c.name, e.day, e.revision)
        .join_from(editions, newsletters)
        .where(went_out())
        .order_by(e.day.desc(), e.revision.desc(), e.id.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return EditionId(*row) if row else None


class Doubt(NamedTuple):
    """One reader of whom nobody can say whether the mail was accepted."""

    position: int
    address: str
    call: str
    #: When that call was begun; UTC.
    began: datetime


def doubts(connection: Connection, key: int) -> Sequence[Doubt]:
    """Name everybody who is unknown, in the order of the ledger."""
    d, s = deliveries.c, subscribers.c
    query = (
        select(d.position, func.coalesce(s.address, "erased"), d.call, d.intent_at)
        .outerjoin_from(deliveries, subscribers, s.id == d.subscriber_id)
        .where(d.edition_id == key, d.state == DeliveryState.UNKNOWN)
        .order_by(d.position)
    )
    return [Doubt(*row) for row in connection.execute(query)]


def resolve(connection: Connection, key: int, state: DeliveryState, *, now: datetime) -> int:
    """Settle what is unknown, by a person's word. Returns how many those were."""
    ended = None if state is DeliveryState.DEFERRED else now
    settled = (
        update(deliveries)
        .where(deliveries.c.edition_id == key, deliveries.c.state == DeliveryState.UNKNOWN)
        .values(state=state, reply="settled by a person", settled_at=ended)
    )
    return connection.execute(settled).rowcount


def cancel(connection: Connection, key: int, *, now: datetime) -> int:
    """Give up what is still to be handed over. Returns how many those were."""
    given_up = (
        update(deliveries)
        .where(deliveries.c.edition_id == key, deliveries.c.state.in_(OPEN))
        .values(state=DeliveryState.SKIPPED, reason="cancelled", settled_at=now)
    )
    return connection.execute(given_up).rowcount


def counts(connection: Connection, key: int) -> Counts:
    """Count an edition's ledger; one that is sealed was counted."""
    kept = sums.sealed(connection, key)
    return _counts(kept.states if kept else states(connection, key))


def states(connection: Connection, key: int) -> States:
    """Count the readers of an edition by state, whatever was counted before."""
    written = (
        select(deliveries.c.state, func.count())
        .where(deliveries.c.edition_id == key)
        .group_by(deliveries.c.state)
    )
    size = func.sum(audience_parts.c.last - audience_parts.c.first + 1)
    # In one statement, so that a part which is just being written counts once.
    unwritten = select(literal(_UNWRITTEN), func.coalesce(size, 0)).where(
        audience_parts.c.edition_id == key
    )
    rows = connection.execute(written.union_all(unwritten))
    return {state: int(number) for state, number in rows if number}


def counts_of(connection: Connection, keys: Collection[int]) -> Mapping[int, Counts]:
    """Return what the ledgers of editions come to, whose audiences are wholly written."""
    found: dict[int, dict[str, int]] = {key: {} for key in keys}
    known = sums.known(connection, keys)
    written = (
        select(deliveries.c.edition_id, deliveries.c.state, func.count())
        .where(deliveries.c.edition_id.in_(found.keys() - known.keys()))
        .group_by(deliveries.c.edition_id, deliveries.c.state)
    )
    for key, state, number in connection.execute(written):
        found[key][state] = number
    return {key: _counts(known.get(key, counted)) for key, counted in found.items()}


def _counts(found: Mapping[str, int]) -> Counts:
    def total(states: Iterable[str]) -> int:
        return sum(found.get(state, 0) for state in states)

    return Counts(
        selected=sum(found.values()),
        submitted=total(ACCEPTED),
        refused=total([DeliveryState.REFUSED]),
        skipped=total([DeliveryState.SKIPPED]),
        pending=total([*_PENDING, _UNWRITTEN]),
        unknown=total([DeliveryState.UNKNOWN]),
        deferred=total([DeliveryState.DEFERRED]),
        delivered=total([DeliveryState.DELIVERED]),
        bounced=total([DeliveryState.BOUNCED]),
        complained=total([DeliveryState.COMPLAINED]),
    )


def reasons(connection: Connection, key: int) -> Mapping[str, int]:
    """Say why deliveries were skipped, and how many, the most frequent first."""
    if kept := sums.sealed(connection, key):
        return kept.details.reasons
    query = (
        select(deliveries.c.reason, func.count())
        .where(deliveries.c.edition_id == key, deliveries.c.state == DeliveryState.SKIPPED)
        .group_by(deliveries.c.reason)
        .order_by(func.count().desc(), deliveries.c.reason)
    )
    return dict(connection.execute(query).all())
