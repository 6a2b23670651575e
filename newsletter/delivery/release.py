"""Leads an edition from step to step: handed over, watched, then the next, unless a brake is on."""

import logging
import time
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter.delivery import brakes
from newsletter.delivery.turns import Waiting
from newsletter.model import EditionId
from newsletter.storage import editions, release
from newsletter.storage.database import Database, clock
from newsletter.storage.editions import Kept
from newsletter.storage.release import Step

#: Seconds between two looks, at the least; and the part of the time that looking may take.
_STEPS, _BRAKES, _SHARE = 0.5, 5.0, 0.01

_log = logging.getLogger(__name__)


class Standing(NamedTuple):
    """Where a release stands."""

    #: The step that is open, and the one after it; None: it is the last.
    step: Step
    next: Step | None

    def words(self, zone: str) -> str:
        """Say it: `1 % sent, watching until 07:06 IST, then 10 %`."""
        if self.next is None:
            return ""
        if self.step.watch_until is None:
            return f"{self.step.name} first, then {self.next.name}"
        until = self.step.watch_until.astimezone(ZoneInfo(zone))
        return f"{self.step.name} sent, watching until {until:%H:%M %Z}, then {self.next.name}"


def standing(connection: Connection, edition: int) -> Standing | None:
    """Say where an edition's release stands; None where it goes out in one."""
    found = release.steps(connection, edition)
    opened = [step for step in found if step.opened_at]
    if not opened:
        return None
    later = found[len(opened) :]
    return Standing(opened[-1], later[0] if later else None)


class Releasing:
    """
    One process's share in an edition's release: any process may take the next step, one does.

    It holds nothing that another process would need: whoever comes after it reads the same rows.
    """

    def __init__(self, database: Database, id: EditionId) -> None:
        kept = editions.find(database, id)
        assert kept  # noqa: S101 - its ledger was opened before
        self._database = database
        self._kept: Kept = kept
        self._standing: Standing | None = None
        self._look_again = 0.0
        self._brake_again = 0.0

    def go_on(self) -> None:
        """Do what is due: pull a brake, begin to watch, open the next step. Raises StorageError."""
        began = time.monotonic()
        if began < self._look_again:
            return
        watching = self._look()
        if watching or began >= self._brake_again:
            self._pull()
        if watching:
            self._open()
        self._look_again = time.monotonic() + max(_STEPS, (time.monotonic() - began) / _SHARE)

    def _look(self) -> bool:
        """Look where it stands; True when its step was watched for long enough."""
        with self._database.read() as connection:
            now = clock(connection)
            self._standing = found = standing(connection, self._kept.key)
            if found is None or found.next is None:
                return False
            until = found.step.watch_until
            done = until is None and release.is_handed_over(
                connection, self._kept.key, found.step.last
            )
        if done:
            with self._database.begin() as connection:
                release.watch(connection, self._kept.key, found.step, now=now)
        return until is not None and until <= now

    def _pull(self) -> None:
        began = time.monotonic()
        if reason := brakes.pull(self._database, self._kept):
            _log.error("%s is paused: %s", self._kept.id, reason, extra={"edition": self._kept.id})
        took = time.monotonic() - began
        self._brake_again = time.monotonic() + max(_BRAKES, took / _SHARE)

    def _open(self) -> None:
        """Open the next step, unless a brake was pulled just now, by anybody."""
        found = self._standing
        assert found  # noqa: S101 - it was watched
        assert found.next  # noqa: S101
        with self._database.begin() as connection:
            opened = release.open_next(
                connection, self._kept.key, found.step, now=clock(connection)
            )
        if opened:
            words = f"{found.step.name} is out and nothing speaks against it: {found.next.name}"
            _log.info("%s: %s", self._kept.id, words, extra={"edition": self._kept.id})

    def waiting(self) -> Waiting | None:
        """Say what an edition waits for that is watched; None while it is not."""
        found = self._standing
        if found is None or found.next is None or found.step.watch_until is None:
            return None
        if found.step.watch_until <= datetime.now(UTC):
            return None
        zone = self._kept.timezone or "UTC"
        return Waiting(found.words(zone), found.step.watch_until, watched=True)
