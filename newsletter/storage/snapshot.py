"""
The audience of an edition: frozen at one moment, written into the ledger part by part.

What is frozen are the readers' ids, in their order, as a few JSON arrays: a million take less
than a second, while a million rows take several. A part becomes rows and batches in one
transaction, by whoever comes first, while the parts before it are already sent; so a crash
between two of them completes the very same audience.
"""

from collections.abc import Collection
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

from sqlalchemy import (
    ColumnElement,
    Connection,
    Date,
    Select,
    Subquery,
    Text,
    bindparam,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from newsletter.storage.tables import (
    audience_parts,
    batches,
    deliveries,
    editions,
    release_steps,
    releases,
    subscribers,
    subscriptions,
)

#: Deliveries in a batch: the unit of lease and of work.
BATCH = 1_000

#: Readers in a part: written in a tenth of a second, so that nobody waits long for the ledger.
PART = 20 * BATCH


class Digest(Protocol):
    """A hash that is being made."""

    def update(self, data: bytes, /) -> None: ...


class Order(NamedTuple):
    """Who stands where in an audience; see `release`."""

    #: Picks who comes before all others; None: nobody.
    first: ColumnElement[bool] | None
    #: The public id that the others begin at; behind the highest comes the lowest.
    ring_from: int


class Audience(NamedTuple):
    """What was frozen."""

    selected: int
    #: Of the ids in their order; see `fingerprint`.
    hash: str
    #: How many come before all others.
    first: int = 0


EMPTY = Audience(0, sha256().hexdigest())

#: More than any audience has.
_ALL = 2**31 - 1

#: Looked up for each reader: PostgreSQL would answer an EXISTS by all suppressions there are,
#: anew for every part.
_HELD = """
(SELECT 1 FROM subscribers s JOIN suppressions x ON x.key = s.key
 WHERE s.id = a.subscriber_id AND (x.list_id IS NULL OR x.list_id = :list) LIMIT 1) IS NOT NULL
"""

#: Of an edition of several lists: none of them is left that may write to the reader.
_HELD_BY_ALL = """
(SELECT 1 FROM edition_lists el
 JOIN subscriptions n ON n.list_id = el.list_id AND n.subscriber_id = a.subscriber_id
 JOIN subscribers s ON s.id = n.subscriber_id
 WHERE el.edition_id = :edition AND n.state = 'active' AND NOT EXISTS (
     SELECT 1 FROM suppressions x
     WHERE x.key = s.key AND (x.list_id IS NULL OR x.list_id = n.list_id))
 LIMIT 1) IS NULL
"""

#: What readers chose themselves: no mail for some weeks, or none at weekends.
_CHOSEN = """
(SELECT CASE WHEN s.paused_until > :day THEN 'paused'
             WHEN :weekend AND s.frequency = 'weekdays' THEN 'weekdays' END
 FROM subscribers s WHERE s.id = a.subscriber_id)
"""

#: Its suppressed readers are rows too, `skipped(suppressed)`; who left earlier is no row.
_LISTED = {
    "sqlite": "SELECT key AS place, value AS subscriber_id FROM json_each(:subscribers)",
    "postgresql": "SELECT place - 1 AS place, CAST(id AS bigint) AS subscriber_id"
    " FROM json_array_elements_text(CAST(:subscribers AS json))"
    " WITH ORDINALITY AS listed(id, place)",
}

_WRITE = {
    (dialect, several): text(f"""
        WITH a AS MATERIALIZED (
            SELECT a.place, a.subscriber_id,
                   CASE WHEN {held} THEN 'suppressed'
                        WHEN :first + a.place > :most THEN 'warm-up' ELSE {_CHOSEN} END AS reason
            FROM ({listed}) AS a
        )
        INSERT INTO deliveries (edition_id, position, subscriber_id, state, reason)
        SELECT :edition, :first + place, subscriber_id,
               CASE WHEN reason IS NULL THEN 'planned' ELSE 'skipped' END, reason
        FROM a ORDER BY place
    """).bindparams(bindparam("day", type_=Date))  # noqa: S608 - made of constants alone
    for dialect, listed in _LISTED.items()
    for several, held in ((False, _HELD), (True, _HELD_BY_ALL))
}


def take(
    connection: Connection,
    edition: int,
    lists: Collection[int],
    only: ColumnElement[bool] | None = None,
    order: Order | None = None,
) -> Audience:
    """
    Freeze who is active on any of some lists at this moment: each once, in the order of ids.

    `only`: a condition on a row of `subscribers` and its `subscriptions`; `order`: another order.
    """
    columns = ("edition_id", "number", "first", "last", "subscribers")
    active = _ordered(lists, only, order) if order else _active(lists, only)
    parts = _parts(connection.dialect.name, edition, active)
    connection.execute(insert(audience_parts).from_select(columns, parts))
    digest, last = sha256(), 0
    written = select(audience_parts.c.last, audience_parts.c.subscribers).where(
        audience_parts.c.edition_id == edition
    )
    for part in connection.execute(written.order_by(audience_parts.c.number)):
        fingerprint(digest, part.subscribers)
        last = part.last
    first = 0
    if order and order.first is not None:
        query = select(func.count()).select_from(active).where(active.c.rank == 0)
        first = connection.execute(query).scalar_one()
    return Audience(last, digest.hexdigest(), first)


def _ordered(lists: Collection[int], only: ColumnElement[bool] | None, order: Order) -> Subquery:
    """Return the same, with who comes first at the beginning and the others as on a ring."""
    n, s = subscriptions.c, subscribers.c
    rank = literal(1) if order.first is None else func.min(case((order.first, 0), else_=1))
    behind = case((s.public_id >= order.ring_from, 0), else_=1)
    query = (
        select(
            n.subscriber_id,
            rank.label("rank"),
            behind.label("behind"),
            s.public_id.label("public_id"),
        )
        .join_from(subscriptions, subscribers, s.id == n.subscriber_id)
        .where(n.list_id.in_(lists), n.state == "active")
        .group_by(n.subscriber_id, s.public_id)
    )
    readers = (query if only is None else query.where(only)).subquery()
    r = readers.c
    position = func.row_number().over(order_by=(r.rank, r.behind, r.public_id)).label("position")
    return select(r.subscriber_id, position, r.rank).subquery()


def _active(lists: Collection[int], only: ColumnElement[bool] | None) -> Subquery:
    """Return the ids of who is active, numbered, in the order of the lists' own index."""
    n = subscriptions.c
    query = select(n.subscriber_id).where(n.list_id.in_(lists), n.state == "active")
    if only is not None:
        query = query.join(subscribers, subscribers.c.id == n.subscriber_id).where(only)
    readers = (query.distinct() if len(lists) > 1 else query).subquery()
    reader = readers.c.subscriber_id
    position = func.row_number().over(order_by=reader).label("position")
    return select(reader, position).subquery()


def _parts(dialect: str, edition: int, active: Subquery) -> Select[Any]:
    reader, position = active.c.subscriber_id, active.c.position
    number = (position - 1) // PART + 1
    ids: ColumnElement[Any] = func.json_group_array(reader)
    if dialect == "postgresql":
        ids = func.json_agg(aggregate_order_by(reader, position)).cast(Text)
    first, last = func.min(position), func.max(position)
    return select(literal(edition), number, first, last, ids).group_by(number)


def fingerprint(digest: Digest, ids: str) -> None:
    """Add ids, written as a JSON array, to a hash over a whole audience."""
    digest.update(ids.translate(_BARE).encode("ascii") + b",")


_BARE = str.maketrans("", "", "[] \n")


def write_part(connection: Connection, edition: int, list_key: int | None) -> bool:
    """
    Make rows and batches of the first part that is not written; False when all are.

    Of two who try at once, one waits for the other and then takes the next. `list_key`: the
    edition's list; None where it has several.
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
    named = select(editions.c.day, func.coalesce(releases.c.most, _ALL)).where(
        editions.c.id == edition
    )
    day, most = connection.execute(named.outerjoin_from(editions, releases)).one()
    values = {"edition": edition, "first": part.first, "day": day, "weekend": day.weekday() > 4}
    values["most"] = most
    if list_key is not None:
        values["list"] = list_key
    statement = _WRITE[connection.dialect.name, list_key is None]
    connection.execute(statement, {**values, "subscribers": part.subscribers})
    connection.execute(insert(batches), _batches(connection, edition, part.first, part.last))
    return True


def _batches(
    connection: Connection, edition: int, first: int, last: int
) -> list[dict[str, int | None]]:
    """Cut a part into batches: each lies in one step of the release."""
    ends = select(release_steps.c.last).where(release_steps.c.edition_id == edition)
    cuts = {end for end in connection.execute(ends).scalars() if end % BATCH}
    edges = {*range(first - 1 + BATCH, last, BATCH), *(cut for cut in cuts if first <= cut < last)}
    begins = [first, *(edge + 1 for edge in sorted(edges))]
    return [
        {
            "edition_id": edition,
            "number": (begin - 1) // BATCH + 1 + sum(cut < begin for cut in cuts),
            "first": begin,
            "last": end,
        }
        for begin, end in zip(begins, [*(next_ - 1 for next_ in begins[1:]), last], strict=True)
    ]


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
