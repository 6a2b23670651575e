"""What readers did with an edition: pressed its links, opened it, left by it."""

import json
from array import array
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Text, cast, func, null, select

from newsletter.model import EventKind, Verdict
from newsletter.storage.tables import events


class Reaction(NamedTuple):
    """The clicks on one link, or the opens, of one verdict."""

    #: None for opens.
    link: int | None
    verdict: Verdict
    many: int
    #: Who they were, each once: pseudonyms or public ids. Empty for machines, and where nobody
    #: can be told apart.
    readers: "array[int]"


def clicks(connection: Connection, key: int, *, apart: bool) -> Sequence[Reaction]:
    """
    Count the clicks on each of an edition's links, by verdict.

    What a vendor tells is not among them. `apart`: readers are told apart. They come as one JSON
    text for each link, and are kept as plain numbers: neither database tells a million apart as
    quickly, and so they can be put together for a story, and for the edition.
    """
    named = events.c.verdict != Verdict.CERTAIN
    readers = _together(connection, events.c.reader, named) if apart else null()
    counted = select(events.c.link, events.c.verdict, func.count(), readers).where(
        *_ours(key, EventKind.CLICKED)
    )
    rows = connection.execute(counted.group_by(events.c.link, events.c.verdict))
    return [Reaction(link, Verdict(said), many, _read(ids)) for link, said, many, ids in rows]


def opens(connection: Connection, key: int, *, apart: bool) -> Sequence[Reaction]:
    """Count an edition's opens by verdict, in the same way."""
    # All in one row: SQLite would sort a million for the sake of three groups.
    columns: list[ColumnElement[Any]] = []
    for verdict in Verdict:
        mine = events.c.verdict == verdict
        named = apart and verdict is not Verdict.CERTAIN
        readers = _together(connection, events.c.reader, mine) if named else null()
        columns += [func.count().filter(mine), readers]
    row = connection.execute(select(*columns).where(*_ours(key, EventKind.OPENED))).one()
    return [
        Reaction(None, verdict, many, _read(ids))
        for verdict, many, ids in zip(Verdict, row[::2], row[1::2], strict=True)
    ]


def _ours(key: int, kind: EventKind) -> tuple[ColumnElement[bool], ...]:
    """Return what our own web app saw: it alone judges who was behind it."""
    c = events.c
    return c.edition_id == key, c.kind == kind, c.verdict.is_not(None)


def _together(
    connection: Connection, ids: ColumnElement[int | None], which: ColumnElement[bool]
) -> ColumnElement[Any]:
    if connection.dialect.name == "sqlite":
        return func.json_group_array(ids).filter(which)
    return cast(func.json_agg(ids).filter(which), Text)


def _read(ids: str | None) -> "array[int]":
    read = set(json.loads(ids or "[]"))
    # 0 is nobody in particular.
    read.difference_update((0, None))
    return array("q", read)


def left(connection: Connection, keys: Collection[int]) -> Mapping[int, int]:
    """
    Count who left by each of some editions: by their links or header, or at the ESP.

    A press whose reader is not known any more counts as one of its own.
    """
    c = events.c
    unknown = func.count() - func.count(c.position)
    counted = (
        select(c.edition_id, func.count(c.position.distinct()) + unknown)
        .where(c.edition_id.in_(keys), c.kind == EventKind.UNSUBSCRIBED)
        .group_by(c.edition_id)
    )
    return dict(connection.execute(counted).all())


def answers(connection: Connection, key: int) -> int:
    """Count the mails by which people answered an edition, as far as they came to the box."""
    c = events.c
    by_people = c.data["term"].as_string() == "reply"
    counted = select(func.count()).where(c.edition_id == key, c.kind == EventKind.OTHER, by_people)
    return int(connection.execute(counted).scalar_one())
