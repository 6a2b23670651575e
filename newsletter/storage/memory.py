"""What a newsletter's earlier editions said, so that no story is told twice."""

from collections.abc import Collection, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, select, tuple_

from newsletter.model import EditionId, Memory, Remembered
from newsletter.storage.database import Database
from newsletter.storage.deliveries import went_out
from newsletter.storage.tables import edition_articles, editions, newsletters

#: Values in one IN list: below the limit of both databases.
_CHUNK = 5_000


def recall(
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
        went_out(doubtful=True),
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
    return Memory(
        last=str(_id(last)),
        cutoff=last.cutoff,
        subject=last.subject or "",
        considered=considered,
    )


def _last(connection: Connection, told: ColumnElement[bool]) -> Any:
    query = (
        select(
            newsletters.c.name,
            editions.c.day,
            editions.c.revision,
            editions.c.cutoff,
            editions.c.subject,
        )
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
        # Candidates are kept in their order, and the lead is the first of it.
        led=row.included and row.position == 1,
    )
