"""
A census of the ledger, for who watches the house: read in one go, never stored.

It is a reader like any other and may not hurt anybody: one transaction that sees one moment, and
that the database ends when it takes too long.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, or_, select
from sqlalchemy.exc import TimeoutError as NoneFree

from newsletter.errors import StorageError
from newsletter.model import DeliveryState, EditionId, EditionState
from newsletter.storage import parcels
from newsletter.storage.database import Database, clock
from newsletter.storage.presence import count_alive
from newsletter.storage.tables import (
    audience_parts,
    batches,
    breakers,
    deliveries,
    editions,
    newsletters,
)

#: Seconds that all of it may take.
PATIENCE = 2.0

#: Editions that went out so long ago are told of no more; those that are not sent always are.
_SHOWN = timedelta(days=3)

#: The most that are told of: the latest.
_MOST = 50

_UNSENT = (EditionState.APPROVED, EditionState.HELD, EditionState.SENDING, EditionState.PAUSED)

#: Steps of SQLite's machine between two looks at the time.
_STEPS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EditionCensus:
    """One planned edition."""

    id: EditionId
    state: EditionState
    #: Readers by state; who has no row yet is planned. Together: all that were selected.
    deliveries: Mapping[DeliveryState, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """What the ledger says at one moment."""

    #: On the database's clock.
    at: datetime
    #: Of the last days, and all that are planned and not sent; the latest first.
    editions: tuple[EditionCensus, ...]
    #: When the last edition of each newsletter was sent to the end, where one was.
    sent: Mapping[str, datetime]
    #: Batches of those editions that somebody has a lease of.
    leases: int
    #: Workers of the whole fleet that live.
    workers: int
    #: Transports that take nothing at this time.
    broken: frozenset[str]
    #: What others posted: not read yet, and what could not be.
    parcels: tuple[int, int] = (0, 0)


def take(database: Database, *, patience: float = PATIENCE) -> Census:
    """Take the census. Raises StorageError when the database is away, or too slow."""
    try:
        with database.read() as connection, _limited(connection, patience):
            return _take(database, connection)
    except NoneFree as error:
        raise StorageError("All connections to the database are in use.") from error


def _take(database: Database, connection: Connection) -> Census:
    now = clock(connection)
    shown = _shown(connection, now.date())
    held = select(func.count()).where(
        batches.c.edition_id.in_(shown), batches.c.holder.is_not(None), batches.c.lease_until > now
    )
    return Census(
        at=now,
        editions=tuple(_counted(connection, shown)),
        sent=_sent(connection),
        leases=connection.execute(held).scalar_one(),
        workers=count_alive(database, connection),
        broken=frozenset(connection.execute(select(breakers.c.transport)).scalars()),
        parcels=parcels.count(connection),
    )


def _shown(connection: Connection, today: date) -> dict[int, tuple[EditionId, EditionState]]:
    """Return the editions to tell of, by their rows."""
    recent = editions.c.day >= today - _SHOWN
    query = (
        select(
            editions.c.id,
            newsletters.c.name,
            editions.c.day,
            editions.c.revision,
            editions.c.state,
        )
        .join_from(editions, newsletters)
        .where(editions.c.planned_at.is_not(None), or_(recent, editions.c.state.in_(_UNSENT)))
        .order_by(editions.c.day.desc(), editions.c.id.desc())
        .limit(_MOST)
    )
    return {
        row.id: (EditionId(row.name, row.day, row.revision), EditionState(row.state))
        for row in connection.execute(query)
    }


def _counted(
    connection: Connection, shown: Mapping[int, tuple[EditionId, EditionState]]
) -> Iterator[EditionCensus]:
    counts: dict[int, dict[DeliveryState, int]] = {key: {} for key in shown}
    written = (
        select(deliveries.c.edition_id, deliveries.c.state, func.count())
        .where(deliveries.c.edition_id.in_(shown))
        .group_by(deliveries.c.edition_id, deliveries.c.state)
    )
    size = func.sum(audience_parts.c.last - audience_parts.c.first + 1)
    unwritten = (
        select(audience_parts.c.edition_id, size)
        .where(audience_parts.c.edition_id.in_(shown))
        .group_by(audience_parts.c.edition_id)
    )
    for key, state, number in connection.execute(written):
        counts[key][DeliveryState(state)] = int(number)
    for key, number in connection.execute(unwritten):
        planned = counts[key].get(DeliveryState.PLANNED, 0)
        counts[key][DeliveryState.PLANNED] = planned + int(number)
    for key, (named, state) in shown.items():
        yield EditionCensus(id=named, state=state, deliveries=counts[key])


def _sent(connection: Connection) -> dict[str, datetime]:
    query = (
        select(newsletters.c.name, func.max(editions.c.finished_at))
        .join_from(editions, newsletters)
        .where(editions.c.state == EditionState.SENT, editions.c.finished_at.is_not(None))
        .group_by(newsletters.c.name)
    )
    return {name: at.astimezone(UTC) for name, at in connection.execute(query)}


@contextmanager
def _limited(connection: Connection, seconds: float) -> Iterator[None]:
    """Have the database itself end what takes longer."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(1000 * seconds)}")
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    until = time.monotonic() + seconds
    driver.set_progress_handler(lambda: time.monotonic() > until, _STEPS)
    try:
        yield
    finally:
        # The connection is another's next.
        driver.set_progress_handler(None, 0)
