"""
The ledger's own SQL: who is claimed, what became of it, and what that comes to.

None of it trusts a reader's state that was read earlier: each statement that claims or settles
names the state it expects, so that of two workers one gets nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select, text, update

from newsletter.model import Answer, Counts, DeliveryState, Receipt
from newsletter.storage.tables import Moment, batches, deliveries, subscribers

#: Not settled yet, and not in a call.
OPEN = (DeliveryState.PLANNED, DeliveryState.DEFERRED)

_PENDING = (*OPEN, DeliveryState.CLAIMED)

#: Characters kept of what the other side says, which may be anything.
_LONGEST_REPLY = 500

#: What a submitted one may become later: still accepted, so still counted as submitted.
_ACCEPTED = (
    DeliveryState.SUBMITTED,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)


class Claimed(NamedTuple):
    """One reader whose mail may now be made."""

    position: int
    public_id: int
    address: str
    name: str


class Doubt(NamedTuple):
    """One reader of whom nobody can say whether the mail was accepted."""

    position: int
    address: str
    call: str
    #: When that call was begun; UTC.
    began: datetime


class Range(NamedTuple):
    """Positions of a batch, both included."""

    first: int
    last: int


def open_ranges(connection: Connection, key: int) -> Sequence[Range]:
    """Return the batches of an edition in which something is still to be handed over."""
    some = (
        select(deliveries.c.position)
        .where(
            deliveries.c.edition_id == key,
            deliveries.c.position.between(batches.c.first, batches.c.last),
            deliveries.c.state.in_(OPEN),
        )
        .exists()
    )
    query = select(batches.c.first, batches.c.last).where(batches.c.edition_id == key, some)
    return [Range(*row) for row in connection.execute(query.order_by(batches.c.number))]


#: May this reader get mail of this list, now?
_WELCOME = """
EXISTS (SELECT 1 FROM subscriptions n WHERE n.list_id = :list
        AND n.subscriber_id = deliveries.subscriber_id AND n.state = 'active')
"""
_HELD = """
EXISTS (SELECT 1 FROM subscribers s JOIN suppressions x ON x.key = s.key
        WHERE s.id = deliveries.subscriber_id AND (x.list_id IS NULL OR x.list_id = :list))
"""
_INSIDE = "edition_id = :edition AND position BETWEEN :first AND :last"
_WAITING = "state IN ('planned', 'deferred') AND (next_try IS NULL OR next_try <= :now)"

_CLAIM = text(f"""
UPDATE deliveries
SET state = 'claimed', call = :call, intent_at = :now, attempts = attempts + 1, next_try = NULL
WHERE {_INSIDE} AND {_WAITING} AND {_WELCOME} AND NOT {_HELD}
""").bindparams(bindparam("now", type_=Moment()))  # noqa: S608 - made of constants alone

_SKIP = text(f"""
UPDATE deliveries
SET state = 'skipped', settled_at = :now,
    reason = CASE WHEN {_HELD} THEN 'suppressed' ELSE 'unsubscribed' END
WHERE {_INSIDE} AND {_WAITING} AND ({_HELD} OR NOT {_WELCOME})
""").bindparams(bindparam("now", type_=Moment()))  # noqa: S608

_WON = text("""
SELECT d.position, s.public_id, s.address, s.name
FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id
WHERE d.edition_id = :edition AND d.position BETWEEN :first AND :last
  AND d.call = :call AND d.state = 'claimed'
ORDER BY d.position
""")


def claim(
    connection: Connection, key: int, list_key: int, part: Range, *, call: str, now: datetime
) -> Sequence[Claimed]:
    """
    Take a part of a batch for one call: the intent, to be committed before the first byte.

    The one UPDATE looks at state, subscription and suppressions together: who left before it
    ran is not in it. Those who may not get mail any more become `skipped`, with the reason.
    """
    values = {"edition": key, "list": list_key, "now": now, "call": call, **part._asdict()}
    won = connection.execute(_CLAIM, values).rowcount
    del values["call"]
    connection.execute(_SKIP, values)
    if not won:
        return []
    rows = connection.execute(_WON, {"edition": key, "call": call, **part._asdict()})
    return [Claimed(*row) for row in rows]


_SETTLE = (
    update(deliveries)
    .where(
        deliveries.c.edition_id == bindparam("edition"),
        deliveries.c.position == bindparam("at_position"),
        deliveries.c.call == bindparam("in_call"),
        deliveries.c.state == DeliveryState.CLAIMED,
    )
    .values(
        state=bindparam("answer"),
        reply=bindparam("words"),
        provider_id=bindparam("theirs"),
        settled_at=bindparam("now"),
        next_try=bindparam("again"),
    )
)


def settle(
    connection: Connection,
    key: int,
    call: str,
    receipts: Iterable[Receipt],
    *,
    now: datetime,
    again: datetime | None = None,
) -> None:
    """Write the answers of a call. A row that is no longer in that call stays as it is."""
    rows = [
        {
            "edition": key,
            "at_position": receipt.delivery,
            "in_call": call,
            "answer": receipt.answer.value,
            "words": _fit(receipt.reply),
            "theirs": _fit(receipt.provider_id),
            "now": None if receipt.answer is Answer.DEFERRED else now,
            "again": again if receipt.answer is Answer.DEFERRED else None,
        }
        for receipt in receipts
    ]
    if rows:
        connection.execute(_SETTLE, rows)


def _fit(words: str) -> str | None:
    """Make another's words fit to be kept: PostgreSQL takes no NUL, and none a lone surrogate."""
    kept = words[:_LONGEST_REPLY]
    if not kept.isprintable():
        kept = "".join(c if c.isprintable() else " " for c in kept)
    return kept.strip() or None


def abandon(connection: Connection, key: int, state: DeliveryState, words: str) -> int:
    """Settle what a dead sender left claimed. Returns how many those were."""
    left = (
        update(deliveries)
        .where(deliveries.c.edition_id == key, deliveries.c.state == DeliveryState.CLAIMED)
        .values(state=state, reply=words)
    )
    return connection.execute(left).rowcount


def doubts(connection: Connection, key: int) -> Sequence[Doubt]:
    """Name everybody who is unknown, in the order of the ledger."""
    d, s = deliveries.c, subscribers.c
    query = (
        select(d.position, func.coalesce(s.address, "erased"), d.call, d.intent_at)
        .outerjoin_from(deliveries, subscribers, s.id == d.subscriber_id)
        .where(d.edition_id == key, d.state == DeliveryState.UNKNOWN)
        .order_by(d.position)
    )
    return [Doubt(*row) for row in connection.execute(query)]


def resolve(connection: Connection, key: int, state: DeliveryState, *, before: datetime) -> int:
    """Settle what is unknown of calls begun before a moment, by a person's word."""
    settled = (
        update(deliveries)
        .where(
            deliveries.c.edition_id == key,
            deliveries.c.state == DeliveryState.UNKNOWN,
            deliveries.c.intent_at <= before,
        )
        .values(state=state, reply="settled by a person")
    )
    return connection.execute(settled).rowcount


def cancel(connection: Connection, key: int, *, now: datetime) -> int:
    """Give up what is still to be handed over. Returns how many those were."""
    given_up = (
        update(deliveries)
        .where(deliveries.c.edition_id == key, deliveries.c.state.in_(OPEN))
        .values(state=DeliveryState.SKIPPED, reason="cancelled", settled_at=now)
    )
    return connection.execute(given_up).rowcount


def counts(connection: Connection, key: int) -> Counts:
    """Count an edition's ledger."""
    query = (
        select(deliveries.c.state, func.count())
        .where(deliveries.c.edition_id == key)
        .group_by(deliveries.c.state)
    )
    found: dict[str, int] = dict(connection.execute(query).all())

    def total(states: Iterable[DeliveryState]) -> int:
        return sum(found.get(state, 0) for state in states)

    return Counts(
        selected=sum(found.values()),
        submitted=total(_ACCEPTED),
        refused=total([DeliveryState.REFUSED]),
        skipped=total([DeliveryState.SKIPPED]),
        pending=total(_PENDING),
        unknown=total([DeliveryState.UNKNOWN]),
        deferred=total([DeliveryState.DEFERRED]),
        delivered=total([DeliveryState.DELIVERED]),
        bounced=total([DeliveryState.BOUNCED]),
        complained=total([DeliveryState.COMPLAINED]),
    )


def reasons(connection: Connection, key: int) -> Mapping[str, int]:
    """Say why deliveries were skipped, and how many, the most frequent first."""
    query = (
        select(deliveries.c.reason, func.count())
        .where(deliveries.c.edition_id == key, deliveries.c.state == DeliveryState.SKIPPED)
        .group_by(deliveries.c.reason)
        .order_by(func.count().desc(), deliveries.c.reason)
    )
    return dict(connection.execute(query).all())
