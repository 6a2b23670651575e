"""Workers of a fleet, as they are started by hand: they share, take over, and drain."""

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from email import message_from_bytes
from pathlib import Path

import pytest

from newsletter.delivery.fleet import Fleet
from newsletter.delivery.ledger import Ledger
from newsletter.model import EditionId, EditionState
from newsletter.newsroom import Newsroom
from newsletter.storage import editions
from newsletter.storage.database import Database
from tests.newsroom_fixtures import Start
from tests.waiting import until

SUNDAY = EditionId("daily", date(2026, 7, 5))
READERS = 3_000


@pytest.fixture
def begun(
    desk: Path,
    story: Callable[..., Path],
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Database]:
    """An edition that is being sent, of which nothing has gone out yet."""
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", database_url)
    rows = "\n".join(f"r{n}@example.com" for n in range(READERS))
    (desk / "subscribers" / "daily.csv").write_text(f"email\n{rows}\n")
    newsroom = Newsroom.open()
    daily = newsroom.newsletter()
    newsroom.circulation.readers(daily)
    made = newsroom.desk.build(daily, SUNDAY.day)
    newsroom.dispatch.plan(made)  # type: ignore[arg-type]
    database = newsroom._house.database
    Ledger(database, SUNDAY).begin()
    del story
    yield database
    database.close()


def is_sent(database: Database) -> bool:
    kept = editions.find(database, SUNDAY)
    return bool(kept and kept.state is EditionState.SENT)


def mails(desk: Path) -> Counter[str]:
    files = (desk / "var/outbox/new").iterdir()
    return Counter(str(message_from_bytes(file.read_bytes())["To"]) for file in files)


def test_workers_deliver_what_was_begun_though_one_is_killed(
    begun: Database, start: Start, desk: Path
) -> None:
    first, second = start("worker"), start("worker")
    outbox = desk / "var/outbox/new"
    assert until(lambda: outbox.exists() and any(outbox.iterdir()))
    first.send_signal(signal.SIGKILL)

    assert until(lambda: is_sent(begun))
    assert sum(mails(desk).values()) == READERS
    assert set(mails(desk).values()) == {1}
    second.send_signal(signal.SIGTERM)
    began = time.monotonic()
    _, err = second.communicate(timeout=15)
    assert second.returncode == 0, err
    assert time.monotonic() - began < 10
    assert "SIGTERM: finishing the calls in flight" in err


def test_a_scheduled_process_delivers_what_was_begun_too(begun: Database, start: Start) -> None:
    start("run")

    assert until(lambda: is_sent(begun))


def test_a_process_whose_sessions_were_ended_is_soon_seen_to_be_alive_again(
    database: Database, fleet: Fleet
) -> None:
    if not database.is_sqlite:
        with database.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
            )
        assert not fleet.is_alive(fleet.name)

    looks = iter([False, True])
    fleet.prove_life(lambda _: next(looks))

    assert fleet.is_alive(fleet.name)
