"""What a correction needs to know of the edition that was wrong, and what is kept of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, insert, select, update

from newsletter.model import DeliveryState, EditionId
from newsletter.storage import list_counts
from newsletter.storage.tables import (
    corrections,
    deliveries,
    edition_articles,
    editions,
    in_edition,
    lists,
    newsletters,
    stories,
    subscribers,
)

#: Who may have read it: what came back was read by nobody.
_READ = (DeliveryState.SUBMITTED, DeliveryState.DELIVERED, DeliveryState.UNKNOWN)


class Story(NamedTuple):
    """One story of a frozen edition."""

    #: Its canonical address, its id, and the day that it was published on.
    key: str
    article: str
    day: date
    #: None for an edition that an earlier version froze.
    title: str | None
    dek: str | None
    body: str | None
    #: Of the edition.
    edition_day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrects:
    """What is frozen of a correction, besides the edition that it is."""

    #: Row of the edition that was wrong.
    edition: int
    #: Whoever may have read one of these gets it; empty: everybody.
    read: tuple[int, ...]
    #: What the archive says for good.
    note: str
    #: The day's page as it is right.
    subject: str
    preheader: str
    html: str


def told(connection: Connection, edition: int) -> Sequence[Story]:
    """Return what an edition carried, in the order of reading."""
    a = edition_articles.c
    here = (stories.c.edition_id == a.edition_id) & (stories.c.position == a.position)
    query = (
        select(
            *(a.key, a.article, a.day),
            *(stories.c.title, stories.c.dek, stories.c.body),
            editions.c.day.label("edition_day"),
        )
        .join_from(edition_articles, editions)
        .outerjoin(stories, here)
        .where(a.edition_id == edition, a.included)
    )
    return [Story(*row) for row in connection.execute(query.order_by(a.position))]


def revisions(connection: Connection, id: EditionId) -> Sequence[EditionId]:
    """Return the day's edition and its corrections, as far as there are any, in their order."""
    e = editions.c
    query = select(e.revision).join_from(editions, newsletters)
    query = query.where(newsletters.c.name == id.newsletter, e.day == id.day)
    found = connection.execute(query.order_by(e.revision)).scalars()
    return [id._replace(revision=revision) for revision in found]


def read_one_of(keys: Collection[int]) -> ColumnElement[bool]:
    """Return as a condition on `subscribers` who may have read one of some editions."""
    return exists().where(
        in_edition.in_(keys),
        deliveries.c.subscriber_id == subscribers.c.id,
        deliveries.c.state.in_(_READ),
    )


def keep(connection: Connection, edition: int, corrects: Corrects) -> None:
    """Freeze what a correction puts right."""
    noted = update(editions).where(editions.c.id == edition)
    connection.execute(noted.values(correction=corrects.note))
    row = {
        "edition_id": edition,
        "corrects_id": corrects.edition,
        "subject": corrects.subject,
        "preheader": corrects.preheader,
        "html": corrects.html,
    }
    connection.execute(insert(corrections).values(row))


def count_readers(
    connection: Connection, list_names: Collection[str], read: Collection[int]
) -> int:
    """Count who of some lists may have read one of some editions, and may be mailed now."""
    named = select(lists.c.id).where(lists.c.name.in_(list_names))
    ids = list(connection.execute(named).scalars())
    return list_counts.reachable(connection, ids, read_one_of(read)) if ids else 0
