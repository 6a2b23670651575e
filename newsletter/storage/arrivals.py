"""
Many readers at once: staged in a temporary table, looked over, and taken in by few statements.

Everything happens in the caller's one transaction. Who left here stays away: a suppression, or
a subscription that ended, outranks the file. SQLite takes a million rows through one
`executemany`, PostgreSQL through COPY.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.exc import IntegrityError

from newsletter.errors import StorageError
from newsletter.storage.room import NARROW, widen
from newsletter.storage.tables import subscribers


class Arrival(NamedTuple):
    """One row of the temporary table."""

    #: Of the file; unique.
    line: int
    key: str
    address: str
    name: str
    #: JSON.
    attributes: str
    #: A `SubscriberState`.
    state: str
    #: A `SuppressionReason`; empty for who wants mail.
    gone: str
    #: When they signed up, in UTC, as the database writes a moment; None where nobody said.
    joined: str | None
    public_id: int


class Standing(NamedTuple):
    """How rows of the file stand to what is known here."""

    gone: str
    #: On this list; None for one who is not on it.
    state: str | None
    suppressed: bool


#: A moment, as the tables keep it.
_MOMENT = {"sqlite": "DATETIME", "postgresql": "TIMESTAMP WITH TIME ZONE"}

_STAGE = """
CREATE TEMPORARY TABLE arriving (
    line BIGINT PRIMARY KEY, key TEXT NOT NULL, address TEXT NOT NULL, name TEXT NOT NULL,
    attributes JSON NOT NULL, state TEXT NOT NULL, gone TEXT NOT NULL,
    joined {moment}, public_id BIGINT NOT NULL
)
"""

#: True where a suppression of this list, or of all, stands against the row.
_HELD = """
EXISTS (SELECT 1 FROM suppressions x WHERE x.key = a.key
        AND (x.list_id IS NULL OR x.list_id = CAST(:list AS BIGINT)))
"""

_TWICE = (
    """
    CREATE TEMPORARY TABLE twice AS
    SELECT key, max(line) AS line, max(gone) AS gone FROM arriving GROUP BY key
    HAVING count(*) > 1
    """,
    # Of two rows the last wins, but a word of leaving outranks any other.
    """
    UPDATE arriving SET state = 'unsubscribed', gone = (
        SELECT t.gone FROM twice t WHERE t.line = arriving.line
    ) WHERE gone = '' AND line IN (SELECT t.line FROM twice t WHERE t.gone <> '')
    """,
    """
    DELETE FROM arriving WHERE key IN (SELECT t.key FROM twice t)
        AND line NOT IN (SELECT t.line FROM twice t)
    """,
)

_STANDINGS = f"""
SELECT gone, state, held, count(*) FROM (
    SELECT a.gone, n.state, {_HELD} AS held FROM arriving a
    LEFT JOIN subscribers s ON s.key = a.key
    LEFT JOIN subscriptions n ON n.subscriber_id = s.id AND n.list_id = CAST(:list AS BIGINT)
) stood GROUP BY gone, state, held
"""  # noqa: S608 - of our own words alone

_ARRIVE = f"""
INSERT INTO subscribers (public_id, address, key, name, attributes, created_at)
SELECT a.public_id, a.address, a.key, a.name, a.attributes, :now FROM arriving a
WHERE a.gone = '' AND NOT {_HELD}
AND NOT EXISTS (SELECT 1 FROM subscribers s WHERE s.key = a.key)
ORDER BY a.key
"""  # noqa: S608 - of our own words alone

#: Whose public id was somebody else's already: one of 280 million imports of a thousand.
_CLASHING = f"""
SELECT a.line FROM arriving a WHERE a.gone = '' AND NOT {_HELD}
AND NOT EXISTS (SELECT 1 FROM subscribers s WHERE s.key = a.key)
"""  # noqa: S608 - of our own words alone

_NAME = """
UPDATE subscribers SET name = (SELECT a.name FROM arriving a WHERE a.key = subscribers.key)
WHERE name = '' AND key IN (SELECT a.key FROM arriving a WHERE a.gone = '' AND a.name <> '')
"""

_SUBSCRIBE = f"""
INSERT INTO subscriptions (subscriber_id, list_id, state, since, joined, consent_id)
SELECT s.id, CAST(:list AS BIGINT), a.state, :now, coalesce(a.joined, :now), :consent
FROM arriving a
JOIN subscribers s ON s.key = a.key
WHERE a.gone = '' AND NOT {_HELD} AND NOT EXISTS (
    SELECT 1 FROM subscriptions n
    WHERE n.subscriber_id = s.id AND n.list_id = CAST(:list AS BIGINT)
)
ORDER BY s.id
"""  # noqa: S608 - of our own words alone

#: Said of the same rows when somebody else may be in their way: each is then looked up twice.
_UNLESS_THERE = " ON CONFLICT DO NOTHING"

_DEPART = """
UPDATE subscriptions SET state = 'unsubscribed', since = :now
WHERE state <> 'unsubscribed' AND subscriber_id IN (
    SELECT s.id FROM arriving a JOIN subscribers s ON s.key = a.key
    WHERE a.gone <> '' AND (CAST(:list AS BIGINT) IS NOT NULL OR a.gone = 'unsubscribed')
) AND (CAST(:list AS BIGINT) IS NULL OR list_id = CAST(:list AS BIGINT))
"""

#: Leaving is said to one list; a dead box, a complaint and the others hold for all.
_SUPPRESS = """
INSERT INTO suppressions (key, list_id, reason, at)
SELECT a.key, CASE WHEN a.gone = 'unsubscribed' THEN CAST(:list AS BIGINT) END, a.gone, :now
FROM arriving a
WHERE a.gone <> '' AND NOT EXISTS (
    SELECT 1 FROM suppressions x WHERE x.key = a.key AND (
        x.list_id IS NULL
        OR (a.gone = 'unsubscribed' AND x.list_id = CAST(:list AS BIGINT))
    )
)
ON CONFLICT DO NOTHING
"""


def stage(connection: Connection, arrivals: Iterable[Arrival]) -> int:
    """
    Put the file's rows aside, each address once. Returns how many rows repeated another.

    An exception of `arrivals` passes through; the transaction is then to be rolled back.
    """
    widen(connection, megabytes=48)
    connection.exec_driver_sql(_STAGE.format(moment=_MOMENT[connection.dialect.name]))
    driver: Any = connection.connection.driver_connection
    try:
        _pour(driver, arrivals, copy=connection.dialect.name == "postgresql")
    except connection.dialect.loaded_dbapi.Error as error:
        raise StorageError(f"The database did not take the rows: {error}") from error
    connection.exec_driver_sql("CREATE INDEX arriving_key ON arriving (key)")
    before = _staged(connection)
    for statement in _TWICE:
        connection.exec_driver_sql(statement)
    _know(connection, "arriving")
    return before - _staged(connection)


def _know(connection: Connection, table: str) -> None:
    """Tell PostgreSQL how large a table has become: else it joins a million rows one by one."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"ANALYZE {table}")


def _pour(driver: Any, arrivals: Iterable[Arrival], *, copy: bool) -> None:
    """Hand the rows to the driver itself: the quickest way that each of the two has."""
    if not copy:
        driver.executemany("INSERT INTO arriving VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", arrivals)
        return
    with driver.cursor() as cursor, cursor.copy("COPY arriving FROM STDIN") as rows:
        for arrival in arrivals:
            rows.write_row(arrival)


def _staged(connection: Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM arriving").scalar_one())


def standings(connection: Connection, list_id: int | None) -> Mapping[Standing, int]:
    """Count how the staged rows stand to this list, or to none."""
    counted = connection.execute(text(_STANDINGS), {"list": list_id})
    return {Standing(gone, state, bool(held)): number for gone, state, held, number in counted}


def enrol(
    connection: Connection,
    list_id: int,
    *,
    now: datetime,
    consent: int,
    public_id: Callable[[], int],
) -> None:
    """Subscribe who wants mail and is not kept away here; what is known already stays."""
    known: dict[str, object] = {"list": list_id, "now": now}
    if not _swift(connection, _ARRIVE, known):
        _run(connection, _ARRIVE + _UNLESS_THERE, known)
        while clashing := connection.execute(text(_CLASHING), known).scalars().all():
            fresh = [{"line": line, "id": public_id()} for line in clashing]
            mend = text("UPDATE arriving SET public_id = :id WHERE line = :line")
            connection.execute(mend, fresh)
            _run(connection, _ARRIVE + _UNLESS_THERE, known)
    _know(connection, "subscribers")
    _run(connection, _NAME, {})
    known["consent"] = consent
    if not _swift(connection, _SUBSCRIBE, known):
        _run(connection, _SUBSCRIBE + _UNLESS_THERE, known)


def _swift(connection: Connection, statement: str, values: Mapping[str, object]) -> bool:
    """Insert plainly, which takes half the time; False, and nothing done, when rows collide."""
    try:
        with connection.begin_nested():
            _run(connection, statement, values)
    except IntegrityError:
        return False
    return True


def dismiss(connection: Connection, list_id: int | None, *, now: datetime) -> None:
    """Switch off and suppress who left, on this list, or on all where there is none."""
    _run(connection, _DEPART, {"list": list_id, "now": now})
    _run(connection, _SUPPRESS, {"list": list_id, "now": now})


def clear(connection: Connection) -> None:
    """Take the temporary tables away."""
    connection.exec_driver_sql("DROP TABLE arriving")
    connection.exec_driver_sql("DROP TABLE twice")
    widen(connection, megabytes=NARROW)


def _run(connection: Connection, statement: str, values: Mapping[str, object]) -> None:
    prepared = text(statement)
    if "now" in values:
        moment = bindparam("now", type_=subscribers.c.created_at.type)
        prepared = prepared.bindparams(moment)
    connection.execute(prepared, dict(values))
