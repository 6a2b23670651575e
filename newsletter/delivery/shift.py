"""A worker's shift: its name, the proof that it lives, and the leases that it holds."""

import threading
import time

from newsletter.delivery.retry import Rules
from newsletter.storage import leases
from newsletter.storage.database import Database, clock
from newsletter.storage.leases import Lease
from newsletter.storage.presence import Presence


class Shift:
    """
    Shared by a process's lanes, each of which holds one lease at most.

    A worker that lost its lock, with its connection to PostgreSQL, goes on under a new name:
    what it held is void, and late answers are still written by their call.
    """

    def __init__(self, database: Database, rules: Rules) -> None:
        self._database = database
        self._rules = rules
        self._guard = threading.Lock()
        self._presence: Presence | None = Presence(database)
        self._held: dict[int, Lease] = {}
        self._renew_at = self._next_renewal()

    @property
    def name(self) -> str:
        """The worker's name; a new one where the last was lost. Raises StorageError."""
        with self._guard:
            if self._presence is None:
                self._presence = Presence(self._database)
            return self._presence.id

    def hold(self, lease: Lease | None) -> None:
        """Remember the calling thread's lease; None: it has none any more."""
        with self._guard:
            if lease is None:
                self._held.pop(threading.get_ident(), None)
            else:
                self._held[threading.get_ident()] = lease

    def renew(self) -> None:
        """Prolong the leases, if it is time, and see whether the lock lasts."""
        if time.monotonic() >= self._renew_at:
            self.check()

    def check(self) -> None:
        """Do so now, such as after the database was away. Raises StorageError."""
        self._renew_at = self._next_renewal()
        with self._guard:
            if self._presence and not self._presence.lasts():
                self._presence.leave()
                self._presence = None
            name, held = self._presence and self._presence.id, tuple(self._held.values())
        if name and held:
            with self._database.begin() as connection:
                until = clock(connection) + self._rules.lease
                leases.renew(connection, held, holder=name, until=until)

    def end(self) -> None:
        """Give the lock back, and with it whatever is still held."""
        with self._guard:
            if self._presence:
                self._presence.leave()
            self._presence = None

    def _next_renewal(self) -> float:
        return time.monotonic() + self._rules.lease.total_seconds() / 4
