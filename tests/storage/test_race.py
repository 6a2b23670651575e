"""Who comes first makes it, and the others find it made."""

import threading
from collections.abc import Callable
from datetime import date
from typing import Any

from newsletter.model import EditionId
from newsletter.storage import editions, subscribers
from newsletter.storage.database import Database


def at_once(act: Callable[[], Any], times: int = 8) -> list[Any]:
    """Do the same in several threads at the same moment; returns what each found."""
    found: list[Any] = []
    gate = threading.Barrier(times)

    def run() -> None:
        gate.wait(10)
        found.append(act())

    threads = [threading.Thread(target=run) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def test_a_list_is_made_once_whoever_is_first(database: Database) -> None:
    def make() -> object:
        with database.begin() as connection:
            return subscribers.find_or_make_list(connection, "daily")

    found = at_once(make)

    assert len(found) == 8
    assert sorted(made for _, made in found) == [False] * 7 + [True]
    assert len({key for key, _ in found}) == 1


def test_an_edition_is_made_once_whoever_is_first(database: Database) -> None:
    def make() -> object:
        with database.begin() as connection:
            return editions.ensure(connection, EditionId("daily", date(2026, 7, 5)))

    found = at_once(make)

    assert len(found) == 8
    assert len(set(found)) == 1
