"""Hands mails to SendGrid (its v3 API): a thousand readers in a request, and no doubt hidden."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from typing import NamedTuple

from newsletter.errors import (
    InvalidAddress,
    PermanentFailure,
    TemporaryFailure,
    UnknownOutcome,
)
from newsletter.model import Answer, Appointment, Call, Receipt
from newsletter.transports import sendgrid_answers as answers
from newsletter.transports import sendgrid_payload as payload
from newsletter.transports import uptime
from newsletter.transports.memory import keep_freed_memory
from newsletter.transports.sendgrid_answers import Meaning
from newsletter.transports.sendgrid_line import Line
from newsletter.transports.sendgrid_pace import Pace
from newsletter.transports.sendgrid_payload import Part
from newsletter.transports.sendgrid_wire import TIMEOUT

#: What is said of readers whose request was not begun in time.
TOO_LATE = "It was not begun in time, so it was not handed over."

#: Seconds before an appointment from which SendGrid does not hear of it any more.
LAST_WORD = 600

#: Whom a probe is from before any call was made.
ANYBODY = "probe@example.com"


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
        keep_freed_memory()
        self._line = Line(key, host, timeout=timeout)
        self._pace = Pace(sleep, now)
        self._now = now
        self._sandbox = sandbox
        self._sender = ANYBODY

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
        self._sender = call.headers.sender_address
        mould = payload.mould(self._timely(call), sandbox=self._sandbox)
        parts: list[Part] = []
        for envelope in call.envelopes:
            try:
                parts.append(mould.part(envelope, call.id))
            except InvalidAddress as error:
                yield Receipt(envelope.delivery, Answer.REFUSED, str(error))
        waiting = deque(_Parcel(group) for group in payload.groups(parts))
        while waiting:
            self._pace.wait()
            if uptime() > call.begin_by:
                yield from _not_begun(waiting, TOO_LATE)
                return
            try:
                yield from self._hand_over(waiting.popleft(), mould, waiting)
            except UnknownOutcome:
                yield from _not_begun(waiting, "not handed over: an answer was lost")
                raise

    def _timely(self, call: Call) -> Call:
        """Drop an appointment that is over: what is due is sent at once."""
        due = call.appointment and call.appointment.at.timestamp() <= self._now()
        return replace(call, appointment=None) if due else call

    def probe(self) -> None:
        """
        Ask SendGrid to look a mail over that is never sent.

        What it thinks of that mail does not matter: it is there. Raises TemporaryFailure while
        it is not, PermanentFailure when it does not know our key.
        """
        answer = self._line.post(payload.probe(self._sender))
        absent = answers.meaning(answer.status) in {Meaning.TRY_AGAIN, Meaning.DOUBTFUL}
        if absent or answer.status == HTTPStatus.UNAUTHORIZED:
            raise answers.failure(answer, self._now())

    def close(self) -> None:
        """Cut the requests in flight, and begin no further one."""
        self._line.close()

    # ── Appointments ────────────────────────────────────────────────────────────────────────

    def make_appointment(self, at: datetime) -> Appointment:
        """Let mails be sent at a moment, 72 hours ahead at most. Raises TransportError."""
        answer = self._line.open_batch()
        if answers.meaning(answer.status) is not Meaning.ACCEPTED:
            raise answers.failure(answer, self._now())
        return Appointment(answers.batch_id(answer), at)

    def call_off(self, appointment: Appointment) -> None:
        """
        Cancel what was handed over for that moment and is not sent yet.

        Raises PermanentFailure from ten minutes before it on, when SendGrid does not hear of it
        any more; TransportError.
        """
        self._change(appointment, lambda: self._line.schedule(appointment.id, "cancel"))

    def put_off(self, appointment: Appointment) -> None:
        """Pause it; after 72 hours that is as good as cancelled. Raises as `call_off`."""
        self._change(appointment, lambda: self._line.schedule(appointment.id, "pause"))

    def keep(self, appointment: Appointment) -> None:
        """Take a pause back. Raises TransportError."""
        answer = self._line.unschedule(appointment.id)
        if answers.meaning(answer.status) is not Meaning.ACCEPTED:
            raise answers.failure(answer, self._now())

    def _change(self, appointment: Appointment, ask: Callable[[], answers.Answer]) -> None:
        if appointment.at.timestamp() - self._now() < LAST_WORD:
            raise PermanentFailure(
                f"SendGrid sends at {appointment.at:%H:%M %Z} whatever is said now.",
                hint="It hears of it until ten minutes before.",
            )
        answer = ask()
        if answers.meaning(answer.status) is not Meaning.ACCEPTED:
            raise answers.failure(answer, self._now())

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
        """Ask, and learn SendGrid's pace; what could not be taken anyway is answered here."""
        if len(body) > payload.LARGEST_BODY:
            return answers.Answer(413, {})
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


def _not_begun(waiting: deque[_Parcel], why: str) -> Iterator[Receipt]:
    for parcel in waiting:
        for part in parcel.parts:
            yield Receipt(part.delivery, Answer.DEFERRED, why)
