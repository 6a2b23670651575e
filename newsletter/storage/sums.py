"""
The sums of ledgers that are over: counted once, so that a year of editions is not counted daily.

They are kept beside the rows, and never instead of them while these count: a change of the rows
makes the sums stale, and what is stale is counted from the rows. Only a sealed ledger is known by
its sums alone: its rows are being deleted, or are gone.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select, text, update

from newsletter.model import DeliveryState, EditionState
from newsletter.storage.tables import editions, ledger_sums

#: Readers by state, as they are counted.
States = Mapping[str, int]

_ACCEPTED = (
    DeliveryState.SUBMITTED,
    DeliveryState.DELIVERED,
    DeliveryState.BOUNCED,
    DeliveryState.COMPLAINED,
)

_c = ledger_sums.c

#: The sums are those of the rows as they are, or all that there is.
FRESH: ColumnElement[bool] = or_(_c.counted == _c.version, _c.sealed_at.is_not(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Details:
    """What a report and a proof say of rows that are gone, besides how many were in which state."""

    #: Who was skipped, by reason; who was refused, by the other side's words.
    reasons: Mapping[str, int] = field(default_factory=dict)
    refused: Mapping[str, int] = field(default_factory=dict)
    #: What was accepted, by the minute of its answer, as ISO 8601.
    minutes: Mapping[str, int] = field(default_factory=dict)
    #: Operator, state, how many: of what was accepted.
    fates: Sequence[tuple[str, str, int]] = ()
    #: By operator: what bounced and was our fault.
    ours: Mapping[str, int] = field(default_factory=dict)
    #: What was proven of the rows while they were there.
    proven: Sequence[str] = ()


class Sealed(NamedTuple):
    """A ledger of which only the sums count."""

    at: datetime
    states: States
    details: Details


def sealed(connection: Connection, edition: int) -> Sealed | None:
    """Return the sums of a ledger that is sealed; None: its rows count."""
    query = select(_c.sealed_at, _c.states, _c.details).where(
        _c.edition_id == edition, _c.sealed_at.is_not(None)
    )
    row = connection.execute(query).one_or_none()
    return Sealed(row.sealed_at, row.states, Details(**row.details)) if row else None


def any_sealed(connection: Connection, keys: Collection[int]) -> datetime | None:
    """Return since when nobody knows any more who got one of some editions; None: it is known."""
    query = select(_c.sealed_at).where(_c.edition_id.in_(keys), _c.sealed_at.is_not(None))
    return connection.execute(query.order_by(_c.sealed_at).limit(1)).scalar_one_or_none()


def known(connection: Connection, keys: Collection[int]) -> Mapping[int, States]:
    """Return those of some ledgers whose sums need not be counted."""
    query = select(_c.edition_id, _c.states).where(_c.edition_id.in_(keys), FRESH)
    return dict(connection.execute(query).all())


def note_change(connection: Connection, edition: int) -> None:
    """Make the sums of an edition stale, in the transaction that changes its rows."""
    changed = update(ledger_sums).where(_c.edition_id == edition, _c.sealed_at.is_(None))
    connection.execute(changed.values(version=_c.version + 1))


# ── Counting ────────────────────────────────────────────────────────────────────────────────


def to_count(connection: Connection, *, now: datetime, again: timedelta) -> int | None:
    """
    Return an edition that was sent and whose sums are not fresh; None where there is none.

    The latest first. One that was counted already has its turn `again` after that.
    """
    due = or_(_c.counted_at.is_(None), _c.counted_at <= now - again)
    query = _over((EditionState.SENT,)).where(
        or_(_c.edition_id.is_(None), ~FRESH, _c.counted.is_(None)), due
    )
    return connection.execute(query.order_by(editions.c.day.desc()).limit(1)).scalar_one_or_none()


def to_seal(connection: Connection, *, before: datetime, but: Collection[int]) -> int | None:
    """Return an edition that was over before a moment, and whose rows may go; the oldest first."""
    e = editions.c
    ended = func.coalesce(e.finished_at, e.sending_began_at, e.planned_at)
    query = _over((EditionState.SENT, EditionState.CANCELLED)).where(
        ended <= before,
        e.number.is_not(None),
        _c.sealed_at.is_(None),
        e.id.not_in(but),
    )
    return connection.execute(query.order_by(e.day).limit(1)).scalar_one_or_none()


def _over(states: Collection[EditionState]) -> Select[Any]:
    here = editions.outerjoin(ledger_sums, _c.edition_id == editions.c.id)
    return select(editions.c.id).select_from(here).where(editions.c.state.in_(states))


_BEGIN = text("""
INSERT INTO ledger_sums (edition_id, version) VALUES (:edition, 1)
ON CONFLICT (edition_id) DO NOTHING
""")


def begin(connection: Connection, edition: int) -> None:
    """Have changes of an edition's rows noted from now on. Committed before they are counted."""
    connection.execute(_BEGIN, {"edition": edition})


def version(connection: Connection, edition: int) -> int:
    """Return which version of its rows a transaction sees."""
    query = select(_c.version).where(_c.edition_id == edition)
    return int(connection.execute(query).scalar_one())


class Counted(NamedTuple):
    """What was counted of one version of an edition's rows."""

    edition: int
    version: int
    states: States


def keep(connection: Connection, counted: Counted, *, at: datetime) -> bool:
    """Keep what was counted; False when the rows were changed in the meantime."""
    return _write(connection, counted, {"counted_at": at})


def seal(connection: Connection, counted: Counted, details: Details, *, at: datetime) -> bool:
    """Let only the sums count from now on; False when the rows were changed in the meantime."""
    more = {"details": asdict(details), "counted_at": at, "sealed_at": at}
    return _write(connection, counted, more)


def _write(connection: Connection, counted: Counted, more: Mapping[str, object]) -> bool:
    states = counted.states
    values = {
        "counted": counted.version,
        "accepted": sum(states.get(state, 0) for state in _ACCEPTED),
        "unknown": states.get(DeliveryState.UNKNOWN, 0),
        "states": dict(states),
    }
    same = (_c.edition_id == counted.edition, _c.version == counted.version)
    kept = update(ledger_sums).where(*same, _c.sealed_at.is_(None))
    return connection.execute(kept.values(**values, **more)).rowcount == 1
