"""Behind many old rows the databases still find what is asked for, without walking through them."""

import pytest
from sqlalchemy import text

from newsletter.storage.database import Database

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
