"""What others posted to us, kept as it came until it is read."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, update

from newsletter.storage.tables import parcels


class Parcel(NamedTuple):
    """One parcel that nobody has read yet."""

    id: int
    source: str
    body: bytes


def keep(connection: Connection, came: Sequence[tuple[str, bytes]], *, at: datetime) -> None:
    """Keep parcels, each with who it is from."""
    rows = [{"source": source, "body": body, "at": at} for source, body in came]
    connection.execute(insert(parcels), rows)


def waiting(connection: Connection, *, most: int) -> Sequence[Parcel]:
    """Take the oldest parcels that nobody has read; another process takes others meanwhile."""
    unread = select(parcels.c.id, parcels.c.source, parcels.c.body).where(
        parcels.c.problem.is_(None)
    )
    query = unread.order_by(parcels.c.id).limit(most).with_for_update(skip_locked=True)
    return [Parcel(*row) for row in connection.execute(query)]


def drop(connection: Connection, ids: Sequence[int]) -> None:
    """Delete parcels that were read: they hold addresses."""
    connection.execute(delete(parcels).where(parcels.c.id.in_(ids)))


def set_aside(connection: Connection, id: int, problem: str) -> None:
    """Keep a parcel that cannot be read for a person to look at, and why."""
    connection.execute(update(parcels).where(parcels.c.id == id).values(problem=problem))


def count(connection: Connection) -> tuple[int, int]:
    """Return how many parcels wait to be read, and how many could not be."""
    query = select(func.count(), func.count(parcels.c.problem)).select_from(parcels)
    every, set_aside = connection.execute(query).one()
    return every - set_aside, set_aside
