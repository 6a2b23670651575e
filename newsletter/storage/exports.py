"""Reading all readers, without holding more than a few of them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection, func, or_, select

from newsletter.storage import tables

_AT_ONCE = 1_000


def readers(connection: Connection, list_name: str) -> Iterator[Mapping[str, Any]]:
    """Yield each reader on each list, or on the one that is named, by list and address."""
    s, n, li, x = tables.subscribers, tables.subscriptions, tables.lists, tables.suppressions
    scope = or_(x.c.list_id.is_(None), x.c.list_id == n.c.list_id)
    held = select(func.min(x.c.reason)).where(x.c.key == s.c.key, scope).correlate(s, n)
    query = (
        select(
            s.c.address.label("email"),
            s.c.name,
            li.c.name.label("list"),
            n.c.state.label("status"),
            n.c.since,
            n.c.joined,
            s.c.lang,
            s.c.frequency,
            held.scalar_subquery().label("suppressed"),
            s.c.attributes,
        )
        .join_from(n, s, s.c.id == n.c.subscriber_id)
        .join(li, li.c.id == n.c.list_id)
        .order_by(li.c.name, s.c.key)
    )
    if list_name:
        query = query.where(li.c.name == list_name)
    rows = connection.execution_options(yield_per=_AT_ONCE).execute(query)
    for row in rows.mappings():
        yield dict(row)
