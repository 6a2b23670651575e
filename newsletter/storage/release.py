"""
How far an edition may be handed over: steps are ranges of positions, opened one by one.

A batch lies in one step and is due only once that is open (see `leases`). So nobody has to be
told anything: every worker reads the same row, and a step is opened by one UPDATE that names
what it expects, whoever comes first and whoever is killed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, exists, func, insert, select, update

from newsletter.model import EditionState
from newsletter.settings import Brakes, Release
from newsletter.storage.deliveries import ACCEPTED
from newsletter.storage.snapshot import Order
from newsletter.storage.tables import (
    audience_parts,
    deliveries,
    editions,
    release_steps,
    releases,
    subscribers,
)

#: Public ids are numbers below it: the ring on which a warm-up goes round.
RING = 2**48

#: The largest edition of so many days says how large the next may be while warming up.
_A_WEEK = timedelta(days=7)


class Step(NamedTuple):
    """One step of a release."""

    number: int
    #: In a word: a segment's name, `1 %`, `all`.
    name: str
    #: Positions up to this one.
    last: int
    watch_seconds: int
    opened_at: datetime | None
    #: None while it is handed over.
    watch_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How a newsletter wants an edition to be released."""

    release: Release
    brakes: Brakes
    #: Picks who comes first; None: nobody.
    first: ColumnElement[bool] | None
    #: Where an audience begins whose order is not given by a warm-up: any number below RING.
    somewhere: int


def order(connection: Connection, edition: int, wanted: Wanted) -> Order | None:
    """Say in which order an audience is frozen; None: in that of its rows, as it is cheapest."""
    release = wanted.release
    if not (release.steps or release.warm_up.start or wanted.first is not None):
        return None
    begins = _turn(connection, edition) if release.warm_up.start else None
    return Order(first=wanted.first, ring_from=wanted.somewhere if begins is None else begins)


def freeze(
    connection: Connection,
    edition: int,
    wanted: Wanted,
    order: Order | None,
    *,
    selected: int,
    first: int,
    at: datetime,
) -> None:
    """Write down how an audience of so many is released, of whom so many come first."""
    release = wanted.release
    most = _most(connection, edition, release) if release.warm_up.start else None
    row = {"edition_id": edition, "ring_from": order.ring_from if order else None, "most": most}
    connection.execute(insert(releases).values(**row, brakes=wanted.brakes.model_dump()))
    steps = _steps(release, min(selected, most or selected), selected, first)
    rows = [
        {
            "edition_id": edition,
            "number": number,
            "name": name,
            "last": last,
            "watch_seconds": round(release.watch_minutes * 60),
            "opened_at": None if number > 1 else at,
        }
        for number, (name, last) in enumerate(steps, 1)
    ]
    if rows:
        connection.execute(insert(release_steps), rows)


def _steps(release: Release, most: int, selected: int, first: int) -> list[tuple[str, int]]:
    """Name the steps and their last positions; one that adds nobody is none."""
    others = most - first
    shares = [(f"{share:g} %", first + ceil(others * share / 100)) for share in release.steps]
    wanted = [(release.first, first), *shares] if first else shares
    if not wanted:
        return []
    found: list[tuple[str, int]] = []
    for name, last in wanted:
        if (found[-1][1] if found else 0) < last < most:
            found.append((name, last))
    return [*found, ("all", selected)]


# ── Warming up ──────────────────────────────────────────────────────────────────────────────


def _earlier(edition: int) -> Any:
    """Select the editions of the same newsletter that were begun, corrections left out."""
    own = select(editions.c.newsletter_id).where(editions.c.id == edition).scalar_subquery()
    return select(editions.c.id, editions.c.day).where(
        editions.c.newsletter_id == own,
        editions.c.id != edition,
        editions.c.revision == 1,
        editions.c.sending_began_at.is_not(None),
    )


def _turn(connection: Connection, edition: int) -> int | None:
    """Return whose turn it is: who stands on the ring behind the last one that had an edition."""
    before = _earlier(edition).join(releases, releases.c.edition_id == editions.c.id)
    last = connection.execute(
        before.where(releases.c.most.is_not(None)).order_by(editions.c.day.desc()).limit(1)
    ).first()
    if last is None:
        return None
    d, s = deliveries.c, subscribers.c
    tried = (
        select(s.public_id)
        .join_from(deliveries, subscribers, s.id == d.subscriber_id)
        .where(d.edition_id == last.id, d.attempts > 0)
    )
    found = connection.scalar(tried.order_by(d.position.desc()).limit(1))
    return None if found is None else (int(found) + 1) % RING


def _most(connection: Connection, edition: int, release: Release) -> int:
    """Return how many a warm-up allows: so many times the most that was accepted of late."""
    day: date = connection.execute(
        select(editions.c.day).where(editions.c.id == edition)
    ).scalar_one()
    lately = _earlier(edition).where(editions.c.day.between(day - _A_WEEK, day)).subquery()
    accepted = (
        select(func.count().label("number"))
        .where(deliveries.c.edition_id.in_(select(lately.c.id)), deliveries.c.state.in_(ACCEPTED))
        .group_by(deliveries.c.edition_id)
        .subquery()
    )
    largest = connection.scalar(select(func.max(accepted.c.number))) or 0
    return max(release.warm_up.start, int(largest * release.warm_up.growth))


# ── Step by step ────────────────────────────────────────────────────────────────────────────


def steps(connection: Connection, edition: int) -> Sequence[Step]:
    """Return an edition's steps in their order; none: it goes out in one."""
    columns = [release_steps.c[name] for name in Step._fields]
    query = select(*columns).where(release_steps.c.edition_id == edition)
    return [Step(*row) for row in connection.execute(query.order_by(release_steps.c.number))]


def is_handed_over(connection: Connection, edition: int, last: int) -> bool:
    """Say whether everybody up to a position was tried; who is deferred may come later."""
    unwritten = exists().where(
        audience_parts.c.edition_id == edition, audience_parts.c.first <= last
    )
    untried = exists().where(
        deliveries.c.edition_id == edition,
        deliveries.c.position <= last,
        deliveries.c.state.in_(("planned", "claimed")),
    )
    return not connection.execute(select(unwritten | untried)).scalar()


def watch(connection: Connection, edition: int, step: Step, *, now: datetime) -> None:
    """Begin to watch a step that is handed over."""
    here = _here(edition, step.number)
    begun = update(release_steps).where(*here, release_steps.c.watch_until.is_(None))
    connection.execute(begun.values(watch_until=now + timedelta(seconds=step.watch_seconds)))


def open_next(connection: Connection, edition: int, step: Step, *, now: datetime) -> bool:
    """Open the step after one; False where another was quicker, or the edition is stopped."""
    sending = exists().where(editions.c.id == edition, editions.c.state == EditionState.SENDING)
    here = _here(edition, step.number + 1)
    opened = update(release_steps).where(*here, release_steps.c.opened_at.is_(None), sending)
    return connection.execute(opened.values(opened_at=now)).rowcount == 1


def _here(edition: int, number: int) -> Iterable[ColumnElement[bool]]:
    return release_steps.c.edition_id == edition, release_steps.c.number == number


def may_begin(edition: ColumnElement[int] | int, first: ColumnElement[int]) -> ColumnElement[bool]:
    """Return as a condition whether what begins at a position lies in a step that is open."""
    opened = (
        select(func.max(release_steps.c.last))
        .where(release_steps.c.edition_id == edition, release_steps.c.opened_at.is_not(None))
        .scalar_subquery()
    )
    return first <= func.coalesce(opened, first)
