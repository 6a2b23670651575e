"""A frozen sender, a full disk, a database that is stopped, many senders, and readers who leave."""

import os
import random
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from newsletter.model import SuppressionReason
from newsletter.storage import subscribers
from newsletter.storage.database import Database
from tests.faults.house import house
from tests.faults.provider import Mood
from tests.waiting import until

SLOW = Mood(slow=0.004)

#: `make torture` asks for the long form.
LONG = os.environ.get("TORTURE") == "long"

#: How often PostgreSQL is stopped, and how many readers leave while an edition goes out.
STOPS, LEAVERS = (50, 10_000) if LONG else (4, 300)


def test_a_sender_that_was_frozen_past_its_lease_mails_nobody_a_second_time(
    database_url: str, tmp_path: Path
) -> None:
    with house(tmp_path / "run", database_url, "smtp", readers=800, mood=SLOW) as run:
        run.more["NEWSLETTER_DELIVERY__LEASE_SECONDS"] = "4"
        frozen = run.start()
        assert until(lambda: run.other_side.size > 0, 10)
        assert frozen.pid
        os.kill(frozen.pid, signal.SIGSTOP)
        heir = run.start()
        # Past its lease. Where it was frozen in the middle of a write, SQLite makes all wait.
        time.sleep(6)
        os.kill(frozen.pid, signal.SIGCONT)
        for sender in (heir, frozen):
            # A reader whose line broke while it was frozen is tried again after a minute.
            sender.join(150)
            assert sender.exitcode in {0, 4}, run.log[-2000:]
        run.finish()
        found = run.judge()

    assert found.faults == ()
    assert found.counts.pending == 0
    # Its own late answers may have settled what others had to call unknown.
    assert found.counts.unknown <= 100


@pytest.mark.parametrize("senders", [2, 8])
def test_many_senders_at_once_mail_everybody_once(
    database_url: str, tmp_path: Path, senders: int
) -> None:
    with house(tmp_path / "run", database_url, "smtp", readers=600, mood=SLOW) as run:
        started = [run.start() for _ in range(senders)]
        for sender in started:
            sender.join(150)
        found = run.judge()

    assert [sender.exitcode for sender in started] == [0] * senders, run.log[-2000:]
    assert found.faults == ()
    assert found.counts.submitted == 600


def test_two_of_three_workers_killed_for_good_leave_the_third_to_finish(
    database_url: str, tmp_path: Path
) -> None:
    # Slow enough that there is something left when the second one dies.
    slower = Mood(slow=0.03)
    with house(tmp_path / "run", database_url, "smtp", readers=1_500, mood=slower) as run:
        started = [run.start() for _ in range(3)]
        for doomed in started[:2]:
            before = run.other_side.size
            assert until(lambda before=before: run.other_side.size > before, 60)  # type: ignore[misc]
            doomed.kill()
            doomed.join()
        started[2].join(150)
        found = run.judge()

    assert started[2].exitcode in {0, 4}, run.log[-2000:]
    assert found.faults == ()
    assert found.counts.pending == 0
    assert found.counts.unknown <= 200


def test_on_a_full_disk_nothing_is_sent_that_is_not_written_down_first(tmp_path: Path) -> None:
    with house(
        tmp_path / "run", f"sqlite:///{tmp_path}/n.db", "smtp", readers=2_000, mood=SLOW
    ) as run:
        run.kill_one(random.Random(1))  # noqa: S311 - the same each time
        assert run.other_side.size
        sizes = [file.stat().st_size for file in tmp_path.glob("n.db*") if file.is_file()]
        stuck = run.start(largest_file=max(sizes) + 50_000)
        before = run.other_side.size
        until(lambda: run.other_side.size > before, 5)
        time.sleep(1.5)
        # It is really stuck: a second and a half would do for all, and it waits for room.
        assert stuck.is_alive()
        assert len(run.other_side.accepted) < 1_000
        stuck.kill()
        stuck.join()
        assert run.finish() in {0, 4}
        found = run.judge()

    assert found.faults == ()
    assert found.counts.pending == 0
    assert found.counts.unknown <= 200


def stop_and_start(server: Any) -> None:
    """Stop it without a word to anybody (immediate shutdown), and start it again."""
    pid = server.get_pid()
    os.kill(pid, signal.SIGQUIT)
    assert until(lambda: not Path(f"/proc/{pid}").exists(), 10)
    server.ensure_postgres_running()


def test_a_database_that_is_stopped_again_and_again_loses_nobody(
    server: Any, tmp_path: Path
) -> None:
    url = server.get_uri().replace("postgresql:", "postgresql+psycopg:")
    with house(tmp_path / "run", url, "smtp", readers=500 * STOPS, mood=SLOW) as run:
        sender = run.start()
        for _ in range(STOPS):
            before = run.other_side.size
            assert until(lambda before=before: run.other_side.size > before, 20)  # type: ignore[misc]
            stop_and_start(server)
        sender.join(150)
        assert sender.exitcode in {0, 4}, run.log[-2000:]
        run.finish()
        found = run.judge()

    assert found.faults == ()
    assert found.counts.pending == 0
    # Answers are kept until they can be written: an outage leaves hardly a doubt.
    assert found.counts.unknown <= 100 * STOPS


def test_readers_who_leave_while_it_goes_out_are_mailed_before_or_never(tmp_path: Path) -> None:
    """Who has left, and was told so, is in no call that begins afterwards."""
    url = f"sqlite:///{tmp_path}/n.db"
    chance = random.Random(7)  # noqa: S311 - the same each time
    with house(tmp_path / "run", url, "smtp", readers=4 * LEAVERS, mood=SLOW) as run:
        sender = run.start()
        assert until(lambda: run.other_side.size > 0, 30)
        left = leave_one_by_one(url, sorted(run.audience), LEAVERS, chance, sender.is_alive)
        sender.join(300)
        found = run.judge()
        intents = intents_of(url)

    assert sender.exitcode == 0
    assert found.faults == ()
    assert len(left) == LEAVERS
    late = {a: (intents[a], at) for a, at in left.items() if intents.get(a, at) > at}
    assert late == {}
    assert found.counts.skipped > 0


def leave_one_by_one(
    url: str,
    people: list[str],
    number: int,
    chance: random.Random,
    going_on: Callable[[], bool],
) -> dict[str, datetime]:
    """Let readers leave, by chance, while a sender is at work: when each was told so."""
    database = Database.open(url)
    left: dict[str, datetime] = {}

    def leave(address: str) -> None:
        now = datetime.now(UTC)
        with database.begin() as connection:
            subscribers.unsubscribe(connection, address, None, now=now)
            reason = SuppressionReason.UNSUBSCRIBED
            subscribers.suppress(connection, address, 1, reason, now=now)
        left[address] = datetime.now(UTC)

    with ThreadPoolExecutor(4) as pool:
        leaving = []
        for address in chance.sample(people, number):
            if not going_on():
                break
            leaving.append(pool.submit(leave, address))
            time.sleep(chance.uniform(0, 0.002))
    for each in leaving:
        each.result()
    database.close()
    return left


def intents_of(url: str) -> dict[str, datetime]:
    """When the call of each reader who was in one was begun."""
    database = Database.open(url)
    with database.read() as connection:
        rows = connection.exec_driver_sql(
            "SELECT s.address, d.intent_at FROM deliveries d"
            " JOIN subscribers s ON s.id = d.subscriber_id WHERE d.intent_at IS NOT NULL"
        ).all()
    database.close()
    return {a: datetime.fromisoformat(str(at)).replace(tzinfo=UTC) for a, at in rows}
