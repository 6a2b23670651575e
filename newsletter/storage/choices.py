"""What readers chose, as it stands in their rows."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from newsletter.model import SubscriberState
from newsletter.storage.tables import lists, subscribers, subscriptions


def read(connection: Connection, public_id: int) -> Any | None:
    """Return a reader's row, or None."""
    query = select(subscribers).where(subscribers.c.public_id == public_id)
    return connection.execute(query).one_or_none()


def lists_of(connection: Connection, subscriber: int) -> Mapping[str, SubscriberState]:
    """Return the state that a reader has on each list that they ever were on."""
    query = (
        select(lists.c.name, subscriptions.c.state)
        .join(subscriptions, subscriptions.c.list_id == lists.c.id)
        .where(subscriptions.c.subscriber_id == subscriber)
        .order_by(lists.c.name)
    )
    return {row.name: SubscriberState(row.state) for row in connection.execute(query)}


def write(connection: Connection, subscriber: int, **chosen: object) -> None:
    """Write a reader's choice."""
    here = update(subscribers).where(subscribers.c.id == subscriber)
    connection.execute(here.values(**chosen))
