"""The ledger: the only truth about who got what. Each method is one transaction."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from newsletter.errors import DeliveryError
from newsletter.model import Counts, DeliveryState, EditionId, EditionState, Receipt
from newsletter.storage import deliveries, editions
from newsletter.storage.database import Database
from newsletter.storage.deliveries import Claimed, Range

#: States from which, and in which, deliveries are made.
_RUNNING = (EditionState.APPROVED, EditionState.SENDING)

#: What a reader's row says of a call that nobody lived to hear the answer of.
_NO_ANSWER = "the sender died before the answer was written"


class Ledger:
    """
    One planned edition's deliveries.

    A delivery moves planned → claimed → submitted, refused, deferred or unknown. It is claimed,
    and that is on the disk, before the first byte goes out; so one that is found claimed after
    its sender died may or may not have been accepted.
    """

    def __init__(self, database: Database, id: EditionId) -> None:
        kept = editions.find(database, id)
        if kept is None or not kept.planned:
            raise DeliveryError(f"{id} is not planned.")
        self.id = id
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
        began = kept.sending_began_at or datetime.now(UTC)
        moved = editions.move(
            self._database,
            self.id,
            EditionState.SENDING,
            before=_RUNNING,
            sending_began_at=began,
        )
        if not moved:
            raise DeliveryError(f"{self.id} is {kept.state}, so nothing of it is sent.")
        return True

    def recover(self, *, repeatable: bool) -> int:
        """
        Settle what dead senders left claimed; returns how many those were.

        To be tried again where that can do no harm, else `unknown`. Only for who holds the
        sender's lock: a living sender's claims look the same.
        """
        state = DeliveryState.DEFERRED if repeatable else DeliveryState.UNKNOWN
        with self._database.begin() as connection:
            return deliveries.abandon(connection, self._key, state, _NO_ANSWER)

    def parts(self, largest: int) -> list[Range]:
        """Cut the batches that are still open into parts for one call each."""
        with self._database.read() as connection:
            ranges = deliveries.open_ranges(connection, self._key)
        return [
            Range(first, min(first + largest - 1, last))
            for begin, last in ranges
            for first in range(begin, last + 1, largest)
        ]

    def claim(self, part: Range) -> tuple[str, Sequence[Claimed]]:
        """
        Claim a part for one call; returns the call's id and the readers won.

        Nobody is won when the edition is no longer being sent, or when all of them left.
        """
        call = secrets.token_hex(12)
        with self._database.begin() as connection:
            kept = editions.read(connection, self.id)
            if kept is None or kept.state is not EditionState.SENDING:
                return call, []
            won = deliveries.claim(
                connection,
                self._key,
                self.frozen.list_key,
                part,
                call=call,
                now=datetime.now(UTC),
            )
        return call, won

    def settle(
        self, call: str, receipts: Iterable[Receipt], *, after: timedelta | None = None
    ) -> None:
        """Write a call's answers; deferred ones are not tried again before `after`."""
        now = datetime.now(UTC)
        again = now + after if after else None
        with self._database.begin() as connection:
            deliveries.settle(connection, self._key, call, receipts, now=now, again=again)

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
            editions.move(
                self._database,
                self.id,
                EditionState.SENT,
                before=(EditionState.SENDING,),
                finished_at=datetime.now(UTC),
                secret=None,
            )
        return counts
