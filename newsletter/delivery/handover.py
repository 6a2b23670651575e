"""One call: its mails made, handed to a transport, and what became of each reader."""

import time
from datetime import UTC, datetime, timedelta

from newsletter.delivery.ledger import Ledger
from newsletter.delivery.outage import through_outage
from newsletter.delivery.retry import Rules, domain_of, settled
from newsletter.delivery.turns import Answers, Turn
from newsletter.errors import (
    NewsletterError,
    PermanentFailure,
    TemporaryFailure,
    TransportError,
    UnknownOutcome,
)
from newsletter.model import Answer, Call, DeliveryState, Envelope, Receipt
from newsletter.monitoring.meters import CALL_SECONDS, CALLS, MAILS
from newsletter.monitoring.traces import span
from newsletter.storage.settling import Settled
from newsletter.tracking.tokens import EditionMint
from newsletter.tracking.verp import return_path
from newsletter.transports import Transport

#: What a call is counted as that failed as a whole.
_OUTCOMES = {TemporaryFailure: "temporary", PermanentFailure: "permanent"}


class HandOver:
    """The readers of a turn on their way; made anew for each call."""

    def __init__(
        self, ledger: Ledger, turn: Turn, transport: Transport, mint: EditionMint, rules: Rules
    ) -> None:
        #: What the whole call failed of; None when each reader has an answer.
        self.failure: TransportError | None = None
        self._ledger = ledger
        self._turn = turn
        self._transport = transport
        self._mint = mint
        self._rules = rules
        self._receipts: dict[int, Receipt] = {}
        # Until the transport is called, nothing can have gone out.
        self._rest = (DeliveryState.DEFERRED, "the mail could not be made")
        self._began = time.monotonic()
        self._ended = False

    def run(self) -> Answers:
        """
        Hand the readers over, and return what became of each; never without an answer.

        What the transport raises is kept in `failure`. Anything else passes through, with what
        is known by then written down.
        """
        number = self._turn.lease.number if self._turn.lease else 0
        with span("call", edition=self._ledger.id, call=self._turn.call, batch=number) as tell:
            tell(size=len(self._turn.claimed))
            try:
                answers = self._run()
            finally:
                tell(outcome=self._outcome)
                self._count_call()
        for reader in answers.readers:
            MAILS.inc(self._transport.name, reader.state.value)
        return answers

    def _run(self) -> Answers:
        try:
            self._send()
            self._ended = True
        except TransportError as error:
            self._fail(error)
            self._ended = True
        except NewsletterError as error:
            # The edition or a setting cannot be made into mail: nobody's fault but ours.
            self._fail(PermanentFailure(str(error), hint=error.hint))
            self._ended = True
        finally:
            if not self._ended:
                through_outage(self._rules, lambda: self._ledger.settle(self._answers()))
        return self._answers()

    @property
    def _outcome(self) -> str:
        """How the call ended: `answered`, `temporary`, `permanent`, `unknown`, or `broken` off."""
        if self.failure is None:
            return "answered" if self._ended else "broken"
        return _OUTCOMES.get(type(self.failure), "unknown")

    def _count_call(self) -> None:
        transport = self._transport.name
        CALLS.inc(transport, self._outcome)
        CALL_SECONDS.observe(time.monotonic() - self._began, transport)

    @property
    def doubt(self) -> UnknownOutcome | None:
        """The first reader's words of whom nobody knows, as a failure of the transport."""
        for receipt in self._receipts.values():
            if receipt.answer is Answer.UNKNOWN:
                return UnknownOutcome(receipt.reply or "An answer did not come.")
        return None

    def _send(self) -> None:
        call = self._call()
        self._rest = (self._doubtful, "the answer did not come")
        for receipt in self._transport.send(call):
            self._receipts[receipt.delivery] = receipt

    def _call(self) -> Call:
        frozen = self._ledger.frozen
        tokens, comes_back = self._mint.tokens, self._return_path
        envelopes = tuple(
            Envelope(
                reader.position,
                reader.address,
                reader.name,
                tokens(reader.public_id, counted=bool(reader.counted)),
                comes_back(reader.public_id),
            )
            for reader in self._turn.claimed
        )
        return Call(
            id=self._turn.call,
            rendition=frozen.rendition,
            headers=frozen.headers,
            envelopes=envelopes,
            at=datetime.now(UTC),
            edition=str(self._ledger.id),
            begin_by=self._turn.begin_by,
            appointment=frozen.appointment,
        )

    def _return_path(self, public_id: int) -> str:
        """Return where a reader's bounces come back to: it says whose they are, and proves it."""
        box = self._ledger.frozen.headers.bounces
        return return_path(box, self._mint.return_token(public_id)) if box else ""

    @property
    def _doubtful(self) -> DeliveryState:
        """What to write of who may have been mailed: again, where that is no second mail."""
        return DeliveryState.DEFERRED if self._transport.idempotent else DeliveryState.UNKNOWN

    def _fail(self, error: TransportError) -> None:
        """Say of who has no receipt what the failure proves; no reader is refused for it."""
        self.failure = error
        doubtful = isinstance(error, UnknownOutcome)
        self._rest = (self._doubtful if doubtful else DeliveryState.DEFERRED, str(error))

    def _answers(self) -> Answers:
        turn = self._turn
        at = (turn.at or datetime.now(UTC)) + timedelta(seconds=time.monotonic() - self._began)
        began = self._ledger.began or at
        readers: list[Settled] = []
        crowded: dict[str, str] = {}
        for reader in turn.claimed:
            receipt = self._receipts.get(reader.position)
            if receipt is None:
                readers.append(Settled(reader.position, *self._rest))
                continue
            readers.append(settled(receipt, reader, now=at, began=began, rules=self._rules))
            if receipt.crowded:
                crowded[domain_of(reader.address)] = receipt.reply
        return Answers(
            call=turn.call,
            readers=readers,
            crowded=crowded,
            crowded_pause=self._rules.crowded_pause,
            eased=turn.crowded and self.failure is None,
        )
