"""Delivers one edition with the lanes of one process, until nothing more can be done."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from newsletter.delivery.ledger import Ledger
from newsletter.delivery.outage import Outage, through_outage
from newsletter.delivery.release import Releasing
from newsletter.delivery.retry import Rules
from newsletter.delivery.turns import Waiting
from newsletter.delivery.worker import GLANCE, Worker
from newsletter.model import Counts, EditionId, EditionState
from newsletter.storage.database import Database
from newsletter.storage.leases import Left
from newsletter.storage.schema import Schema
from newsletter.tracking.tokens import Keyring
from newsletter.transports import Transport

#: Told how far it is, by the ledger's counts, and what is waited for, if anything is.
Show = Callable[[Counts, Waiting | None], None]

#: Asked before every call.
Stop = Callable[[], bool]


def deliver(
    database: Database,
    id: EditionId,
    *,
    transport: Transport,
    keyring: Keyring,
    rules: Rules | None = None,
    show: Show = lambda _, __: None,
    stop: Stop = lambda: False,
    patient: bool = True,
) -> Counts:
    """
    Deliver what is not delivered yet of a planned edition, and close it when nothing is open.

    Safe to run again, after a crash too, and beside others that do the same: together they
    mail everybody once. It stays while anything is pending, also when it waits for a deferred
    reader or another worker; not so when it is not `patient`: then it ends when nothing can be
    done now. Once `stop` says so, no further call is begun.

    Raises:
        DeliveryError: the edition is held, paused or cancelled.
        PermanentFailure: the fault is ours; the edition is paused.
        StorageError: the database was away for longer than is waited for, or was migrated: then
            the calls in flight were ended, and their answers written.

    """
    rules, schema = rules or Rules(), Schema(database)
    ledger = Ledger(database, id)
    if ledger.begin():
        ledger.hurry(transport.name)
        over = lambda: stop() or schema.is_changed()  # noqa: E731 - it is asked before every call
        with Worker(database, transport, keyring, rules=rules, stop=over) as worker:
            releasing = Releasing(database, id)
            _Lanes(ledger, worker, rules, show, over, releasing=releasing, patient=patient).run()
        schema.refuse()
    return through_outage(rules, ledger.close)


#: The part of the time that counting may take.
COUNTING = 0.01


class _Lanes:
    """The threads of one process that work on one edition."""

    def __init__(
        self,
        ledger: Ledger,
        worker: Worker,
        rules: Rules,
        show: Show,
        stop: Stop,
        *,
        releasing: Releasing,
        patient: bool,
    ) -> None:
        self._ledger = ledger
        self._worker = worker
        self._releasing = releasing
        self._rules = rules
        self._show = show
        self._stop = stop
        self._patient = patient
        self._over = threading.Event()
        self._idle = threading.Event()
        self._tell_again = 0.0

    def run(self) -> None:
        """Work until it is over; what a lane fails of is raised."""
        count = self._worker.transport.calls_at_once
        with ThreadPoolExecutor(count, thread_name_prefix="lane") as pool:
            lanes = [pool.submit(self._lane) for _ in range(count)]
            try:
                self._oversee(lanes)
            except KeyboardInterrupt:
                # At once: what is in flight stays in doubt.
                self._worker.transport.close()
                raise
            finally:
                self._over.set()
                self._leave(lanes)
        for lane in lanes:
            lane.result()

    def _lane(self) -> None:
        while not self._over.is_set():
            self._worker.work(self._ledger)
            self._idle.set()
            self._over.wait(GLANCE)

    def _oversee(self, lanes: list[Future[None]]) -> None:
        """Write the audience down while its beginning is mailed; then wait for the end."""
        away = Outage(self._rules)
        while not (self._stop() or any(lane.done() for lane in lanes)):
            with away:
                self._releasing.go_on()
                if self._ledger.write_part():
                    self._tell(self._ledger.left())
                    continue
                left = self._ledger.left()
                self._tell(left)
                if self._is_over(left):
                    return
            # A lane that found nothing more is a reason to look at once.
            self._idle.wait(GLANCE / 2)
            self._idle.clear()

    def _is_over(self, left: Left) -> bool:
        if not left.open or self._ledger.state() is not EditionState.SENDING:
            return True
        return not (self._patient or left.held) and self._waiting(left) is not None

    def _waiting(self, left: Left) -> Waiting | None:
        """Say what it waits for: what is still tried of a step is said before its watch."""
        return self._worker.waiting(left) or self._releasing.waiting()

    def _leave(self, lanes: list[Future[None]]) -> None:
        """Wait for answers that are on their way, and then no longer."""
        _answered, late = wait(lanes, timeout=self._rules.drain + 2 * GLANCE)
        if late:
            self._worker.transport.close()

    def _tell(self, left: Left) -> None:
        """Show the ledger's counts, but spend hardly any of the time on counting."""
        began = time.monotonic()
        if began < self._tell_again:
            return
        self._show(self._ledger.counts(), self._waiting(left))
        took = time.monotonic() - began
        self._tell_again = began + max(took / COUNTING, 0.1)
