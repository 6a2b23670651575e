"""Work that any process may do from time to time, and one does each time."""

from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, text, update

from newsletter.storage.columns import Moment
from newsletter.storage.tables import chores

_BEGIN = text("""
INSERT INTO chores (name, begun_at, times) VALUES (:name, :now, 1)
ON CONFLICT (name) DO UPDATE SET begun_at = :now, times = chores.times + 1
WHERE chores.begun_at <= :before
""").bindparams(bindparam("now", type_=Moment()), bindparam("before", type_=Moment()))


def begin(connection: Connection, name: str, *, every: timedelta, now: datetime) -> bool:
    """Be the one who does it now; False where it was begun less than `every` ago."""
    values = {"name": name, "now": now, "before": now - every}
    return connection.execute(_BEGIN, values).rowcount == 1


def put_back(connection: Connection, name: str, *, at: datetime) -> None:
    """Count a chore as begun at an earlier moment: it came to nothing."""
    connection.execute(update(chores).where(chores.c.name == name).values(begun_at=at))
