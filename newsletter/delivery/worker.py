"""A worker: takes readers from the ledger, hands them to a transport, writes every answer down."""

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple, Self

from newsletter.delivery.breaker import CircuitBreaker
from newsletter.delivery.handover import HandOver
from newsletter.delivery.ledger import SECRETS_LAST, Ledger
from newsletter.delivery.outage import through_outage
from newsletter.delivery.retry import Rules
from newsletter.delivery.shift import Shift
from newsletter.delivery.turns import Answers, Turn, Waiting, Wanted
from newsletter.errors import PermanentFailure, StorageError
from newsletter.model import EditionId, EditionState
from newsletter.settings import Tracking
from newsletter.storage import pace
from newsletter.storage.database import Database, clock
from newsletter.storage.leases import Lease, Left
from newsletter.tracking.tokens import EditionMint, Keyring
from newsletter.transports import Transport, uptime

#: Seconds after which an intent is too old to be acted on: a frozen process that wakes up must
#: not mail whom others have taken over.
OLDEST_INTENT = 30.0

#: Seconds between two looks at what changes from outside.
GLANCE = 0.2


class _Flight(NamedTuple):
    """A call without an answer yet."""

    ledger: Ledger
    #: When its edition was seen to be stopped, on the monotonic clock; None while it is not.
    stopped: float | None = None


class _Probed:
    """One look at a broken transport; a new one each time, so that none is missed."""

    def __init__(self, *, is_under_way: bool) -> None:
        self.is_under_way = is_under_way


class Worker:
    """
    One process's worker; several threads, its lanes, may `work` at once.

    Beside them a thread of its own renews leases, probes a transport that failed, and counts
    calls as unknown that get no answer after their edition was stopped.
    """

    def __init__(
        self,
        database: Database,
        transport: Transport,
        keyring: Keyring,
        *,
        rules: Rules,
        stop: Callable[[], bool],
    ) -> None:
        self.transport = transport
        self._database = database
        self._keyring = keyring
        self._rules = rules
        self._stop = stop
        self._breaker = CircuitBreaker(database, transport.name, rules)
        self._broken = threading.Event()
        self._probed = _Probed(is_under_way=False)
        self._guard = threading.Lock()
        self._flights: dict[str, _Flight] = {}
        self._mints: dict[tuple[EditionId, bool], EditionMint] = {}
        self._shift = Shift(database, rules)
        self._done = threading.Event()
        self._upkeep = threading.Thread(target=self._keep_up, name="upkeep", daemon=True)

    def __enter__(self) -> Self:
        self._upkeep.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._upkeep.join(self._rules.drain)
        self._shift.end()

    # ── A lane ──────────────────────────────────────────────────────────────────────────────

    def work(self, ledger: Ledger, batch: int | None = None) -> None:
        """
        Hand over whoever can be handed over now, call by call, of one batch or of any.

        Raises:
            PermanentFailure: the fault is ours; the edition is paused.
            StorageError: the database was away for longer than is waited for.

        """
        if not self._has_work(ledger, batch):
            return
        hold: Lease | None = None
        answers: Answers | None = None
        try:
            while (turn := self._turn(ledger, hold, answers, batch)).lease:
                hold = turn.lease
                self._shift.hold(hold)
                answers = self._hand_over(ledger, turn)
        finally:
            self._shift.hold(None)
        if turn.broken:
            self._broken.set()

    def _has_work(self, ledger: Ledger, batch: int | None) -> bool:
        """Look before writing; when the database is away, the next look may find it."""
        try:
            return bool(ledger.due(batch))
        except StorageError:
            time.sleep(GLANCE)
            return False

    def _turn(
        self, ledger: Ledger, hold: Lease | None, answers: Answers | None, batch: int | None
    ) -> Turn:
        """Take the next turn, through an outage of the database too. Raises StorageError."""
        most = 0 if self._stop() else self._rules.largest(self.transport.largest_call)
        wanted = self._wanted(most, batch)
        give_up = time.monotonic() + self._rules.outage
        away = False
        while True:
            try:
                if away:
                    self._come_back(ledger, wanted.call)
                return self._paced(ledger, wanted, hold, answers)
            except StorageError:
                if time.monotonic() > give_up:
                    raise
            away = True
            time.sleep(GLANCE)
            if self._stop() and wanted.most:
                wanted = replace(wanted, most=0)
                give_up = min(give_up, time.monotonic() + self._rules.drain)

    def _come_back(self, ledger: Ledger, call: str) -> None:
        """
        Go on when the database is back.

        Whether the commit was the last thing that it did, nobody knows: so a claim that was
        never acted on is taken back. A lease that was taken with it ends by the clock.
        """
        self._shift.check()
        ledger.disown(call)

    def _paced(
        self, ledger: Ledger, wanted: Wanted, hold: Lease | None, answers: Answers | None
    ) -> Turn:
        """Take a turn when the rate of the fleet allows for its mails."""
        wanted = replace(wanted, worker=self._shift.name)
        rate = self._rules.rate
        if rate is None or not wanted.most:
            return self._timed(ledger, wanted, hold, answers)
        self._wait_for_rate(wanted.most, rate)
        turn = self._timed(ledger, wanted, hold, answers)
        if unused := wanted.most - len(turn.claimed):
            with self._database.begin() as connection:
                pace.refund(connection, unused, rate)
        return turn

    @staticmethod
    def _timed(ledger: Ledger, wanted: Wanted, hold: Lease | None, answers: Answers | None) -> Turn:
        """Take a turn; its time runs from before its commit, however long that takes."""
        by = uptime() + OLDEST_INTENT
        return ledger.turn(wanted, hold, answers)._replace(begin_by=by)

    def _wanted(self, most: int, batch: int | None) -> Wanted:
        return Wanted(
            worker="",
            transport=self.transport.name,
            call=secrets.token_hex(12),
            most=most,
            lease=self._rules.lease,
            repeatable=self.transport.idempotent,
            batch=batch,
        )

    def _wait_for_rate(self, messages: int, rate: int) -> None:
        """Wait until so many may go, over the whole fleet."""
        with self._database.begin() as connection:
            seconds = pace.reserve(connection, messages, rate, now=clock(connection))
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stop():
            time.sleep(min(left, GLANCE))

    def _hand_over(self, ledger: Ledger, turn: Turn) -> Answers:
        """Make one call, and act on what its outcome says of the transport."""
        handing = HandOver(ledger, turn, self.transport, self._mint(ledger), self._rules)
        with self._guard:
            self._flights[turn.call] = _Flight(ledger)
        try:
            answers = handing.run()
        finally:
            with self._guard:
                del self._flights[turn.call]
        # The answers are known by now: no outage of the database may lose them.
        through_outage(self._rules, lambda: self._act_on(ledger, turn, handing, answers))
        return answers

    def _act_on(self, ledger: Ledger, turn: Turn, handing: HandOver, answers: Answers) -> None:
        """Raises PermanentFailure when a person must act: the edition is paused then."""
        if isinstance(handing.failure, PermanentFailure):
            ledger.settle(answers)
            ledger.stop(str(handing.failure))
            raise handing.failure
        if failure := handing.failure or handing.doubt:
            self._breaker.trip(failure)
            self._broken.set()
        elif turn.trial:
            self._breaker.mend()

    def _mint(self, ledger: Ledger) -> EditionMint:
        late = ledger.began is not None and datetime.now(UTC) - ledger.began >= SECRETS_LAST
        if (ledger.id, late) not in self._mints:
            frozen = ledger.frozen
            tracking = Tracking.model_validate(frozen.tracking)
            secret = None if late else frozen.secret
            mint = EditionMint(self._keyring, frozen.number, tracking, secret)
            self._mints[ledger.id, late] = mint
        return self._mints[ledger.id, late]

    def drain(self) -> None:
        """Wait for the answers that are on their way, but no longer than the rules say."""
        until = time.monotonic() + self._rules.drain
        while self._flights and time.monotonic() < until:
            time.sleep(GLANCE / 4)

    def waiting(self, left: Left) -> Waiting | None:
        """Say what an edition waits for; None while something can be done, or is being done."""
        before = self._probed
        with self._database.read() as connection:
            now = clock(connection)
            breaker = pace.breaker(connection, self.transport.name)
        if breaker:
            # Who probes keeps the others away for a while: that is no waiting of our own.
            ours = before.is_under_way or self._probed is not before
            waits = breaker.next_try > now and not ours
            return Waiting(breaker.reason, breaker.next_try) if waits else None
        if left.held or not left.next_try or left.next_try <= now:
            return None
        return Waiting("", left.next_try)

    # ── Upkeep ──────────────────────────────────────────────────────────────────────────────

    def _keep_up(self) -> None:
        while not self._done.wait(GLANCE):
            try:
                self._shift.renew()
                self._look_after_flights()
                if self._broken.is_set():
                    self._look_after_breaker()
            except StorageError:
                # It is told by the lanes; what is to be done here can be done later.
                continue

    def _look_after_breaker(self) -> None:
        self._probed = _Probed(is_under_way=True)
        try:
            self._breaker.probe(self.transport)
        finally:
            self._probed = _Probed(is_under_way=False)
        if self._breaker.seen() is None:
            self._broken.clear()

    def _look_after_flights(self) -> None:
        """Count as unknown what has no answer a while after its edition, or all, was stopped."""
        now = time.monotonic()
        with self._guard:
            flights = tuple(self._flights.items())
        for call, flight in flights:
            if flight.stopped and now - flight.stopped > self._rules.drain:
                flight.ledger.doubt(call)
            elif not flight.stopped and self._is_stopped(flight.ledger):
                with self._guard:
                    if call in self._flights:
                        self._flights[call] = flight._replace(stopped=now)

    def _is_stopped(self, ledger: Ledger) -> bool:
        return self._stop() or ledger.state() is not EditionState.SENDING
