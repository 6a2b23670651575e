"""The ledger of one edition: the only truth about who got what. Each method is one transaction."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from newsletter.delivery.judging import judge_last
from newsletter.delivery.retry import choose
from newsletter.delivery.turns import Answers, Turn, Wanted
from newsletter.errors import DeliveryError
from newsletter.model import Counts, DeliveryState, EditionId, EditionState
from newsletter.storage import claims, deliveries, editions, leases, pace, settling, snapshot
from newsletter.storage.claims import Claimed, Part
from newsletter.storage.database import Database, clock
from newsletter.storage.leases import Lease
from newsletter.storage.presence import is_alive

#: States from which, and in which, deliveries are made; what was missed, by a person's word.
_RUNNING = (EditionState.APPROVED, EditionState.MISSED, EditionState.SENDING)

#: What a reader's row says of a call that nobody lived to hear the answer of.
_NO_ANSWER = "the worker died before the answer was written"
_NOTHING_SAID = "the database was away before anything was handed over"

#: What could go but was held up, such as by a crowded domain, is looked at again after this.
_SOON = timedelta(seconds=5)

#: Batches looked at in one go, to find one that is nobody's.
_FEW = 16

#: The secret behind an edition's pseudonyms is destroyed so long after sending began, at the
#: latest: who is mailed later is counted, and not told apart.
SECRETS_LAST = timedelta(hours=24)

#: Readers in the one call that follows a probe.
TRIAL = 50


class Ledger:
    """
    One planned edition's deliveries.

    A delivery moves planned → claimed → submitted, refused, deferred or unknown. It is claimed,
    and that is on the disk, before the first byte goes out; so one that is found claimed after
    its worker died may or may not have been accepted.
    """

    def __init__(self, database: Database, id: EditionId) -> None:
        kept = editions.find(database, id)
        if kept is None or not kept.planned:
            raise DeliveryError(f"{id} is not planned.")
        self.id = id
        self.began = kept.sending_began_at
        self._database = database
        self._key = kept.key
        with database.read() as connection:
            self.frozen = editions.frozen(connection, kept.key)

    def begin(self) -> bool:
        """
        Say that sending begins; False when it is sent already.

        Raises DeliveryError when the edition is held, paused or cancelled.
        """
        kept = editions.find(self._database, self.id)
        assert kept  # noqa: S101 - editions are never deleted
        if kept.state is EditionState.SENT:
            return False
        with self._database.begin() as connection:
            self.began = kept.sending_began_at or clock(connection)
        began: Any = {"sending_began_at": self.began}
        moved = editions.move(
            self._database, self.id, EditionState.SENDING, before=_RUNNING, **began
        )
        if not moved:
            because = f" ({kept.reason})" if kept.reason else ""
            raise DeliveryError(f"{self.id} is {kept.state}{because}, so nothing of it is sent.")
        return True

    def hurry(self, transport: str) -> None:
        """Try at once what was deferred, and a transport that failed; what others asked stays."""
        with self._database.begin() as connection:
            settling.hurry(connection, self._key)
            leases.reopen(connection, self._key, all_of_it=False)
            pace.hurry(connection, transport, now=clock(connection))

    def write_part(self) -> bool:
        """Write a part of the frozen audience down; False when all of it is."""
        with self._database.begin() as connection:
            return snapshot.write_part(connection, self._key, self.frozen.list_key)

    def turn(self, wanted: Wanted, hold: Lease | None, answers: Answers | None) -> Turn:
        """
        Write a call's answers, and claim the readers of the next: one commit for both.

        The lease that is held goes on while its batch has somebody; then the next one is taken.
        Nobody is claimed when the edition is no longer being sent, or the transport is broken.
        """
        with self._database.begin() as connection:
            now = claims.begin(connection)
            if answers:
                self._write(connection, answers, now)
            if not wanted.most:
                # Who goes home looks at nothing that a newer program may have changed.
                if hold:
                    leases.give_back(connection, hold, soon=now)
                return Turn()
            seen = claims.look(connection, self._key, wanted.transport, hold)
            if hold and seen.holder != wanted.worker:
                hold = None
            most = wanted.most if seen.state is EditionState.SENDING else 0
            trial = bool(seen.breaker) and self._is_trial(connection, seen.breaker, wanted, now)
            if most and (trial or not seen.breaker):
                most = min(most, TRIAL) if trial else most
                turn = self._next(connection, wanted, hold, most, now, crowded=seen.crowded)
                return turn._replace(trial=trial, crowded=seen.crowded, at=now)
            if hold:
                leases.give_back(connection, hold, soon=now)
            return Turn(broken=bool(most and seen.breaker))

    def _is_trial(
        self, connection: Connection, breaker: str | None, wanted: Wanted, now: datetime
    ) -> bool:
        """Be the one of the fleet who tries whether the transport is in order again."""
        if breaker != "trial" or not wanted.most:
            return False
        until = now + wanted.lease
        return pace.take_turn(connection, wanted.transport, breaker, now=now, until=until)

    def _next(
        self,
        connection: Connection,
        wanted: Wanted,
        hold: Lease | None,
        most: int,
        now: datetime,
        *,
        crowded: bool,
    ) -> Turn:
        claim = self._claim_some if crowded else self._claim
        while lease := hold or self._take(connection, wanted, now):
            claimed = claim(connection, lease, wanted.call, most, now)
            if claimed:
                rest = lease._replace(first=claimed[-1].position + 1)
                return Turn(rest, wanted.call, claimed)
            leases.give_back(connection, lease, soon=now + _SOON)
            if wanted.batch is not None:
                break
            hold = None
        return Turn()

    def due(self, batch: int | None = None) -> list[int]:
        """Return the numbers of batches, or that one's, that are nobody's and due now."""
        with self._database.read() as connection:
            now = clock(connection)
            free = self._free(connection, self._standings(connection, batch, now))
            return [standing.lease.number for standing in free]

    def orphans(self) -> list[int]:
        """Return the numbers of batches whose worker has died."""
        with self._database.read() as connection:
            held = leases.held(connection, self._key, now=clock(connection))
            return [standing.lease.number for standing in self._free(connection, held)]

    def _free(
        self, connection: Connection, standings: Iterable[leases.Standing]
    ) -> Iterator[leases.Standing]:
        """
        Yield those of some batches that nobody works on.

        A lease is void when its time is over, and at once when its holder is seen to be dead.
        """
        alive: dict[str, bool] = {"": False}
        for standing in standings:
            holder = standing.holder
            if standing.current and holder not in alive:
                alive[holder] = is_alive(self._database, connection, holder)
            if not (standing.current and alive[holder]):
                yield standing

    def _standings(
        self, connection: Connection, batch: int | None, now: datetime
    ) -> Iterator[leases.Standing]:
        """Yield the batches that are due, a few at a time: most often the first will do."""
        if batch is not None:
            yield from leases.find(connection, self._key, batch, now=now)
            return
        last = 0
        while found := leases.due(connection, self._key, after=last, most=_FEW, now=now):
            yield from found
            last = found[-1].lease.number

    def _take(self, connection: Connection, wanted: Wanted, now: datetime) -> Lease | None:
        """Take a batch that nobody works on, and settle what a dead worker left in it."""
        for standing in self._free(connection, self._standings(connection, wanted.batch, now)):
            until = now + wanted.lease
            lease = leases.take(connection, standing.lease, holder=wanted.worker, until=until)
            if lease:
                if standing.holder:
                    self._settle_abandoned(connection, lease, repeatable=wanted.repeatable)
                return lease
        return None

    def _settle_abandoned(self, connection: Connection, lease: Lease, *, repeatable: bool) -> None:
        """Write down what nobody will answer for: to go again only where that does no harm."""
        state = DeliveryState.DEFERRED if repeatable else DeliveryState.UNKNOWN
        part = Part(lease.first, lease.last)
        settling.abandon(connection, self._key, part, state, _NO_ANSWER)

    def _claim(
        self, connection: Connection, lease: Lease, call: str, most: int, now: datetime
    ) -> Sequence[Claimed]:
        rest = Part(lease.first, lease.last)
        while part := claims.waiting(connection, self._key, rest, most=most, now=now):
            list_key = self.frozen.list_key
            won = claims.claim(connection, self._key, list_key, part, call=call, now=now)
            if won:
                return won
            # All of them had left: they are skipped.
            rest = Part(part.last + 1, lease.last)
        return []

    def _claim_some(
        self, connection: Connection, lease: Lease, call: str, most: int, now: datetime
    ) -> Sequence[Claimed]:
        """Claim whom their domains take at this time."""
        part = Part(lease.first, lease.last)
        waiting = claims.candidates(connection, self._key, part, now=now)
        chosen, domains = choose(waiting, pace.crowded(connection), most=most, now=now)
        if not chosen:
            return []
        pace.occupy(connection, domains, call, until=now + timedelta(minutes=10))
        part = Part(chosen[0], chosen[-1])
        list_key = self.frozen.list_key
        return claims.claim(connection, self._key, list_key, part, call=call, now=now, only=chosen)

    def settle(self, answers: Answers) -> None:
        """Write a call's answers."""
        with self._database.begin() as connection:
            self._write(connection, answers, clock(connection))

    def _write(self, connection: Connection, answers: Answers, now: datetime) -> None:
        settling.settle(connection, self._key, answers.call, answers.readers, now=now)
        again = [r.position for r in answers.readers if r.state is DeliveryState.DEFERRED]
        if again:
            # Who comes late may find its batch closed by another, who had called them unknown.
            leases.reopen_at(connection, self._key, again[0])
        for domain, words in answers.crowded.items():
            until = now + answers.crowded_pause
            pace.narrow(connection, domain, reason=words, until=until)
        if answers.eased:
            pace.widen(connection, answers.call, now=now)

    def stop(self, reason: str) -> None:
        """Pause the edition, for a reason that a person must look at."""
        sending = (EditionState.SENDING,)
        editions.move(self._database, self.id, EditionState.PAUSED, before=sending, reason=reason)

    def disown(self, call: str) -> None:
        """Take a call back that was claimed, perhaps, and surely never handed over."""
        with self._database.begin() as connection:
            settling.disown(connection, self._key, call, _NOTHING_SAID)

    def doubt(self, call: str) -> None:
        """Count a call as unknown that has no answer yet."""
        with self._database.begin() as connection:
            settling.doubt(connection, self._key, call, "there was no answer when sending stopped")

    def state(self) -> EditionState:
        """Say what state the edition is in now."""
        with self._database.read() as connection:
            return editions.state(connection, self._key)

    def left(self) -> leases.Left:
        """Say what is left to do, without counting readers."""
        with self._database.read() as connection:
            return leases.left(connection, self._key, now=clock(connection))

    def counts(self) -> Counts:
        with self._database.read() as connection:
            return deliveries.counts(connection, self._key)

    def close(self) -> Counts:
        """
        Say that the edition is sent, if nothing of it is open or unknown; returns its counts.

        The secret behind its pseudonyms is destroyed with it: from now on nobody who holds the
        database can tell which reader a click came from.
        """
        counts = self.counts()
        if not (counts.pending or counts.unknown):
            judge_last(self._database, self._key)
            sent: Any = {"finished_at": datetime.now(UTC), "secret": None}
            sending = (EditionState.SENDING,)
            editions.move(self._database, self.id, EditionState.SENT, before=sending, **sent)
        return counts
