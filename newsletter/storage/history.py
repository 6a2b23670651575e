"""A newsletter's earlier editions in the few numbers that a report compares."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection, func, select, tuple_

from newsletter.model import EditionId, EventKind, Verdict
from newsletter.storage.deliveries import went_out
from newsletter.storage.tables import edition_articles, editions, events, links


class Earlier(NamedTuple):
    """An edition that went out before."""

    key: int
    day: date


class Pressed(NamedTuple):
    """The clicks on one link of an edition, of one verdict."""

    edition: int
    link: int
    verdict: Verdict
    many: int


def earlier(
    connection: Connection, newsletter_key: int, *, before: EditionId, most: int
) -> Sequence[Earlier]:
    """
    Return the latest editions before one of which anything was accepted, the newest last.

    Corrections are left out: they go to few, and say one thing.
    """
    c = editions.c
    latest = (
        select(c.id, c.day)
        .where(
            c.newsletter_id == newsletter_key,
            c.revision == 1,
            tuple_(c.day, c.revision) < tuple_(before.day, before.revision),
            c.sending_began_at.is_not(None),
            went_out(),
        )
        .order_by(c.day.desc())
        .limit(most)
    )
    return [Earlier(*row) for row in connection.execute(latest)][::-1]


def presses(connection: Connection, keys: Collection[int]) -> Sequence[Pressed]:
    """Count the clicks on every link of some editions, in one statement."""
    c = events.c
    counted = (
        select(c.edition_id, c.link, c.verdict, func.count())
        .where(c.edition_id.in_(keys), c.kind == EventKind.CLICKED, c.verdict.is_not(None))
        .group_by(c.edition_id, c.link, c.verdict)
    )
    return [
        Pressed(key, link, Verdict(verdict), count)
        for key, link, verdict, count in connection.execute(counted)
    ]


def stories(connection: Connection, keys: Collection[int]) -> Mapping[tuple[int, str], int]:
    """Return at which place each story of some editions stood, by its id; 1 is the lead."""
    c = edition_articles.c
    carried = select(c.edition_id, c.article).where(c.edition_id.in_(keys), c.included)
    order: dict[int, list[str]] = {}
    for row in connection.execute(carried.order_by(c.edition_id, c.position)):
        order.setdefault(row.edition_id, []).append(row.article)
    return {
        (key, article): place
        for key, articles in order.items()
        for place, article in enumerate(dict.fromkeys(articles), 1)
    }


def reading(connection: Connection, keys: Collection[int]) -> Mapping[tuple[int, int], str]:
    """Return which story each link of some editions belongs to; those that share it do not."""
    c = links.c
    table = select(c.edition_id, c.number, c.article).where(
        c.edition_id.in_(keys), c.article != "", c.role != "share"
    )
    return {(row.edition_id, row.number): row.article for row in connection.execute(table)}
