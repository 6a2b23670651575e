"""
Group commit: what comes in within one commit's time is written by the next one.

A commit that is on the disk takes milliseconds, whether it holds one press or five hundred. Who
put something in is answered once it is there, never before.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from newsletter.errors import StorageError
from newsletter.monitoring.meters import COMMIT_ITEMS, COMMIT_SECONDS
from newsletter.monitoring.traces import span

T = TypeVar("T")

#: What one commit takes at most.
_MOST = 500

#: Seconds after which a slow database counts as one that is away.
PATIENCE = 3.0

_log = logging.getLogger("newsletter.web")


class Commits(Generic[T]):
    """
    Writes items in groups, in the order in which they came. Used by one event loop.

    `write` runs in a thread and commits; `keep` takes what it could not write, or not in time:
    what is kept may have been written as well, so both must be the same told twice.
    """

    def __init__(
        self,
        write: Callable[[Sequence[T]], object],
        keep: Callable[[Sequence[T]], object] | None = None,
        what: str = "other",
    ) -> None:
        """`what`: how they are counted."""
        self._write, self._keep, self._what = write, keep, what
        self._waiting: list[tuple[T, asyncio.Future[None]]] = []
        self._running: asyncio.Task[None] | None = None

    async def put(self, item: T) -> None:
        """Return when an item is on the disk. Raises StorageError, OSError where it cannot be."""
        done = asyncio.get_running_loop().create_future()
        self._waiting.append((item, done))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())
        await done

    async def _run(self) -> None:
        while self._waiting:
            group, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            items = [item for item, _ in group]
            began = time.perf_counter()
            try:
                with span("commit", alone=True, what=self._what, size=len(items)):
                    await self._commit(items)
            except (StorageError, OSError) as error:
                _answer(group, error)
            except Exception:  # noqa: BLE001 - the outermost loop
                # Whatever it was, nobody waits for an answer for ever.
                _log.exception("a group could not be written")
                _answer(group, StorageError("That could not be written."))
            else:
                _answer(group, None)
            COMMIT_ITEMS.observe(len(items), self._what)
            COMMIT_SECONDS.observe(time.perf_counter() - began, self._what)

    async def _commit(self, items: Sequence[T]) -> None:
        writing = asyncio.create_task(asyncio.to_thread(self._write, items))
        if self._keep is None:
            await writing
            return
        try:
            await asyncio.wait_for(asyncio.shield(writing), PATIENCE)
        except (StorageError, TimeoutError) as error:
            _log.warning("kept in the spool: %s", error or "the database is slow")
            writing.add_done_callback(_forget)
            await asyncio.to_thread(self._keep, items)


def _forget(writing: asyncio.Task[object]) -> None:
    """Take note of how a late write ended: it is in the spool anyway."""
    if not writing.cancelled():
        writing.exception()


def _answer(group: Sequence[tuple[T, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, done in group:
        if done.cancelled():
            continue
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(error)
