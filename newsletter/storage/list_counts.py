"""Lists in numbers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, or_, select

from newsletter.model import SubscriberState
from newsletter.storage import tables

_STATES = (SubscriberState.ACTIVE, SubscriberState.PENDING, SubscriberState.UNSUBSCRIBED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCounts:
    """A list in numbers."""

    name: str
    active: int
    pending: int
    unsubscribed: int
    #: Those of the active who get nothing all the same.
    suppressed: int


def counts(connection: Connection) -> tuple[ListCounts, ...]:
    """Count the readers of every list, by state; lists by name."""
    li, n, s, x = tables.lists, tables.subscriptions, tables.subscribers, tables.suppressions
    scope = or_(x.c.list_id.is_(None), x.c.list_id == li.c.id)
    held = exists().where(x.c.key == s.c.key, scope).correlate(s, li)

    def total(condition: ColumnElement[bool]) -> ColumnElement[int]:
        return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)

    states = [total(n.c.state == state.value) for state in _STATES]
    counted = (
        select(li.c.name, *states, total(and_(n.c.state == "active", held)))
        .select_from(
            li.outerjoin(n, n.c.list_id == li.c.id).outerjoin(s, s.c.id == n.c.subscriber_id)
        )
        .group_by(li.c.name)
        .order_by(li.c.name)
    )
    return tuple(
        ListCounts(name=name, active=active, pending=pending, unsubscribed=left, suppressed=held)
        for name, active, pending, left, held in connection.execute(counted)
    )


def reachable(
    connection: Connection, list_ids: Sequence[int], only: ColumnElement[bool] | None = None
) -> int:
    """
    Count who gets mail of any of some lists now: the active who are not suppressed, each once.

    `only`: a condition on a row of `subscribers` and its `subscriptions`.
    """
    n, s, x = tables.subscriptions, tables.subscribers, tables.suppressions
    active = and_(n.c.list_id.in_(list_ids), n.c.state == SubscriberState.ACTIVE.value)
    scope = or_(x.c.list_id.is_(None), x.c.list_id == n.c.list_id)
    held = exists().where(x.c.key == s.c.key, scope).correlate(n, s)
    counted = func.count(n.c.subscriber_id.distinct())
    query = select(counted).select_from(n.join(s, s.c.id == n.c.subscriber_id))
    query = query.where(active, ~held)
    return int(connection.execute(query if only is None else query.where(only)).scalar_one())


def sampled_domains(
    connection: Connection, list_names: Sequence[str], *, most: int
) -> Sequence[tuple[str, int]]:
    """
    Count the mail domains of some of the active readers of lists, `most` of them.

    Taken in the order of their public ids, which are random: as good a sample as any.
    """
    n, s, li = tables.subscriptions, tables.subscribers, tables.lists
    active = and_(li.c.name.in_(list_names), n.c.state == SubscriberState.ACTIVE.value)
    query = (
        select(s.c.address)
        .join_from(s, n, n.c.subscriber_id == s.c.id)
        .join(li, li.c.id == n.c.list_id)
        .where(active)
        .order_by(s.c.public_id)
        .limit(most)
    )
    found = (address.rpartition("@")[2] for address in connection.execute(query).scalars())
    return Counter(found).most_common()
