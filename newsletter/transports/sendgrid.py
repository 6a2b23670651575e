"""Hands mails to SendGrid (its v3 API): a thousand readers in a request, and no doubt hidden."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from newsletter.errors import InvalidAddress, TemporaryFailure, UnknownOutcome
from newsletter.model import Answer, Call, Receipt
from newsletter.transports import sendgrid_answers as answers
from newsletter.transports import sendgrid_payload as payload
from newsletter.transports.sendgrid_answers import Meaning
from newsletter.transports.sendgrid_line import TIMEOUT, Line
from newsletter.transports.sendgrid_pace import Pace
from newsletter.transports.sendgrid_payload import Part


class _Parcel(NamedTuple):
    """The readers of one request."""

    parts: Sequence[Part]
    #: True: SendGrid named readers in it once, and they were taken out.
    cleaned: bool = False


class SendGridTransport:
    """
    Hands calls to SendGrid.

    A request is accepted or not as a whole. SendGrid knows no idempotency key, so one whose
    answer is lost may be in a thousand inboxes: such readers are unknown, never tried again.

    With `sandbox` SendGrid looks a request over and answers, but sends nothing.
    """

    name = "sendgrid"
    largest_call = payload.LARGEST_REQUEST
    calls_at_once = 4
    idempotent = False

    def __init__(
        self,
        key: str,
        host: str = "https://api.sendgrid.com",
        *,
        sandbox: bool = False,
        timeout: float = TIMEOUT,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._line = Line(key, host, timeout=timeout)
        self._pace = Pace(sleep, now)
        self._now = now
        self._sandbox = sandbox

    def send(self, call: Call) -> Iterator[Receipt]:
        """
        Yield one receipt for each envelope; those of a request come together.

        A reader whom SendGrid cannot write to is refused, and the others go on. Readers whose
        request was never begun are deferred, also when another request's outcome is unknown.

        Raises:
            TemporaryFailure: the rest was proven not accepted.
            PermanentFailure: the account, the key or the edition is not taken.
            UnknownOutcome: the rest may have been accepted.

        """
        mould = payload.mould(call, sandbox=self._sandbox)
        parts: list[Part] = []
        for envelope in call.envelopes:
            try:
                parts.append(mould.part(envelope, call.id))
            except InvalidAddress as error:
                yield Receipt(envelope.delivery, Answer.REFUSED, str(error))
        waiting = deque(_Parcel(group) for group in payload.groups(parts))
        while waiting:
            try:
                yield from self._hand_over(waiting.popleft(), mould, waiting)
            except UnknownOutcome:
                yield from _not_begun(waiting)
                raise

    def close(self) -> None:
        """Nothing is held open between requests."""

    def _hand_over(
        self, parcel: _Parcel, mould: payload.Mould, waiting: deque[_Parcel]
    ) -> Iterator[Receipt]:
        """Make one request. What is to be tried again goes to the front of what waits."""
        answer = self._post(mould.body(parcel.parts))
        meaning = answers.meaning(answer.status)
        if meaning is Meaning.ACCEPTED:
            theirs = answers.message_id(answer)
            for part in parcel.parts:
                yield Receipt(part.delivery, Answer.SUBMITTED, provider_id=theirs)
        elif meaning is Meaning.TOO_LARGE and len(parcel.parts) > 1:
            waiting.extendleft(_halves(parcel))
        elif named := answers.readers_named(answer, len(parcel.parts)):
            yield from _refused(parcel, named)
            rest = [part for place, part in enumerate(parcel.parts) if place not in named]
            if rest and parcel.cleaned:
                # SendGrid blocks an account for a while that makes too many bad requests.
                raise TemporaryFailure("SendGrid found more addresses in a call that are none.")
            if rest:
                waiting.appendleft(_Parcel(rest, cleaned=True))
        else:
            raise answers.failure(answer, self._now())

    def _post(self, body: str) -> answers.Answer:
        """Ask, at SendGrid's pace; what could not be taken anyway is answered here."""
        if len(body) > payload.LARGEST_BODY:
            return answers.Answer(413, {})
        self._pace.wait()
        answer = self._line.post(body)
        self._pace.learn(answer.headers)
        return answer


def _halves(parcel: _Parcel) -> Iterator[_Parcel]:
    """Yield the second half first: `extendleft` turns them round."""
    middle = len(parcel.parts) // 2
    yield parcel._replace(parts=parcel.parts[middle:])
    yield parcel._replace(parts=parcel.parts[:middle])


def _refused(parcel: _Parcel, named: dict[int, str]) -> Iterator[Receipt]:
    for place, words in named.items():
        reply = f"SendGrid: {words or 'not an address'}"
        yield Receipt(parcel.parts[place].delivery, Answer.REFUSED, reply)


def _not_begun(waiting: deque[_Parcel]) -> Iterator[Receipt]:
    for parcel in waiting:
        for part in parcel.parts:
            yield Receipt(part.delivery, Answer.DEFERRED, "not handed over: an answer was lost")
