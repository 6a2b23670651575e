"""What is held of one reader, all of it, and taking all of it away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from newsletter.model import SubscriberState, SuppressionReason
from newsletter.storage import subscribers, tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """Why an address gets nothing."""

    reason: SuppressionReason
    #: Empty: of all lists.
    list_name: str
    #: In UTC.
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """What is held of one address."""

    #: As on the wire; for one that is only suppressed, its key.
    address: str
    name: str
    #: None for one who is on no list and only suppressed.
    public_id: int | None
    #: By the list's name: the state, and since when (UTC).
    lists: Mapping[str, tuple[SubscriberState, datetime]]
    suppressions: tuple[Suppression, ...]
    #: As a file or a form brought them.
    attributes: Mapping[str, Any]
    #: Of pages and letters; empty: the newsletter's.
    lang: str = ""
    #: `daily` or `weekdays`.
    frequency: str = "daily"
    #: The first day on which they want mail again; None: no pause.
    paused_until: date | None = None
    #: False: neither clicks nor opens of theirs are counted.
    counted: bool = True
    created_at: datetime | None = None

    @property
    def state(self) -> SubscriberState:
        """Active if any list is, else pending, else unsubscribed."""
        states = {state for state, _ in self.lists.values()}
        order = (SubscriberState.ACTIVE, SubscriberState.PENDING)
        return next((state for state in order if state in states), SubscriberState.UNSUBSCRIBED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """One edition's mail to a reader."""

    edition: str
    state: str
    reason: str
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One letter to a reader."""

    kind: str
    state: str
    list_name: str
    message_id: str
    at: datetime


def find(connection: Connection, key: str) -> Subscriber | None:
    """Return what is held of an address; None when that is nothing."""
    s = tables.subscribers
    row = connection.execute(select(s).where(s.c.key == key)).one_or_none()
    held = _suppressions(connection, key)
    if row is None and not held:
        return None
    if row is None:
        nothing: dict[str, Any] = {"lists": {}, "attributes": {}, "public_id": None, "name": ""}
        return Subscriber(address=key, suppressions=held, **nothing)
    names = ("address", "name", "public_id", "attributes", "lang", "frequency", "counted")
    return Subscriber(
        **{name: getattr(row, name) for name in names},
        lists=_lists_of(connection, row.id),
        suppressions=held,
        paused_until=row.paused_until,
        created_at=row.created_at,
    )


def starting_with(connection: Connection, start: str, most: int) -> list[str]:
    """Return the addresses that begin so, in their order; by the index, whatever is in `start`."""
    s = tables.subscribers.c
    query = select(s.address).where(s.key >= start, s.key < f"{start}\U0010ffff")
    return list(connection.execute(query.order_by(s.key).limit(most)).scalars())


def _lists_of(
    connection: Connection, subscriber: int
) -> dict[str, tuple[SubscriberState, datetime]]:
    li, n = tables.lists, tables.subscriptions
    found = connection.execute(
        select(li.c.name, n.c.state, n.c.since)
        .join(n, n.c.list_id == li.c.id)
        .where(n.c.subscriber_id == subscriber)
        .order_by(li.c.name)
    )
    return {name: (SubscriberState(state), since) for name, state, since in found}


def _suppressions(connection: Connection, key: str) -> tuple[Suppression, ...]:
    x, li = tables.suppressions, tables.lists
    found = connection.execute(
        select(x.c.reason, func.coalesce(li.c.name, ""), x.c.at)
        .select_from(x.outerjoin(li, li.c.id == x.c.list_id))
        .where(x.c.key == key)
        .order_by(x.c.at)
    )
    return tuple(
        Suppression(reason=SuppressionReason(reason), list_name=name, at=at)
        for reason, name, at in found
    )


def deliveries(connection: Connection, key: str) -> Sequence[Delivered]:
    """Return the editions that a reader was selected for, the oldest first."""
    d, e, n, s = (tables.deliveries, tables.editions, tables.newsletters, tables.subscribers)
    # Looked up in each edition: left to itself, SQLite walks through all deliveries there are.
    reader = select(s.c.id).where(s.c.key == key).scalar_subquery()
    query = (
        select(n.c.name, e.c.day, e.c.revision, d.c.state, d.c.reason, d.c.settled_at)
        .join_from(d, e, e.c.id == d.c.edition_id)
        .join(n, n.c.id == e.c.newsletter_id)
        .where(tables.in_edition.in_(select(e.c.id)), d.c.subscriber_id == reader)
        .order_by(e.c.day, e.c.id)
    )
    return [
        Delivered(
            edition=f"{row.name}/{row.day}" + (f"-r{row.revision}" if row.revision > 1 else ""),
            state=row.state,
            reason=row.reason or "",
            at=row.settled_at,
        )
        for row in connection.execute(query)
    ]


def letters(connection: Connection, mailboxes: Sequence[str]) -> Sequence[Written]:
    """Return the letters to a box, the oldest first."""
    w = tables.letters
    query = select(w).where(w.c.mailbox.in_(mailboxes)).order_by(w.c.id)
    names = ("kind", "state", "list_name", "message_id", "at")
    return [
        Written(**{name: getattr(row, name) for name in names}) for row in connection.execute(query)
    ]


def erase(connection: Connection, key: str, fingerprint: str, *, now: datetime) -> bool:
    """
    Take everything about an address away, but for its fingerprint, which keeps it away.

    The ledger keeps its rows, of which nobody can say any more whose they were. Returns False
    when nothing was held of it.
    """
    s, x = tables.subscribers, tables.suppressions
    gone = connection.execute(delete(s).where(s.c.key == key)).rowcount
    gone += connection.execute(delete(x).where(x.c.key == key)).rowcount
    subscribers.suppress(connection, fingerprint, None, SuppressionReason.ERASED, now=now)
    return bool(gone)
