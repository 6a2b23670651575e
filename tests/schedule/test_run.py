"""`newsletter run` as a process: it begins at the hour, tells people, and worker begins nothing."""

import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter.model import EditionId, EditionState
from newsletter.newsroom import Newsroom
from newsletter.storage import editions
from newsletter.storage.database import Database
from tests.newsroom_fixtures import Start
from tests.schedule.test_timekeeper import set_toml
from tests.waiting import until


@pytest.fixture
def soon(desk: Path, story: Callable[..., Path]) -> datetime:
    """An hour that comes in some seconds, with a story before it, in a zone where it is noon."""
    now = datetime.now(UTC)
    # POSIX counts west of Greenwich.
    zone = f"Etc/GMT{now.hour - 12:+d}"
    hour = (now + timedelta(seconds=12)).replace(microsecond=0).astimezone(ZoneInfo(zone))
    set_toml(desk, timezone=f'"{zone}"', at=f'"{hour:%H:%M:%S}"', deliver_by='"23:59:59"')
    story("fresh", published=(hour - timedelta(minutes=1)).isoformat())
    return hour


def state(day: datetime) -> EditionState | None:
    database = Database.open("sqlite:///var/newsletter.db")
    kept = editions.find(database, EditionId("daily", day.date()))
    database.close()
    return kept.state if kept else None


def test_two_processes_send_one_edition_at_its_hour_and_tell_of_it_once(
    soon: datetime, start: Start, desk: Path
) -> None:
    processes = [start("run"), start("run")]
    folder = desk / "var/outbox/notices/new"
    mails = desk / "var/outbox/new"

    assert until(lambda: mails.exists() and list(mails.iterdir()))
    sent = datetime.now(UTC)
    assert until(lambda: folder.exists() and len(list(folder.iterdir())) == 2)
    for process in processes:
        process.send_signal(signal.SIGTERM)
    ends = [process.communicate(timeout=20) for process in processes]

    assert [process.returncode for process in processes] == [0, 0], ends
    assert len(list(mails.iterdir())) == 1
    assert timedelta(0) <= sent - soon < timedelta(seconds=20)
    assert state(soon) is EditionState.SENT
    told = "".join(file.read_text() for file in folder.iterdir())
    assert "goes out at" in told
    assert "sent to 1 reader" in told


def test_a_worker_begins_nothing(soon: datetime, start: Start) -> None:
    Newsroom.open()._house.database.close()
    start("worker")

    time.sleep(max(0.0, (soon - datetime.now(UTC)).total_seconds()) + 3)

    assert state(soon) is None
