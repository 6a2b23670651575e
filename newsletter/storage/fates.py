"""Whose boxes an edition went to, and why mail came back from there."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Subquery,
    case,
    func,
    literal,
    literal_column,
    or_,
    select,
)

from newsletter.model import BounceClass, DeliveryState, EventKind
from newsletter.storage import sums
from newsletter.storage.deliveries import ACCEPTED
from newsletter.storage.tables import deliveries, events, subscribers

#: The name of an operator, and the domains of its boxes as patterns of LIKE.
Domains = Sequence[tuple[str, Sequence[str]]]


class Names(NamedTuple):
    """How boxes are sorted: by the first operator whose domains fit."""

    domains: Domains
    #: Of any other domain.
    other: str
    #: Of readers who were erased.
    erased: str


class Returned(NamedTuple):
    """The bounces of one class and reason, and what was said of one of them."""

    kind: str
    reason: str
    many: int
    status: str
    words: str


def fates(connection: Connection, key: int, names: Names) -> Mapping[tuple[str, str], int]:
    """Count what was accepted, by operator and state."""
    if kept := sums.sealed(connection, key):
        return {(name, state): many for name, state, many in kept.details.fates}
    domain, state = _domain(connection), deliveries.c.state
    # By domain first: so names are looked for once a domain, not once a reader.
    counted = (
        select(domain, state.label("fate"), func.count().label("many"))
        .outerjoin_from(deliveries, subscribers, subscribers.c.id == deliveries.c.subscriber_id)
        .where(deliveries.c.edition_id == key, state.in_(ACCEPTED))
        .group_by(domain, state)
    )
    return {
        (name, fate): int(many) for name, fate, many in connection.execute(_named(counted, names))
    }


def ours(connection: Connection, key: int, names: Names) -> Mapping[str, int]:
    """Count by operator what bounced and was our fault."""
    if kept := sums.sealed(connection, key):
        return kept.details.ours
    domain, d, last = _domain(connection), deliveries.c, _latest(key)
    counted = (
        select(domain, literal("ours").label("fate"), func.count().label("many"))
        .select_from(last)
        .join(deliveries, d.position == last.c.position)
        .outerjoin(subscribers, subscribers.c.id == d.subscriber_id)
        .where(d.edition_id == key, d.state == DeliveryState.BOUNCED)
        .where(last.c.kind == BounceClass.OURS, last.c.place == 1)
        .group_by(domain)
    )
    return {name: int(many) for name, _, many in connection.execute(_named(counted, names))}


def _domain(connection: Connection) -> ColumnElement[Any]:
    """Return what stands after the @ of a reader's key, which holds one @ only; null: erased."""
    key = subscribers.c.key
    at: ColumnElement[str] = literal_column("'@'")
    if connection.dialect.name == "sqlite":
        return func.substr(key, func.instr(key, at) + literal_column("1")).label("domain")
    return func.split_part(key, at, literal_column("2")).label("domain")


def _named(counted: Select[Any], names: Names) -> Select[Any]:
    """Turn domains into operators, and add up what is theirs."""
    part = counted.subquery()
    domain = part.c.domain
    whens = [
        (or_(*(domain.like(pattern) for pattern in patterns)), literal(name))
        for name, patterns in names.domains
    ]
    name = case((domain.is_(None), literal(names.erased)), *whens, else_=literal(names.other))
    named = select(name.label("name"), part.c.fate, part.c.many).subquery()
    total = select(named.c.name, named.c.fate, func.sum(named.c.many))
    return total.group_by(named.c.name, named.c.fate)


def _latest(key: int) -> Subquery:
    """Number the bounces of each delivery, the latest first: place 1 is what counts."""
    c = events.c
    # As a sum: else SQLite walks through all events, which another index has in this order.
    position = c.position + literal_column("0")
    place = func.row_number().over(partition_by=position, order_by=(c.at.desc(), c.id.desc()))
    return (
        select(
            c.id,
            c.position,
            place.label("place"),
            func.coalesce(c.data["class"].as_string(), BounceClass.SOFT.value).label("kind"),
            func.coalesce(c.data["reason"].as_string(), "").label("reason"),
        )
        .where(c.edition_id == key, c.kind == EventKind.BOUNCED)
        .subquery()
    )


def returned(connection: Connection, key: int) -> Sequence[Returned]:
    """
    Count bounces by class and reason, the most first, each delivery by its latest one.

    One without a class counts as soft. One that names no delivery counts by itself.
    """
    last = _latest(key)
    counted = (
        select(last.c.kind, last.c.reason, func.count().label("many"), func.max(last.c.id))
        .where(or_(last.c.place == 1, last.c.position.is_(None)))
        .group_by(last.c.kind, last.c.reason)
        .order_by(func.count().desc(), last.c.kind, last.c.reason)
    )
    rows = connection.execute(counted).all()
    said = _said(connection, [row[3] for row in rows])
    return [Returned(row.kind, row.reason, row.many, *said[row[3]]) for row in rows]


def _said(connection: Connection, ids: Sequence[int]) -> Mapping[int, tuple[str, str]]:
    """Return status and words of some bounces."""
    found = connection.execute(select(events.c.id, events.c.data).where(events.c.id.in_(ids)))
    return {
        row.id: (str(row.data.get("status", "")), str(row.data.get("words", ""))) for row in found
    }
