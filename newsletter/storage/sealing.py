"""What is written down of a ledger before its rows are deleted, and their deletion."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from newsletter.storage import deliveries, fates, reporting
from newsletter.storage.fates import Names
from newsletter.storage.sums import Details
from newsletter.storage.tables import audience_parts, batches, ledger_sums
from newsletter.storage.tables import deliveries as rows


def details(
    connection: Connection, edition: int, *, names: Names, most_words: int, proven: Sequence[str]
) -> Details:
    """Count what reports say of an edition's rows; `proven`: what was found of them."""
    minutes = reporting.minutes(connection, edition)
    kept_by = fates.fates(connection, edition, names)
    return Details(
        reasons=deliveries.reasons(connection, edition),
        refused=reporting.refusals(connection, edition, most=most_words),
        minutes={at.isoformat(): many for at, many in minutes.items()},
        fates=[(name, state, many) for (name, state), many in kept_by.items()],
        ours=fates.ours(connection, edition, names),
        proven=proven,
    )


def to_empty(connection: Connection) -> int | None:
    """Return a sealed edition that has rows yet; None where there is none."""
    c = ledger_sums.c
    query = select(c.edition_id).where(c.sealed_at.is_not(None), c.emptied_at.is_(None))
    return connection.execute(query.order_by(c.edition_id).limit(1)).scalar_one_or_none()


def empty(
    connection: Connection, edition: int, after: int, most: int, *, now: datetime
) -> int | None:
    """
    Delete `most` rows of a sealed edition: those next behind a position.

    Returns the last position that was deleted; None when no row is left, and nothing else that
    names a reader. Begun anew, it goes on where it was interrupted.
    """
    d = rows.c
    here = (d.edition_id == edition, d.position > after)
    first = connection.execute(select(func.min(d.position)).where(*here)).scalar_one()
    if first is not None:
        last = int(first) + most - 1
        connection.execute(
            delete(rows).where(d.edition_id == edition, d.position.between(first, last))
        )
        return last
    for table in (batches, audience_parts):
        connection.execute(delete(table).where(table.c.edition_id == edition))
    emptied = update(ledger_sums).where(ledger_sums.c.edition_id == edition)
    connection.execute(emptied.values(emptied_at=now))
    return None
