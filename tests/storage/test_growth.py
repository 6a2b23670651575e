"""Behind many old rows the databases still find what is asked for, without walking through them."""

import re
from typing import Any

import pytest
from sqlalchemy import text

from newsletter.storage import claims, settling
from newsletter.storage.database import Database
from newsletter.storage.swift import Swift

OLD = 20_000

#: Numbers from 1.
NUMBERS = {
    "sqlite": "(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {last})"
    " SELECT n FROM g)",
    "postgresql": "generate_series(1, {last}) AS numbers(n)",
}

#: An old edition, with a day's rows; the one that is sent now has none that statistics know of.
ROWS = (
    "INSERT INTO newsletters (id, name) VALUES (1, 'daily')",
    (
        "INSERT INTO editions (id, newsletter_id, day, revision, number, state)"
        " SELECT 1, 1, '2026-07-04', 1, 1, 'sent'"
    ),
    (
        "INSERT INTO deliveries (edition_id, position, subscriber_id, state, attempts)"
        " SELECT 1, n, n, 'submitted', 1 FROM {numbers}"
    ),
    (
        "INSERT INTO events (edition_id, position, kind, at, external_id)"
        " SELECT 1, n, 'delivered', '2026-07-04 01:30:00.000000', 'e' || n FROM {numbers}"
    ),
)

#: A question, and what must stand in its plan: by which column it is found.
ASKED = {
    "a call's part of a batch": (
        "SELECT state FROM deliveries WHERE edition_id = 2 AND position BETWEEN 1 AND 50",
        "position",
    ),
    "a reader's mail": (
        "SELECT position FROM deliveries WHERE edition_id + 0 = 2 AND subscriber_id = 7",
        "subscriber_id",
    ),
    "what was told of a delivery": (
        "SELECT kind FROM events WHERE edition_id = 2 AND position = 3",
        "position",
    ),
    "bounces of an edition": (
        "SELECT count(*) FROM events WHERE edition_id = 2 AND kind = 'bounced'",
        "",
    ),
}


@pytest.mark.parametrize("question", ASKED)
def test_a_new_edition_is_found_by_its_index_though_statistics_know_only_old_ones(
    database: Database, question: str
) -> None:
    numbers = NUMBERS[database.engine.dialect.name].format(last=OLD)
    with database.begin() as connection:
        for row in ROWS:
            connection.execute(text(row.format(numbers=numbers)))
    with database.session() as connection:
        connection.exec_driver_sql("ANALYZE")

    asked, column = ASKED[question]
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.read() as connection:
        lines = [str(row[-1]) for row in connection.execute(text(f"{explain} {asked}"))]

    plan = "\n".join(lines)
    assert "Index" in plan or "USING" in plan, plan
    assert not any(line.startswith("SCAN") for line in lines), plan
    found = [line for line in lines if "Index Cond" in line or "USING" in line]
    assert column in "".join(found), plan


READERS = (
    "INSERT INTO lists (id, name, created_at) VALUES (1, 'daily', '2026-01-01 00:00:00.000000')",
    (
        "INSERT INTO subscribers (id, public_id, address, key, created_at) SELECT n, n,"
        " 'r' || n || '@example.com', 'r' || n || '@example.com', '2026-01-01 00:00:00.000000'"
        " FROM {numbers}"
    ),
    (
        "INSERT INTO subscriptions (list_id, subscriber_id, state, since)"
        " SELECT 1, n, 'active', '2026-01-01 00:00:00.000000' FROM {numbers}"
    ),
)

#: What a worker asks for every call.
CALL = {
    "who is next": claims._NEXT,
    "claim": claims._OF_ONE_LIST.all,
    "skip": claims._OF_ONE_LIST.skip,
    "claim, of several lists": claims._OF_SEVERAL.all,
    "skip, of several lists": claims._OF_SEVERAL.skip,
    "who was claimed": claims._WON,
    "answers": settling._SETTLE,
    "answers, all alike": settling._SETTLE_ALIKE,
}


@pytest.mark.parametrize("statement", CALL)
def test_a_kept_plan_of_a_call_looks_up_each_reader_and_walks_through_nobody_else(
    database: Database, statement: str
) -> None:
    numbers = NUMBERS[database.engine.dialect.name].format(last=OLD)
    with database.begin() as connection:
        for row in (*ROWS, *READERS):
            connection.execute(text(row.format(numbers=numbers)))
        # Counted in the middle of sending: a plan expects thousands between any two positions.
        connection.execute(text("UPDATE deliveries SET state = 'planned'"))
    with database.session() as connection:
        connection.exec_driver_sql("ANALYZE")

    plan = kept_plan(database, CALL[statement])

    assert not re.search(r"(?i)scan (on )?(deliveries|subscri\w+|d|s|n)\b", indexless(plan)), plan
    assert "Hash" not in plan, plan
    assert re.search(r"deliveries_pkey|USING PRIMARY KEY|sqlite_autoindex_deliveries_1", plan), plan


def indexless(plan: str) -> str:
    """Leave out what PostgreSQL finds by an index, or on the pages that one named."""
    return re.sub(r"(Index( Only)?|Bitmap Heap) Scan.*", "", plan)


def kept_plan(database: Database, statement: Swift) -> str:
    """Return how a statement is carried out, whatever values it is given."""
    with database.read() as connection:
        driver: Any = connection.connection.dbapi_connection
        if database.is_sqlite:
            values = dict.fromkeys(re.findall(r":(\w+)", statement.sqlite))
            lines = driver.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", values).fetchall()
        else:
            asked = statement.postgresql
            for place, name in enumerate(dict.fromkeys(re.findall(r"%\((\w+)\)s", asked)), start=1):
                typed = "::timestamptz" if name == "now" else ""
                asked = asked.replace(f"%({name})s", f"${place}{typed}")
            lines = driver.execute(f"EXPLAIN (GENERIC_PLAN) {asked}").fetchall()
    return "\n".join(str(line[-1]) for line in lines)
