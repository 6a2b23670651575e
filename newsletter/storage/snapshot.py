"""
The audience of an edition: frozen at one moment, written into the ledger part by part.

What is frozen are the readers' ids, in their order, as a few JSON arrays: a million take less
than a second, while a million rows take several. A part becomes rows and batches in one
transaction, by whoever comes first, while the parts before it are already sent; so a crash
between two of them completes the very same audience.
"""

from hashlib import sha256
from typing import NamedTuple, Protocol

from sqlalchemy import Connection, delete, exists, insert, select, text

from newsletter.storage.tables import audience_parts, batches, deliveries

#: Deliveries in a batch: the unit of lease and of work.
BATCH = 1_000

#: Readers in a part: written in a tenth of a second, so that nobody waits long for the ledger.
PART = 20 * BATCH


class Digest(Protocol):
    """A hash that is being made."""

    def update(self, data: bytes, /) -> None: ...


class Audience(NamedTuple):
    """What was frozen."""

    selected: int
    #: Of the ids in their order; see `fingerprint`.
    hash: str


EMPTY = Audience(0, sha256().hexdigest())

_ACTIVE = """
SELECT subscriber_id, row_number() OVER (ORDER BY subscriber_id) AS position
FROM subscriptions WHERE list_id = :list AND state = 'active'
"""

#: In the order of the list's own index.
_FREEZE = {
    dialect: text(f"""
        INSERT INTO audience_parts (edition_id, number, first, last, subscribers)
        SELECT :edition, (position - 1) / {PART} + 1, min(position), max(position), {ids}
        FROM ({_ACTIVE}) AS active GROUP BY (position - 1) / {PART}
    """)  # noqa: S608 - made of constants alone
    for dialect, ids in {
        "sqlite": "json_group_array(subscriber_id)",
        "postgresql": "json_agg(subscriber_id ORDER BY position)",
    }.items()
}

#: Looked up for each reader: PostgreSQL would answer an EXISTS by all suppressions there are,
#: anew for every part.
_HELD = """
(SELECT 1 FROM subscribers s JOIN suppressions x ON x.key = s.key
 WHERE s.id = a.subscriber_id AND (x.list_id IS NULL OR x.list_id = :list) LIMIT 1) IS NOT NULL
"""

#: Its suppressed readers are rows too, `skipped(suppressed)`; who left earlier is no row.
_WRITE = {
    dialect: text(f"""
        WITH a AS MATERIALIZED (
            SELECT a.place, a.subscriber_id, {_HELD} AS held FROM ({listed}) AS a
        )
        INSERT INTO deliveries (edition_id, position, subscriber_id, state, reason)
        SELECT :edition, :first + place, subscriber_id,
               CASE WHEN held THEN 'skipped' ELSE 'planned' END,
               CASE WHEN held THEN 'suppressed' END
        FROM a ORDER BY place
    """)  # noqa: S608
    for dialect, listed in {
        "sqlite": "SELECT key AS place, value AS subscriber_id FROM json_each(:subscribers)",
        "postgresql": "SELECT place - 1 AS place, CAST(id AS bigint) AS subscriber_id"
        " FROM json_array_elements_text(CAST(:subscribers AS json))"
        " WITH ORDINALITY AS listed(id, place)",
    }.items()
}


def take(connection: Connection, edition: int, list_key: int) -> Audience:
    """Freeze who is active on a list at this moment."""
    frozen = {"edition": edition, "list": list_key}
    connection.execute(_FREEZE[connection.dialect.name], frozen)
    digest, last = sha256(), 0
    parts = select(audience_parts.c.last, audience_parts.c.subscribers).where(
        audience_parts.c.edition_id == edition
    )
    for part in connection.execute(parts.order_by(audience_parts.c.number)):
        fingerprint(digest, part.subscribers)
        last = part.last
    return Audience(last, digest.hexdigest())


def fingerprint(digest: Digest, ids: str) -> None:
    """Add ids, written as a JSON array, to a hash over a whole audience."""
    digest.update(ids.translate(_BARE).encode("ascii") + b",")


_BARE = str.maketrans("", "", "[] \n")


def write_part(connection: Connection, edition: int, list_key: int) -> bool:
    """
    Make rows and batches of the first part that is not written; False when all are.

    Of two who try at once, one waits for the other and then takes the next.
    """
    first = select(audience_parts.c.number).where(audience_parts.c.edition_id == edition)
    here = (
        audience_parts.c.number
        == first.order_by(audience_parts.c.number).limit(1).scalar_subquery()
    )
    taken = delete(audience_parts).where(audience_parts.c.edition_id == edition, here)
    part = connection.execute(taken.returning(audience_parts)).one_or_none()
    if part is None:
        return is_open(connection, edition)
    values = {"edition": edition, "list": list_key, "first": part.first}
    statement = _WRITE[connection.dialect.name]
    connection.execute(statement, {**values, "subscribers": part.subscribers})
    rows = [
        {
            "edition_id": edition,
            "number": (first - 1) // BATCH + 1,
            "first": first,
            "last": min(first + BATCH - 1, part.last),
        }
        for first in range(part.first, part.last + 1, BATCH)
    ]
    connection.execute(insert(batches), rows)
    return True


def is_open(connection: Connection, edition: int) -> bool:
    """Say whether some of the audience has no rows yet."""
    some = exists().where(audience_parts.c.edition_id == edition)
    return bool(connection.execute(select(some)).scalar())


def audience_hash(connection: Connection, edition: int) -> Audience:
    """Hash the audience anew, from the ledger's rows and what is not written yet."""
    digest, count = sha256(), 0
    rows = select(deliveries.c.subscriber_id).where(deliveries.c.edition_id == edition)
    ids = connection.execution_options(yield_per=PART).execute(rows.order_by(deliveries.c.position))
    for group in ids.scalars().partitions(PART):
        fingerprint(digest, ",".join(map(str, group)))
        count += len(group)
    left = select(audience_parts).where(audience_parts.c.edition_id == edition)
    for part in connection.execute(left.order_by(audience_parts.c.number)):
        fingerprint(digest, part.subscribers)
        count = part.last
    return Audience(count, digest.hexdigest())
