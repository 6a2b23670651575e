"""One call on its way: its mails, over as many connections as it may have."""

import asyncio
import math
from collections import deque
from collections.abc import Callable, Iterable

from newsletter.errors import PermanentFailure, TemporaryFailure, TransportError
from newsletter.model import Answer, Receipt
from newsletter.transports import uptime
from newsletter.transports.smtp.mail import Mail
from newsletter.transports.smtp.pool import Place, Pool
from newsletter.transports.smtp.replies import Verdict
from newsletter.transports.smtp.session import TOO_LATE, Outcome, Session

#: Seconds for which receipts are gathered, so that the caller is not woken for each.
GATHERED = 0.005

#: What a verdict is called in the ledger. What is `OURS` is no reader's answer.
ANSWERS = {
    Verdict.SUBMITTED: Answer.SUBMITTED,
    Verdict.REFUSED: Answer.REFUSED,
    Verdict.DEFERRED: Answer.DEFERRED,
    Verdict.LEAVING: Answer.DEFERRED,
    Verdict.LOST: Answer.DEFERRED,
    Verdict.UNKNOWN: Answer.UNKNOWN,
}

#: The connection is gone, or must not be used again.
_ENDED = {Verdict.LEAVING, Verdict.LOST, Verdict.UNKNOWN}


class HandOver:
    """Hands the mails of one call over, each to whichever connection is free."""

    def __init__(
        self,
        pool: Pool,
        mails: Iterable[Mail],
        tell: Callable[[list[Receipt]], None],
        begin_by: float = math.inf,
    ) -> None:
        self._pool = pool
        self._open = deque(mails)
        self._tell = tell
        self._begin_by = begin_by
        self._gathered: list[Receipt] = []
        self._again: set[int] = set()
        self._stop: TransportError | None = None

    async def run(self) -> None:
        """
        Hand over all mails; receipts are told as they come, in no order.

        Raises TemporaryFailure, PermanentFailure: mails without a receipt were not accepted.
        """
        lanes = [self._lane() for _ in range(min(self._pool.size, len(self._open)))]
        try:
            failures = [failure for failure in await asyncio.gather(*lanes) if failure]
        finally:
            self._flush()
        if self._open:
            raise self._stop or failures[-1]

    async def _lane(self) -> TransportError | None:
        """Work on one connection after the other until nothing is open, or it is of no use."""
        while self._open and not self._stop:
            async with self._pool.place() as place:
                try:
                    await self._work(place)
                except PermanentFailure as failure:
                    self._stop = failure
                except TemporaryFailure as failure:
                    return failure
        return None

    async def _work(self, place: Place) -> None:
        while self._open and not self._stop:
            try:
                session = await place.session()
            except TemporaryFailure as failure:
                # Nobody has a connection, so that nobody need try after us.
                self._stop = self._stop or failure
                return
            if session is None:
                return
            self._drop_what_is_late()
            # Others may have taken the last one while this connection was opened.
            if self._open and not self._stop:
                await self._post(session, self._open.popleft())

    def _drop_what_is_late(self) -> None:
        """Begin no mail whose time is over: somebody else may have taken it over by now."""
        if uptime() > self._begin_by:
            while self._open:
                mail = self._open.popleft()
                self._keep(Receipt(mail.delivery, Answer.DEFERRED, TOO_LATE))

    async def _post(self, session: Session, mail: Mail) -> None:
        """Hand one mail over. Raises TemporaryFailure when it is of no use to go on."""
        fresh = not session.carried
        outcome = await self._outcome(session, mail)
        if self._closed_silently(outcome, fresh, mail):
            return
        if outcome.verdict is Verdict.OURS:
            self._open.appendleft(mail)
            raise PermanentFailure(
                f"The relay refuses our mail: {outcome.words}",
                hint="No reader is at fault. Mend what it names, then go on with the edition.",
            )
        answer, words, theirs = ANSWERS[outcome.verdict], outcome.words, outcome.provider_id
        self._keep(Receipt(mail.delivery, answer, words, theirs, outcome.crowded))
        if outcome.verdict in _ENDED and (fresh or session.hung):
            raise TemporaryFailure(f"The relay does not keep the line: {outcome.words}")

    async def _outcome(self, session: Session, mail: Mail) -> Outcome:
        try:
            return await session.post(mail, self._begin_by)
        except asyncio.CancelledError:
            session.abort()
            raise

    def _closed_silently(self, outcome: Outcome, fresh: bool, mail: Mail) -> bool:
        """
        Put a mail back that the relay never heard of, once.

        Some close a connection after so many mails without a word (Yahoo does); that is no
        failure, and the mail goes out on the next connection.
        """
        silent = outcome.verdict is Verdict.LOST and not outcome.heard
        if not silent or fresh or mail.delivery in self._again:
            return False
        self._again.add(mail.delivery)
        self._open.appendleft(mail)
        return True

    def _keep(self, receipt: Receipt) -> None:
        if not self._gathered:
            asyncio.get_running_loop().call_later(GATHERED, self._flush)
        self._gathered.append(receipt)

    def _flush(self) -> None:
        if self._gathered:
            self._tell(self._gathered)
            self._gathered = []
