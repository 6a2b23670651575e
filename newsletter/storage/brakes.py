"""What came of an edition so far, counted for its brakes: cheap where nothing is wrong."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, case, distinct, func, select, update

from newsletter.model import BounceClass, DeliveryState
from newsletter.storage.deliveries import ACCEPTED
from newsletter.storage.tables import deliveries, editions, events, releases

#: Of whom there is an answer.
_TRIED = (*ACCEPTED, DeliveryState.REFUSED)


class Marks(NamedTuple):
    """What an edition's brakes are, and from where on they look."""

    #: Shares in per cent by their names; empty for an edition of an earlier version.
    brakes: Mapping[str, Any]
    #: Positions after this one, and events after this one.
    after: int = 0
    event: int = 0


def marks(connection: Connection, edition: int) -> Marks:
    """Return an edition's brakes."""
    columns = (releases.c.brakes, releases.c.brakes_from, releases.c.brakes_event)
    row = connection.execute(select(*columns).where(releases.c.edition_id == edition)).first()
    return Marks(*row) if row else Marks({})


class First(NamedTuple):
    """The first readers of whom there is an answer."""

    number: int
    #: The position of the last of them.
    last: int


def first(connection: Connection, edition: int, *, after: int, most: int) -> First:
    """Return the first so many after a position."""
    query = (
        select(deliveries.c.position)
        .where(_beyond(edition, after), deliveries.c.state.in_(_TRIED))
        .order_by(deliveries.c.position)
        .limit(most)
        .subquery()
    )
    number, last = connection.execute(select(func.count(), func.max(query.c.position))).one()
    return First(number, last or after)


def _beyond(edition: int, after: int) -> Any:
    return (deliveries.c.edition_id == edition) & (deliveries.c.position > after)


def tried(connection: Connection, edition: int, *, after: int) -> int:
    """Count of whom there is an answer after a position."""
    query = select(func.count()).where(_beyond(edition, after), deliveries.c.state.in_(_TRIED))
    return connection.execute(query).scalar_one()


def refusals(connection: Connection, edition: int, *, after: int, last: int) -> Sequence[str]:
    """Return what servers said that refused a reader at once, between two positions."""
    d = deliveries.c
    query = select(d.reply).where(
        _beyond(edition, after), d.position <= last, d.state == DeliveryState.REFUSED
    )
    return [reply or "" for reply in connection.execute(query).scalars()]


def came_back(
    connection: Connection, edition: int, *, after: int, last: int | None = None
) -> Mapping[str, int]:
    """Count readers after a position by `hard`, `soft`, `ours` and `complained`."""
    e = events.c
    named = case((e.kind == "bounced", e.data["class"].as_string()), else_=e.kind).label("named")
    query = select(named, func.count(distinct(e.position))).where(
        e.edition_id == edition, e.kind.in_(("bounced", "complained")), e.position > after
    )
    if last is not None:
        query = query.where(e.position <= last)
    found: Counter[str] = Counter()
    for name, number in connection.execute(query.group_by(named)):
        found[name or BounceClass.SOFT.value] += number
    return found


def lost(connection: Connection, edition: int, *, event: int) -> int:
    """Count who pressed a link, after an event, that the edition does not have."""
    return _pressed(connection, edition, "lost", event)


def pressed(connection: Connection, edition: int, *, event: int) -> int:
    """Count who pressed a link that leads somewhere, after an event."""
    return _pressed(connection, edition, "clicked", event)


def _pressed(connection: Connection, edition: int, kind: str, event: int) -> int:
    """Count readers; where nobody is told apart, presses."""
    e = events.c
    reader = select(editions.c.tracking["clicks"].as_string()).where(editions.c.id == edition)
    apart = connection.scalar(reader) in {"pseudonymous", "individual"}
    number = func.count(distinct(e.reader)) if apart else func.count()
    query = select(number).where(e.edition_id == edition, e.kind == kind, e.id > event)
    return connection.execute(query).scalar_one()


def look_on_from_here(connection: Connection, edition: int) -> None:
    """Let brakes look only at what is handed over, and pressed, from now on."""
    d = deliveries.c
    last = select(d.position).where(d.edition_id == edition, d.attempts > 0)
    position = connection.scalar(last.order_by(d.position.desc()).limit(1)) or 0
    newest = connection.scalar(select(func.max(events.c.id))) or 0
    here = update(releases).where(releases.c.edition_id == edition)
    connection.execute(here.values(brakes_from=position, brakes_event=newest))
