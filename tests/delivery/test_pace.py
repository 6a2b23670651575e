"""The rate of a fleet, kept in messages by all workers together."""

import threading
import time
from collections import Counter
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
    rate, moments = 200, Counter[int]()
    readers(800)
    plan()

    def send(name: str) -> None:
        transport = Journal(tmp_path / name, call=1_000)
        whole = transport.send

        def counted(call: Any) -> Any:
            moments[int(10 * time.monotonic())] += len(call.envelopes)
            return whole(call)

        transport.send = counted  # type: ignore[method-assign]
        delivery.deliver(database, ID, transport=transport, keyring=keyring, rules=Rules(rate=rate))

    began = time.monotonic()
    threads = [threading.Thread(target=send, args=[f"journal{n}"]) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    took = time.monotonic() - began

    assert sum(moments.values()) == 800
    windows = [sum(moments[t + n] for n in range(10)) for t in moments]
    # One second, and the call that begins at its edge; a tenth for the clock's grain.
    assert max(windows) <= rate * 1.05 + rate / 10
    assert took >= 800 / rate * 0.95
