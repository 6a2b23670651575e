"""What the ledger asks of the SendGrid transport beside sending: probes, time, appointments."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newsletter.errors import PermanentFailure, TemporaryFailure, TransportError, UnknownOutcome
from newsletter.model import Answer, Appointment, Call, Envelope, Receipt
from newsletter.transports import uptime
from newsletter.transports.sendgrid import TOO_LATE, SendGridTransport
from tests.transports.sendgrid_stub import (
    KEY,
    Reply,
    SendGridStub,
    cut,
    errors,
    raw,
    says,
    sendgrid_stub,
)

MakeCall = Callable[..., Call]
MakeEnvelope = Callable[..., Envelope]

SOON = datetime.now(UTC) + timedelta(hours=1)


@pytest.fixture
def stub() -> Iterator[SendGridStub]:
    with sendgrid_stub() as stub:
        yield stub


@pytest.fixture
def transport(stub: SendGridStub) -> SendGridTransport:
    return SendGridTransport(KEY, stub.url, timeout=1)


def sent(
    transport: SendGridTransport, call: Call
) -> tuple[dict[int, Receipt], TransportError | None]:
    receipts: dict[int, Receipt] = {}
    try:
        for receipt in transport.send(call):
            receipts[receipt.delivery] = receipt
    except TransportError as error:
        return receipts, error
    return receipts, None


def twice(make_envelope: MakeEnvelope) -> list[Envelope]:
    """Readers 1 and 2 with one address: two requests of one call."""
    return [make_envelope(1, "same@example.com"), make_envelope(2, "same@example.com")]


@pytest.mark.parametrize(
    "doubtful",
    [
        *(says(status) for status in (500, 502, 503, 504, 520)),
        cut,
        raw(b"HTTP/1.1 2"),
        raw(b""),
    ],
)
def test_what_is_doubtful_is_unknown_of_exactly_the_readers_of_its_request(
    stub: SendGridStub,
    transport: SendGridTransport,
    make_call: MakeCall,
    make_envelope: MakeEnvelope,
    doubtful: Reply,
) -> None:
    stub.script.append(doubtful)

    receipts, error = sent(transport, make_call(*twice(make_envelope)))

    assert isinstance(error, UnknownOutcome)
    # The first has no receipt, so it is unknown; the second was never begun.
    assert {n: r.answer for n, r in receipts.items()} == {2: Answer.DEFERRED}


# ── Probes ──────────────────────────────────────────────────────────────────────────────────


def test_a_probe_is_a_mail_that_is_never_sent(
    stub: SendGridStub, transport: SendGridTransport, make_call: MakeCall
) -> None:
    sent(transport, make_call(count=1))
    stub.script.append(says(200))
    transport.probe()

    asked = stub.requests[-1]
    assert asked["mail_settings"] == {"sandbox_mode": {"enable": True}}
    assert asked["from"] == {"email": "desk@news.example.com"}


def test_what_sendgrid_thinks_of_a_probes_mail_does_not_matter(
    stub: SendGridStub, transport: SendGridTransport
) -> None:
    stub.script.append(errors(403, ("The from address does not match a verified sender", "from")))

    transport.probe()


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (says(503), UnknownOutcome),
        (says(429, X_RateLimit_Reset="1"), TemporaryFailure),
        (says(401), PermanentFailure),
        (cut, UnknownOutcome),
    ],
)
def test_a_probe_that_is_not_answered_well_fails(
    stub: SendGridStub,
    transport: SendGridTransport,
    answer: Reply,
    failure: type[TransportError],
) -> None:
    stub.script.append(answer)

    with pytest.raises(failure):
        transport.probe()


# ── Time ────────────────────────────────────────────────────────────────────────────────────


def test_a_call_whose_time_is_over_is_not_begun(
    stub: SendGridStub, transport: SendGridTransport, make_call: MakeCall
) -> None:
    late = replace(make_call(count=3), begin_by=uptime() - 1)

    receipts, error = sent(transport, late)

    assert error is None
    assert {(r.answer, r.reply) for r in receipts.values()} == {(Answer.DEFERRED, TOO_LATE)}
    assert stub.requests == []


def test_of_a_call_that_takes_long_only_the_beginning_goes_out(
    stub: SendGridStub,
    transport: SendGridTransport,
    make_call: MakeCall,
    make_envelope: MakeEnvelope,
) -> None:
    def slow(line: Any) -> None:
        time.sleep(0.5)
        says(202)(line)

    stub.script.append(slow)
    call = replace(make_call(*twice(make_envelope)), begin_by=uptime() + 0.2)

    receipts, _ = sent(transport, call)

    assert [receipts[n].answer for n in (1, 2)] == [Answer.SUBMITTED, Answer.DEFERRED]
    assert len(stub.requests) == 1


def test_time_that_sendgrid_asked_for_counts_too(
    stub: SendGridStub, make_call: MakeCall, make_envelope: MakeEnvelope
) -> None:
    stub.script.append(
        says(202, X_RateLimit_Remaining="0", X_RateLimit_Reset=str(int(time.time()) + 2))
    )
    transport = SendGridTransport(KEY, stub.url, timeout=1)
    call = replace(make_call(*twice(make_envelope)), begin_by=uptime() + 0.2)

    receipts, _ = sent(transport, call)

    assert [receipts[n].answer for n in (1, 2)] == [Answer.SUBMITTED, Answer.DEFERRED]
    assert len(stub.requests) == 1


def test_closing_ends_a_request_in_a_second_and_begins_no_further_one(
    stub: SendGridStub, make_call: MakeCall, make_envelope: MakeEnvelope
) -> None:
    transport = SendGridTransport(KEY, stub.url, timeout=20)
    stub.script.append(stub.hangs())
    ended: list[tuple[dict[int, Receipt], TransportError | None]] = []
    call = make_call(*twice(make_envelope))
    sending = threading.Thread(target=lambda: ended.append(sent(transport, call)))
    sending.start()
    while not stub.requests:
        time.sleep(0.01)
    began = time.monotonic()
    transport.close()
    sending.join(5)

    assert time.monotonic() - began < 1
    ((receipts, error),) = ended
    assert isinstance(error, UnknownOutcome)
    assert {n: r.answer for n, r in receipts.items()} == {2: Answer.DEFERRED}
    with pytest.raises(TemporaryFailure, match="closed"):
        list(transport.send(call))
    assert len(stub.requests) == 1


# ── Appointments ────────────────────────────────────────────────────────────────────────────


def test_a_call_with_an_appointment_says_when_and_by_what_name(
    stub: SendGridStub, transport: SendGridTransport, make_call: MakeCall
) -> None:
    call = replace(make_call(count=1), appointment=Appointment("batch-1", SOON))
    sent(transport, call)

    assert stub.requests[0]["send_at"] == int(SOON.timestamp())
    assert stub.requests[0]["batch_id"] == "batch-1"


def test_an_appointment_that_is_over_is_dropped(
    stub: SendGridStub, transport: SendGridTransport, make_call: MakeCall
) -> None:
    past = Appointment("batch-1", datetime.now(UTC) - timedelta(seconds=1))
    sent(transport, replace(make_call(count=1), appointment=past))

    assert "send_at" not in stub.requests[0]
    assert "batch_id" not in stub.requests[0]


def test_sendgrid_names_the_batch(stub: SendGridStub, transport: SendGridTransport) -> None:
    stub.script.append(says(201, {"batch_id": "MTIzNDU2"}))

    assert transport.make_appointment(SOON) == Appointment("MTIzNDU2", SOON)


@pytest.mark.parametrize("body", [b"", b"[]", {"batch_id": ""}, {"batch_id": "a b"}])
def test_a_batch_without_a_name_is_none(
    stub: SendGridStub, transport: SendGridTransport, body: Any
) -> None:
    stub.script.append(says(201, body))

    with pytest.raises(UnknownOutcome, match="named no batch"):
        transport.make_appointment(SOON)


def test_what_is_called_off_or_put_off_is_named(
    stub: SendGridStub, transport: SendGridTransport
) -> None:
    stub.script.extend([says(201), says(201)])
    transport.put_off(Appointment("b1", SOON))
    transport.call_off(Appointment("b1", SOON))

    assert stub.requests == [
        {"batch_id": "b1", "status": "pause"},
        {"batch_id": "b1", "status": "cancel"},
    ]


def test_ten_minutes_before_it_sendgrid_hears_of_nothing(
    stub: SendGridStub, transport: SendGridTransport
) -> None:
    near = Appointment("b1", datetime.now(UTC) + timedelta(minutes=9))

    with pytest.raises(PermanentFailure, match="whatever is said"):
        transport.call_off(near)
    assert stub.requests == []


def test_a_call_off_that_is_refused_says_so(
    stub: SendGridStub, transport: SendGridTransport
) -> None:
    stub.script.append(errors(400, ("batch id is invalid", "batch_id")))

    with pytest.raises(PermanentFailure, match="batch id is invalid"):
        transport.call_off(Appointment("b1", SOON))
