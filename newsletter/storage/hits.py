"""Clicks as they are judged again: together, and with when their mails were handed over."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, or_, select, update

from newsletter.model import Verdict
from newsletter.storage.tables import deliveries, editions, events, in_edition, links, subscribers


class Pressed(NamedTuple):
    """A click on an edition, as it is stored."""

    id: int
    at: datetime
    reader: int
    link: int
    verdict: Verdict
    rule: str


class Frame(NamedTuple):
    """What clicks on an edition are judged by."""

    #: When sending began; None before.
    began: datetime | None
    #: Links in its table.
    links: int
    #: How its clicks are counted: `aggregate`, `pseudonymous`, `individual`.
    mode: str
    #: Behind its pseudonyms; None once it is destroyed.
    secret: bytes | None


def newest(connection: Connection) -> int:
    """Return the number of the newest event of all; 0 where there is none."""
    return int(connection.execute(select(func.max(events.c.id))).scalar_one() or 0)


def clicked_since(connection: Connection, number: int) -> Sequence[int]:
    """Return the editions that were clicked since an event."""
    query = select(events.c.edition_id).where(
        events.c.id > number, events.c.kind == "clicked", events.c.edition_id.is_not(None)
    )
    return list(connection.execute(query.distinct()).scalars())


def frame(connection: Connection, edition: int) -> Frame:
    """Return what clicks on an edition are judged by."""
    e = editions.c
    counted = select(func.count()).where(links.c.edition_id == edition).scalar_subquery()
    query = select(e.sending_began_at, counted, e.tracking, e.secret).where(e.id == edition)
    began, count, tracking, secret = connection.execute(query).one()
    return Frame(began, count, (tracking or {}).get("clicks", "off"), secret and bytes(secret))


def pressed(connection: Connection, edition: int, *, since: datetime) -> Sequence[Pressed]:
    """Return the clicks on an edition since a moment, whatever they were judged to be."""
    e = events.c
    query = select(e.id, e.at, e.reader, e.link, e.verdict, e.rule).where(
        e.edition_id == edition,
        e.kind == "clicked",
        e.verdict.is_not(None),
        e.link.is_not(None),
        e.at >= since,
    )
    return [
        Pressed(row.id, row.at, row.reader or 0, row.link, Verdict(row.verdict), row.rule or "")
        for row in connection.execute(query)
    ]


def handed_over(
    connection: Connection, edition: int, *, since: datetime, public_ids: Sequence[int] | None
) -> Iterator[tuple[int, datetime]]:
    """
    Yield readers, by public id, and when the call of their mail was begun, since a moment.

    `public_ids`: these readers alone; None: all.
    """
    d, s = deliveries.c, subscribers.c
    query = (
        select(s.public_id, d.intent_at)
        .join_from(deliveries, subscribers, s.id == d.subscriber_id)
        .where(d.intent_at >= since)
    )
    if public_ids is None:
        query = query.where(d.edition_id == edition)
    else:
        query = query.where(in_edition == edition, s.public_id.in_(public_ids))
    for row in connection.execute(query):
        yield row.public_id, row.intent_at


#: What a verdict may take the place of.
WEAKER: Mapping[Verdict, Sequence[Verdict]] = {
    Verdict.PROBABLE: (Verdict.PERSON,),
    Verdict.CERTAIN: (Verdict.PERSON, Verdict.PROBABLE),
}


def strengthen(
    connection: Connection, changes: Iterable[tuple[int | str, Verdict, str]], *, own: bool = False
) -> None:
    """
    Write down what clicks turned out to be: which one, its verdict and the rule.

    A verdict is only ever made stronger, in whatever order it is told; a click that is not there
    changes nothing. They are named by their rows, or by the ids of their own.
    """
    rows: dict[Verdict, list[dict[str, Any]]] = {verdict: [] for verdict in WEAKER}
    for which, verdict, rule in changes:
        if verdict in rows:
            rows[verdict].append({"which": which, "by": rule})
    named = events.c.external_id if own else events.c.id
    for verdict, weaker in WEAKER.items():
        if rows[verdict]:
            is_weaker = or_(*(events.c.verdict == one.value for one in weaker))
            statement = update(events).where(named == bindparam("which"), is_weaker)
            statement = statement.values(verdict=verdict.value, rule=bindparam("by"))
            connection.execute(statement, rows[verdict])
