"""
Letters: mails to one person, from the moment that one is wanted until it is settled.

A letter is claimed, and that is committed, before it is handed over; one that is found claimed
after its process died is never sent again by machine.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, and_, delete, insert, or_, select, update

from newsletter.storage.tables import letters

#: Longer than any call lives.
_DEAD_AFTER = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A letter that is to be written."""

    kind: str
    #: As on the wire.
    address: str
    #: Fingerprint of the box, without dots and plus signs.
    mailbox: str
    newsletter: str
    list_name: str
    lang: str
    at: datetime
    #: None while nobody looked whether the address is known.
    subscriber: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A letter that this process writes."""

    id: int
    attempts: int
    wanted: Wanted


def want(connection: Connection, wanted: Iterable[Wanted]) -> None:
    """Have letters written; by whom and when is not decided here."""
    rows = [
        {
            "kind": letter.kind,
            "state": "wanted",
            "subscriber_id": letter.subscriber,
            "mailbox": letter.mailbox,
            "address": letter.address,
            "newsletter": letter.newsletter,
            "list_name": letter.list_name,
            "lang": letter.lang,
            "at": letter.at,
        }
        for letter in wanted
    ]
    if rows:
        connection.execute(insert(letters), rows)


def claim(connection: Connection, *, most: int, now: datetime) -> Sequence[Claimed]:
    """Take the oldest letters that are wanted and due; of two who try, each gets others."""
    due = or_(letters.c.next_try.is_(None), letters.c.next_try <= now)
    query = select(letters).where(letters.c.state == "wanted", due).order_by(letters.c.id)
    mine = []
    for row in connection.execute(query.limit(most)).all():
        taken = update(letters).where(letters.c.id == row.id, letters.c.state == "wanted")
        values = {"state": "claimed", "attempts": row.attempts + 1, "settled_at": now}
        if connection.execute(taken.values(values)).rowcount:
            mine.append(_claimed(row))
    return mine


def _claimed(row: Any) -> Claimed:
    names = ("kind", "mailbox", "newsletter", "list_name", "lang", "at")
    wanted = Wanted(
        **{name: getattr(row, name) for name in names},
        address=row.address or "",
        subscriber=row.subscriber_id,
    )
    return Claimed(id=row.id, attempts=row.attempts + 1, wanted=wanted)


def settle(
    connection: Connection,
    id: int,
    state: str,
    *,
    now: datetime,
    reason: str = "",
    message_id: str = "",
    subscriber: int | None = None,
) -> None:
    """Write down what became of a letter; its address is dropped."""
    values: dict[str, object] = {"state": state, "reason": reason, "address": None}
    values |= {"settled_at": now, "message_id": message_id}
    if subscriber is not None:
        values["subscriber_id"] = subscriber
    connection.execute(update(letters).where(letters.c.id == id).values(values))


def put_off(connection: Connection, id: int, *, until: datetime, reason: str) -> None:
    """Have a letter tried again later: it was proven not accepted."""
    values = {"state": "wanted", "next_try": until, "reason": reason, "settled_at": None}
    connection.execute(update(letters).where(letters.c.id == id).values(values))


def abandon(connection: Connection, *, now: datetime) -> int:
    """Count letters as unknown whose process died before the answer was written."""
    dead = and_(letters.c.state == "claimed", letters.c.settled_at < now - _DEAD_AFTER)
    words = {"state": "unknown", "reason": "the process died", "address": None}
    return connection.execute(update(letters).where(dead).values(words)).rowcount


def written_to(
    connection: Connection, mailbox: str, kind: str, *, before: int
) -> Sequence[datetime]:
    """Return when a box got letters of a kind, of lower numbers, that were not followed yet."""
    query = select(letters.c.settled_at).where(
        letters.c.id < before,
        letters.c.mailbox == mailbox,
        letters.c.kind == kind,
        letters.c.state.in_(("claimed", "sent", "unknown")),
        letters.c.used_at.is_(None),
        letters.c.settled_at.is_not(None),
    )
    return connection.execute(query).scalars().all()


class Offer(NamedTuple):
    """A letter that still offers what it says."""

    id: int
    newsletter: str
    list_name: str
    lang: str


def offered(
    connection: Connection, subscriber: int, kind: str, *, after: datetime
) -> Sequence[Offer]:
    """Return the letters to somebody that were not followed yet, and are not too old."""
    c = letters.c
    query = select(c.id, c.newsletter, c.list_name, c.lang).where(
        c.subscriber_id == subscriber,
        c.kind == kind,
        c.state.in_(("claimed", "sent", "unknown")),
        c.used_at.is_(None),
        c.at >= after,
    )
    return [Offer(*row) for row in connection.execute(query.order_by(c.id))]


def use(connection: Connection, ids: Collection[int], *, now: datetime) -> None:
    """Write down that what letters offered was accepted."""
    connection.execute(update(letters).where(letters.c.id.in_(ids)).values(used_at=now))


def clear(connection: Connection, mailboxes: Collection[str]) -> None:
    """Erase every trace of letters to a box."""
    connection.execute(delete(letters).where(letters.c.mailbox.in_(mailboxes)))
