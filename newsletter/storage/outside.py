"""
Events from outside: whose they are, written once, and what their deliveries become.

An event may be told many times and in any order. So it is written once, by its own id, and a
delivery's state is made anew from all of its events, never from the last one.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import Connection, and_, bindparam, or_, select, text, update

from newsletter.model import DeliveryState, EditionId, Event
from newsletter.storage import sums
from newsletter.storage.columns import Moment
from newsletter.storage.tables import (
    deliveries,
    editions,
    events,
    in_edition,
    newsletters,
    subscribers,
)


class Heard(NamedTuple):
    """An event, and whom it is about, as far as that can be told."""

    event: Event
    #: Row and number of the edition.
    edition: int | None = None
    number: int | None = None
    position: int | None = None
    #: Row, public id and key of the reader; the key is empty where there is none (any more).
    subscriber: int | None = None
    public_id: int | None = None
    key: str = ""


def numbered(connection: Connection, numbers: Collection[int]) -> Mapping[int, EditionId]:
    """Return which editions those are, by their numbers in tokens."""
    columns = (editions.c.number, newsletters.c.name, editions.c.day, editions.c.revision)
    query = select(*columns).join_from(editions, newsletters)
    rows = connection.execute(query.where(editions.c.number.in_(numbers)))
    return {number: EditionId(*named) for number, *named in rows}


def place(
    connection: Connection, told: Sequence[Event], key_of: Callable[[str], str]
) -> list[Heard]:
    """
    Say whom each event is about: by its delivery, a token's reader, or the address it names.

    `key_of` makes the compared form of an address, or an empty one where it is none.
    """
    known = _editions(connection, {event.edition for event in told if event.edition})
    heard = [Heard(event, *known.get(event.edition, (None, None))) for event in told]
    by_position = _by_position(connection, heard)
    # A delivery may be gone with its ledger: then whoever is named by other means.
    others = [one for one in heard if _place(one) not in by_position]
    named = _readers(connection, others, key_of)
    return [_found(connection, one, by_position.get(_place(one)), named, key_of) for one in heard]


_Reader = tuple[int, int, str]


def _place(one: Heard) -> tuple[int | None, int | None]:
    return one.edition, one.event.delivery


def _editions(
    connection: Connection, names: Collection[str]
) -> Mapping[str, tuple[int, int | None]]:
    """Return row and number of editions by their names; one that is none of ours is left out."""
    days = {named.day for named in map(_parsed, names) if named}
    columns = (newsletters.c.name, editions.c.day, editions.c.revision)
    query = select(editions.c.id, editions.c.number, *columns).join_from(editions, newsletters)
    rows = connection.execute(query.where(editions.c.day.in_(days)))
    return {str(EditionId(*named)): (row, number) for row, number, *named in rows}


def _parsed(name: str) -> EditionId | None:
    try:
        return EditionId.parse(name)
    except ValueError:
        return None


def _by_position(
    connection: Connection, heard: Iterable[Heard]
) -> Mapping[tuple[int | None, int | None], _Reader | int]:
    """Return the readers of deliveries; of an erased one the row's number alone."""
    wanted = defaultdict(set)
    for one in heard:
        if one.edition is not None and one.event.delivery is not None:
            wanted[one.edition].add(one.event.delivery)
    d, s = deliveries.c, subscribers.c
    found: dict[tuple[int | None, int | None], _Reader | int] = {}
    for edition, positions in wanted.items():
        query = (
            select(d.position, d.subscriber_id, s.public_id, s.key)
            .join_from(deliveries, subscribers, s.id == d.subscriber_id, isouter=True)
            .where(d.edition_id == edition, d.position.in_(positions))
        )
        for row in connection.execute(query):
            reader = (row.subscriber_id, row.public_id, row.key)
            found[edition, row.position] = reader if row.key else row.subscriber_id
    return found


def _readers(
    connection: Connection, heard: Iterable[Heard], key_of: Callable[[str], str]
) -> Mapping[int | str, _Reader]:
    """Return readers by public id and by key, of events whose delivery is not known."""
    ids, keys = set(), set()
    for one in heard:
        if one.event.reader is not None:
            ids.add(one.event.reader)
        elif one.event.address:
            keys.add(key_of(one.event.address))
    if not ids and not keys:
        return {}
    s = subscribers.c
    query = select(s.id, s.public_id, s.key).where(or_(s.public_id.in_(ids), s.key.in_(keys)))
    found: dict[int | str, _Reader] = {}
    for row in connection.execute(query):
        found[row.public_id] = found[row.key] = (row.id, row.public_id, row.key)
    return found


def _found(
    connection: Connection,
    one: Heard,
    by_position: _Reader | int | None,
    named: Mapping[int | str, _Reader],
    key_of: Callable[[str], str],
) -> Heard:
    if isinstance(by_position, tuple):
        row, public_id, key = by_position
        return one._replace(
            position=one.event.delivery, subscriber=row, public_id=public_id, key=key
        )
    if by_position is not None:
        return one._replace(position=one.event.delivery)
    event = one.event
    wanted = event.reader if event.reader is not None else key_of(event.address)
    if not wanted or wanted not in named:
        return one
    row, public_id, key = named[wanted]
    position = _position(connection, one.edition, row) if one.edition else None
    return one._replace(position=position, subscriber=row, public_id=public_id, key=key)


def _position(connection: Connection, edition: int, subscriber: int) -> int | None:
    d = deliveries.c
    query = select(d.position).where(in_edition == edition, d.subscriber_id == subscriber)
    return connection.execute(query).scalar_one_or_none()


_ADD = text("""
INSERT INTO events (edition_id, position, call, kind, at, external_id, data)
VALUES (:edition, :position, :call, :kind, :at, :id, :data)
ON CONFLICT (external_id) DO NOTHING
""").bindparams(bindparam("at", type_=Moment()))


def add(connection: Connection, heard: Sequence[Heard]) -> None:
    """Write events down, without the address; each once, however often it is told."""
    rows = [
        {
            "edition": one.edition,
            "position": one.position,
            "call": one.event.call[:32] or None,
            "kind": one.event.kind.value,
            "at": one.event.at,
            "id": one.event.id,
            "data": json.dumps(_data(one.event)),
        }
        for one in heard
    ]
    if rows:
        connection.execute(_ADD, rows)


def _data(event: Event) -> dict[str, str]:
    said = {
        "class": event.bounce.value if event.bounce else "",
        "status": event.status,
        "reason": event.reason,
        "words": event.words,
        "term": event.term,
    }
    return {name: words for name, words in said.items() if words}


#: From these an event may move a delivery on. One that the ESP refused at once has no events.
_MOVED = (
    DeliveryState.SUBMITTED,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
    DeliveryState.REFUSED,
)


def move(
    connection: Connection,
    edition: int,
    state_of: Callable[[Iterable[str]], DeliveryState | None],
    positions: Collection[int] | None = None,
) -> int:
    """
    Give deliveries the states that all their events make; returns how many were changed.

    What is unknown stays so: that is settled by evidence, after the quiet period. `positions`:
    None for every delivery of the edition that has events.
    """
    e, d = events.c, deliveries.c
    query = (
        select(d.position, d.state, e.kind)
        .join_from(deliveries, events, and_(e.edition_id == d.edition_id, e.position == d.position))
        .where(e.edition_id == edition, d.state.in_(_MOVED))
    )
    if positions is not None:
        query = query.where(e.position.in_(positions))
    kinds, now = defaultdict(set), {}
    for row in connection.execute(query):
        kinds[row.position].add(row.kind)
        now[row.position] = row.state
    changes = [
        {"at": position, "to": state}
        for position, told in kinds.items()
        if (state := state_of(told)) and state != now[position]
    ]
    if changes:
        moved = update(deliveries).where(d.edition_id == edition, d.position == bindparam("at"))
        connection.execute(moved.values(state=bindparam("to")), changes)
        sums.note_change(connection, edition)
    return len(changes)


def history(
    connection: Connection, subscriber: int, *, since: datetime
) -> Sequence[tuple[date, str, str | None]]:
    """Return day, state and class of bounce of a reader's editions since then, newest first."""
    d, e, x = deliveries.c, editions.c, events.c
    # Looked up in each edition: left to itself, SQLite walks through all deliveries there are.
    lately = select(e.id).where(e.sending_began_at >= since)
    query = (
        select(e.day, d.state, x.data["class"].as_string())
        .select_from(deliveries)
        .join(editions, e.id == d.edition_id)
        .outerjoin(
            events,
            and_(x.edition_id == d.edition_id, x.position == d.position, x.kind == "bounced"),
        )
        .where(in_edition.in_(lately), d.subscriber_id == subscriber, d.state.in_(_MOVED))
        .order_by(e.sending_began_at.desc(), x.at.desc())
    )
    seen: dict[date, tuple[date, str, str | None]] = {}
    for day, state, kind in connection.execute(query):
        seen.setdefault(day, (day, state, kind))
    return list(seen.values())
