"""Clicks and opens on the disk, many in one statement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

from newsletter.model import Counted
from newsletter.settings import Mode
from newsletter.storage.swift import Swift, moment
from newsletter.storage.tables import (
    editions,
    link_changes,
    links,
    newsletters,
    subscribers,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leads:
    """Where an edition's links lead, and what may be counted of it."""

    #: Its row.
    key: int
    newsletter: str
    #: By the number in the mail.
    urls: Mapping[int, str]
    #: As frozen: `off`, `aggregate`, `pseudonymous`, `individual`.
    clicks: Mode
    opens: Mode


def leads(connection: Connection, number: int) -> Leads | None:
    """Return an edition's link table by its number in tokens; None where there is none."""
    query = select(editions.c.id, editions.c.tracking, newsletters.c.name).join(newsletters)
    row = connection.execute(query.where(editions.c.number == number)).one_or_none()
    if row is None:
        return None
    return Leads(
        key=row.id,
        newsletter=row.name,
        urls=urls(connection, row.id),
        clicks=row.tracking["clicks"],
        opens=row.tracking["opens"],
    )


def urls(connection: Connection, edition: int) -> dict[int, str]:
    """Return where an edition's links lead now, by their numbers: what was said last holds."""
    frozen = select(links.c.number, links.c.url).where(links.c.edition_id == edition)
    anew = select(link_changes.c.number, link_changes.c.url).where(
        link_changes.c.edition_id == edition
    )
    found = {row.number: row.url for row in connection.execute(frozen)}
    changes = connection.execute(anew.order_by(link_changes.c.id))
    return found | {row.number: row.url for row in changes if row.number in found}


class LinkNow(NamedTuple):
    """One link of an edition, and where it leads now."""

    number: int
    url: str
    role: str
    article: str
    #: Where it led when it was mailed; the same while nothing was changed.
    mailed: str


def link_table(connection: Connection, edition: int) -> Sequence[LinkNow]:
    """Return an edition's links in their order."""
    now = urls(connection, edition)
    query = select(links).where(links.c.edition_id == edition).order_by(links.c.number)
    return [
        LinkNow(row.number, now[row.number], row.role, row.article, row.url)
        for row in connection.execute(query)
    ]


def newest_change(connection: Connection) -> int:
    """Return the number of the newest change of any link; 0 where there is none."""
    return int(connection.execute(select(func.max(link_changes.c.id))).scalar_one() or 0)


def point_anew(
    connection: Connection, edition: int, number: int, url: str, *, at: datetime
) -> None:
    """Lead a link elsewhere from now on; where it led before stays written."""
    change = {"edition_id": edition, "number": number, "url": url, "at": at}
    connection.execute(insert(link_changes).values(**change))


#: All of a group as one JSON text: a row by itself costs twice as much, on either side.
_COUNT = Swift(
    """
    INSERT INTO events (edition_id, kind, at, link, reader, verdict, rule, external_id)
    SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),
           json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]'),
           json_extract(value, '$[6]'), json_extract(value, '$[7]')
    FROM json_each(:rows) WHERE true
    ON CONFLICT (external_id) DO NOTHING
    """,
    postgresql="""
    INSERT INTO events (edition_id, kind, at, link, reader, verdict, rule, external_id)
    SELECT (r->>0)::bigint, r->>1, (r->>2)::timestamptz, (r->>3)::int, (r->>4)::bigint,
           r->>5, r->>6, r->>7
    FROM json_array_elements(:rows::json) AS r
    ON CONFLICT (external_id) DO NOTHING
    """,
)


def count(connection: Connection, counted: Sequence[tuple[int, Counted]]) -> None:
    """Write clicks and opens down, each with its edition's row; told twice, each is one."""
    if not counted:
        return
    zone = "" if connection.dialect.name == "sqlite" else "+00"
    rows = [
        (key, one.kind, moment(one.at) + zone, one.link, one.reader, *one[4:6], one.id)
        for key, one in counted
    ]
    _COUNT.run(connection, {"rows": json.dumps(rows)})


def uncounted(connection: Connection, public_ids: Sequence[int]) -> frozenset[int]:
    """Return who of some readers does not want to be counted, or was erased."""
    query = select(subscribers.c.public_id).where(
        subscribers.c.public_id.in_(public_ids), subscribers.c.counted
    )
    return frozenset(public_ids) - frozenset(connection.execute(query).scalars())
