"""
Readers, the lists they are on, and the addresses that get nothing.

Every function works inside the caller's transaction. An address is told by its key; see
`newsletter.audience.address`.
"""

import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from struct import iter_unpack

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError

from newsletter.errors import AudienceError
from newsletter.model import SubscriberState, SuppressionReason
from newsletter.storage import tables

_LIST_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)


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

    @property
    def state(self) -> SubscriberState:
        """Active if any list is, else pending, else unsubscribed."""
        states = {state for state, _ in self.lists.values()}
        order = (SubscriberState.ACTIVE, SubscriberState.PENDING)
        return next((state for state in order if state in states), SubscriberState.UNSUBSCRIBED)


def public_id() -> int:
    """Return 48 random bits, never 0 nor all ones: those mean nobody in a token."""
    return 1 + secrets.randbelow(2**48 - 2)


def public_ids(block: int = 4096) -> Iterator[int]:
    """Yield such ids without end: drawn by the block, a million take a fifth of the time."""
    while True:
        for (number,) in iter_unpack(">Q", secrets.token_bytes(8 * block)):
            if 0 < (found := number >> 16) < 2**48 - 1:
                yield found


def check_list_name(name: str) -> None:
    """Raise AudienceError for a name that would not fit into a file's name or an address."""
    if not _LIST_NAME.fullmatch(name):
        raise AudienceError(
            f"A list cannot be called {name!r}.", hint="Small letters, digits, - and _: daily"
        )


def find_list(connection: Connection, name: str) -> int | None:
    """Return a list's id, or None where there is none of that name."""
    found = connection.execute(select(tables.lists.c.id).where(tables.lists.c.name == name))
    return found.scalar_one_or_none()


_MAKE_LIST = text(
    "INSERT INTO lists (name, created_at) VALUES (:name, :now)"
    " ON CONFLICT (name) DO NOTHING RETURNING id"
).bindparams(bindparam("now", type_=tables.lists.c.created_at.type))


def find_or_make_list(connection: Connection, name: str) -> tuple[int, bool]:
    """Return a list's id, and whether it was made just now."""
    if (known := find_list(connection, name)) is not None:
        return known, False
    values = {"name": name, "now": datetime.now(UTC)}
    made = connection.execute(_MAKE_LIST, values).scalar_one_or_none()
    if made is not None:
        return int(made), True
    # Somebody else was quicker, and has just committed.
    return connection.execute(select(tables.lists.c.id).filter_by(name=name)).scalar_one(), False


def is_empty(connection: Connection, name: str) -> bool:
    """Return True while nobody was ever on that list."""
    list_id = find_list(connection, name)
    if list_id is None:
        return True
    anyone = exists().where(tables.subscriptions.c.list_id == list_id)
    return not connection.execute(select(anyone)).scalar_one()


def state_on(connection: Connection, key: str, list_id: int) -> SubscriberState | None:
    """Return somebody's state on a list; None for one who was never on it."""
    n, s = tables.subscriptions, tables.subscribers
    found = connection.execute(
        select(n.c.state)
        .join(s, s.c.id == n.c.subscriber_id)
        .where(s.c.key == key, n.c.list_id == list_id)
    ).scalar_one_or_none()
    return None if found is None else SubscriberState(found)


def suppressed(connection: Connection, key: str, list_id: int | None) -> SuppressionReason | None:
    """Return why an address gets nothing from a list, or from any (None); None if it does."""
    x = tables.suppressions
    found = connection.execute(
        select(x.c.reason)
        .where(x.c.key == key, or_(x.c.list_id.is_(None), x.c.list_id == list_id))
        .order_by(x.c.list_id.is_not(None))
        .limit(1)
    ).scalar_one_or_none()
    return None if found is None else SuppressionReason(found)


def enrol(connection: Connection, key: str, address: str, name: str, *, now: datetime) -> int:
    """Return the id of the subscriber with that key, who is made when not known."""
    s = tables.subscribers
    known = select(s.c.id).where(s.c.key == key)
    if (found := connection.execute(known).scalar_one_or_none()) is not None:
        return int(found)
    values = {"key": key, "address": address, "name": name, "attributes": {}, "created_at": now}
    while True:
        try:
            with connection.begin_nested():
                made = insert(s).values(public_id=public_id(), **values).returning(s.c.id)
                return int(connection.execute(made).scalar_one())
        except IntegrityError:
            # Somebody has that public id, or was quicker with the same address.
            if (found := connection.execute(known).scalar_one_or_none()) is not None:
                return int(found)


def subscribe(
    connection: Connection, subscriber: int, list_id: int, state: SubscriberState, *, now: datetime
) -> None:
    """Set somebody's state on a list, whatever it was."""
    n = tables.subscriptions
    here = and_(n.c.subscriber_id == subscriber, n.c.list_id == list_id)
    values = {"state": state.value, "since": now}
    if not connection.execute(update(n).where(here).values(values)).rowcount:
        who = {"subscriber_id": subscriber, "list_id": list_id}
        connection.execute(insert(n).values({**who, **values}))


def unsubscribe(connection: Connection, key: str, list_id: int | None, *, now: datetime) -> int:
    """End somebody's subscription to a list, or to all (None). Returns how many ended."""
    n, s = tables.subscriptions, tables.subscribers
    who = select(s.c.id).where(s.c.key == key).scalar_subquery()
    ending = update(n).where(n.c.subscriber_id == who, n.c.state != "unsubscribed")
    if list_id is not None:
        ending = ending.where(n.c.list_id == list_id)
    return connection.execute(ending.values(state="unsubscribed", since=now)).rowcount


def suppress(
    connection: Connection,
    key: str,
    list_id: int | None,
    reason: SuppressionReason,
    *,
    now: datetime,
) -> None:
    """Keep an address away from a list, or from all (None); one that is kept away stays so."""
    if suppressed(connection, key, list_id) is None:
        values = {"key": key, "list_id": list_id, "reason": reason.value, "at": now}
        connection.execute(insert(tables.suppressions).values(values))


def readmit(connection: Connection, key: str, list_id: int) -> None:
    """Lift what an address said to one list by leaving it; nothing else."""
    x = tables.suppressions
    said = and_(x.c.key == key, x.c.list_id == list_id, x.c.reason == "unsubscribed")
    connection.execute(delete(x).where(said))


def find(connection: Connection, key: str) -> Subscriber | None:
    """Return what is held of an address; None when that is nothing."""
    s = tables.subscribers
    known = connection.execute(
        select(s.c.id, s.c.address, s.c.name, s.c.public_id).where(s.c.key == key)
    )
    row = known.one_or_none()
    held = _suppressions(connection, key)
    if row is None and not held:
        return None
    return Subscriber(
        address=row.address if row else key,
        name=row.name if row else "",
        public_id=row.public_id if row else None,
        lists=_lists_of(connection, row.id) if row else {},
        suppressions=held,
    )


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
