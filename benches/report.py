"""
Count a report of an edition of a million readers: `python benches/report.py [READERS]`.

For each reader a delivery and three events: one of the ESP's, one open, one click. Before it 30
editions with a hundredth of that each. "report": the median of five, and the slowest; "own CPU":
of this process, which for SQLite is all; "one scan": the database looks at each of the same rows
once, and that is all.

Reach: 5 s on each database.
"""

import statistics
import sys
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path

from _bench import DATABASES, alone, megabytes, row

from newsletter.model import EditionId
from newsletter.reports.count import count_report
from newsletter.storage.database import Database

READERS = 1_000_000
ID = EditionId("daily", date(2026, 7, 5))
NOW = datetime(2026, 7, 6, 12, 0, tzinfo=UTC)

#: Numbers from 1, a moment some seconds after sending began, and text as JSON.
WORDS = {
    "sqlite": {
        "numbers": "(WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g"
        " WHERE n < {last}) SELECT n FROM g) AS numbers",
        "moment": "datetime('2026-07-05 01:30:00', ({seconds}) || ' seconds') || '.000000'",
        "json": "{text}",
    },
    "postgresql": {
        "numbers": "generate_series(1, {last}) AS numbers(n)",
        "moment": "timestamptz '2026-07-05 01:30:00+00' + ({seconds}) * interval '1 second'",
        "json": "CAST({text} AS json)",
    },
}

#: Two thirds at Gmail, a tenth at companies of their own.
DOMAIN = (
    "CASE n % 20 WHEN 0 THEN 'yahoo.co.in' WHEN 1 THEN 'outlook.com' WHEN 2 THEN 'hotmail.com'"
    " WHEN 3 THEN 'icloud.com' WHEN 4 THEN 'company' || (n / 20 % 5000) || '.example'"
    " WHEN 5 THEN 'company' || (n / 20 % 5000) || '.example' WHEN 6 THEN 'yahoo.com'"
    " ELSE 'gmail.com' END"
)

READERS_OF_DAILY = (
    "INSERT INTO newsletters (id, name) VALUES (1, 'daily')",
    "INSERT INTO lists (id, name, created_at) VALUES (1, 'daily', '2026-01-01 00:00:00.000000')",
    (
        "INSERT INTO subscribers (id, public_id, address, key, created_at) SELECT n, n,"
        f" 'r' || n || '@' || {DOMAIN}, 'r' || n || '@' || {DOMAIN}, {{now}} FROM {{numbers}}"
    ),
    # They joined over three years; one in 100 has left, one in 50 is suppressed.
    (
        "INSERT INTO subscriptions (list_id, subscriber_id, state, since, joined) SELECT 1, n,"
        " CASE n % 100 WHEN 7 THEN 'unsubscribed' ELSE 'active' END, {joined}, {joined}"
        " FROM {numbers}"
    ),
    (
        f"INSERT INTO suppressions (key, reason, at) SELECT 'r' || n || '@' || {DOMAIN},"
        " 'bounced', {joined} FROM {numbers} WHERE n % 50 = 0"
    ),
)

#: A call of 1,000 has one answer; 20 of them come in a minute.
EDITION = (
    (
        "INSERT INTO editions (id, newsletter_id, day, revision, number, state, list_id, subject,"
        " html, timezone, headers, tracking, sending_began_at) VALUES ({key}, 1, '{day}', 1,"
        " {key}, 'sent', 1, 'A story', '<p>', 'Asia/Kolkata', '{{}}',"
        ' \'{{"clicks": "pseudonymous", "opens": "pseudonymous"}}\', {now})'
    ),
    (
        "INSERT INTO links (edition_id, number, url, role, article) SELECT {key}, n,"
        " 'https://to.example/' || n, 'story', 'a' || (n / 4) FROM {forty}"
    ),
    (
        "INSERT INTO edition_articles (edition_id, position, key, article, day, fingerprint,"
        " included, reason) SELECT {key}, n, 'a' || n, 'a' || n, '{day}', '', {true}, ''"
        " FROM {forty} WHERE n <= 10"
    ),
    (
        "INSERT INTO deliveries (edition_id, position, subscriber_id, state, reason, call, reply,"
        " attempts, intent_at, settled_at) SELECT {key}, n, n, CASE WHEN n % 100 = 0 THEN"
        " 'bounced' WHEN n % 1000 = 1 THEN 'complained' WHEN n % 200 = 3 THEN 'refused'"
        " WHEN n % 200 = 5 THEN 'skipped' ELSE 'delivered' END, CASE WHEN n % 200 = 5 THEN"
        " 'suppressed' END, 'call' || (n / 1000), CASE WHEN n % 200 <> 5 THEN 'Accepted' END, 1,"
        " {call}, {call} FROM {numbers}"
    ),
    (
        "INSERT INTO events (edition_id, position, kind, at, external_id, data, link, reader,"
        " verdict, rule) SELECT {key}, CASE WHEN n % 3 = 0 THEN n / 3 END, CASE n % 3 WHEN 0 THEN"
        " CASE WHEN n % 300 = 0 THEN 'bounced' ELSE 'delivered' END WHEN 1 THEN 'opened' ELSE"
        " 'clicked' END, {at}, 'event-0123456789-' || {key} || '-' || n, {data}, CASE WHEN"
        " n % 3 = 2 THEN 1 + n / 3 % 40 END, CASE WHEN n % 3 <> 0 THEN 1 + (n * 7919 % 700001)"
        " * 402653189 % 281474976710597 END, CASE WHEN n % 3 <> 0 THEN CASE n % 10 WHEN 1 THEN"
        " 'certain' WHEN 2 THEN 'probable' WHEN 3 THEN 'probable' ELSE 'person' END END,"
        " CASE WHEN n % 3 <> 0 THEN '' END FROM {events}"
    ),
)

BOUNCE = (
    """CASE WHEN n % 300 = 0 THEN '{"class": "hard", "status": "5.1.1","""
    """ "reason": "user unknown", "words": "550 5.1.1 no such user"}' ELSE '{}' END"""
)


def fill(database: Database, readers: int) -> None:
    """Put readers and editions there, by the database itself."""
    _run(database, READERS_OF_DAILY, readers, key=0, day="")
    for past in range(30):
        day = date(2026, 6, 1 + past)
        _run(database, EDITION, max(readers // 100, 1), key=past + 2, day=f"{day}")
    _run(database, EDITION, readers, key=1, day=f"{ID.day}")
    with database.session() as connection:
        connection.exec_driver_sql("ANALYZE" if not database.is_sqlite else "SELECT 1")


def _run(
    database: Database, statements: tuple[str, ...], readers: int, *, key: int, day: str
) -> None:
    words = WORDS[database.engine.dialect.name]
    values = {
        "key": str(key),
        "day": day,
        "true": "true",
        "numbers": words["numbers"].format(last=readers),
        "forty": words["numbers"].format(last=40),
        # 64 bits, for the readers' names.
        "events": words["numbers"].format(last=3 * readers).replace("(1,", "(CAST(1 AS bigint),"),
        "data": words["json"].format(text=BOUNCE),
        "now": words["moment"].format(seconds="0"),
        "joined": words["moment"].format(seconds="-(n % 94608000) * 97 % 94608000"),
        "call": words["moment"].format(seconds="n / 1000 * 3"),
        "at": words["moment"].format(seconds="n / 50"),
    }
    with database.begin() as connection:
        for statement in statements:
            said = statement.format(**values)
            escaped = said if database.is_sqlite else said.replace("%", "%%")
            connection.exec_driver_sql(escaped)


def scan(database: Database) -> float:
    """Return how many seconds the database takes to look at each row of the edition once."""
    begun = time.perf_counter()
    with database.read() as connection:
        for table, column in (("deliveries", "settled_at"), ("events", "verdict")):
            query = f"SELECT count({column}) FROM {table} WHERE edition_id = 1"
            connection.exec_driver_sql(query).scalar_one()
    return time.perf_counter() - begun


def measure(name: str, url: str, readers: int) -> None:
    """Count five times in a filled database and print what it took."""
    database = Database.open(url)
    fill(database, readers)
    seconds, used, scans = [], [], []
    for _ in range(5):
        begun, own = time.perf_counter(), time.process_time()
        report = count_report(database, ID, now=NOW)
        seconds.append(time.perf_counter() - begun)
        used.append(time.process_time() - own)
        scans.append(scan(database))
    database.close()
    assert report.counts.selected == readers
    assert report.clicks.most + report.clicks.robots == readers
    assert len(report.past) == 30
    times = (statistics.median(seconds), max(seconds), statistics.median(used))
    limit = f"{statistics.median(scans):.2f}"
    row(name, f"{readers:,}", *(f"{one:.1f}" for one in times), limit, f"{megabytes()}")


def main() -> None:
    """Print the figures; takes about three minutes."""
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else READERS
    row("report, in seconds", "readers", "report", "slowest", "own CPU", "one scan", "MB")
    with tempfile.TemporaryDirectory() as folder:
        for name, database in DATABASES.items():
            with database(Path(folder)) as url:
                alone(__file__, name, url, str(readers))
    print("  reach: 5 s each; one scan: each of the edition's rows looked at once")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    else:
        main()
