"""
Plan an edition for a million readers: seconds and peak memory, on both databases.

"frozen": sending may begin; "written": every reader has a row.

Reach: 15 s and 300 MB each. `python benches/plan.py [READERS]`.
"""

import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from _bench import DATABASES, alone, megabytes, row
from sqlalchemy import text

from newsletter.delivery import plan
from newsletter.delivery.ledger import Ledger
from newsletter.model import Article, Choice, Edition, EditionId, Headers, Rendition, Selection
from newsletter.settings import Newsletter, Sender
from newsletter.storage.database import Database

READERS = 1_000_000

NOW = datetime(2026, 7, 5, 1, 30, tzinfo=UTC)

#: Numbers from 1, as each database counts best.
NUMBERS = {
    "sqlite": "(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {last})"
    " SELECT n FROM g) AS numbers",
    "postgresql": "generate_series(1, {last}) AS numbers(n)",
}

#: One in 100 has left, one in 50 is suppressed.
READERS_OF_DAILY = (
    "INSERT INTO lists (id, name, created_at) VALUES (1, 'daily', '{now}')",
    (
        "INSERT INTO subscribers (id, public_id, address, key, created_at) SELECT n, n,"
        " 'r' || n || '@example.com', 'r' || n || '@example.com', '{now}' FROM {numbers}"
    ),
    (
        "INSERT INTO subscriptions (list_id, subscriber_id, state, since) SELECT 1, n,"
        " CASE n % 100 WHEN 7 THEN 'unsubscribed' ELSE 'active' END, '{now}' FROM {numbers}"
    ),
    (
        "INSERT INTO suppressions (key, reason, at) SELECT 'r' || n || '@example.com', 'bounced',"
        " '{now}' FROM {numbers} WHERE n % 50 = 0"
    ),
)


def fill(database: Database, readers: int) -> None:
    """Put readers on the list, by the database itself."""
    numbers = NUMBERS[database.engine.dialect.name].format(last=readers)
    with database.begin() as connection:
        for statement in READERS_OF_DAILY:
            now = "2026-07-01 00:00:00.000000"
            connection.execute(text(statement.format(now=now, numbers=numbers)))


def plan_one(database: Database, day: date = date(2026, 7, 5)) -> int:
    """Plan an edition with one story of an ordinary mail's size; returns who was selected."""
    story = Article(id="a", title="A story", url="https://news.example/a", published=NOW)
    choice = Choice(article=story, included=True, reason="lead", place="lead", considered=True)
    return plan(
        database,
        newsletter=Newsletter(
            name="daily",
            title="The ShiftMaker",
            sender=Sender(name="The ShiftMaker", address="desk@news.example"),
            postal_address="1 Example Street",
        ),
        edition=Edition(
            id=EditionId("daily", day),
            subject="A story",
            preheader="",
            lead=story,
            cutoff=NOW,
        ),
        selection=Selection(choices=(choice,), since=NOW, until=NOW),
        rendition=Rendition(subject="A story", preheader="", html="x" * 60_000, text="x" * 9_000),
        headers=Headers(
            sender_name="The ShiftMaker",
            sender_address="desk@news.example",
            list_id="daily.news.example",
            list_name="The ShiftMaker",
            unsubscribe="https://news.example/u/",
            domain="news.example",
        ),
    )


def bare(database: Database, readers: int) -> float:
    """Return how many seconds the database takes to write such rows where nothing is indexed."""
    numbers = NUMBERS[database.engine.dialect.name].format(last=readers)
    columns = "edition_id INTEGER, position INTEGER, subscriber_id BIGINT, state VARCHAR(16)"
    begun = time.perf_counter()
    with database.begin() as connection:
        connection.execute(text(f"CREATE TABLE bare ({columns})"))
        connection.execute(text(f"INSERT INTO bare SELECT 1, n, n, 'planned' FROM {numbers}"))
    return time.perf_counter() - begun


def measure(name: str, url: str, readers: int) -> None:
    """Plan in a filled database and print what it took."""
    database = Database.open(url)
    fill(database, readers)
    begun = time.perf_counter()
    selected = plan_one(database)
    frozen = time.perf_counter() - begun
    ledger = Ledger(database, EditionId("daily", date(2026, 7, 5)))
    while ledger.write_part():
        pass
    seconds = time.perf_counter() - begun
    limit = bare(database, selected)
    database.close()
    times = (f"{frozen:.1f}", f"{seconds:.1f}", f"{limit:.1f}")
    row(name, f"{selected:,}", *times, f"{megabytes()}")


def main() -> None:
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else READERS
    row("plan", "readers", "frozen", "written", "bare rows", "MB")
    with tempfile.TemporaryDirectory() as folder:
        for name, database in DATABASES.items():
            with database(Path(folder)) as url:
                alone(__file__, name, url, str(readers))
    print("  reach: 15 s and 300 MB each; bare rows: the same, where nothing is indexed")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
