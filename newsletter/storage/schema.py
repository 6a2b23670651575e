"""Notices that the schema was changed under a program that runs: it does not go on there."""

import time

from newsletter.errors import StorageError
from newsletter.storage.database import Database, wrong_version
from newsletter.storage.migrations import LATEST

#: Seconds between two looks.
_EVERY = 1.0


class Schema:
    """What a process that lasts asks before each step; used from several threads."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._look_at = 0.0
        self._found: str | None = LATEST

    def is_changed(self) -> bool:
        """Say whether somebody migrated the database; one that is away has not changed."""
        if self._found == LATEST and time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + _EVERY
            try:
                self._found = self._database.version()
            except StorageError:
                return False
        return self._found != LATEST

    def refuse(self) -> None:
        """Raise StorageError, with both versions by name, if it is changed."""
        if self.is_changed():
            raise wrong_version(self._found or "0000")
