"""Killed anywhere, without a word: nobody twice, nobody skipped, every doubt named."""

import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.model import Counts
from newsletter.storage import deliveries, editions, tables
from newsletter.storage.database import Database
from tests.delivery import victim

READERS = 200
KILLS = 12

Plan = Callable[..., int]
Readers = Callable[..., None]


def start(target: Callable[..., None], *words: Any, **more: Any) -> ForkServerProcess:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.delivery.victim"])
    process = context.Process(target=target, args=words, kwargs=more, daemon=True)
    process.start()
    return process


def counted(database: Database) -> Counts:
    kept = editions.find(database, victim.ID)
    assert kept
    with database.read() as connection:
        return deliveries.counts(connection, kept.key)


def kill_and_finish(
    database: Database,
    file: Path,
    *,
    idempotent: bool,
    send: Callable[..., None] = victim.send,
) -> tuple[Counts, Counter[str]]:
    """Start a sender, kill it at a random moment, again and again; then let one finish."""
    url = database.engine.url.render_as_string(hide_password=False)
    chance = random.Random(5)  # noqa: S311 - the same moments in every run
    for _ in range(KILLS):
        before = file.stat().st_size if file.exists() else 0
        process = start(send, url, file, idempotent=idempotent)
        deadline = time.monotonic() + 30
        while process.is_alive() and time.monotonic() < deadline:
            if file.exists() and file.stat().st_size > before:
                break
            time.sleep(0.001)
        time.sleep(chance.uniform(0, 0.03))
        process.kill()
        process.join()
    last = start(send, url, file, idempotent=idempotent)
    last.join(60)
    assert last.exitcode == 0
    lines = file.read_text(encoding="utf-8").splitlines()
    # Two copies under one Message-ID are one mail where the other side is idempotent.
    mails = set(lines) if idempotent else lines
    return counted(database), Counter(line.split()[0] for line in mails)


@pytest.fixture
def planned(database: Database, plan: Plan, readers: Readers) -> Database:
    readers(READERS, suppressed=[5])
    plan()
    return database


def test_with_an_idempotent_transport_everybody_gets_exactly_one(
    planned: Database, tmp_path: Path
) -> None:
    counts, mails = kill_and_finish(planned, tmp_path / "journal", idempotent=True)

    assert len(mails) == READERS - 1
    assert set(mails.values()) == {1}
    assert counts == Counts(selected=READERS, submitted=READERS - 1, skipped=1)


def test_with_any_other_transport_nobody_gets_two_and_every_doubt_is_named(
    planned: Database, tmp_path: Path
) -> None:
    counts, mails = kill_and_finish(planned, tmp_path / "journal", idempotent=False)

    assert set(mails.values()) == {1}
    assert counts.balanced
    assert counts.pending == 0
    assert counts.unknown <= KILLS * victim.SlowJournal.largest_call
    states = by_address(planned)
    # Whoever is said to have been mailed was; whoever is missing is among the unknown.
    assert {a for a, s in states.items() if s == "submitted"} <= set(mails)
    assert set(states) - set(mails) <= {a for a, s in states.items() if s != "submitted"}


def test_a_sender_that_tries_blindly_again_turns_this_red(
    planned: Database, tmp_path: Path
) -> None:
    _, mails = kill_and_finish(
        planned, tmp_path / "journal", idempotent=False, send=victim.send_blindly
    )

    assert max(mails.values()) > 1


def by_address(database: Database) -> dict[str, str]:
    query = select(tables.subscribers.c.address, tables.deliveries.c.state).join(
        tables.deliveries, tables.deliveries.c.subscriber_id == tables.subscribers.c.id
    )
    with database.read() as connection:
        return dict(connection.execute(query).all())


def test_a_plan_that_is_killed_is_no_plan_and_can_be_made_again(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(READERS)
    url = database.engine.url.render_as_string(hide_password=False)
    ready = multiprocessing.get_context("forkserver").Event()
    process = start(victim.plan_and_wait, url, ready)
    assert ready.wait(30)
    process.kill()
    process.join()

    kept = editions.find(database, victim.ID)
    assert kept is None or not kept.planned
    assert plan() == READERS
    assert counted(database) == Counts(selected=READERS, pending=READERS)


def test_two_senders_at_once_mail_everybody_once(planned: Database, tmp_path: Path) -> None:
    url = planned.engine.url.render_as_string(hide_password=False)
    file = tmp_path / "journal"
    senders = [start(victim.send, url, file, idempotent=False) for _ in range(3)]
    for sender in senders:
        sender.join(60)

    mails = Counter(line.split()[0] for line in file.read_text(encoding="utf-8").splitlines())
    assert set(mails.values()) == {1}
    assert len(mails) == READERS - 1
