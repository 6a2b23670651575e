"""
Writing down what became of the readers of a call.

Each statement names the call and the state it expects: an answer that comes late settles its own
call, and no other.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, update

from newsletter.model import DeliveryState
from newsletter.storage.claims import Part
from newsletter.storage.swift import Swift, moment
from newsletter.storage.tables import deliveries

#: Characters kept of what the other side says, which may be anything.
_LONGEST_REPLY = 500


class Settled(NamedTuple):
    """What became of one reader's mail in a call."""

    position: int
    state: DeliveryState
    #: The other side's words, or ours; never an address.
    reply: str = ""
    provider_id: str = ""
    #: A deferred one is not tried before; None: at once.
    next_try: datetime | None = None


_MINE = "edition_id = :edition AND position BETWEEN :first AND :last AND call = :call"

#: By place from the first. Left to themselves, both databases walk through the whole edition:
#: SQLite must lay the answers down first, PostgreSQL must not join them at all.
_SETTLE = Swift(
    f"""
        WITH a AS MATERIALIZED (
            SELECT :first + key AS position, json_extract(value, '$[0]') AS state,
                   json_extract(value, '$[1]') AS reply, json_extract(value, '$[2]') AS theirs,
                   json_extract(value, '$[3]') AS again
            FROM json_each(:answers) WHERE type = 'array'
        )
        UPDATE deliveries SET state = a.state, reply = a.reply, provider_id = a.theirs,
            next_try = a.again,
            settled_at = CASE WHEN a.state = 'deferred' THEN NULL ELSE :now END
        FROM a
        WHERE {_MINE.replace("position", "deliveries.position")}
          AND deliveries.position = a.position AND deliveries.state IN ('claimed', 'unknown')
    """,  # noqa: S608 - made of constants alone
    postgresql=f"""
        WITH given AS MATERIALIZED (SELECT CAST(:answers AS jsonb) AS a)
        UPDATE deliveries SET state = a->(position - :first)->>0,
            reply = a->(position - :first)->>1, provider_id = a->(position - :first)->>2,
            next_try = CAST(a->(position - :first)->>3 AS timestamptz),
            settled_at = CASE WHEN a->(position - :first)->>0 = 'deferred' THEN NULL ELSE :now END
        FROM given
        WHERE {_MINE} AND state IN ('claimed', 'unknown')
          AND jsonb_typeof(a->(position - :first)) = 'array'
    """,  # noqa: S608
)

_SETTLE_ALIKE = Swift(f"""
UPDATE deliveries SET state = :state, reply = :reply, provider_id = :theirs, settled_at = :now
WHERE {_MINE} AND state IN ('claimed', 'unknown')
""")  # noqa: S608


def settle(
    connection: Connection, edition: int, call: str, answers: Sequence[Settled], *, now: datetime
) -> None:
    """
    Write the answers of a call, each reader of it named once, in their order.

    A row that is in another call by now, or settled by a person, stays as it is; one that was
    given up as unknown takes the late answer.
    """
    if not answers:
        return
    first, last = answers[0], answers[-1]
    span = {"first": first.position, "last": last.position}
    named = {"edition": edition, "call": call, "now": now, **span}
    alike = all(answer[1:] == first[1:] for answer in answers)
    if alike and first.state is not DeliveryState.DEFERRED:
        values = {"state": first.state.value, "reply": _fit(first.reply)}
        _SETTLE_ALIKE.run(connection, {**named, **values, "theirs": _fit(first.provider_id)})
        return
    zone = "" if connection.dialect.name == "sqlite" else "+00"
    places: list[object] = [None] * (last.position - first.position + 1)
    for answer in answers:
        places[answer.position - first.position] = _row(answer, zone)
    _SETTLE.run(connection, {**named, "answers": json.dumps(places)})


def _row(answer: Settled, zone: str) -> list[object]:
    again = f"{moment(answer.next_try)}{zone}" if answer.next_try else None
    return [answer.state.value, _fit(answer.reply), _fit(answer.provider_id), again]


def _fit(words: str) -> str | None:
    """Make another's words fit to be kept: PostgreSQL takes no NUL, and none a lone surrogate."""
    kept = words[:_LONGEST_REPLY]
    if not kept.isprintable():
        kept = "".join(c if c.isprintable() else " " for c in kept)
    return kept.strip() or None


def abandon(
    connection: Connection, edition: int, part: Part, state: DeliveryState, words: str
) -> int:
    """Settle what a dead worker left claimed in a part. Returns how many those were."""
    left = (
        update(deliveries)
        .where(
            deliveries.c.edition_id == edition,
            deliveries.c.position.between(*part),
            deliveries.c.state == DeliveryState.CLAIMED,
        )
        .values(state=state, reply=words)
    )
    return connection.execute(left).rowcount


def disown(connection: Connection, edition: int, call: str, words: str) -> None:
    """Take back a call of which surely nothing was handed over, wherever its rows are."""
    taken_back = (
        update(deliveries)
        .where(
            deliveries.c.edition_id == edition,
            deliveries.c.call == call,
            deliveries.c.state.in_((DeliveryState.CLAIMED, DeliveryState.UNKNOWN)),
        )
        .values(state=DeliveryState.DEFERRED, reply=words)
    )
    connection.execute(taken_back)


def doubt(connection: Connection, edition: int, call: str, words: str) -> None:
    """Count a call as unknown that has no answer yet; a late answer still settles it."""
    unanswered = (
        update(deliveries)
        .where(
            deliveries.c.edition_id == edition,
            deliveries.c.call == call,
            deliveries.c.state == DeliveryState.CLAIMED,
        )
        .values(state=DeliveryState.UNKNOWN, reply=words)
    )
    connection.execute(unanswered)


def hurry(connection: Connection, edition: int) -> None:
    """Let everybody who is deferred be tried at once."""
    waits = (deliveries.c.state == DeliveryState.DEFERRED, deliveries.c.next_try.is_not(None))
    eager = update(deliveries).where(deliveries.c.edition_id == edition, *waits)
    connection.execute(eager.values(next_try=None))
