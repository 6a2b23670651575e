"""What one process of a fleet does: finds what is due, works on batches, closes what is done."""

import logging
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from newsletter.delivery.jobs import Job
from newsletter.delivery.ledger import Ledger
from newsletter.delivery.release import Releasing
from newsletter.delivery.worker import Worker
from newsletter.errors import NewsletterError, StorageError
from newsletter.model import EditionId
from newsletter.storage import editions
from newsletter.storage.database import Database
from newsletter.storage.presence import Presence, is_alive

#: Jobs handed out in one sweep: some seconds of work for a fleet.
MOST_JOBS = 200

#: Seconds between two looks whether this process is seen to be alive.
_PROOF = 2.0

#: Seconds of a sweep that may be spent on writing audiences down.
WRITING = 1.0

_log = logging.getLogger(__name__)


class Fleet:
    """The engine's crew: one for each process, used from several threads."""

    def __init__(self, database: Database, worker: Worker) -> None:
        self._database = database
        self._worker = worker
        self._presence = Presence(database, works=False)
        #: As `is_alive` knows this process.
        self.name = self._presence.id
        self._ledgers: dict[EditionId, Ledger] = {}
        self._releasing: dict[EditionId, Releasing] = {}
        self._looked_at: set[EditionId] = set()

    def due(self) -> Sequence[Job]:
        """
        Name the batches of all editions that are being sent and that nobody works on.

        On the way audiences are written down whose planner died, and what is done is closed.
        """
        jobs: list[Job] = []
        with self._database.read() as connection:
            sending = editions.sending(connection)
        for edition in sending:
            jobs += self._due_of(self._ledger(edition))
        for edition in set(self._ledgers) - set(sending):
            del self._ledgers[edition]
            self._releasing.pop(edition, None)
        return jobs[:MOST_JOBS]

    def _due_of(self, ledger: Ledger) -> Sequence[Job]:
        until = time.monotonic() + WRITING
        while ledger.write_part() and time.monotonic() < until:
            pass
        self._release(ledger.id).go_on()
        left = ledger.left()
        if not left.open and not left.unwritten:
            self._close(ledger)
            return ()
        jobs = [Job(str(ledger.id), number) for number in ledger.due()]
        # While the transport takes nothing, one is enough to hear of it.
        return jobs[:1] if self._worker.waiting(left) else jobs

    def work(self, job: Job) -> None:
        """Work on a batch, unless somebody else does; what goes wrong is told, and not raised."""
        ledger = self._ledger(EditionId.parse(job.edition))
        try:
            self._worker.work(ledger, job.batch)
            # What a dead worker left does not wait behind all that is queued already.
            for orphan in ledger.orphans():
                self._worker.work(ledger, orphan)
        except NewsletterError as error:
            about = {"edition": job.edition, "batch": job.batch}
            _log.error("%s: %s %s", job.edition, error, error.hint, extra=about)
        self._looked_at.discard(ledger.id)

    def is_alive(self, name: str) -> bool:
        """Say whether a process of the fleet lives."""
        with self._database.read() as connection:
            return is_alive(self._database, connection, name)

    def prove_life(self, stop: Callable[[float], bool]) -> None:
        """
        Be seen to be alive until told to stop, whatever becomes of connections.

        Else the jobs of a process whose database was away for a moment would be taken from it
        for ever.
        """
        while not stop(_PROOF):
            with suppress(StorageError):
                self._presence.renew()

    def leave(self) -> None:
        """Say that this process is gone."""
        self._presence.leave()

    def _ledger(self, id: EditionId) -> Ledger:
        if id not in self._ledgers:
            self._ledgers[id] = Ledger(self._database, id)
        return self._ledgers[id]

    def _release(self, id: EditionId) -> Releasing:
        if id not in self._releasing:
            self._releasing[id] = Releasing(self._database, id)
        return self._releasing[id]

    def _close(self, ledger: Ledger) -> None:
        """Count an edition out, but not again and again while somebody in it is unknown."""
        if ledger.id in self._looked_at:
            return
        self._looked_at.add(ledger.id)
        counts = ledger.close()
        settled = counts.submitted + counts.refused + counts.skipped
        words = f"{settled:,} of {counts.selected:,} settled, {counts.unknown:,} unknown"
        _log.info("%s: %s", ledger.id, words, extra={"edition": ledger.id})
