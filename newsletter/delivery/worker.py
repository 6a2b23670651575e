"""Hands an edition's deliveries to a transport, call by call, and writes down every answer."""

import time
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from newsletter.delivery.ledger import Ledger
from newsletter.errors import (
    NotComplete,
    PermanentFailure,
    TemporaryFailure,
    TransportError,
)
from newsletter.model import Answer, Call, Counts, EditionId, Envelope, Receipt
from newsletter.settings import Tracking
from newsletter.storage.database import Database
from newsletter.storage.deliveries import Claimed, Range
from newsletter.storage.locks import sole_sender
from newsletter.tracking.tokens import EditionMint, Keyring
from newsletter.transports import Transport

#: Told after every call; the counts are those of the ledger.
Show = Callable[[Counts], None]

#: Asked before every call.
Stop = Callable[[], bool]


def deliver(
    database: Database,
    id: EditionId,
    *,
    transport: Transport,
    keyring: Keyring,
    show: Show = lambda _: None,
    stop: Stop = lambda: False,
) -> Counts:
    """
    Deliver what is not delivered yet of a planned edition, and close it when nothing is open.

    Safe to run again, after a crash too. What was deferred is tried once more at the end. Once
    `stop` says so, no further call is begun.

    Raises:
        NotComplete: another process is sending.
        DeliveryError: the edition is held, paused or cancelled.
        TransportError: the other side takes nothing at all; what is left stays pending.

    """
    with sole_sender(database) as alone:
        if not alone:
            raise NotComplete(
                "Another send is at work on this database.",
                hint="newsletter status shows how far it is.",
            )
        ledger = Ledger(database, id)
        if ledger.begin():
            ledger.recover(repeatable=transport.idempotent)
            worker = _Worker(ledger, transport, keyring, show, stop)
            worker.work()
            worker.work()
        return ledger.close()


class _Worker:
    """One edition, one transport, one process."""

    def __init__(
        self, ledger: Ledger, transport: Transport, keyring: Keyring, show: Show, stop: Stop
    ) -> None:
        self._ledger = ledger
        self._transport = transport
        self._show = show
        self._stop = stop
        self._tell_again = 0.0
        frozen = ledger.frozen
        tracking = Tracking.model_validate(frozen.tracking)
        self._mint = EditionMint(keyring, frozen.number, tracking, frozen.secret)

    def work(self) -> None:
        """Hand over everything that is open, once."""
        for part in self._ledger.parts(self._transport.largest_call):
            if self._stop():
                return
            self._hand_over(part)
            self._tell()

    def _tell(self) -> None:
        """Show the ledger's counts, but spend no more than a twentieth of the time on counting."""
        began = time.monotonic()
        if began < self._tell_again:
            return
        self._show(self._ledger.counts())
        took = time.monotonic() - began
        self._tell_again = began + max(20 * took, 0.1)

    def _hand_over(self, part: Range) -> None:
        call, claimed = self._ledger.claim(part)
        if not claimed:
            return
        receipts: dict[int, Receipt] = {}
        # Until the transport is called, nothing can have gone out.
        rest, words, after = Answer.DEFERRED, "the mail could not be made", None
        try:
            made = self._call(call, claimed)
            rest, words = self._doubtful, "the answer did not come"
            for receipt in self._transport.send(made):
                receipts[receipt.delivery] = receipt
        except TransportError as error:
            rest, words, after = _rest(error)
            raise
        finally:
            # Also when the process is being stopped: an answer that is known is written.
            missing = (Receipt(c.position, rest, words) for c in claimed)
            answers = [receipts.get(receipt.delivery, receipt) for receipt in missing]
            self._ledger.settle(call, answers, after=after)

    @property
    def _doubtful(self) -> Answer:
        """What to write of a mail that may have been accepted: again, where that is no second."""
        return Answer.DEFERRED if self._transport.idempotent else Answer.UNKNOWN

    def _call(self, id: str, claimed: Sequence[Claimed]) -> Call:
        return Call(
            id=id,
            rendition=self._ledger.frozen.rendition,
            headers=self._ledger.frozen.headers,
            envelopes=tuple(self._envelopes(claimed)),
            at=datetime.now(UTC),
            edition=str(self._ledger.id),
        )

    def _envelopes(self, claimed: Sequence[Claimed]) -> Iterator[Envelope]:
        for reader in claimed:
            tokens = self._mint.tokens(reader.public_id)
            yield Envelope(reader.position, reader.address, reader.name, tokens)


def _rest(error: TransportError) -> tuple[Answer, str, timedelta | None]:
    """Say what became of the envelopes that a failed call gave no receipt for."""
    if isinstance(error, TemporaryFailure):
        return Answer.DEFERRED, str(error), error.retry_after
    if isinstance(error, PermanentFailure):
        # Proven not accepted; the fault is ours, so no reader is refused for it.
        return Answer.DEFERRED, str(error), None
    return Answer.UNKNOWN, str(error), None
