"""
Readers who leave by a link, many in one transaction.

The web app gathers what comes in within milliseconds and writes it in one commit: so each
statement here takes all of them, in place of one after the other.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, and_, bindparam, delete, or_, select, text, update

from newsletter.storage.columns import Moment
from newsletter.storage.tables import (
    edition_lists,
    editions,
    lists,
    subscribers,
    subscriptions,
    suppressions,
)

#: How somebody leaves whose press could have been a scanner's.
BY_LINK = ("one-click", "page")


class Left(NamedTuple):
    """One reader who leaves one list, or all (None)."""

    key: str
    subscriber: int
    list_id: int | None
    method: str
    #: When they did: told again, it changes nothing.
    at: datetime


def keys(connection: Connection, public_ids: Collection[int]) -> Mapping[int, tuple[int, str]]:
    """Return row and key of the readers who are known, by public id."""
    s = subscribers.c
    query = select(s.public_id, s.id, s.key).where(s.public_id.in_(public_ids))
    return {row.public_id: (row.id, row.key) for row in connection.execute(query)}


def lists_of_edition(connection: Connection, number: int) -> Sequence[tuple[int, str]]:
    """Return the lists that an edition went to, its main one first, by its number in tokens."""
    query = (
        select(lists.c.id, lists.c.name)
        .join(edition_lists, edition_lists.c.list_id == lists.c.id)
        .join(editions, editions.c.id == edition_lists.c.edition_id)
        .where(editions.c.number == number)
        .order_by(lists.c.id != editions.c.list_id, lists.c.id)
    )
    return [(row.id, row.name) for row in connection.execute(query)]


def list_of_letter(connection: Connection, number: int) -> Sequence[tuple[int, str]]:
    """Return the list that a letter is about, by its number in tokens."""
    query = select(lists.c.id, lists.c.name).where(lists.c.id == number)
    return [(row.id, row.name) for row in connection.execute(query)]


_END = text("""
UPDATE subscriptions SET state = 'unsubscribed', since = :at
WHERE subscriber_id = :subscriber AND state <> 'unsubscribed'
  AND (CAST(:list AS BIGINT) IS NULL OR list_id = CAST(:list AS BIGINT))
""").bindparams(bindparam("at", type_=Moment()))

_SUPPRESS = text("""
INSERT INTO suppressions (key, list_id, reason, method, at)
SELECT CAST(:key AS TEXT), CAST(:list AS BIGINT), 'unsubscribed', CAST(:method AS TEXT), :at
WHERE NOT EXISTS (SELECT 1 FROM suppressions x WHERE x.key = :key AND x.list_id IS NULL)
ON CONFLICT DO NOTHING
""").bindparams(bindparam("at", type_=Moment()))


def leave(connection: Connection, left: Sequence[Left]) -> list[bool]:
    """
    End what they leave and suppress them there; returns for each whether that was new.

    Who has left already stays as they are.
    """
    if not left:
        return []
    before = _left_before(connection, {one.key for one in left})
    new = []
    for one in left:
        scope = (one.key, one.list_id)
        new.append(not before & {scope, (one.key, None)})
        before.add(scope)
    names = ("key", "subscriber", "list", "method", "at")
    rows = [dict(zip(names, one, strict=True)) for one in left]
    connection.execute(_END, rows)
    connection.execute(_SUPPRESS, rows)
    return new


_NOTE = text("""
INSERT INTO events (edition_id, position, kind, at, external_id)
SELECT d.edition_id, d.position, 'unsubscribed', :at, 'left:' || d.edition_id || ':' || d.position
FROM editions e JOIN deliveries d ON d.edition_id + 0 = e.id AND d.subscriber_id = :subscriber
WHERE e.number = :number
ON CONFLICT (external_id) DO NOTHING
""").bindparams(bindparam("at", type_=Moment()))


def note(connection: Connection, left: Sequence[tuple[int, int, datetime]]) -> None:
    """Write down by which edition readers left: its number in tokens, the reader's row, when."""
    names = ("number", "subscriber", "at")
    if rows := [dict(zip(names, one, strict=True)) for one in left]:
        connection.execute(_NOTE, rows)


_UNNOTE = text("""
DELETE FROM events WHERE kind = 'unsubscribed' AND at BETWEEN :since AND :until
AND external_id IN (
    SELECT 'left:' || d.edition_id || ':' || d.position FROM deliveries d
    WHERE d.edition_id + 0 IN (SELECT id FROM editions) AND d.subscriber_id = :subscriber
)
""").bindparams(bindparam("since", type_=Moment()), bindparam("until", type_=Moment()))


def _left_before(connection: Connection, keys: Collection[str]) -> set[tuple[str, int | None]]:
    held = select(suppressions.c.key, suppressions.c.list_id).where(suppressions.c.key.in_(keys))
    return {(row.key, row.list_id) for row in connection.execute(held)}


def bring_back(
    connection: Connection,
    subscriber: int,
    key: str,
    list_ids: Collection[int],
    *,
    since: datetime,
    now: datetime,
) -> int:
    """
    Undo somebody's leaving of these lists, or of all, where it was not before `since`.

    Only what ended with it goes on again. Returns how many subscriptions those are.
    """
    x = suppressions.c
    scope = or_(x.list_id.is_(None), x.list_id.in_(list_ids))
    connection.execute(_UNNOTE, {"subscriber": subscriber, "since": since, "until": now})
    return _lift(connection, subscriber, and_(x.key == key, scope, x.at >= since), now)


def restore(connection: Connection, one: "Burst", *, now: datetime) -> int:
    """Undo what one reader of a burst left then; returns how many subscriptions go on."""
    x = suppressions.c
    connection.execute(_UNNOTE, {"subscriber": one.subscriber, "since": one.at, "until": one.at})
    return _lift(connection, one.subscriber, and_(x.key == one.key, x.at == one.at), now)


def _lift(
    connection: Connection, subscriber: int, which: ColumnElement[bool], now: datetime
) -> int:
    x, n = suppressions.c, subscriptions.c
    by_link = and_(which, x.reason == "unsubscribed", x.method.in_(BY_LINK))
    brought = 0
    for row in connection.execute(select(x.id, x.list_id, x.at).where(by_link)).all():
        connection.execute(delete(suppressions).where(x.id == row.id))
        ended = and_(n.subscriber_id == subscriber, n.state == "unsubscribed", n.since == row.at)
        if row.list_id is not None:
            ended = and_(ended, n.list_id == row.list_id)
        back = update(subscriptions).where(ended).values(state="active", since=now)
        brought += connection.execute(back).rowcount
    return brought


class Burst(NamedTuple):
    """One reader who left by a link, for who looks for scanners."""

    domain: str
    at: datetime
    key: str
    subscriber: int


def by_link(connection: Connection, *, since: datetime) -> Sequence[Burst]:
    """Return who left by a link since a moment, in the order of time."""
    x, s = suppressions.c, subscribers.c
    query = (
        select(x.at, x.key, s.id)
        .join_from(suppressions, subscribers, s.key == x.key)
        .where(x.reason == "unsubscribed", x.method.in_(BY_LINK), x.at >= since)
        .order_by(x.at)
    )
    return [
        Burst(row.key.rpartition("@")[2], row.at, row.key, row.id)
        for row in connection.execute(query)
    ]
