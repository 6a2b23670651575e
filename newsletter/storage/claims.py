"""
Taking readers for a call.

None of it trusts a state that was read earlier: the statement that claims names the state it
expects, so that of two workers one gets nothing.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, text

from newsletter.model import EditionState
from newsletter.storage.columns import Moment
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


def look(connection: Connection, edition: int, transport: str, lease: Lease | None) -> Outlook:
    """Read an edition's state, what holds calls up, and whose a lease is."""
    asked: dict[str, object] = (
        {"number": lease.number, "attempt": lease.attempt} if lease else _NO_LEASE
    )
    asked = {"edition": edition, "transport": transport, **asked}
    state, breaker, crowded, holder = _LOOK.run(connection, asked).fetchone()
    return Outlook(EditionState(state), breaker, bool(crowded), holder)


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

_NEXT = Swift(f"""
SELECT count(*) AS waiting, min(position) AS first, max(position) AS last FROM (
    SELECT position FROM deliveries WHERE {_INSIDE} AND {_WAITING} ORDER BY position LIMIT :most
) AS next
""")  # noqa: S608 - made of constants alone

_CLAIM = f"""
UPDATE deliveries
SET state = 'claimed', call = :call, intent_at = :now, attempts = attempts + 1, next_try = NULL
WHERE {_INSIDE} AND {_WAITING} AND {_WELCOME} AND NOT {_HELD}
"""  # noqa: S608
_CLAIM_ALL = Swift(_CLAIM)
_CLAIM_SOME = text(f"{_CLAIM} AND position IN :positions").bindparams(
    bindparam("now", type_=Moment()), bindparam("positions", expanding=True)
)

_SKIP = text(f"""
UPDATE deliveries
SET state = 'skipped', settled_at = :now,
    reason = CASE WHEN {_HELD} THEN 'suppressed' ELSE 'unsubscribed' END
WHERE {_INSIDE} AND {_WAITING} AND ({_HELD} OR NOT {_WELCOME})
""").bindparams(bindparam("now", type_=Moment()))  # noqa: S608

_WINNERS = """
FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id
WHERE d.edition_id = :edition AND d.position BETWEEN :first AND :last
  AND d.call = :call AND d.state = 'claimed'
"""

#: As one JSON text: for each row that is read, Python's sqlite3 lets other threads in, and waits
#: for its turn again.
_WON = Swift(
    "SELECT json_group_array(json_array(d.position, s.public_id, s.address, s.name, d.attempts))"
    f" {_WINNERS}",
    postgresql="SELECT json_agg(json_build_array("
    f"d.position, s.public_id, s.address, s.name, d.attempts)) {_WINNERS}",
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
    list_key: int,
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
    `only`: those positions of it, and no others.
    """
    values = {"edition": edition, "list": list_key, "now": now, "call": call, **part._asdict()}
    if only is None:
        won = _CLAIM_ALL.run(connection, values).rowcount
    else:
        won = connection.execute(_CLAIM_SOME, {**values, "positions": list(only)}).rowcount
    del values["call"]
    if won < part.last - part.first + 1:
        connection.execute(_SKIP, values)
    if not won:
        return []
    named = {"edition": edition, "call": call, **part._asdict()}
    (told,) = _WON.run(connection, named).fetchone()
    rows = json.loads(told) if isinstance(told, str) else told or []
    return [Claimed(*row) for row in sorted(rows)]


_CANDIDATES = text(f"""
SELECT position, s.address
FROM deliveries JOIN subscribers s ON s.id = deliveries.subscriber_id
WHERE {_INSIDE} AND {_WAITING} ORDER BY position
""").bindparams(bindparam("now", type_=Moment()))  # noqa: S608


def candidates(
    connection: Connection, edition: int, part: Part, *, now: datetime
) -> Sequence[tuple[int, str]]:
    """Return who waits in a part, as position and address, for who must choose among them."""
    values = {"edition": edition, "now": now, **part._asdict()}
    return [(row.position, row.address) for row in connection.execute(_CANDIDATES, values)]
