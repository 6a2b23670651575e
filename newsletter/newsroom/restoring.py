"""Restoring: nothing is sent from a database that knows less than this machine remembers."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from newsletter.errors import DeliveryError, NewsletterError, StorageError
from newsletter.newsroom.house import House
from newsletter.newsroom.inbox import Inbox

if TYPE_CHECKING:
    from newsletter.storage.marks import Lost

#: Seconds between two marks while something is sent.
_EVERY = 10.0

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What became of an edition that a restored database knew too little of."""

    lost: "Lost"
    #: Readers that are unknown now.
    unknown: int = 0
    #: Readers of those that an event proved to have been mailed.
    proven: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """What a person's word did."""

    editions: tuple[Settled, ...]
    #: What could not be read of the events that came meanwhile, in sentences.
    unread: tuple[str, ...]


class Restoring:
    """Keeps marks of how far editions went, and holds the database against them."""

    def __init__(self, house: House, inbox: Inbox) -> None:
        self._house = house
        self._inbox = inbox

    def refuse_if_behind(self) -> None:
        """
        Raise DeliveryError when this machine knows of more than the database has.

        Raises StorageError when what it knows cannot be read.
        """
        if lost := self.lost():
            names = ", ".join(str(one.mark.edition) for one in lost[-3:])
            raise DeliveryError(
                f"The database knows less than was sent from this machine ({names}): it was "
                "restored from a backup, or is another one. Nothing is sent from it.",
                hint="newsletter reconcile says what is missing, and what can be done.",
            )

    def lost(self) -> "tuple[Lost, ...]":
        """Return the editions of which this machine knows more than the database."""
        from newsletter.storage import marks

        database = self._house.database
        kept = marks.read(marks.place(database))
        with database.read() as connection:
            return tuple(marks.lost(connection, kept))

    def keep(self) -> None:
        """Remember how far editions have gone. What fails is told, and keeps nobody waiting."""
        from newsletter.storage import marks

        database = self._house.database
        file = marks.place(database)
        try:
            with database.read() as connection:
                now = marks.look(connection)
                if any(marks.lost(connection, marks.read(file))):
                    _log.error("the database went back in time: newsletter reconcile")
                    return
            marks.write(file, now)
        except OSError as error:
            _log.warning("%s cannot be written: %s", file, error.strerror)
        except StorageError as error:
            _log.warning("no mark is kept: %s", error)

    def now_and_then(self) -> Callable[[], None]:
        """Return what remembers, however often it is asked to, every ten seconds at most."""
        due = time.monotonic() + _EVERY

        def remember() -> None:
            nonlocal due
            if time.monotonic() >= due:
                self.keep()
                due = time.monotonic() + _EVERY

        return remember

    def reconcile(self) -> Reconciled:
        """
        Go on from a restored database, by a person's word.

        What came back from outside since is read first. An edition that the database lacks is
        cancelled under its number; of one that it knows in part, whoever is open is unknown.
        """
        from newsletter.storage import marks

        unread = tuple(filter(None, map(_read, self._sources())))
        database = self._house.database
        file = marks.place(database)
        settled = tuple(self._settle(one) for one in self.lost())
        with database.read() as connection:
            marks.write(file, marks.look(connection))
        return Reconciled(editions=settled, unread=unread)

    def _sources(self) -> tuple[Callable[[], int], ...]:
        return self._inbox.read_parcels, self._inbox.read_boxes, self._inbox.pull_lists

    def _settle(self, lost: "Lost") -> Settled:
        from newsletter.delivery.ledger import Ledger
        from newsletter.delivery.reconcile import Word, quiet_period, resolve
        from newsletter.storage import editions, restored
        from newsletter.storage.database import clock
        from newsletter.storage.marks import Lack

        database, named = self._house.database, lost.mark.edition
        if lost.lack is Lack.MISSING:
            with database.begin() as connection:
                restored.write_off(connection, lost.mark)
            return Settled(lost=lost)
        ledger = Ledger(database, named)
        while ledger.write_part():
            pass
        with database.begin() as connection:
            kept = editions.read(connection, named)
            assert kept  # noqa: S101 - its ledger was just opened
            unknown = restored.doubt(connection, kept.key, now=clock(connection))
        quiet = quiet_period(self._house.settings)
        proven = resolve(database, named, Word.EVIDENCE, quiet=quiet)
        return Settled(lost=lost, unknown=unknown, proven=proven)


def _read(source: Callable[[], int]) -> str:
    """Read what came back from outside; returns what is wrong, or nothing."""
    try:
        source()
    except NewsletterError as error:
        return str(error)
    return ""
