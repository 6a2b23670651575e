"""
Taking readers for a call.

None of it trusts a state that was read earlier: the statement that claims names the state it
expects, so that of two workers one gets nothing.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from newsletter.model import EditionState
from newsletter.storage.columns import Moment
from newsletter.storage.database import clock
from newsletter.storage.leases import Lease
from newsletter.storage.swift import Swift


class Part(NamedTuple):
    """Positions of a batch, both included."""

    first: int
    last: int


class Claimed(NamedTuple):
    """One reader whose mail may now be made."""

    position: int
    public_id: int
    address: str
    name: str
    #: How often it was tried, this time included.
    attempts: int
    #: False: neither clicks nor opens of theirs are counted.
    counted: bool = True


class Outlook(NamedTuple):
    """What is to be known before a call, seen at one moment."""

    state: EditionState
    #: Of the transport's breaker: None where it is in order, else `open` or `trial`.
    breaker: str | None
    #: Some receiving domain takes less than all.
    crowded: bool
    #: Of the lease that was asked about; None where it is over.
    holder: str | None


_NO_LEASE: dict[str, object] = {"number": 0, "attempt": 0}

_LOOK = Swift("""
SELECT e.state, (SELECT b.state FROM breakers b WHERE b.transport = :transport) AS breaker,
       EXISTS (SELECT 1 FROM receivers) AS crowded,
       (SELECT x.holder FROM batches x WHERE x.edition_id = e.id
        AND x.number = :number AND x.attempt = :attempt) AS holder
FROM editions e WHERE e.id = :edition
""")


_BEGIN = "SELECT clock_timestamp(), set_config('plan_cache_mode', 'force_generic_plan', true)"


def begin(connection: Connection) -> datetime:
    """
    Return the database's time, and have PostgreSQL keep its plans until the transaction ends.

    Each statement of a call has one good plan. Left to itself, PostgreSQL makes it anew for every
    call, which takes longer than carrying it out, the more so the more the ledger's past holds.
    """
    if connection.dialect.name == "sqlite":
        return clock(connection)
    now: datetime = connection.exec_driver_sql(_BEGIN).scalar_one()
    return now.astimezone(UTC)


def look(connection: Connection, edition: int, transport: str, lease: Lease | None) -> Outlook:
    """Read an edition's state, what holds calls up, and whose a lease is."""
    asked: dict[str, object] = (
        {"number": lease.number, "attempt": lease.attempt} if lease else _NO_LEASE
    )
    asked = {"edition": edition, "transport": transport, **asked}
    state, breaker, crowded, holder = _LOOK.run(connection, asked).fetchone()
    return Outlook(EditionState(state), breaker, bool(crowded), holder)


#: May this reader get mail of this list, now? With a LIMIT it is looked up for each: an EXISTS
#: may be answered by all readers there are, where a plan does not know how few are asked about.
_ON_LIST = """
(SELECT 1 FROM subscriptions n WHERE n.list_id = :list
 AND n.subscriber_id = deliveries.subscriber_id AND n.state = 'active' LIMIT 1) IS NOT NULL
"""
_HELD = """
(SELECT 1 FROM subscribers s JOIN suppressions x ON x.key = s.key
 WHERE s.id = deliveries.subscriber_id AND (x.list_id IS NULL OR x.list_id = :list)
 LIMIT 1) IS NOT NULL
"""

#: The same of an edition of several lists: one of them is enough.
_ON_SOME_LIST = """
(SELECT 1 FROM edition_lists el JOIN subscriptions n ON n.list_id = el.list_id
 WHERE el.edition_id = :edition AND n.subscriber_id = deliveries.subscriber_id
 AND n.state = 'active' LIMIT 1) IS NOT NULL
"""
_HELD_BY_ALL = """
(SELECT 1 FROM edition_lists el JOIN subscriptions n ON n.list_id = el.list_id
 JOIN subscribers s ON s.id = n.subscriber_id
 WHERE el.edition_id = :edition AND n.subscriber_id = deliveries.subscriber_id
 AND n.state = 'active' AND NOT EXISTS (
     SELECT 1 FROM suppressions x
     WHERE x.key = s.key AND (x.list_id IS NULL OR x.list_id = n.list_id))
 LIMIT 1) IS NULL
"""
_INSIDE = "edition_id = :edition AND position BETWEEN :first AND :last"
_WAITING = "state IN ('planned', 'deferred') AND (next_try IS NULL OR next_try <= :now)"

_NEXT = Swift(f"""
SELECT count(*) AS waiting, min(position) AS first, max(position) AS last FROM (
    SELECT position FROM deliveries WHERE {_INSIDE} AND {_WAITING} ORDER BY position LIMIT :most
) AS next
""")  # noqa: S608 - made of constants alone


class _Statements:
    """How readers are claimed, of one list or of several."""

    def __init__(self, welcome: str, held: str) -> None:
        self.claim = f"""
        UPDATE deliveries SET state = 'claimed', call = :call, intent_at = :now,
                              attempts = attempts + 1, next_try = NULL
        WHERE {_INSIDE} AND {_WAITING} AND ({welcome}) AND NOT ({held})
        """  # noqa: S608 - made of constants alone
        self.all = Swift(self.claim)
        self.some = text(f"{self.claim} AND position IN :positions").bindparams(
            bindparam("now", type_=Moment()), bindparam("positions", expanding=True)
        )
        self.skip = Swift(f"""
        UPDATE deliveries SET state = 'skipped', settled_at = :now,
            reason = CASE WHEN NOT ({welcome}) THEN 'unsubscribed' ELSE 'suppressed' END
        WHERE {_INSIDE} AND {_WAITING} AND (({held}) OR NOT ({welcome}))
        """)  # noqa: S608


_OF_ONE_LIST = _Statements(_ON_LIST, _HELD)
_OF_SEVERAL = _Statements(_ON_SOME_LIST, _HELD_BY_ALL)

_WINNERS = """
FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id
WHERE d.edition_id = :edition AND d.position BETWEEN :first AND :last
  AND d.call = :call AND d.state = 'claimed'
"""

_TOLD = "d.position, s.public_id, s.address, s.name, d.attempts, s.counted"

#: As one JSON text: for each row that is read, Python's sqlite3 lets other threads in, and waits
#: for its turn again.
_WON = Swift(
    f"SELECT json_group_array(json_array({_TOLD})) {_WINNERS}",
    postgresql=f"SELECT json_agg(json_build_array({_TOLD})) {_WINNERS}",
)


def waiting(
    connection: Connection, edition: int, part: Part, *, most: int, now: datetime
) -> Part | None:
    """Return the shortest part in which so many wait to be claimed; None when nobody does."""
    values = {"edition": edition, "now": now, "most": most, **part._asdict()}
    count, first, last = _NEXT.run(connection, values).fetchone()
    return Part(first, last) if count else None


def claim(
    connection: Connection,
    edition: int,
    list_key: int | None,
    part: Part,
    *,
    call: str,
    now: datetime,
    only: Sequence[int] | None = None,
) -> Sequence[Claimed]:
    """
    Take a part of a batch for one call: the intent, to be committed before the first byte.

    The one UPDATE looks at state, subscription and suppressions together: who left before it
    ran is not in it. Those who may not get mail any more become `skipped`, with the reason.
    `only`: those positions of it, and no others. `list_key`: None where it has several lists.
    """
    statements = _OF_SEVERAL if list_key is None else _OF_ONE_LIST
    values = {"edition": edition, "now": now, "call": call, **part._asdict()}
    if list_key is not None:
        values["list"] = list_key
    if only is None:
        won = statements.all.run(connection, values).rowcount
    else:
        won = connection.execute(statements.some, {**values, "positions": list(only)}).rowcount
    del values["call"]
    if won < part.last - part.first + 1:
        statements.skip.run(connection, values)
    if not won:
        return []
    named = {"edition": edition, "call": call, **part._asdict()}
    (told,) = _WON.run(connection, named).fetchone()
    rows = json.loads(told) if isinstance(told, str) else told or []
    return [Claimed(*row) for row in sorted(rows)]


_CANDIDATES = text(f"""
SELECT position, (SELECT s.address FROM subscribers s WHERE s.id = deliveries.subscriber_id)
FROM deliveries WHERE {_INSIDE} AND {_WAITING} ORDER BY position
""").bindparams(bindparam("now", type_=Moment()))  # noqa: S608


def candidates(
    connection: Connection, edition: int, part: Part, *, now: datetime
) -> Sequence[tuple[int, str]]:
    """Return who waits in a part, as position and address, for who must choose among them."""
    values = {"edition": edition, "now": now, **part._asdict()}
    found = connection.execute(_CANDIDATES, values)
    return [(position, address) for position, address in found if address]
