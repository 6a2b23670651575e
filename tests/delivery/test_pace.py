"""The rate of a fleet, kept in messages by all workers together."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from newsletter import delivery
from newsletter.delivery.retry import Rules
from newsletter.storage import pace
from newsletter.storage.database import Database, clock
from newsletter.tracking.tokens import Keyring
from tests.delivery.conftest import Journal
from tests.delivery.victim import ID

Plan = Callable[..., int]
Readers = Callable[..., None]


def reserve(database: Database, messages: int, rate: float) -> float:
    with database.begin() as connection:
        return pace.reserve(connection, messages, rate, now=clock(connection))


def test_turns_are_given_out_one_after_the_other(database: Database) -> None:
    waits = [reserve(database, 50, 100) for _ in range(4)]

    assert waits == pytest.approx([0, 0.5, 1.0, 1.5], abs=0.2)


def test_what_was_not_used_is_given_back(database: Database) -> None:
    reserve(database, 100, 100)
    with database.begin() as connection:
        pace.refund(connection, 80, 100)

    assert reserve(database, 1, 100) == pytest.approx(0.2, abs=0.15)


def test_an_idle_hour_is_not_caught_up_with(database: Database) -> None:
    with database.begin() as connection:
        pace.reserve(connection, 10, 10, now=clock(connection))
        pace.refund(connection, 36_000, 10)

    assert reserve(database, 10, 10) == 0
    assert reserve(database, 10, 10) == pytest.approx(1, abs=0.2)


def test_threads_that_ask_at_once_get_turns_of_their_own(database: Database) -> None:
    waits: list[float] = []
    threads = [
        threading.Thread(target=lambda: waits.append(reserve(database, 10, 20))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert max(waits) == pytest.approx(3.5, abs=0.4)
    assert len({round(wait, 1) for wait in waits}) == 8


def test_several_senders_together_keep_the_rate_in_every_second(
    database: Database, plan: Plan, readers: Readers, keyring: Keyring, tmp_path: Any
) -> None:
    rate = 200
    readers(800)
    plan()
    calls: list[tuple[float, int]] = []

    def send(name: str) -> None:
        transport = Journal(tmp_path / name, call=1_000)
        whole = transport.send

        def counted(call: Any) -> Any:
            calls.append((time.monotonic(), len(call.envelopes)))
            return whole(call)

        transport.send = counted  # type: ignore[method-assign]
        delivery.deliver(database, ID, transport=transport, keyring=keyring, rules=Rules(rate=rate))

    threads = [threading.Thread(target=send, args=[f"journal{n}"]) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    calls.sort()
    assert sum(size for _, size in calls) == 800
    busiest = max(sum(n for at, n in calls if start <= at < start + 1) for start, _ in calls)
    took = calls[-1][0] - calls[0][0]
    # A twentieth over: a second that begins with a call has one more than its share. A call
    # that wakes up late on a busy machine may come into the next second: one for each sender.
    assert busiest <= rate * 1.05 + 3 * rate // 20
    assert 790 / took <= rate * 1.05
    assert 790 / took >= rate * 0.8


def test_the_turns_that_are_given_out_keep_the_rate_within_a_twentieth(database: Database) -> None:
    """What wakes up when is the machine's affair; when each may go is ours."""
    rate, size = 200, Rules(rate=200).largest(1_000)
    began = time.time()
    starts = [time.time() - began + reserve(database, size, rate) for _ in range(60)]

    windows = [sum(size for at in starts if s - 1e-3 <= at < s + 1 - 1e-3) for s in starts]
    assert max(windows) <= rate * 1.05
    assert starts[-1] == pytest.approx(59 * size / rate, rel=0.05)
