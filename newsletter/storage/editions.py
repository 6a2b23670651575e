"""Editions: what state each is in, and what was frozen of it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    bindparam,
    func,
    select,
    text,
    update,
)

from newsletter.model import (
    Appointment,
    EditionId,
    EditionState,
    Headers,
    Link,
    Rendition,
)
from newsletter.storage import notices
from newsletter.storage.database import Database, clock
from newsletter.storage.tables import edition_lists, editions, links, newsletters


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What is stored of an edition."""

    #: Its row.
    key: int
    id: EditionId
    state: EditionState
    reason: str
    #: True once rendition and audience are frozen.
    planned: bool
    #: Of the rendition that went out by an editor's word; empty where nobody's was asked for.
    approved_hash: str
    approved_by: str
    approved_at: datetime | None
    sending_began_at: datetime | None
    finished_at: datetime | None
    #: The newsletter's zone; empty before it is frozen.
    timezone: str
    #: When the ESP sends what it holds; None where it sends at once.
    appointment: Appointment | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What the plan froze: all that a worker needs to make each reader's mail."""

    rendition: Rendition
    headers: Headers
    #: Tokens carry it: a counter over all newsletters and corrections.
    number: int
    #: As in newsletter.toml: `{"clicks": …, "opens": …}`.
    tracking: dict[str, str]
    #: None once it is destroyed.
    secret: bytes | None
    #: Its list; None where it has several.
    list_key: int | None
    #: When the ESP is to send it; None: at once.
    appointment: Appointment | None


def _named(id: EditionId) -> ColumnElement[bool]:
    return and_(
        newsletters.c.name == id.newsletter,
        editions.c.day == id.day,
        editions.c.revision == id.revision,
    )


def find(database: Database, id: EditionId) -> Kept | None:
    """Return an edition, or None when nothing is known of it."""
    with database.read() as connection:
        return read(connection, id)


def read(connection: Connection, id: EditionId) -> Kept | None:
    """Return an edition inside a transaction, or None."""
    query = select(editions, newsletters.c.name).join(newsletters).where(_named(id))
    row = connection.execute(query).one_or_none()
    return _kept(row) if row else None


def by_row(connection: Connection, key: int) -> Kept:
    """Return an edition by its row."""
    query = select(editions, newsletters.c.name).join(newsletters).where(editions.c.id == key)
    return _kept(connection.execute(query).one())


def latest(database: Database) -> EditionId | None:
    """Return the edition of the latest day, or None before the first."""
    order = (editions.c.day.desc(), editions.c.revision.desc(), editions.c.id.desc())
    query = select(editions, newsletters.c.name).join(newsletters).order_by(*order).limit(1)
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    return _kept(row).id if row else None


def recent(connection: Connection, newsletter: str, most: int) -> list[Kept]:
    """Return a newsletter's editions that anything was written of, the latest first."""
    order = (editions.c.day.desc(), editions.c.revision.desc())
    query = select(editions, newsletters.c.name).join(newsletters).order_by(*order).limit(most)
    rows = connection.execute(query.where(newsletters.c.name == newsletter))
    return [_kept(row) for row in rows]


def sending(connection: Connection) -> list[EditionId]:
    """Return the editions that are being sent, the oldest first."""
    columns = (newsletters.c.name, editions.c.day, editions.c.revision)
    query = select(*columns).join_from(editions, newsletters)
    rows = connection.execute(
        query.where(editions.c.state == EditionState.SENDING).order_by(editions.c.day)
    )
    return [EditionId(*row) for row in rows]


def _kept(row: Any) -> Kept:
    return Kept(
        key=row.id,
        id=EditionId(row.name, row.day, row.revision),
        state=EditionState(row.state),
        reason=row.reason,
        planned=row.planned_at is not None,
        approved_hash=row.approved_hash or "",
        approved_by=row.approved_by or "",
        approved_at=row.approved_at,
        sending_began_at=row.sending_began_at,
        finished_at=row.finished_at,
        timezone=row.timezone or "",
        appointment=_appointment(row),
    )


def _appointment(row: Any) -> Appointment | None:
    return Appointment(row.appointment_id, row.appointment_at) if row.appointment_id else None


def ensure(connection: Connection, id: EditionId) -> int:
    """Return an edition's row, made as a draft where there is none."""
    if kept := read(connection, id):
        return kept.key
    named = {"name": id.newsletter, "day": id.day, "revision": id.revision}
    connection.execute(_MAKE_NEWSLETTER, named)
    connection.execute(_MAKE_EDITION, {**named, "state": EditionState.DRAFT.value})
    made = read(connection, id)
    assert made  # noqa: S101 - by us, or by somebody who was quicker
    return made.key


_MAKE_NEWSLETTER = text(
    "INSERT INTO newsletters (name) VALUES (:name) ON CONFLICT (name) DO NOTHING"
)
_MAKE_EDITION = text("""
INSERT INTO editions (newsletter_id, day, revision, state)
SELECT n.id, :day, :revision, :state FROM newsletters n WHERE n.name = :name
ON CONFLICT (newsletter_id, day, revision) DO NOTHING
""").bindparams(bindparam("day", type_=editions.c.day.type))


def move(
    database: Database,
    id: EditionId,
    state: EditionState,
    *,
    before: Collection[EditionState],
    **values: Any,
) -> bool:
    """
    Bring an edition from one of some states into another; False when it is in none of them.

    An edition that nothing is known of counts as a draft. Further columns by their names. What
    is to be told of it is written down in the same transaction.
    """
    with database.begin() as connection:
        key = ensure(connection, id)
        moved = (
            update(editions)
            .where(editions.c.id == key, editions.c.state.in_(before))
            .values(state=state, **values)
        )
        if connection.execute(moved).rowcount != 1:
            return False
        at = values.get("finished_at") or clock(connection)
        notices.note_state(connection, key, state, at=at, reason=values.get("reason", ""))
        return True


def state(connection: Connection, key: int) -> EditionState:
    """Return an edition's state, and nothing else of it."""
    found = connection.execute(select(editions.c.state).where(editions.c.id == key))
    return EditionState(found.scalar_one())


def appoint(connection: Connection, id: EditionId, appointment: Appointment) -> bool:
    """Write an edition's appointment down; False when it has one already, or was begun."""
    free = (editions.c.appointment_id.is_(None), editions.c.sending_began_at.is_(None))
    kept = read(connection, id)
    made = update(editions).where(editions.c.id == (kept.key if kept else None), *free)
    values = {"appointment_id": appointment.id, "appointment_at": appointment.at}
    return connection.execute(made.values(values)).rowcount == 1


def _only_list(connection: Connection, row: Any) -> int | None:
    """Return an edition's list; None where it has several, 0 where it has none."""
    counted = select(func.count()).where(edition_lists.c.edition_id == row.id)
    return None if connection.execute(counted).scalar_one() > 1 else row.list_id or 0


def frozen(connection: Connection, key: int) -> Frozen:
    """Return what was frozen of a planned edition."""
    row = connection.execute(select(editions).where(editions.c.id == key)).one()
    table = select(links).where(links.c.edition_id == key).order_by(links.c.number)
    return Frozen(
        rendition=Rendition(
            subject=row.subject,
            preheader=row.preheader,
            html=row.html,
            text=row.text,
            links=tuple(
                Link(number=link.number, url=link.url, role=link.role, article=link.article)
                for link in connection.execute(table)
            ),
        ),
        headers=Headers(**row.headers),
        number=row.number,
        tracking=row.tracking,
        secret=row.secret,
        list_key=_only_list(connection, row),
        appointment=_appointment(row),
    )
