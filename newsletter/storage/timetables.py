"""Timetables: up to when somebody has looked what is due, and whose turn it is to do it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select, text, update

from newsletter.model import EditionId, EditionState, NoticeKind
from newsletter.storage import notices
from newsletter.storage.columns import Moment
from newsletter.storage.leases import left
from newsletter.storage.tables import editions, newsletters, timetables

#: A turn that ends later than this from now was taken by a clock that was wrong.
LONGEST_TURN = timedelta(minutes=10)

_WATCH = text("""
INSERT INTO timetables (newsletter, watched_until) VALUES (:newsletter, :until)
ON CONFLICT (newsletter) DO UPDATE SET watched_until = :until
""").bindparams(bindparam("until", type_=Moment()))

_MAKE = text(
    "INSERT INTO timetables (newsletter) VALUES (:newsletter) ON CONFLICT (newsletter) DO NOTHING"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of one day's edition, as far as the schedule asks."""

    state: EditionState
    #: When it was sent, skipped or missed; else None.
    decided_at: datetime | None
    #: Kinds of notices that were written down.
    noted: frozenset[str]


class Begun(NamedTuple):
    """An edition that is being sent."""

    id: EditionId
    #: Something of it is to be handed over, now or later.
    open: bool
    #: Somebody works on it now.
    busy: bool
    #: That some may or may not have been mailed was written down.
    doubted: bool


def watched(connection: Connection, newsletter: str) -> datetime | None:
    """Return up to when somebody has looked; None: never."""
    query = select(timetables.c.watched_until)
    found = connection.execute(query.where(timetables.c.newsletter == newsletter))
    return found.scalar_one_or_none()


def watch(connection: Connection, newsletter: str, *, until: datetime) -> None:
    """Write down that somebody has looked, up to a moment."""
    connection.execute(_WATCH, {"newsletter": newsletter, "until": until})


def take_turn(connection: Connection, newsletter: str, *, now: datetime, until: datetime) -> bool:
    """Be the one who does what is due, of a fleet; False where another is at it."""
    connection.execute(_MAKE, {"newsletter": newsletter})
    turn = timetables.c.turn_until
    is_free = turn.is_(None) | (turn <= now) | (turn > now + LONGEST_TURN)
    mine = update(timetables).where(timetables.c.newsletter == newsletter, is_free)
    return connection.execute(mine.values(turn_until=until)).rowcount == 1


def end_turn(connection: Connection, newsletter: str, *, again: datetime | None) -> None:
    """Let others have their turn: at once, or not before `again`."""
    mine = update(timetables).where(timetables.c.newsletter == newsletter)
    connection.execute(mine.values(turn_until=again))


def standings(
    connection: Connection, newsletter: str, days: Collection[date]
) -> Mapping[date, Standing]:
    """Return what is known of the editions of some days; no corrections."""
    columns = (editions.c.id, editions.c.day, editions.c.state, editions.c.finished_at)
    query = (
        select(*columns)
        .join(newsletters)
        .where(newsletters.c.name == newsletter, editions.c.day.in_(days), editions.c.revision == 1)
    )
    rows = connection.execute(query).all()
    kinds = notices.noted(connection, [row.id for row in rows])
    return {
        row.day: Standing(
            state=EditionState(row.state),
            decided_at=row.finished_at,
            noted=kinds.get(row.id, frozenset()),
        )
        for row in rows
    }


def begun(connection: Connection, newsletter: str, *, now: datetime) -> tuple[Begun, ...]:
    """Return the editions of a newsletter that are being sent, corrections included."""
    query = (
        select(editions.c.id, editions.c.day, editions.c.revision)
        .join(newsletters)
        .where(newsletters.c.name == newsletter, editions.c.state == EditionState.SENDING)
    )
    rows = connection.execute(query).all()
    kinds = notices.noted(connection, [row.id for row in rows])
    found = []
    for row in rows:
        rest = left(connection, row.id, now=now)
        found.append(
            Begun(
                id=EditionId(newsletter, row.day, row.revision),
                open=bool(rest.open) or rest.unwritten,
                busy=bool(rest.held),
                doubted=NoticeKind.UNKNOWN in kinds.get(row.id, ()),
            )
        )
    return tuple(found)
