"""What is not kept for ever: single events, and the secrets behind pseudonyms."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, text

from newsletter.storage.columns import Moment
from newsletter.storage.tables import events, parcels

#: Rows in one transaction: nobody waits for longer than it takes to delete these.
_AT_ONCE = 10_000


def forget_events(connection: Connection, *, before: datetime) -> int:
    """
    Delete those from before a moment among the events that came first; returns how many.

    None of them: then there is nothing more to do. What came later and speaks of an earlier time
    goes when it is among the first itself. So no event is looked at that may stay.
    """
    first = select(events.c.id, events.c.at).order_by(events.c.id).limit(_AT_ONCE).subquery()
    old = select(first.c.id).where(first.c.at < before)
    return connection.execute(delete(events).where(events.c.id.in_(old))).rowcount


def forget_parcels(connection: Connection, *, before: datetime) -> int:
    """Delete what could not be read and is older than a moment: it holds addresses."""
    return connection.execute(delete(parcels).where(parcels.c.at < before)).rowcount


_OVER = text("""
UPDATE editions SET secret = NULL WHERE secret IS NOT NULL
AND (sending_began_at <= :before OR state IN ('sent', 'cancelled'))
""").bindparams(bindparam("before", type_=Moment()))


def forget_secrets(connection: Connection, *, before: datetime) -> int:
    """
    Destroy the secrets of editions whose sending began before a moment, or is over.

    From then on a pseudonym leads to nobody, and mails that are sent later bear none.
    """
    return connection.execute(_OVER, {"before": before}).rowcount
