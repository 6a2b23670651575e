"""Who came to a list and who left it, minute by minute since a moment."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    and_,
    case,
    func,
    null,
    or_,
    select,
)

from newsletter.model import SubscriberState
from newsletter.storage.minutes import by_minute, minute
from newsletter.storage.tables import consents, subscribers, subscriptions, suppressions


class Flow(NamedTuple):
    """A list's coming and going; minutes are in UTC."""

    joined: Mapping[datetime, int]
    left: Mapping[datetime, int]
    #: Who is on it now and gets mail.
    active: int


def flow(connection: Connection, list_key: int, *, since: datetime) -> Flow:
    """
    Count who joined and who left since a moment, and who is active now.

    It is read from what the rows say today, so it is approximate in three ways. Who left and
    came back stands as one who never left, since their row says when they joined first. Who was
    erased is gone from all days. A date of joining from a file is taken at its word, though the
    file may have come later.
    """
    held = _held(connection, list_key, since)
    lost = Counter({at: number for at, number in held.items() if at})
    return Flow(
        joined=_joined(connection, list_key, since),
        left=lost + Counter(_ended(connection, list_key, since)),
        active=_active(connection, list_key) - sum(held.values()),
    )


def _active(connection: Connection, list_key: int) -> int:
    n = subscriptions.c
    active = select(func.count()).where(
        n.list_id == list_key, n.state == SubscriberState.ACTIVE.value
    )
    return int(connection.execute(active).scalar_one())


def _joined(connection: Connection, list_key: int, since: datetime) -> Mapping[datetime, int]:
    """Count by when they signed up; where nobody said, by the consent ledger's entry."""
    n, c = subscriptions.c, consents.c
    # Who has not confirmed has not joined.
    theirs = and_(n.list_id == list_key, n.state != SubscriberState.PENDING.value)
    said = _per_minute(connection, n.joined).where(theirs, n.joined >= since)
    written = (
        _per_minute(connection, c.at)
        .select_from(subscriptions.join(consents, c.id == n.consent_id))
        .where(theirs, n.joined.is_(None), c.at >= since)
    )
    return _told(connection, said) + _told(connection, written)


def _ended(connection: Connection, list_key: int, since: datetime) -> Mapping[datetime, int]:
    n = subscriptions.c
    ended = and_(n.list_id == list_key, n.state == SubscriberState.UNSUBSCRIBED.value)
    return _told(connection, _per_minute(connection, n.since).where(ended, n.since >= since))


def _held(connection: Connection, list_key: int, since: datetime) -> Mapping[datetime | None, int]:
    """Count the active who get nothing all the same, by when that began; None: before."""
    n, s, x = subscriptions.c, subscribers.c, suppressions.c
    scope = or_(x.list_id.is_(None), x.list_id == list_key)
    began = func.min(x.at)
    at = case((began >= since, began), else_=null()).label("at")
    held = select(x.key, at).where(scope).group_by(x.key).subquery()
    # Looked up for each: joined, SQLite begins with the readers, who are a hundred times as many.
    state = (
        select(n.state)
        .join(subscribers, s.id == n.subscriber_id)
        .where(s.key == held.c.key, n.list_id == list_key)
        .scalar_subquery()
    )
    active = state == SubscriberState.ACTIVE.value
    return by_minute(connection, _per_minute(connection, held.c.at).where(active))


def _per_minute(connection: Connection, moment: ColumnElement[Any]) -> Any:
    at = minute(connection, moment)
    return select(at, func.count()).group_by(at)


def _told(connection: Connection, counted: Any) -> Counter[datetime]:
    return Counter({at: number for at, number in by_minute(connection, counted).items() if at})
