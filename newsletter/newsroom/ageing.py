"""Ageing: what an edition's ledger becomes when it is over, and when it is old."""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from newsletter.newsroom.house import House

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from newsletter.storage.editions import Kept
    from newsletter.storage.sums import Counted, Details

#: Rows deleted in one transaction: nobody waits for longer than it takes to delete these.
PORTION = 10_000

#: Seconds that one round may take: others wait behind it. What is left is the next one's.
ROUND = 2.0

#: A ledger that events still change is counted again after this.
_AGAIN = timedelta(hours=1)

#: Different words by which an ESP refused readers, that are kept of a ledger.
_MOST_WORDS = 50

_log = logging.getLogger(__name__)


class Ageing:
    """
    Counts ledgers that are over, and lets old ones go: proven and counted first, part by part.

    Each step is a transaction of its own, so a round may end between any two of them, or be
    killed: the next one goes on. Workers wait for one step at most.
    """

    def __init__(self, house: House, *, portion: int = PORTION) -> None:
        self._house = house
        self._portion = portion
        #: Editions whose rows contradict themselves: they stay, and that is told once.
        self._disputed: set[int] = set()
        #: Of the edition that is being emptied, the last position that was deleted.
        self._emptied = 0

    def count(self) -> int:
        """Count ledgers that are over, as many as a round allows; returns how many those were."""
        return _round(self._count_one)

    def purge(self) -> int:
        """Delete what is older than it may be kept, as much as a round allows; returns steps."""
        return _round(lambda: self._empty_some() or self._seal_one())

    def _count_one(self) -> bool:
        from newsletter.storage import sums
        from newsletter.storage.database import clock

        database = self._house.database
        with database.read() as connection:
            edition = sums.to_count(connection, now=clock(connection), again=_AGAIN)
        if edition is None:
            return False
        with database.begin() as connection:
            sums.begin(connection, edition)
        with database.read() as connection:
            counted = _counted(connection, edition)
        with database.begin() as connection:
            return sums.keep(connection, counted, at=clock(connection))

    def _seal_one(self) -> bool:
        """Prove an old edition, write down what its rows say, and let them count no more."""
        from newsletter.storage import editions, sums
        from newsletter.storage.database import clock

        database, days = self._house.database, self._house.settings.keep_deliveries
        if not days:
            return False
        with database.read() as connection:
            before = clock(connection) - timedelta(days=days)
            edition = sums.to_seal(connection, before=before, but=self._disputed)
        if edition is None:
            return False
        with database.begin() as connection:
            sums.begin(connection, edition)
        with database.read() as connection:
            counted = _counted(connection, edition)
            kept = editions.by_row(connection, edition)
            details = self._details(connection, kept)
        if details is None:
            return True
        with database.begin() as connection:
            done = sums.seal(connection, counted, details, at=clock(connection))
        if done:
            _log.info("%s: its ledger is old, and only its sums are kept.", kept.id)
        return done

    def _details(self, connection: "Connection", kept: "Kept") -> "Details | None":
        """Return what is kept of an edition's rows; None where they do not prove themselves."""
        from newsletter.delivery.prove import proofs
        from newsletter.reports.operators import NAMES
        from newsletter.storage import sealing

        found = tuple(proofs(connection, kept))
        wrong = [proof for proof in found if not proof.holds]
        if wrong:
            self._disputed.add(kept.key)
            words = f"{wrong[0].name}: {wrong[0].words}"
            _log.warning("%s is old, but kept: its proof fails (%s).", kept.id, words)
            return None
        proven = [proof.name for proof in found]
        return sealing.details(
            connection, kept.key, names=NAMES, most_words=_MOST_WORDS, proven=proven
        )

    def _empty_some(self) -> bool:
        """Delete a portion of a sealed ledger, and leave the database to others for as long."""
        from newsletter.storage import sealing
        from newsletter.storage.database import clock

        began = time.monotonic()
        with self._house.database.begin() as connection:
            edition = sealing.to_empty(connection)
            if edition is None:
                return False
            now = clock(connection)
            portion = (self._emptied, self._portion)
            last = sealing.empty(connection, edition, *portion, now=now)
        self._emptied = last or 0
        time.sleep(time.monotonic() - began)
        return True


def _counted(connection: "Connection", edition: int) -> "Counted":
    from newsletter.storage import deliveries, sums

    version = sums.version(connection, edition)
    return sums.Counted(edition, version, deliveries.states(connection, edition))


def _round(step: Callable[[], bool]) -> int:
    """Take steps until nothing is left to do, or the time is over."""
    until, steps = time.monotonic() + ROUND, 0
    while time.monotonic() < until and step():
        steps += 1
    return steps
