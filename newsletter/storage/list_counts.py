"""Lists in numbers."""

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


def reachable(connection: Connection, list_id: int) -> int:
    """Count who gets mail of a list now: the active who are not suppressed."""
    n, s, x = tables.subscriptions, tables.subscribers, tables.suppressions
    active = and_(n.c.list_id == list_id, n.c.state == SubscriberState.ACTIVE.value)
    scope = or_(x.c.list_id.is_(None), x.c.list_id == list_id)
    held = (
        select(func.count(n.c.subscriber_id.distinct()))
        .select_from(x.join(s, s.c.key == x.c.key).join(n, n.c.subscriber_id == s.c.id))
        .where(scope, active)
    )
    asked = select(func.count()).select_from(n).where(active)
    return connection.execute(asked).scalar_one() - connection.execute(held).scalar_one()
