"""What speaks for or against the ledger: events of the other side, and the ledger's own sums."""

from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, bindparam, exists, func, or_, select, text

from newsletter.model import DeliveryState, EditionId, EditionState
from newsletter.storage.columns import Moment
from newsletter.storage.tables import batches, deliveries, editions, events, newsletters

#: An event of one of these kinds shows that a mail had been accepted.
ACCEPTED = (
    "accepted",
    "delivered",
    "bounced",
    "complained",
    "unsubscribed",
    "opened",
    "clicked",
)

#: The same, and what the ESP refused after it had taken it.
_TAKEN = (*ACCEPTED, "refused")

#: It names the delivery itself, or the whole call that the delivery was in.
_PROVEN = """
SELECT 1 FROM events e WHERE e.edition_id = :edition AND e.kind IN :kinds AND (
    e.position = deliveries.position OR (e.position IS NULL AND e.call = deliveries.call)
)
"""

_ACCEPT = text(f"""
UPDATE deliveries SET state = 'submitted', settled_at = :now, reply = 'proven by an event'
WHERE edition_id = :edition AND state = 'unknown' AND intent_at <= :before
  AND EXISTS ({_PROVEN})
""").bindparams(  # noqa: S608 - made of constants alone
    bindparam("now", type_=Moment()),
    bindparam("before", type_=Moment()),
    bindparam("kinds", expanding=True),
)


_COUNT_PROVEN = text(f"""
SELECT count(*) FROM deliveries
WHERE edition_id = :edition AND state = 'unknown' AND EXISTS ({_PROVEN})
""").bindparams(bindparam("kinds", expanding=True))  # noqa: S608


def accept_proven(connection: Connection, edition: int, *, before: datetime, now: datetime) -> int:
    """Settle who is unknown and proven to have been mailed, of calls begun before a moment."""
    values = {"edition": edition, "before": before, "now": now, "kinds": _TAKEN}
    return connection.execute(_ACCEPT, values).rowcount


def doubtful(connection: Connection) -> list[EditionId]:
    """Return the editions with somebody unknown that an event speaks of, the oldest first."""
    columns = (newsletters.c.name, editions.c.day, editions.c.revision)
    open_ = editions.c.state.in_((EditionState.SENDING, EditionState.PAUSED))
    unknown = exists().where(
        deliveries.c.edition_id == editions.c.id, deliveries.c.state == DeliveryState.UNKNOWN
    )
    told = exists().where(events.c.edition_id == editions.c.id)
    query = select(*columns).join_from(editions, newsletters).where(open_, told, unknown)
    return [EditionId(*row) for row in connection.execute(query.order_by(editions.c.day))]


def count_proven(connection: Connection, edition: int) -> int:
    """Count who is unknown in the ledger, and proven by an event to have been mailed."""
    values = {"edition": edition, "kinds": _TAKEN}
    return int(connection.execute(_COUNT_PROVEN, values).scalar_one())


def count_contradicted(connection: Connection, edition: int) -> int:
    """Count who was mailed, by an event, although the ledger says that nobody did."""
    never = (DeliveryState.PLANNED, DeliveryState.SKIPPED, DeliveryState.REFUSED)
    named = exists().where(
        events.c.edition_id == edition,
        events.c.position == deliveries.c.position,
        events.c.kind.in_(ACCEPTED),
    )
    return _count(connection, edition, deliveries.c.state.in_(never), named)


def count_twice(connection: Connection, edition: int) -> int:
    """Count readers who stand in an edition's ledger more than once."""
    counted = select(func.count() - func.count(deliveries.c.subscriber_id.distinct()))
    return int(connection.execute(counted.where(deliveries.c.edition_id == edition)).scalar_one())


def count_unlike(connection: Connection, edition: int) -> int:
    """Count rows whose columns contradict their state, such as a mail that no call was made for."""
    handed_over = (
        "claimed",
        "submitted",
        "refused",
        "unknown",
        "delivered",
        "bounced",
        "complained",
    )
    settled = ("submitted", "refused", "delivered", "bounced", "complained")
    d = deliveries.c
    unlike = or_(
        and_(d.state.in_(handed_over), or_(d.call.is_(None), d.intent_at.is_(None))),
        and_(d.state.in_(settled), d.settled_at.is_(None)),
        and_(d.state == DeliveryState.SKIPPED, d.reason.is_(None)),
        d.position < 1,
    )
    return _count(connection, edition, unlike)


def _count(connection: Connection, edition: int, *conditions: ColumnElement[bool]) -> int:
    query = select(func.count()).select_from(deliveries)
    return int(
        connection.execute(
            query.where(deliveries.c.edition_id == edition, *conditions)
        ).scalar_one()
    )


def covered(connection: Connection, edition: int) -> bool:
    """Say whether the batches cover every written position once."""
    query = select(batches.c.first, batches.c.last).where(batches.c.edition_id == edition)
    expected = 1
    for first, last in connection.execute(query.order_by(batches.c.number)):
        if first != expected or last < first:
            return False
        expected = last + 1
    written = select(func.count(), func.max(deliveries.c.position)).where(
        deliveries.c.edition_id == edition
    )
    count, highest = connection.execute(written).one()
    return bool(count == (highest or 0) == expected - 1)


def frozen_sums(connection: Connection, edition: int) -> tuple[int, str, str]:
    """Return what the plan froze: how many readers, the hash of them, the hash of the mail."""
    query = select(editions.c.selected, editions.c.audience_hash, editions.c.hash)
    row = connection.execute(query.where(editions.c.id == edition)).one()
    return row.selected or 0, row.audience_hash or "", row.hash or ""
