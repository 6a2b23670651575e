"""Freezing an edition: its rendition, its links, its candidates and its audience, all at once."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, text, update

from newsletter.model import (
    Choice,
    Edition,
    EditionState,
    Headers,
    Rendition,
    Selection,
)
from newsletter.storage.tables import (
    batches,
    deliveries,
    edition_articles,
    editions,
    links,
    lists,
    pictures,
)

#: Deliveries in a batch: the unit of lease and of work.
BATCH = 1_000

#: Taken by whoever plans on PostgreSQL, so that numbers are given out one by one.
_PLAN_LOCK = 7_002


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be frozen."""

    edition: Edition
    selection: Selection
    rendition: Rendition
    headers: Headers
    list_name: str
    #: IANA name of the newsletter's zone.
    timezone: str
    #: `{"clicks": …, "opens": …}`.
    tracking: Mapping[str, str]
    #: Behind the pseudonyms; None where the tracking modes need none.
    secret: bytes | None
    at: datetime


def serialize(connection: Connection) -> None:
    """Let one transaction plan at a time. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_PLAN_LOCK})")


def freeze(connection: Connection, key: int, plan: Plan) -> int:
    """
    Freeze an edition's row and everything below it. Returns how many readers were selected.

    The audience is who is active on the list at this moment; its suppressed readers are rows
    too, `skipped(suppressed)`; who left earlier is no row.
    """
    list_key = connection.scalar(select(lists.c.id).filter_by(name=plan.list_name))
    _freeze_content(connection, key, plan)
    selected = _freeze_audience(connection, key, list_key) if list_key else 0
    highest = connection.scalar(select(func.max(editions.c.number))) or 0
    connection.execute(
        update(editions)
        .where(editions.c.id == key)
        .values(
            number=highest + 1,
            state=EditionState.APPROVED,
            reason="",
            cutoff=plan.edition.cutoff,
            timezone=plan.timezone,
            subject=plan.rendition.subject,
            preheader=plan.rendition.preheader,
            html=plan.rendition.html,
            text=plan.rendition.text,
            hash=plan.rendition.hash,
            headers=asdict(plan.headers),
            tracking=dict(plan.tracking),
            secret=plan.secret,
            list_id=list_key,
            selected=selected,
            planned_at=plan.at,
        )
    )
    return selected


def _freeze_content(connection: Connection, key: int, plan: Plan) -> None:
    tables: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
        (links, [{"edition_id": key, **asdict(link)} for link in plan.rendition.links]),
        (edition_articles, list(_candidates(key, plan))),
    )
    for table, rows in tables:
        if rows:
            connection.execute(insert(table), rows)
    for picture in plan.rendition.pictures:
        known = select(pictures.c.hash).where(pictures.c.hash == picture.hash)
        if connection.scalar(known) is None:
            connection.execute(insert(pictures).values(asdict(picture)))


def _candidates(key: int, plan: Plan) -> Iterator[dict[str, Any]]:
    for position, choice in enumerate(plan.selection.considered, 1):
        yield {"edition_id": key, "position": position, **_candidate(choice, plan)}


def _candidate(choice: Choice, plan: Plan) -> dict[str, Any]:
    article = choice.article
    return {
        "key": article.key,
        "article": article.id,
        "day": article.published.astimezone(plan.edition.cutoff.tzinfo).date(),
        "fingerprint": article.fingerprint,
        "included": choice.included,
        "reason": choice.reason,
    }


#: In the order of the list's own index, so that nothing is sorted; one row a reader.
_AUDIENCE = text("""
INSERT INTO deliveries (edition_id, position, subscriber_id, state, reason)
SELECT :edition,
       row_number() OVER (ORDER BY n.subscriber_id),
       n.subscriber_id,
       CASE WHEN held.id IS NULL THEN 'planned' ELSE 'skipped' END,
       CASE WHEN held.id IS NULL THEN NULL ELSE 'suppressed' END
FROM subscriptions n
LEFT JOIN (
    SELECT DISTINCT s.id FROM suppressions x JOIN subscribers s ON s.key = x.key
    WHERE x.list_id IS NULL OR x.list_id = :list
) held ON held.id = n.subscriber_id
WHERE n.list_id = :list AND n.state = 'active'
""")


def _freeze_audience(connection: Connection, key: int, list_key: int) -> int:
    connection.execute(_AUDIENCE, {"edition": key, "list": list_key})
    counted = select(func.max(deliveries.c.position)).where(deliveries.c.edition_id == key)
    selected = connection.scalar(counted) or 0
    rows = [
        {
            "edition_id": key,
            "number": number,
            "first": first,
            "last": min(first + BATCH - 1, selected),
        }
        for number, first in enumerate(range(1, selected + 1, BATCH), 1)
    ]
    if rows:
        connection.execute(insert(batches), rows)
    return selected


def selected(connection: Connection, key: int) -> int:
    """Return how many readers a planned edition selected."""
    return connection.scalar(select(editions.c.selected).where(editions.c.id == key)) or 0
