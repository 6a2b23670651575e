"""The gauges: read from the ledger when asked, cheaply, and without hurting anybody."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from prometheus_client import generate_latest
from sqlalchemy import text

from newsletter.delivery.ledger import Ledger
from newsletter.errors import StorageError
from newsletter.model import DeliveryState, EditionId
from newsletter.monitoring import meters
from newsletter.monitoring.exposition import registry
from newsletter.monitoring.instruments import Counter, Gauge, Histogram
from newsletter.newsroom import Draft, Newsroom, lookout
from newsletter.newsroom.lookout import Lookout
from newsletter.storage import census, leases
from newsletter.storage.census import Census
from newsletter.storage.database import Database
from newsletter.storage.presence import Presence
from tests.monitoring.conftest import ROOT, house

NONE = Census(at=datetime.now(UTC), editions=(), sent={}, leases=0, workers=0, broken=frozenset())


@pytest.fixture
def room(tmp_path: Path, database_url: str) -> Newsroom:
    return Newsroom(house(tmp_path, database_url=database_url))


def planned(room: Newsroom, readers: int) -> Draft:
    for number in range(readers):
        room.circulation.add(f"r{number}@example.com", "daily", name="", again=False)
    draft = room.desk.build(room.newsletter(), date(2026, 7, 5))
    assert isinstance(draft, Draft)
    room.dispatch.plan(draft)
    return draft


def test_the_census_tells_of_an_edition_from_its_plan_to_its_end(room: Newsroom) -> None:
    draft, database = planned(room, 5), room._house.database
    (before,) = census.take(database).editions
    assert before.deliveries == {DeliveryState.PLANNED: 5}
    assert census.take(database).sent == {}
    room.dispatch.deliver(draft.id, show=lambda *_: None, stop=lambda: False)
    with database.begin() as connection:
        today = connection.execute(text("UPDATE editions SET day = CURRENT_DATE RETURNING day"))
        day = date.fromisoformat(str(today.scalar_one()))
    after = census.take(database)
    database.close()

    assert [one.id for one in after.editions] == [EditionId("daily", day)]
    assert after.editions[0].deliveries == {DeliveryState.SUBMITTED: 5}
    assert (datetime.now(UTC) - after.sent["daily"]).total_seconds() < 60
    assert after.leases == 0


def test_leases_workers_breakers_and_doubts_are_told(room: Newsroom) -> None:
    draft = planned(room, 5)
    database = room._house.database
    while Ledger(database, draft.id).write_part():
        pass
    worker, engine = Presence(database), Presence(database, works=False)
    with database.begin() as connection:
        key = connection.execute(text("SELECT id FROM editions")).scalar_one()
        (standing,) = leases.due(connection, key, after=0, most=9, now=datetime.now(UTC))
        until = datetime(2100, 1, 1, tzinfo=UTC)
        leases.take(connection, standing.lease, holder=worker.id, until=until)
        connection.execute(
            text(
                "INSERT INTO breakers (transport, state, reason, failures, next_try, asked)"
                " VALUES ('smtp', 'open', 'away', 1, '2026-07-05 01:30:00+00', false)"
            )
        )
    with database.begin() as connection:
        connection.execute(text("UPDATE deliveries SET state = 'unknown' WHERE position = 1"))
    said = room.lookout.readings()
    worker.leave()
    after = census.take(database).workers
    engine.leave()
    database.close()

    assert said[meters.WORKERS] == {(): 1}
    assert after == 0
    assert said[meters.LEASES] == {(): 1}
    assert said[meters.BREAKER_OPEN] == {("outbox",): 0, ("smtp",): 1}
    assert said[meters.UNKNOWN] == {(): 1}
    assert said[meters.EDITION_DELIVERIES]["daily", "daily/2026-07-05", "planned"] == 4
    assert sum(said[meters.EDITION_DELIVERIES].values()) == 5


def test_the_database_itself_ends_what_takes_too_long(database: Database) -> None:
    hold = "SELECT pg_sleep(20)"
    if database.is_sqlite:
        hold = (
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
        )
    began = time.monotonic()
    with (
        pytest.raises(StorageError),
        database.read() as connection,
        census._limited(connection, 0.3),
    ):
        connection.exec_driver_sql(hold)
    assert time.monotonic() - began < 5

    # The connection is as good as new for whoever has it next.
    with database.read() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert census.take(database).editions == ()


def cut_off(room: Newsroom, url: str) -> Callable[[], None]:
    """Take the database away from a newsroom; returns what gives it back."""
    engine = room._house.database.engine
    engine.dispose()
    if file := room._house.database.file:
        hidden = file.rename(file.with_name("hidden"))
        file.mkdir()

        def put_back() -> None:
            file.rmdir()
            hidden.rename(file)

        return put_back
    name = engine.url.database

    def open_to(words: str) -> None:
        server = url.replace("+psycopg", "").replace(f"/{name}?", "/postgres?")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS {words}")

    open_to("false")
    return lambda: open_to("true")


def test_a_database_that_was_away_is_seen_again_once_it_is_back(
    room: Newsroom, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lookout, "FRESH", 0.0)
    monkeypatch.setattr(lookout, "SHARE", 1e9)
    planned(room, 1)
    told = []
    told.append(room.lookout.readings()[meters.DATABASE_UP])
    put_back = cut_off(room, database_url)
    told.append(room.lookout.readings()[meters.DATABASE_UP])
    # What it takes to fail is waited for as well.
    put_back()
    deadline = time.monotonic() + 20
    while (last := room.lookout.readings()[meters.DATABASE_UP]) != {(): 1}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    told.append(last)
    room._house.database.close()

    assert told == [{(): 1}, {(): 0}, {(): 1}]


def away() -> Census:
    raise StorageError("The database does not answer.")


def nothing() -> dict[str, int]:
    return {}


def test_a_database_that_is_away_is_said_to_be(caplog: pytest.LogCaptureFixture) -> None:
    shown = generate_latest(registry(Lookout(away, lambda: {"counted": 3}, "smtp").readings))

    assert b"newsletter_database_up 0.0" in shown
    assert b'newsletter_spool_items{spool="counted"} 3.0' in shown
    assert b"newsletter_workers" not in shown
    assert "no look at the ledger" in caplog.text


@pytest.mark.parametrize("scrapes", [1, 8])
def test_a_line_that_is_dead_holds_up_nobody_for_long(scrapes: int) -> None:
    alive, looks = threading.Event(), []

    def dead() -> Census:
        looks.append(1)
        alive.wait(20)
        return NONE

    watching = Lookout(dead, nothing, "smtp", patience=0.1)
    began = time.monotonic()
    for _ in range(scrapes):
        assert watching.readings()[meters.DATABASE_UP] == {(): 0.0}
    assert time.monotonic() - began < 3
    assert len(looks) == 1
    alive.set()
    while watching.readings()[meters.DATABASE_UP] != {(): 1}:
        time.sleep(0.01)


def test_many_who_ask_at_once_cost_one_look() -> None:
    looks: list[int] = []

    def take() -> Census:
        looks.append(1)
        time.sleep(0.05)
        return NONE

    watching = Lookout(take, nothing, "smtp")
    threads = [threading.Thread(target=watching.readings) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(looks) == 1


def reference() -> dict[str, tuple[str, list[str]]]:
    """Kind and labels of every metric, as the reference says."""
    rows = re.findall(
        r"^\| `(newsletter_\w+)` \| (\w+) \| ([^|]*) \|",
        (ROOT / "docs" / "reference.md").read_text("utf-8"),
        re.MULTILINE,
    )
    return {name: (kind, re.findall(r"`(\w+)`", labels)) for name, kind, labels in rows}


@pytest.mark.parametrize(
    ("kind", "those"),
    [
        ("counter", meters.COUNTERS),
        ("histogram", meters.HISTOGRAMS),
        ("gauge", meters.GAUGES),
    ],
)
def test_the_reference_has_every_metric_and_no_other(
    kind: str, those: tuple[Counter | Histogram | Gauge, ...]
) -> None:
    documented = {name: labels for name, (said, labels) in reference().items() if said == kind}

    assert documented == {one.name: list(one.labels) for one in those}


def test_what_a_scrape_says_is_what_the_reference_has(room: Newsroom) -> None:
    planned(room, 1)
    families = registry(room.lookout.readings).collect()
    names = {
        family.name + ("_total" if family.type == "counter" else "")
        for family in families
        if family.name.startswith("newsletter_")
    }
    room._house.database.close()

    assert names == set(reference())


def test_a_meter_refuses_labels_that_are_not_its_own() -> None:
    count: Callable[..., None] = meters.CALLS.inc
    with pytest.raises(ValueError, match="newsletter_calls_total"):
        count("smtp")


def test_threads_that_count_at_once_lose_nothing() -> None:
    counter, histogram = Counter("a", "", "b"), Histogram("c", "", bounds=(1, 2))

    def count() -> None:
        for _ in range(5_000):
            counter.inc("x")
            histogram.observe(1.5)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert counter.read() == {("x",): 20_000}
    assert histogram.read()[()] == ((0, 20_000, 0), 30_000.0)


def test_a_command_that_shows_nothing_loads_nothing_that_shows() -> None:
    script = (
        "import sys, newsletter.cli, newsletter.newsroom.lookout, newsletter.web.count;"
        "print(*{'prometheus_client', 'opentelemetry.sdk', 'newsletter.monitoring.masks'}"
        " & set(sys.modules))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert ended.stdout.split() == []
