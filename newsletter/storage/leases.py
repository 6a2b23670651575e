"""Who works on which batch: leases, in the database's clock."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    bindparam,
    exists,
    or_,
    select,
    text,
    tuple_,
    update,
)

from newsletter.storage.columns import Moment
from newsletter.storage.release import may_begin
from newsletter.storage.tables import audience_parts, batches


class Lease(NamedTuple):
    """The right to work on a batch; who comes back with an older attempt has lost it."""

    edition: int
    number: int
    #: Positions of its deliveries, both included.
    first: int
    last: int
    attempt: int


class Standing(NamedTuple):
    """A batch that has something to hand over now, and who last said to work on it."""

    lease: Lease
    holder: str
    #: The lease is not over by the clock.
    current: bool


_COLUMNS = (
    batches.c.edition_id,
    batches.c.number,
    batches.c.first,
    batches.c.last,
    batches.c.attempt,
    batches.c.holder,
    batches.c.lease_until,
)


def due(
    connection: Connection, edition: int, *, after: int, most: int, now: datetime
) -> Sequence[Standing]:
    """Return batches of an edition that have something to hand over now: the next by number."""
    query = select(*_COLUMNS).where(
        batches.c.edition_id == edition, batches.c.number > after, _due(edition, now)
    )
    return _standings(connection, query.order_by(batches.c.number).limit(most), now)


def held(connection: Connection, edition: int, *, now: datetime) -> Sequence[Standing]:
    """Return the batches of an edition that somebody said to work on."""
    query = select(*_COLUMNS).where(
        batches.c.edition_id == edition, batches.c.holder.is_not(None), _due(edition, now)
    )
    return _standings(connection, query.order_by(batches.c.number), now)


def find(connection: Connection, edition: int, number: int, *, now: datetime) -> Sequence[Standing]:
    """Return that one batch, if it has something to hand over now."""
    named = and_(batches.c.edition_id == edition, batches.c.number == number)
    return _standings(connection, select(*_COLUMNS).where(named, _due(edition, now)), now)


def _due(edition: int, now: datetime) -> ColumnElement[bool]:
    timely = or_(batches.c.next_try.is_(None), batches.c.next_try <= now)
    return and_(batches.c.open, timely, may_begin(edition, batches.c.first))


def _standings(connection: Connection, query: Select[Any], now: datetime) -> Sequence[Standing]:
    rows = connection.execute(query)
    return [
        Standing(Lease(*row[:5]), row.holder or "", bool(row.lease_until and row.lease_until > now))
        for row in rows
    ]


def take(connection: Connection, lease: Lease, *, holder: str, until: datetime) -> Lease | None:
    """Take a batch as it was seen; None when another was quicker."""
    taken = (
        update(batches)
        .where(_same(lease))
        .values(holder=holder, lease_until=until, attempt=lease.attempt + 1)
    )
    if connection.execute(taken).rowcount != 1:
        return None
    return lease._replace(attempt=lease.attempt + 1)


def renew(connection: Connection, held: Collection[Lease], *, holder: str, until: datetime) -> None:
    """Prolong the leases that are still a worker's own."""
    names = [(lease.edition, lease.number) for lease in held]
    named = tuple_(batches.c.edition_id, batches.c.number).in_(names)
    mine = update(batches).where(named, batches.c.holder == holder)
    connection.execute(mine.values(lease_until=until))


_GIVE_BACK = text("""
UPDATE batches SET holder = NULL, lease_until = NULL,
    open = EXISTS (SELECT 1 FROM deliveries d WHERE d.edition_id = batches.edition_id
        AND d.position BETWEEN batches.first AND batches.last
        AND d.state IN ('planned', 'claimed', 'deferred')),
    next_try = (SELECT min(coalesce(d.next_try, :soon)) FROM deliveries d
        WHERE d.edition_id = batches.edition_id
        AND d.position BETWEEN batches.first AND batches.last
        AND d.state IN ('planned', 'claimed', 'deferred'))
WHERE edition_id = :edition AND number = :number AND attempt = :attempt
""").bindparams(bindparam("soon", type_=Moment()))


def give_back(connection: Connection, lease: Lease, *, soon: datetime) -> None:
    """
    End a lease. What is left of the batch is looked at when the first of it is due.

    `soon`: when to look at what could go at any time, but was held up.
    """
    named = {"edition": lease.edition, "number": lease.number, "attempt": lease.attempt}
    connection.execute(_GIVE_BACK, {**named, "soon": soon})


def _same(lease: Lease) -> ColumnElement[bool]:
    return and_(
        batches.c.edition_id == lease.edition,
        batches.c.number == lease.number,
        batches.c.attempt == lease.attempt,
    )


def reopen(connection: Connection, edition: int, *, all_of_it: bool) -> None:
    """Have an edition's batches looked at at once: the open ones, or all of them."""
    named = update(batches).where(batches.c.edition_id == edition)
    if all_of_it:
        connection.execute(named.values(open=True, next_try=None))
    else:
        connection.execute(named.where(batches.c.open).values(next_try=None))


def reopen_at(connection: Connection, edition: int, position: int) -> None:
    """Have the batch of a delivery looked at again, though it seemed to be done."""
    here = and_(batches.c.first <= position, batches.c.last >= position, ~batches.c.open)
    done = update(batches).where(batches.c.edition_id == edition, here)
    connection.execute(done.values(open=True, next_try=None))


class Left(NamedTuple):
    """What is left to do of an edition's written part, as its batches tell."""

    #: Batches in which something is to be handed over, now or later.
    open: int
    #: Of these, those that somebody works on.
    held: int
    #: When the first of those that nobody works on is due; None where none waits. What the
    #: release has not opened yet waits for that, and for no hour.
    next_try: datetime | None
    #: Workers with a lease.
    workers: int
    #: Part of the audience has no rows yet.
    unwritten: bool


def left(connection: Connection, edition: int, *, now: datetime) -> Left:
    """Say what is left to do of an edition."""
    released = may_begin(edition, batches.c.first).label("released")
    query = select(batches.c.holder, batches.c.lease_until, batches.c.next_try, released)
    rows = connection.execute(query.where(batches.c.edition_id == edition, batches.c.open)).all()
    holders = [row.holder for row in rows if row.holder and row.lease_until > now]
    waiting = [
        row.next_try or now
        for row in rows
        if row.released and (not row.holder or row.lease_until <= now)
    ]
    unwritten = exists().where(audience_parts.c.edition_id == edition)
    return Left(
        open=len(rows),
        held=len(holders),
        next_try=min(waiting, default=None),
        workers=len(set(holders)),
        unwritten=bool(connection.execute(select(unwritten)).scalar()),
    )
