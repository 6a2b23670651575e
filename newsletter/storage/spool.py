"""
The spool: where what happened is kept while the database is away, so that none of it is lost.

One line of JSON for each, on the disk before anybody is answered. Whoever comes first brings it
in; told twice it must change nothing, or count twice at worst.
"""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Generic, TypeVar

from newsletter.monitoring.meters import SPOOLED

T = TypeVar("T")

#: Lines that are written in one transaction.
_AT_ONCE = 500


class Spool(Generic[T]):
    """A file of what the database has not seen yet. Safe from several processes."""

    def __init__(
        self, folder: Path, name: str, encode: Callable[[T], str], decode: Callable[[str], T]
    ) -> None:
        """`encode` makes one line of JSON; `decode` raises ValueError for what is none."""
        self.folder = folder
        self.name = name
        self._encode, self._decode = encode, decode
        self._file = folder / f"{name}.jsonl"

    def keep(self, items: Sequence[T]) -> None:
        """Keep some; when it returns they are on the disk. Raises OSError."""
        lines = "".join(f"{self._encode(one)}\n" for one in items)
        with self._alone():
            fresh = not self._file.exists()
            with self._file.open("a", encoding="utf-8") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            if fresh:
                _sync(self.folder)
        SPOOLED.inc(self.name, by=len(items))

    def waiting(self) -> int:
        """Count what is kept, at a glance: another may be at work on it."""
        count = 0
        for path in (self._file, *self.folder.glob(f"{self.name}-*.replay")):
            with suppress(FileNotFoundError), path.open("rb") as file:
                count += sum(1 for _ in file)
        return count

    def replay(self, write: Callable[[Sequence[T]], object]) -> int:
        """
        Hand what is kept to `write`, and forget it once that returned; returns how many.

        What `write` raises passes through, and nothing is lost.
        """
        if not self.folder.is_dir():
            return 0
        with self._alone():
            if self._file.exists():
                self._file.rename(self.folder / f"{self.name}-{secrets.token_hex(4)}.replay")
            count = 0
            for path in sorted(self.folder.glob(f"{self.name}-*.replay")):
                items = list(self._read(path))
                for first in range(0, len(items), _AT_ONCE):
                    write(items[first : first + _AT_ONCE])
                count += len(items)
                path.unlink()
            return count

    def _read(self, path: Path) -> Iterator[T]:
        """Yield what can be read: the last line may have been cut by a power failure."""
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                yield self._decode(line)
            except ValueError:
                continue

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / f"{self.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _sync(folder: Path) -> None:
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
