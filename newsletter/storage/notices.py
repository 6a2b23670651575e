"""Notices: written with what happened, in one transaction; told later, each by one process."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select, text, update

from newsletter.model import EditionId, EditionState, NoticeKind
from newsletter.storage.columns import Moment
from newsletter.storage.tables import editions, newsletters, notices

#: What is told when an edition comes into a state.
_OF_STATE = {
    EditionState.PAUSED: NoticeKind.PAUSED,
    EditionState.SENT: NoticeKind.FINISHED,
    EditionState.SKIPPED: NoticeKind.SKIPPED,
    EditionState.MISSED: NoticeKind.MISSED,
}

#: A next try that is farther ahead was set by a clock that was wrong.
_FAR = timedelta(days=1)

_NOTE = text("""
INSERT INTO notices (edition_id, kind, occasion, at, facts, next_try)
VALUES (:edition, :kind, :occasion, :at, :facts, :at)
ON CONFLICT (edition_id, kind, occasion) DO NOTHING
""").bindparams(bindparam("at", type_=Moment()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A notice that is to be told."""

    id: int
    edition: EditionId
    kind: NoticeKind
    occasion: str
    at: datetime
    facts: Mapping[str, Any]
    #: By these ways; None: by all there are.
    ways: tuple[str, ...] | None
    attempts: int


def note(
    connection: Connection,
    edition: int,
    kind: NoticeKind,
    *,
    at: datetime,
    occasion: str = "",
    facts: Mapping[str, Any] | None = None,
) -> bool:
    """Write down that something is to be told; False where it was written down before."""
    values = {"edition": edition, "kind": kind.value, "occasion": occasion, "at": at}
    said = json.dumps(dict(facts or {}), ensure_ascii=False)
    return connection.execute(_NOTE, {**values, "facts": said}).rowcount == 1


def note_state(
    connection: Connection, edition: int, state: EditionState, *, at: datetime, reason: str = ""
) -> None:
    """Write down what is to be told of an edition that has come into a state; often nothing."""
    if kind := _OF_STATE.get(state):
        # A pause may come again.
        occasion = at.isoformat() if kind is NoticeKind.PAUSED else ""
        note(connection, edition, kind, at=at, occasion=occasion, facts={"reason": reason})


def noted(connection: Connection, editions_of: Collection[int]) -> Mapping[int, frozenset[str]]:
    """Name the kinds that were written down, by the rows of some editions."""
    if not editions_of:
        return {}
    query = select(notices.c.edition_id, notices.c.kind)
    found: dict[int, set[str]] = {}
    for key, kind in connection.execute(query.where(notices.c.edition_id.in_(editions_of))):
        found.setdefault(key, set()).add(kind)
    return {key: frozenset(kinds) for key, kinds in found.items()}


def facts(connection: Connection, edition: int, kind: NoticeKind) -> Mapping[str, Any]:
    """Return what the first notice of a kind says; empty where there is none."""
    query = select(notices.c.facts).where(notices.c.edition_id == edition)
    first = query.where(notices.c.kind == kind.value).order_by(notices.c.id).limit(1)
    return connection.execute(first).scalar_one_or_none() or {}


def claim(connection: Connection, *, most: int, now: datetime, until: datetime) -> Sequence[Untold]:
    """
    Be the one who tells some that are due, the oldest first.

    Who dies over them has them told by another after `until`.
    """
    is_due = or_(notices.c.next_try <= now, notices.c.next_try > now + _FAR)
    query = (
        select(notices, newsletters.c.name, editions.c.day, editions.c.revision)
        .join_from(notices, editions)
        .join(newsletters)
        .where(is_due)
        .order_by(notices.c.id)
        .limit(most)
    )
    claimed = []
    for row in connection.execute(query).all():
        mine = update(notices).where(notices.c.id == row.id, is_due)
        taken = connection.execute(mine.values(next_try=until, attempts=row.attempts + 1))
        if taken.rowcount == 1:
            claimed.append(_untold(row))
    return claimed


def _untold(row: Any) -> Untold:
    return Untold(
        id=row.id,
        edition=EditionId(row.name, row.day, row.revision),
        kind=NoticeKind(row.kind),
        occasion=row.occasion,
        at=row.at,
        facts=row.facts,
        ways=None if row.ways is None else tuple(row.ways.split()),
        attempts=row.attempts + 1,
    )


def settle(
    connection: Connection,
    id: int,
    *,
    left: Sequence[str],
    next_try: datetime | None,
    problem: str | None,
) -> None:
    """Write down by which ways a notice is still to go, and when; None: not again."""
    told = update(notices).where(notices.c.id == id)
    values = {"ways": " ".join(left), "next_try": next_try, "problem": problem}
    connection.execute(told.values(values))
