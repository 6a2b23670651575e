"""
Readers, the lists they are on, and the addresses that get nothing.

Every function works inside the caller's transaction. An address is told by its key; see
`newsletter.audience.address`.
"""

import re
import secrets
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from struct import iter_unpack
from typing import NamedTuple

from sqlalchemy import (
    Connection,
    and_,
    bindparam,
    delete,
    exists,
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
from newsletter.storage.columns import Id, Moment

LEFT = SuppressionReason.UNSUBSCRIBED

_LIST_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}", re.ASCII)


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


_SUBSCRIBE = text("""
INSERT INTO subscriptions (subscriber_id, list_id, state, since, joined, consent_id)
VALUES (:subscriber, :list, :state, :now, :now, :consent)
ON CONFLICT (list_id, subscriber_id) DO UPDATE
SET state = excluded.state, since = excluded.since,
    consent_id = coalesce(excluded.consent_id, subscriptions.consent_id)
""").bindparams(bindparam("now", type_=Moment()))


class Known(NamedTuple):
    """A reader who is known: their row, and the form of their address that is compared."""

    id: int
    key: str


def by_public_id(connection: Connection, public_id: int) -> Known | None:
    """Return the reader whom a token names; None for one who is unknown or erased."""
    s = tables.subscribers.c
    row = connection.execute(select(s.id, s.key).where(s.public_id == public_id)).one_or_none()
    return Known(row.id, row.key) if row else None


def public_id_of(connection: Connection, subscriber: int) -> int:
    """Return what tokens call a reader."""
    s = tables.subscribers.c
    return int(connection.execute(select(s.public_id).where(s.id == subscriber)).scalar_one())


def address_of(connection: Connection, subscriber: int) -> str:
    """Return a reader's address, as on the wire."""
    s = tables.subscribers.c
    return str(connection.execute(select(s.address).where(s.id == subscriber)).scalar_one())


def is_active(connection: Connection, subscriber: int) -> bool:
    """Say whether a reader is active on any list."""
    n = tables.subscriptions.c
    active = exists().where(n.subscriber_id == subscriber, n.state == "active")
    return bool(connection.execute(select(active)).scalar())


def is_erased(connection: Connection, fingerprints: Collection[str]) -> bool:
    """Say whether an address was erased, which its fingerprints alone still tell."""
    erased = exists().where(tables.suppressions.c.key.in_(fingerprints))
    return bool(connection.execute(select(erased)).scalar())


def remember_again(connection: Connection, fingerprints: Collection[str]) -> None:
    """Lift that an address was erased: its owner has asked to come back."""
    connection.execute(
        delete(tables.suppressions).where(tables.suppressions.c.key.in_(fingerprints))
    )


def erased(connection: Connection) -> frozenset[str]:
    """Return the fingerprints of all who were erased."""
    x = tables.suppressions.c
    found = connection.execute(
        select(x.key).where(x.reason == "erased", x.key.like("fingerprint:%"))
    )
    return frozenset(found.scalars())


def subscribe(
    connection: Connection,
    subscriber: int,
    list_id: int,
    state: SubscriberState,
    *,
    now: datetime,
    consent: int | None = None,
) -> None:
    """Set somebody's state on a list, whatever it was; `consent` is the entry that asked for it."""
    values = {"subscriber": subscriber, "list": list_id, "state": state.value}
    connection.execute(_SUBSCRIBE, {**values, "now": now, "consent": consent})


def unsubscribe(connection: Connection, key: str, list_id: int | None, *, now: datetime) -> int:
    """End somebody's subscription to a list, or to all (None). Returns how many ended."""
    n, s = tables.subscriptions, tables.subscribers
    who = select(s.c.id).where(s.c.key == key).scalar_subquery()
    ending = update(n).where(n.c.subscriber_id == who, n.c.state != "unsubscribed")
    if list_id is not None:
        ending = ending.where(n.c.list_id == list_id)
    return connection.execute(ending.values(state="unsubscribed", since=now)).rowcount


_SUPPRESS = text("""
INSERT INTO suppressions (key, list_id, reason, method, at)
VALUES (:key, :list, :reason, :method, :now) ON CONFLICT DO NOTHING
""").bindparams(bindparam("now", type_=Moment()), bindparam("list", type_=Id))


def suppress(
    connection: Connection,
    key: str,
    list_id: int | None,
    reason: SuppressionReason,
    *,
    now: datetime,
    method: str = "",
) -> None:
    """
    Keep an address away from a list, or from all (None); one that is kept away stays so.

    What holds for good outranks that somebody left.
    """
    held = suppressed(connection, key, list_id)
    if held is not None and (held is not LEFT or reason is LEFT):
        return
    x = tables.suppressions
    left = and_(x.c.key == key, x.c.reason == LEFT.value, x.c.list_id.is_not_distinct_from(list_id))
    if held is LEFT:
        connection.execute(delete(x).where(left))
    values = {"key": key, "list": list_id, "reason": reason.value, "method": method}
    connection.execute(_SUPPRESS, {**values, "now": now})


def readmit(connection: Connection, key: str, list_id: int) -> None:
    """Lift what an address said by leaving a list, or all; nothing else."""
    x = tables.suppressions
    scope = or_(x.c.list_id == list_id, x.c.list_id.is_(None))
    said = and_(x.c.key == key, scope, x.c.reason == LEFT.value)
    connection.execute(delete(x).where(said))


_NEVER_CONFIRMED = text("""
DELETE FROM subscribers WHERE id IN (
    SELECT n.subscriber_id FROM subscriptions n WHERE n.state = 'pending' AND n.since < :before
) AND NOT EXISTS (
    SELECT 1 FROM subscriptions n WHERE n.subscriber_id = subscribers.id AND n.state <> 'pending'
) AND NOT EXISTS (
    SELECT 1 FROM letters w WHERE w.subscriber_id = subscribers.id AND w.at >= :before
)
""").bindparams(bindparam("before", type_=Moment()))


def drop_unconfirmed(connection: Connection, *, before: datetime) -> int:
    """Forget who asked before a moment and never confirmed; returns how many those are."""
    return connection.execute(_NEVER_CONFIRMED, {"before": before}).rowcount
