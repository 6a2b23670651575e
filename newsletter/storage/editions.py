"""Editions: what state each is in, what was frozen of it, and what earlier ones said."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    exists,
    insert,
    select,
    tuple_,
    update,
)

from newsletter.model import (
    EditionId,
    EditionState,
    Headers,
    Link,
    Memory,
    Remembered,
    Rendition,
)
from newsletter.storage.database import Database
from newsletter.storage.tables import deliveries, edition_articles, editions, links, newsletters

#: Values in one IN list: below the limit of both databases.
_CHUNK = 5_000

#: Deliveries in one of these were, or may have been, in a reader's inbox.
_GONE_OUT = ("submitted", "unknown", "delivered", "bounced", "complained")


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
    #: Of the rendition that an editor signed off; empty before.
    approved_hash: str
    approved_by: str
    sending_began_at: datetime | None
    finished_at: datetime | None
    #: The newsletter's zone; empty before it is frozen.
    timezone: str


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
    list_key: int


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


def latest(database: Database) -> EditionId | None:
    """Return the edition of the latest day, or None before the first."""
    order = (editions.c.day.desc(), editions.c.revision.desc(), editions.c.id.desc())
    query = select(editions, newsletters.c.name).join(newsletters).order_by(*order).limit(1)
    with database.read() as connection:
        row = connection.execute(query).one_or_none()
    return _kept(row).id if row else None


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
        sending_began_at=row.sending_began_at,
        finished_at=row.finished_at,
        timezone=row.timezone or "",
    )


def ensure(connection: Connection, id: EditionId) -> int:
    """Return an edition's row, made as a draft where there is none."""
    if kept := read(connection, id):
        return kept.key
    newsletter = connection.scalar(select(newsletters.c.id).filter_by(name=id.newsletter))
    if newsletter is None:
        newsletter = _inserted(connection, insert(newsletters).values(name=id.newsletter))
    row = insert(editions).values(
        newsletter_id=newsletter, day=id.day, revision=id.revision, state=EditionState.DRAFT
    )
    return _inserted(connection, row)


def _inserted(connection: Connection, statement: Any) -> int:
    key: Any = connection.execute(statement).inserted_primary_key
    return int(key[0])


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

    An edition that nothing is known of counts as a draft. Further columns by their names.
    """
    with database.begin() as connection:
        key = ensure(connection, id)
        moved = (
            update(editions)
            .where(editions.c.id == key, editions.c.state.in_(before))
            .values(state=state, **values)
        )
        return connection.execute(moved).rowcount == 1


def state(connection: Connection, key: int) -> EditionState:
    """Return an edition's state, and nothing else of it."""
    found = connection.execute(select(editions.c.state).where(editions.c.id == key))
    return EditionState(found.scalar_one())


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
        list_key=row.list_id,
    )


# ── Memory ──────────────────────────────────────────────────────────────────────────────────


def memory(
    database: Database,
    newsletter: str,
    *,
    before: EditionId,
    keys: Collection[str],
    articles: Collection[str],
) -> Memory:
    """
    Recall what a newsletter's earlier editions decided about some stories.

    Earlier means a day before, or a revision before; an edition counts when something of it was
    submitted, or may have been. Stories are known by canonical address (`keys`) or by id.
    """
    told = and_(
        newsletters.c.name == newsletter,
        tuple_(editions.c.day, editions.c.revision) < tuple_(before.day, before.revision),
        editions.c.sending_began_at.is_not(None),
        exists().where(deliveries.c.edition_id == editions.c.id, deliveries.c.state.in_(_GONE_OUT)),
    )
    with database.read() as connection:
        last = _last(connection, told)
        if last is None:
            return Memory()
        rows = {
            (row.edition_id, row.position): row
            for column, values in (("key", keys), ("article", articles))
            for chunk in _chunks(values)
            for row in connection.execute(_considered(told, column, chunk))
        }
    considered = tuple(_remembered(rows[name]) for name in sorted(rows))
    return Memory(last=str(_id(last)), cutoff=last.cutoff, considered=considered)


def _last(connection: Connection, told: ColumnElement[bool]) -> Any:
    query = (
        select(newsletters.c.name, editions.c.day, editions.c.revision, editions.c.cutoff)
        .join_from(editions, newsletters)
        .where(told)
        .order_by(editions.c.day.desc(), editions.c.revision.desc())
        .limit(1)
    )
    return connection.execute(query).one_or_none()


def _considered(told: ColumnElement[bool], column: str, values: list[str]) -> Any:
    return (
        select(
            edition_articles,
            newsletters.c.name,
            editions.c.day.label("edition_day"),
            editions.c.revision,
            editions.c.cutoff,
        )
        .join_from(edition_articles, editions)
        .join(newsletters)
        .where(told, edition_articles.c[column].in_(values))
    )


def _chunks(values: Collection[str]) -> Iterator[list[str]]:
    left = iter(sorted(values))
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def _id(row: Any) -> EditionId:
    return EditionId(row.name, row.day, row.revision)


def _remembered(row: Any) -> Remembered:
    return Remembered(
        edition=str(EditionId(row.name, row.edition_day, row.revision)),
        cutoff=row.cutoff,
        key=row.key,
        article=row.article,
        day=row.day,
        fingerprint=row.fingerprint,
        included=row.included,
    )
