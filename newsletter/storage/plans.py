"""Freezing an edition: its rendition, its links, its candidates and its audience, all at once."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Connection, func, insert, select, update

from newsletter.model import (
    Approval,
    Choice,
    Edition,
    EditionState,
    Headers,
    Rendition,
    Selection,
)
from newsletter.settings import Rule
from newsletter.storage import corrections, release, snapshot
from newsletter.storage.segments import condition
from newsletter.storage.tables import (
    edition_articles,
    edition_lists,
    editions,
    links,
    lists,
    pictures,
    stories,
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
    #: The main one first.
    list_names: tuple[str, ...]
    #: Who of them gets it; None: everybody.
    rule: Rule | None
    #: IANA name of the newsletter's zone.
    timezone: str
    #: `{"clicks": …, "opens": …}`.
    tracking: Mapping[str, str]
    #: Behind the pseudonyms; None where the tracking modes need none.
    secret: bytes | None
    at: datetime
    release: release.Wanted
    #: Whose word it goes out on, or None where nobody's was asked for.
    approval: Approval | None = None
    #: What it puts right; None for what is no correction.
    corrects: corrections.Corrects | None = None


def serialize(connection: Connection) -> None:
    """Let one transaction plan at a time. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_PLAN_LOCK})")


def freeze(connection: Connection, key: int, plan: Plan) -> int:
    """
    Freeze an edition's row and everything below it. Returns how many readers were selected.

    The audience is who is active on the lists at this moment, and picked by the rule. Its rows
    follow part by part; see `snapshot`.
    """
    _freeze_content(connection, key, plan)
    list_keys = _freeze_lists(connection, key, plan)
    only = condition(plan.rule, ZoneInfo(plan.timezone)) if plan.rule else None
    if plan.corrects and plan.corrects.read:
        only = corrections.read_one_of(plan.corrects.read)
    audience = _take(connection, key, plan, list_keys, only)
    highest = connection.scalar(select(func.max(editions.c.number))) or 0
    connection.execute(
        update(editions)
        .where(editions.c.id == key)
        .values(
            number=highest + 1,
            state=EditionState.APPROVED,
            reason="",
            # A day that was skipped or missed is decided anew.
            finished_at=None,
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
            list_id=next(iter(list_keys), None),
            segment=plan.rule.facts() if plan.rule else None,
            selected=audience.selected,
            audience_hash=audience.hash,
            planned_at=plan.at,
            **_word(plan),
        )
    )
    if plan.corrects:
        corrections.keep(connection, key, plan.corrects)
    return audience.selected


def _word(plan: Plan) -> dict[str, Any]:
    """Record who approved what is frozen; what was approved is decided before, and elsewhere."""
    if plan.approval is None:
        return {}
    return {
        "approved_by": plan.approval.by,
        "approved_at": plan.approval.at,
        "approved_hash": plan.rendition.hash,
    }


def _take(
    connection: Connection,
    key: int,
    plan: Plan,
    list_keys: list[int],
    only: ColumnElement[bool] | None,
) -> snapshot.Audience:
    """Freeze who gets it, in the order in which it is released."""
    order = release.order(connection, key, plan.release)
    audience = snapshot.EMPTY
    if list_keys:
        audience = snapshot.take(connection, key, list_keys, only, order)
    release.freeze(
        connection,
        key,
        plan.release,
        order,
        selected=audience.selected,
        first=audience.first,
        at=plan.at,
    )
    return audience


def _freeze_lists(connection: Connection, key: int, plan: Plan) -> list[int]:
    """Write down whom it goes to; a list that nobody was ever on is not there yet."""
    found = connection.execute(
        select(lists.c.name, lists.c.id).where(lists.c.name.in_(plan.list_names))
    )
    known = {row.name: row.id for row in found}
    keys = [known[name] for name in dict.fromkeys(plan.list_names) if name in known]
    if keys:
        rows = [{"edition_id": key, "list_id": list_key} for list_key in keys]
        connection.execute(insert(edition_lists), rows)
    return keys


def _freeze_content(connection: Connection, key: int, plan: Plan) -> None:
    tables: tuple[tuple[Any, list[dict[str, Any]]], ...] = (
        (links, [{"edition_id": key, **asdict(link)} for link in plan.rendition.links]),
        (edition_articles, list(_candidates(key, plan))),
        (stories, list(_stories(key, plan))),
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


def _stories(key: int, plan: Plan) -> Iterator[dict[str, Any]]:
    for position, choice in enumerate(plan.selection.considered, 1):
        if choice.included:
            said = {name: getattr(choice.article, name) for name in ("title", "dek", "body")}
            yield {"edition_id": key, "position": position, **said}


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
