"""Editions as the public may read them: those whose sending has begun."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, func, select

from newsletter.model import EditionState, Link, Picture
from newsletter.storage.tables import corrections, editions, links, newsletters, pictures

#: Once it has gone out to somebody it is public, whatever became of it.
_PUBLIC = (EditionState.SENDING, EditionState.PAUSED, EditionState.SENT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """One day's edition, as the archive lists it."""

    newsletter: str
    day: date
    #: 1 is the edition itself, 2 its first correction.
    revision: int
    subject: str
    preheader: str
    #: In UTC.
    began: datetime
    #: What a correction puts right, in words; empty for what is none.
    correction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """An edition to be read."""

    issued: Issued
    #: With its merge fields in place; of a correction, the whole edition as it is right.
    html: str
    links: tuple[Link, ...]
    #: All of the day's corrections, the newest first.
    corrections: tuple[Issued, ...] = ()


def _public() -> ColumnElement[bool]:
    state = editions.c.state.in_([state.value for state in _PUBLIC])
    return and_(state, editions.c.sending_began_at.is_not(None))


#: A correction's mail may be short: what is read in the archive is the day's edition put right.
_LISTED = (
    newsletters.c.name,
    editions.c.day,
    editions.c.revision,
    func.coalesce(corrections.c.subject, editions.c.subject).label("subject"),
    func.coalesce(corrections.c.preheader, editions.c.preheader).label("preheader"),
    editions.c.sending_began_at,
    editions.c.correction,
)


def _issued(row: Any) -> Issued:
    return Issued(
        newsletter=row.name,
        day=row.day,
        revision=row.revision,
        subject=row.subject,
        preheader=row.preheader or "",
        began=row.sending_began_at,
        correction=row.correction or "",
    )


_WHOLE = (*_LISTED, editions.c.id, func.coalesce(corrections.c.html, editions.c.html).label("html"))


def _select(*columns: Any) -> Select[Any]:
    query = select(*columns).join_from(editions, newsletters)
    return query.outerjoin(corrections, corrections.c.edition_id == editions.c.id)


def issued(connection: Connection, newsletter: str = "") -> Sequence[Issued]:
    """Return every public edition, of one newsletter or of all, the newest first."""
    query = _select(*_LISTED).where(_public())
    if newsletter:
        query = query.where(newsletters.c.name == newsletter)
    order = (editions.c.day.desc(), newsletters.c.name, editions.c.revision.desc())
    return [_issued(row) for row in connection.execute(query.order_by(*order))]


def page(connection: Connection, newsletter: str, day: date) -> Page | None:
    """Return what the newest revision of a day's edition says; None where there is none."""
    return _page(
        connection,
        _pages().where(newsletters.c.name == newsletter, editions.c.day == day),
    )


def by_number(connection: Connection, number: int) -> Issued | None:
    """Return the edition that tokens call by a number; None where it is not public."""
    query = _select(*_LISTED)
    row = connection.execute(query.where(editions.c.number == number, _public())).one_or_none()
    return _issued(row) if row else None


def full(connection: Connection, most: int) -> Sequence[Page]:
    """Return the newest editions whole, each in its newest revision."""
    latest = (
        select(func.max(editions.c.id))
        .where(_public())
        .group_by(editions.c.newsletter_id, editions.c.day)
    )
    query = _select(*_WHOLE).where(editions.c.id.in_(latest))
    query = query.order_by(editions.c.sending_began_at.desc())
    return [_whole(connection, row) for row in connection.execute(query.limit(most)).all()]


def _pages() -> Select[Any]:
    return _select(*_WHOLE).where(_public()).order_by(editions.c.revision.desc()).limit(1)


def _page(connection: Connection, query: Select[Any]) -> Page | None:
    row = connection.execute(query).one_or_none()
    return _whole(connection, row) if row else None


def _whole(connection: Connection, row: Any) -> Page:
    table = select(links).where(links.c.edition_id == row.id).order_by(links.c.number)
    found = [
        Link(number=link.number, url=link.url, role=link.role, article=link.article)
        for link in connection.execute(table)
    ]
    return Page(
        issued=_issued(row),
        html=row.html,
        links=tuple(found),
        corrections=_corrections(connection, row),
    )


def _corrections(connection: Connection, row: Any) -> tuple[Issued, ...]:
    """Return every correction of a day, the newest first: none is ever taken back."""
    if row.revision == 1:
        return ()
    same = (newsletters.c.name == row.name, editions.c.day == row.day, editions.c.revision > 1)
    query = _select(*_LISTED).where(_public(), *same)
    return tuple(map(_issued, connection.execute(query.order_by(editions.c.revision.desc()))))


def neighbours(
    connection: Connection, newsletter: str, day: date
) -> tuple[date | None, date | None]:
    """Return the days of the public editions before and after one."""
    mine = select(editions.c.day).join_from(editions, newsletters)
    mine = mine.where(newsletters.c.name == newsletter, _public())
    before = mine.where(editions.c.day < day).order_by(editions.c.day.desc()).limit(1)
    after = mine.where(editions.c.day > day).order_by(editions.c.day).limit(1)
    return connection.scalar(before), connection.scalar(after)


def picture(connection: Connection, hash: str) -> Picture | None:
    """Return a picture by its hash."""
    found = connection.execute(select(pictures).where(pictures.c.hash == hash))
    row = found.mappings().one_or_none()
    return Picture(**row) if row else None
