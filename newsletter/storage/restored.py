"""Brings a restored database up to what is known to have happened: nobody is mailed by a guess."""

from datetime import datetime

from sqlalchemy import Connection, func, select, update

from newsletter.model import DeliveryState, EditionState
from newsletter.storage import editions as kept
from newsletter.storage.marks import Mark
from newsletter.storage.tables import batches, deliveries, editions

#: What the rows of those readers say.
WORDS = "the database was restored from a backup, and does not know"

#: What a lost edition's row says.
REASON = "its ledger was lost with what the backup did not have"

#: Stands where a call's name was lost.
_CALL = "restored"

#: Leases are counted on from so much more: above what any machine remembers, and above what a
#: worker that outlived the restoring holds.
_FURTHER = 1_000_000

#: May be mailed yet, as far as the backup knows.
_OPEN = (DeliveryState.PLANNED, DeliveryState.CLAIMED, DeliveryState.DEFERRED)


def write_off(connection: Connection, mark: Mark) -> None:
    """Make a cancelled edition of one that the database lacks, under its old number."""
    key = kept.ensure(connection, mark.edition)
    number = func.max(editions.c.number)
    taken = connection.scalar(select(number).where(editions.c.number == mark.number))
    values = {"state": EditionState.CANCELLED, "reason": REASON}
    cancelled = update(editions).where(editions.c.id == key).values(values)
    connection.execute(cancelled if taken else cancelled.values(number=mark.number))


def doubt(connection: Connection, key: int, *, now: datetime) -> int:
    """
    Count as unknown everybody of an edition who is open; returns how many those were.

    Its audience must be written down before. From now on a person, or evidence, settles them.
    """
    unsure = (
        update(deliveries)
        .where(deliveries.c.edition_id == key, deliveries.c.state.in_(_OPEN))
        .values(
            state=DeliveryState.UNKNOWN,
            reply=WORDS,
            call=func.coalesce(deliveries.c.call, _CALL),
            intent_at=func.coalesce(deliveries.c.intent_at, now),
            next_try=None,
        )
    )
    count = connection.execute(unsure).rowcount
    closed = {"open": False, "holder": None, "lease_until": None, "next_try": None}
    further = update(batches).where(batches.c.edition_id == key)
    connection.execute(further.values(closed | {"attempt": batches.c.attempt + _FURTHER}))
    begun = (
        update(editions)
        .where(editions.c.id == key, editions.c.state == EditionState.APPROVED)
        .values(state=EditionState.SENDING, sending_began_at=now)
    )
    connection.execute(begun)
    return count
