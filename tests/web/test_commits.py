"""Group commit: everybody is answered, once what they brought is on the disk."""

import asyncio
import time
from collections.abc import Sequence

import pytest

from newsletter.errors import StorageError
from newsletter.web import commits
from newsletter.web.commits import Commits


def put_all(group: "Commits[int]", items: Sequence[int]) -> list[BaseException | None]:
    async def work() -> list[BaseException | None]:
        return await asyncio.gather(*map(group.put, items), return_exceptions=True)

    return asyncio.run(work())


def test_what_comes_at_once_is_written_together_in_its_order() -> None:
    written: list[list[int]] = []
    answers = put_all(Commits(lambda items: written.append(list(items))), range(1200))

    assert answers == [None] * 1200
    assert [one for group in written for one in group] == list(range(1200))
    assert len(written) < 10


def test_nobody_is_answered_before_it_is_written() -> None:
    done: list[float] = []

    def slow(_items: Sequence[int]) -> None:
        time.sleep(0.1)
        done.append(time.monotonic())

    began = time.monotonic()
    put_all(Commits(slow), [1])
    assert done[0] - began >= 0.1


def test_with_the_database_away_it_is_kept_and_answered() -> None:
    kept: list[int] = []

    def away(_items: Sequence[int]) -> None:
        raise StorageError("The database does not answer.")

    assert put_all(Commits(away, kept.extend), [1, 2]) == [None, None]
    assert kept == [1, 2]


def test_a_slow_database_counts_as_one_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commits, "PATIENCE", 0.05)
    kept: list[int] = []

    assert put_all(Commits(lambda _: time.sleep(0.3), kept.extend), [1]) == [None]
    assert kept == [1]


@pytest.mark.parametrize("error", [StorageError("away"), OSError("full"), RuntimeError("a fault")])
def test_whatever_goes_wrong_everybody_gets_an_answer_and_the_next_group_goes_on(
    error: Exception,
) -> None:
    tries: list[int] = []

    def write(_items: Sequence[int]) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise error

    group: Commits[int] = Commits(write)

    async def work() -> tuple[object, object]:
        (first,) = await asyncio.gather(group.put(1), return_exceptions=True)
        (second,) = await asyncio.gather(group.put(2), return_exceptions=True)
        return first, second

    first, second = asyncio.run(work())
    assert isinstance(first, StorageError | OSError)
    assert second is None
