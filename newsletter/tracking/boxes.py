"""
Boxes: where returned mails lie, and how they are taken without losing one.

A mail is read, then whoever asked keeps what it said, and only then is it marked as done. A
process that dies in between reads it again; events have an id by which they are known.

    for key, raw in box.letters():
        keep(events_of(read_returned(raw), …))
        box.done(key)
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Protocol

from newsletter.errors import StorageError
from newsletter.tracking.bounces.paper import LARGEST

#: Mails of one round; the next round takes the next.
MOST = 500


class Box(Protocol):
    """Somewhere that mails lie."""

    def letters(self) -> Iterator[tuple[str, bytes]]:
        """
        Yield what is not done yet, the oldest first: its key, and 5 MB of it at most.

        Raises StorageError when the box cannot be read.
        """
        ...

    def done(self, key: str) -> None:
        """Mark one as done: it will not be seen again. Raises StorageError."""
        ...


class PipedLetter:
    """One mail on a stream, as an MTA's `|command` hands it over: done when it is read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def letters(self) -> Iterator[tuple[str, bytes]]:
        raw = self._stream.read(LARGEST)
        # An MTA that cannot write all of it would say that we failed.
        while self._stream.read(65_536):
            pass
        if raw.strip():
            yield "pipe", raw

    def done(self, key: str) -> None:
        """Do nothing: the MTA learns it from the exit code."""


#: Of a file name in a Maildir: its own part, and the flags.
_NAME = re.compile(r"(?P<own>[^/:]+)(?::2,(?P<flags>[A-Za-z]*))?")


class Maildir:
    """
    A folder of mails (cr.yp.to/proto/maildir.html), filled by an MTA on this machine.

    What lies in `new/`, or in `cur/` without the flag S, is not done. Links are not followed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def letters(self) -> Iterator[tuple[str, bytes]]:
        for key in islice(self._waiting(), MOST):
            raw = self._read(key)
            if raw is not None:
                yield key, raw

    def done(self, key: str) -> None:
        """Move a mail to `cur/` with the flag S. One that is gone was done by somebody else."""
        room, _, name = key.partition("/")
        parts = _NAME.fullmatch(name)
        if room not in {"new", "cur"} or parts is None:
            raise StorageError("That is no mail of this Maildir.")
        flags = "".join(sorted({*(parts["flags"] or ""), "S"}))
        try:
            with suppress(FileNotFoundError):
                (self._folder / key).rename(self._folder / "cur" / f"{parts['own']}:2,{flags}")
        except OSError as error:
            raise self._closed(error) from error

    def _waiting(self) -> Iterator[str]:
        """List keys by the time in their names, which is when they came."""
        try:
            names = [(name, room) for room in ("new", "cur") for name in self._names(room)]
        except OSError as error:
            raise self._closed(error) from error
        for name, room in sorted(names):
            parts = _NAME.fullmatch(name)
            if parts and not {"S", "T"} & set(parts["flags"] or ""):
                yield f"{room}/{name}"

    def _names(self, room: str) -> list[str]:
        return [
            path.name for path in (self._folder / room).iterdir() if not path.name.startswith(".")
        ]

    def _read(self, key: str) -> bytes | None:
        """Read one mail; None when it is gone meanwhile, or is no plain file."""
        try:
            opened = os.open(self._folder / key, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
            with os.fdopen(opened, "rb") as file:
                return file.read(LARGEST) if stat.S_ISREG(os.fstat(opened).st_mode) else None
        except (FileNotFoundError, IsADirectoryError):
            return None
        except OSError as error:
            if (self._folder / key).is_symlink():
                return None
            raise self._closed(error) from error

    def _closed(self, error: OSError) -> StorageError:
        return StorageError(
            f"The Maildir {self._folder} cannot be used: {error.strerror or 'no reason given'}.",
            hint="It has the folders new, cur and tmp, which this user may read and write.",
        )
