"""
Does the past make the present slower? `python benches/history.py [OLD_DELIVERIES [DATABASE]]`.

The same work twice on each database: where nothing was sent before, and behind 100 editions with
10,000,000 deliveries, a tenth as many events, and mails of 60 KB. Both in turn, so that whatever
else the machine does meets both. "none" and "old" are medians in milliseconds; "CPU" is the ratio
of this process's own, which for SQLite is all of it.

Reach: planning at most 1.2 times as long. Below: what is counted of the past itself, and how long
a writer waits while old ledgers are deleted.
"""

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import plan
from _bench import DATABASES, alone, row
from sqlalchemy import text

from newsletter.delivery.ledger import Ledger
from newsletter.delivery.turns import Answers, Wanted
from newsletter.model import DeliveryState, EditionId, Rendition
from newsletter.newsroom.ageing import Ageing
from newsletter.newsroom.house import House
from newsletter.reports.count import count_report
from newsletter.reports.past import recall as recall_past
from newsletter.settings import Settings
from newsletter.storage import (
    census,
    deliveries,
    dossiers,
    editions,
    leases,
    marks,
    memory,
    outside,
    reporting,
    retention,
    sums,
)
from newsletter.storage.database import Database, clock
from newsletter.storage.settling import Settled

READERS, OLD = 100_000, 10_000_000
TODAY = date(2026, 7, 5)
TIMES = 5

MAIL = Rendition(subject="A story", preheader="", html="x" * 60_000, text="x" * 9_000)
HEADERS = dict.fromkeys(
    ("sender_name", "sender_address", "list_id", "list_name", "unsubscribe", "domain"), "a"
)

#: A mail that came back, a click: as they are found months later.
_EDITION = (
    (
        "INSERT INTO editions (id, newsletter_id, day, revision, number, state, list_id, subject,"
        " preheader, html, text, hash, timezone, headers, tracking, selected, planned_at,"
        " sending_began_at, finished_at) VALUES ({key}, 1, '{day}', 1, {key}, 'sent', 1, 'A story',"
        " '', '{html}', '{plain}', '{hash}', 'Asia/Kolkata', '{headers}',"
        ' \'{{"clicks": "aggregate", "opens": "aggregate"}}\', {readers}, {at}, {at}, {at})'
    ),
    (
        "INSERT INTO batches (edition_id, number, first, last, attempt, open)"
        " SELECT {key}, n, (n - 1) * 1000 + 1, n * 1000, 1, {false} FROM {thousands}"
    ),
    (
        "INSERT INTO deliveries (edition_id, position, subscriber_id, state, reason, call, reply,"
        " attempts, intent_at, settled_at) SELECT {key}, n, n, CASE WHEN n % 100 = 0 THEN 'bounced'"
        " WHEN n % 200 = 3 THEN 'refused' WHEN n % 200 = 5 THEN 'skipped' ELSE 'delivered' END,"
        " CASE WHEN n % 200 = 5 THEN 'suppressed' END, 'call' || (n / 1000), '250 2.0.0 Ok', 1,"
        " {at}, {at} FROM {numbers}"
    ),
    (
        "INSERT INTO events (edition_id, position, kind, at, external_id, link, reader, verdict,"
        " rule) SELECT {key}, CASE WHEN n % 10 = 0 THEN n * 10 END, CASE WHEN n % 10 = 0 THEN"
        " 'bounced' ELSE 'clicked' END, {at}, 'event-' || {key} || '-' || n, CASE WHEN n % 10 <> 0"
        " THEN n % 10 END, CASE WHEN n % 10 <> 0 THEN n END, CASE WHEN n % 10 <> 0 THEN 'person'"
        " END, '' FROM {tenths}"
    ),
)


class Took(NamedTuple):
    """Seconds of the clock, and of our CPU."""

    wall: float
    cpu: float


def fill(database: Database, old: int) -> None:
    """Put readers there, and editions of them all that went out on the days before today."""
    plan.fill(database, READERS)
    kind = database.engine.dialect.name
    with database.begin() as connection:
        connection.execute(text("INSERT INTO newsletters (id, name) VALUES (1, 'daily')"))
    for key in range(1, old // READERS + 1):
        day = TODAY - timedelta(days=old // READERS + 1 - key)
        values = {
            "key": key,
            "day": day,
            "readers": READERS,
            "at": f"'{day} 01:30:00.000000'" if kind == "sqlite" else f"timestamptz '{day} 01:30Z'",
            "false": "0" if kind == "sqlite" else "false",
            "html": MAIL.html,
            "plain": MAIL.text,
            "hash": MAIL.hash,
            "headers": json.dumps(HEADERS),
            "numbers": plan.NUMBERS[kind].format(last=READERS),
            "thousands": plan.NUMBERS[kind].format(last=READERS // 1000),
            "tenths": plan.NUMBERS[kind].format(last=READERS // 10),
        }
        with database.begin() as connection:
            for statement in _EDITION:
                said = statement.format(**values)
                escaped = said if database.is_sqlite else said.replace("%", "%%")
                connection.exec_driver_sql(escaped)
    if not database.is_sqlite:
        with database.session() as connection:
            for table in ("newsletters", "editions"):
                following = f"SELECT setval('{table}_id_seq', 1 + max(id)) FROM {table}"
                connection.exec_driver_sql(following)
            connection.exec_driver_sql("VACUUM ANALYZE")


# ── The present ─────────────────────────────────────────────────────────────────────────────


class Present:
    """An edition of today, and what is done with it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.id = EditionId("daily", TODAY)
        self._days = 0
        self._answers: Answers | None = None
        self._lease: leases.Lease | None = None

    def plan(self) -> None:
        """Freeze an edition and write all of it down; each time of another day."""
        day = TODAY + timedelta(days=self._days)
        self._days += 1
        plan.plan_one(self.database, day)
        ledger = Ledger(self.database, EditionId("daily", day))
        while ledger.write_part():
            pass

    def claim(self) -> None:
        """Settle a hundred readers and claim the next hundred, as a worker does."""
        ledger = Ledger(self.database, self.id)
        ledger.begin()
        for _ in range(20):
            wanted = Wanted(
                worker="bench",
                transport="smtp",
                call=f"{time.monotonic_ns():x}",
                most=100,
                lease=timedelta(minutes=5),
                repeatable=False,
                batch=None,
            )
            turn = ledger.turn(wanted, self._lease, self._answers)
            self._lease = turn.lease
            said = [Settled(c.position, DeliveryState.SUBMITTED, "Ok") for c in turn.claimed]
            self._answers = Answers(call=turn.call, readers=said)

    def status(self) -> None:
        kept = editions.find(self.database, self.id)
        assert kept
        with self.database.read() as connection:
            leases.left(connection, kept.key, now=clock(connection))
            deliveries.counts(connection, kept.key)
            deliveries.reasons(connection, kept.key)

    def report(self) -> None:
        count_report(self.database, self.id, now=datetime.now(UTC))

    def remember(self) -> None:
        told = [f"a{n}" for n in range(200)]
        memory.recall(self.database, "daily", before=self.id, keys=told, articles=told)

    def census(self) -> None:
        census.take(self.database, patience=60)

    def marks(self) -> None:
        with self.database.read() as connection:
            marks.look(connection)
            deliveries.latest_submitted(connection)

    def bounce(self) -> None:
        """Look back at one reader, as for every soft bounce, and as for who asks."""
        with self.database.read() as connection:
            since = datetime(2026, 7, 5, tzinfo=UTC) - timedelta(days=60)
            outside.history(connection, 777, since=since)
            dossiers.deliveries(connection, "r777@example.com")

    def upkeep(self) -> None:
        """Look for what is to be counted and deleted, where nothing is."""
        long_ago = datetime(2020, 1, 1, tzinfo=UTC)
        with self.database.begin() as connection:
            retention.forget_events(connection, before=long_ago)
            retention.forget_secrets(connection, before=long_ago)
            sums.to_seal(connection, before=long_ago, but=())
            sums.to_count(connection, now=clock(connection), again=timedelta(days=9))


def took(do: Callable[[], object]) -> Took:
    wall, cpu = time.perf_counter(), time.process_time()
    do()
    return Took(time.perf_counter() - wall, time.process_time() - cpu)


def compare(name: str, none: Callable[[], None], old: Callable[[], None]) -> None:
    """Do both in turn, and print medians."""
    pairs = [(took(none), took(old)) for _ in range(TIMES + 1)][1:]
    middle = [
        (statistics.median(t.wall for t in side), statistics.median(t.cpu for t in side))
        for side in zip(*pairs, strict=True)
    ]
    (before, before_cpu), (after, after_cpu) = middle
    times = (f"{before * 1e3:.1f}", f"{after * 1e3:.1f}", f"{after / before:.2f}")
    row(name, *times, f"{after_cpu / max(before_cpu, 1e-4):.2f}")


# ── The past ────────────────────────────────────────────────────────────────────────────────


def past(database: Database) -> None:
    """Read what a report compares with, before the ledgers are counted and after."""

    def look() -> None:
        with database.read() as connection:
            edition = reporting.edition(connection, EditionId("daily", TODAY))
            assert edition
            recall_past(connection, edition)

    before = min(took(look).wall for _ in range(3))
    ageing, begun, counted = house(database), time.perf_counter(), 0
    while done := ageing.count():
        counted += done
    each = (time.perf_counter() - begun) / max(counted, 1)
    after = min(took(look).wall for _ in range(3))
    row("30 earlier editions, counted anew", "", f"{before * 1e3:.1f}")
    row("the same by their sums", "", f"{after * 1e3:.1f}")
    row(f"counting one of {counted}", "", f"{each * 1e3:.1f}")


def purge(database: Database) -> None:
    """Delete an old ledger, and print how long the longest of its steps took."""
    ageing = house(database)
    size, _ = rows(database), ageing.purge()
    begun, longest = time.perf_counter(), 0.0
    while rows(database) > size - READERS * 5:
        step = took(lambda: ageing._empty_some() or ageing._seal_one())
        longest = max(longest, step.wall / 2)
    seconds = time.perf_counter() - begun
    row("deleting 5 old ledgers, rows a second", "", f"{READERS * 5 / seconds:,.0f}")
    row("the longest step of it", "", f"{longest * 1e3:.1f}")


def rows(database: Database) -> int:
    with database.read() as connection:
        return int(connection.execute(text("SELECT count(*) FROM deliveries")).scalar_one())


def house(database: Database) -> Ageing:
    url = database.engine.url.render_as_string(hide_password=False)
    given = {"database_url": url, "secret": "a secret that is long enough to be one"}
    return Ageing(House(Settings(_env_file=None, **given)))  # type: ignore[call-arg, arg-type]


# ── Both ────────────────────────────────────────────────────────────────────────────────────


def addresses(url: str) -> Iterator[str]:
    """Yield the addresses of two databases beside each other."""
    for name in ("none", "old"):
        if url.startswith("sqlite"):
            yield url.replace("newsletter.db", f"{name}.db")
        else:
            database = Database.open_any(url)
            with database.session() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
            database.close()
            yield url.replace("/postgres?", f"/{name}?")


def measure(kind: str, url: str, old: int) -> None:
    """Fill two databases, and do the same in both."""
    begun = time.perf_counter()
    none, full = (Database.open(one) for one in addresses(url))
    fill(none, 0)
    fill(full, old)
    row(f"{kind}, filled in {time.perf_counter() - begun:.0f} s", "none, ms", "old, ms", "", "CPU")
    here, there = Present(none), Present(full)
    for name in ("plan", "claim", "status", "remember", "census", "marks", "bounce", "upkeep"):
        compare(name, getattr(here, name), getattr(there, name))
    past(full)
    compare("report", here.report, there.report)
    purge(full)
    none.close()
    full.close()


def main() -> None:
    """Print the figures; takes about five minutes."""
    old = int(sys.argv[1]) if len(sys.argv) > 1 else OLD
    for name, database in DATABASES.items():
        if sys.argv[2:] and name not in sys.argv[2:]:
            continue
        with (
            tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
            database(Path(folder)) as url,
        ):
            alone(__file__, name, url, str(old))
    print("  reach: planning, claiming and reporting at most 1.2 times as long")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
