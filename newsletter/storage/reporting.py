"""What a report says of the edition itself: its mail, its links, and its ledger in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from newsletter.model import DeliveryState, EditionId, Link
from newsletter.storage import sums
from newsletter.storage.deliveries import ACCEPTED
from newsletter.storage.minutes import by_minute, minute
from newsletter.storage.tables import (
    deliveries,
    edition_articles,
    editions,
    link_changes,
    links,
    newsletters,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """An edition as it was frozen; what is not frozen yet is empty."""

    #: Its row, and its newsletter's.
    key: int
    newsletter_key: int
    id: EditionId
    state: str
    #: As the newsletter called itself.
    title: str
    subject: str
    #: IANA name of the newsletter's zone; `UTC` before it is frozen.
    timezone: str
    began: datetime | None
    finished: datetime | None
    #: `off`, `aggregate`, `pseudonymous`, `individual`.
    clicks_mode: str
    opens_mode: str
    html: str
    #: Its main list; None where it has none.
    list_key: int | None


def edition(connection: Connection, id: EditionId) -> Reported | None:
    """Return an edition, or None when nothing is known of it."""
    row = connection.execute(
        select(editions)
        .join(newsletters)
        .where(
            newsletters.c.name == id.newsletter,
            editions.c.day == id.day,
            editions.c.revision == id.revision,
        )
    ).one_or_none()
    return _reported(id, row) if row else None


def _reported(id: EditionId, row: Any) -> Reported:
    modes = row.tracking or {}
    return Reported(
        key=row.id,
        newsletter_key=row.newsletter_id,
        id=id,
        state=row.state,
        title=(row.headers or {}).get("list_name") or id.newsletter,
        subject=row.subject or "",
        timezone=row.timezone or "UTC",
        began=row.sending_began_at,
        finished=row.finished_at,
        clicks_mode=modes.get("clicks", "off"),
        opens_mode=modes.get("opens", "off"),
        html=row.html or "",
        list_key=row.list_id,
    )


def links_now(connection: Connection, key: int) -> tuple[Link, ...]:
    """Return an edition's links by number, each with the address that it leads to now."""
    table = select(links).where(links.c.edition_id == key).order_by(links.c.number)
    anew = _pointed_anew(connection, key)
    return tuple(
        Link(
            number=link.number,
            url=anew.get(link.number, link.url),
            role=link.role,
            article=link.article,
        )
        for link in connection.execute(table)
    )


def _pointed_anew(connection: Connection, key: int) -> Mapping[int, str]:
    """Return the links that a correction has pointed elsewhere, and where: its last word."""
    c = link_changes.c
    changes = select(c.number, c.url).where(c.edition_id == key).order_by(c.id)
    return {row.number: row.url for row in connection.execute(changes)}


def stories(connection: Connection, key: int) -> tuple[str, ...]:
    """Return the ids of an edition's stories in their order, the lead first."""
    c = edition_articles.c
    carried = select(c.article).where(c.edition_id == key, c.included).order_by(c.position)
    return tuple(dict.fromkeys(connection.execute(carried).scalars()))


def refusals(connection: Connection, key: int, *, most: int) -> Mapping[str, int]:
    """
    Count the refused by the other side's words, the most frequent first.

    Some servers put something new into each answer: beyond `most` different ones, the rest
    stand together under empty words, as do those of whom nothing was said.
    """
    if kept := sums.sealed(connection, key):
        return kept.details.refused
    said = func.coalesce(deliveries.c.reply, "").label("said")
    refused = select(said).where(
        deliveries.c.edition_id == key, deliveries.c.state == DeliveryState.REFUSED
    )
    words = refused.subquery().c.said
    counted = select(words, func.count()).group_by(words).order_by(func.count().desc(), words)
    found: dict[str, int] = {}
    for place, (reply, number) in enumerate(connection.execute(counted)):
        name = reply if place < most else ""
        found[name] = found.get(name, 0) + number
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def minutes(connection: Connection, key: int) -> Mapping[datetime, int]:
    """Count what was accepted by the minute in which its answer came."""
    if kept := sums.sealed(connection, key):
        return {datetime.fromisoformat(at): many for at, many in kept.details.minutes.items()}
    # The readers of a call have one moment, so most of the work is done before it is a minute.
    calls = (
        select(deliveries.c.settled_at, func.count().label("many"))
        .where(deliveries.c.edition_id == key, deliveries.c.state.in_(ACCEPTED))
        .group_by(deliveries.c.settled_at)
        .subquery()
    )
    at = minute(connection, calls.c.settled_at)
    counted = by_minute(connection, select(at, func.sum(calls.c.many)).group_by(at))
    return {at: number for at, number in counted.items() if at}
