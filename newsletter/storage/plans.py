"""Freezing an edition: its rendition, its links, its candidates and its audience, all at once."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from newsletter.model import (
    Choice,
    Edition,
    EditionState,
    Headers,
    Rendition,
    Selection,
)
from newsletter.storage import snapshot
from newsletter.storage.tables import (
    edition_articles,
    editions,
    links,
    lists,
    pictures,
)

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

    The audience is who is active on the list at this moment. Its rows follow part by part; see
    `snapshot`.
    """
    list_key = connection.scalar(select(lists.c.id).filter_by(name=plan.list_name))
    _freeze_content(connection, key, plan)
    audience = snapshot.take(connection, key, list_key) if list_key else snapshot.EMPTY
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
            selected=audience.selected,
            audience_hash=audience.hash,
            planned_at=plan.at,
        )
    )
    return audience.selected


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


def selected(connection: Connection, key: int) -> int:
    """Return how many readers a planned edition selected."""
    return connection.scalar(select(editions.c.selected).where(editions.c.id == key)) or 0
