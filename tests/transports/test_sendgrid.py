"""What each answer of SendGrid does to a call."""

from collections.abc import Callable, Iterator

import pytest

from newsletter.errors import PermanentFailure, TemporaryFailure, TransportError, UnknownOutcome
from newsletter.model import Answer, Call, Envelope, Receipt
from newsletter.transports import sendgrid_payload
from newsletter.transports.sendgrid import SendGridTransport
from tests.transports.sendgrid_stub import KEY, SendGridStub, errors, says, sendgrid_stub

MakeCall = Callable[..., Call]
MakeEnvelope = Callable[..., Envelope]


@pytest.fixture
def stub() -> Iterator[SendGridStub]:
    with sendgrid_stub() as running:
        yield running


@pytest.fixture
def transport(stub: SendGridStub) -> SendGridTransport:
    return SendGridTransport(KEY, stub.url)


def sent(transport: SendGridTransport, call: Call) -> tuple[list[Receipt], TransportError | None]:
    """Return the receipts of a call, and what it ended with."""
    receipts = []
    try:
        for receipt in transport.send(call):
            receipts.append(receipt)  # noqa: PERF402 - kept when it raises
    except TransportError as error:
        return receipts, error
    return receipts, None


def by(receipts: list[Receipt], answer: Answer) -> list[int]:
    return [receipt.delivery for receipt in receipts if receipt.answer is answer]


@pytest.mark.parametrize("status", [200, 202])
def test_an_accepted_request_submits_all_its_readers_under_its_id(
    transport: SendGridTransport, stub: SendGridStub, make_call: MakeCall, status: int
) -> None:
    stub.script.append(says(status, X_Message_Id="abc.def"))
    receipts, error = sent(transport, make_call(count=3))
    assert error is None
    assert receipts == [Receipt(n, Answer.SUBMITTED, "", "abc.def") for n in (1, 2, 3)]
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("status", "raised"),
    [
        (400, PermanentFailure),
        (401, PermanentFailure),
        (403, PermanentFailure),
        (404, PermanentFailure),
        (405, PermanentFailure),
        (406, PermanentFailure),
        (415, PermanentFailure),
        (408, TemporaryFailure),
        (429, TemporaryFailure),
        (301, UnknownOutcome),
        (500, UnknownOutcome),
        (502, UnknownOutcome),
        (503, UnknownOutcome),
        (504, UnknownOutcome),
        (599, UnknownOutcome),
    ],
)
def test_each_status_says_what_may_be_done_next(
    transport: SendGridTransport,
    stub: SendGridStub,
    make_call: MakeCall,
    status: int,
    raised: type[TransportError],
) -> None:
    stub.script.append(errors(status, ("the words of SendGrid", None)))
    receipts, error = sent(transport, make_call(count=3))
    assert type(error) is raised
    assert f"{status}: the words of SendGrid" in str(error)
    assert receipts == []
    assert len(stub.requests) == 1


def test_a_wrong_key_is_said_where_it_is_mended(
    transport: SendGridTransport, stub: SendGridStub, make_call: MakeCall
) -> None:
    stub.script.append(errors(401, ("The provided authorization grant is invalid", None)))
    _, error = sent(transport, make_call())
    assert error
    assert "NEWSLETTER_SENDGRID__API_KEY" in error.hint


def test_neither_an_address_nor_the_key_is_repeated(
    transport: SendGridTransport, stub: SendGridStub, make_call: MakeCall
) -> None:
    told = f"duplicate [ann@example.com], ann%40example.com; Bearer {KEY} {KEY}"
    stub.script.append(errors(400, (told, "personalizations")))
    _, error = sent(transport, make_call())
    assert str(error).count("[address]") == 2
    assert "example" not in str(error)
    assert "made-up" not in str(error)


# ── Readers ─────────────────────────────────────────────────────────────────────────────────


def test_a_reader_whose_address_is_refused_keeps_nobody_from_the_mail(
    transport: SendGridTransport, stub: SendGridStub, make_call: MakeCall
) -> None:
    told = "Does not contain a valid address: reader2@example.com"
    stub.script.append(errors(400, (told, "personalizations.1.to.0.email")))
    receipts, error = sent(transport, make_call(count=4))
    assert error is None
    assert by(receipts, Answer.REFUSED) == [2]
    assert by(receipts, Answer.SUBMITTED) == [1, 3, 4]
    assert receipts[0].reply == "SendGrid: Does not contain a valid address: [address]"
    assert set(stub.recipients()) == {f"reader{n}@example.com" for n in (1, 3, 4)}


def test_a_call_of_bad_addresses_alone_is_refused_without_asking_again(
    transport: SendGridTransport, stub: SendGridStub, make_call: MakeCall
) -> None:
    fields = [("no address", f"personalizations.{n}.to") for n in range(2)]
    stub.script.append(errors(400, *fields))
    receipts, error = sent(transport, make_call(count=2))
    assert error is None
    assert by(receipts, Answer.REFUSED) == [1, 2]
    assert len(stub.requests) == 1


def test_bad_requests_are_not_made_over_and_over(
    transport: SendGridTransport, stub: SendGridStub, make_call: MakeCall
) -> None:
    stub.script.extend([errors(400, ("no address", "personalizations.0.to.0.email"))] * 9)
    receipts, error = sent(transport, make_call(count=5))
    assert isinstance(error, TemporaryFailure)
    assert by(receipts, Answer.REFUSED) == [1, 2]
    assert len(stub.requests) == 2


@pytest.mark.parametrize(
    "fields",
    [
        ["personalizations.0.to.0.email", "from.email"],
        ["personalizations.7.to.0.email"],
        ["personalizations.0.tone"],
        ["personalizations.0.headers"],
        ["personalizations.-1.to"],
        [None],
    ],
)
def test_a_fault_of_ours_refuses_no_reader(
    transport: SendGridTransport,
    stub: SendGridStub,
    make_call: MakeCall,
    fields: list[str | None],
) -> None:
    stub.script.append(errors(400, *(("wrong", field) for field in fields)))
    receipts, error = sent(transport, make_call(count=3))
    assert isinstance(error, PermanentFailure)
    assert receipts == []


def test_an_address_that_stands_twice_goes_into_a_second_request(
    transport: SendGridTransport,
    stub: SendGridStub,
    make_call: MakeCall,
    make_envelope: MakeEnvelope,
) -> None:
    addresses = ["ann@example.com", "bob@example.com", "Ann@Example.com", "ann@example.com"]
    envelopes = [make_envelope(n, address=a) for n, a in enumerate(addresses, 1)]
    receipts, error = sent(transport, make_call(*envelopes))
    assert error is None
    assert by(receipts, Answer.SUBMITTED) == [1, 2, 3, 4]
    assert [len(request["personalizations"]) for request in stub.accepted] == [2, 1, 1]


def test_letters_that_sendgrid_cannot_write_to_are_refused_by_name(
    transport: SendGridTransport,
    stub: SendGridStub,
    make_call: MakeCall,
    make_envelope: MakeEnvelope,
) -> None:
    call = make_call(make_envelope(1, address="müller@example.com"), make_envelope(2))
    receipts, error = sent(transport, call)
    assert error is None
    assert by(receipts, Answer.REFUSED) == [1]
    assert "outside ASCII" in receipts[0].reply
    assert "ller" not in receipts[0].reply
    assert list(stub.recipients()) == ["reader2@example.com"]


# ── Size ────────────────────────────────────────────────────────────────────────────────────


def test_a_request_that_is_too_large_goes_out_in_halves(
    transport: SendGridTransport, stub: SendGridStub, make_call: MakeCall
) -> None:
    stub.script.extend([errors(413, ("too large", None))] * 2)
    receipts, error = sent(transport, make_call(count=9))
    assert error is None
    assert [len(request["personalizations"]) for request in stub.requests] == [9, 4, 2, 2, 5]
    assert [receipt.delivery for receipt in receipts] == list(range(1, 10))
    assert stub.recipients() == {f"reader{n}@example.com": 1 for n in range(1, 10)}


def test_what_cannot_be_halved_is_our_fault(
    transport: SendGridTransport, stub: SendGridStub, make_call: MakeCall
) -> None:
    stub.script.extend([says(413)] * 99)
    receipts, error = sent(transport, make_call(count=8))
    assert isinstance(error, PermanentFailure)
    assert receipts == []
    assert len(stub.requests) == 4


def test_what_sendgrid_would_not_take_is_not_sent(
    transport: SendGridTransport,
    stub: SendGridStub,
    make_call: MakeCall,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call = make_call(count=40)
    mould = sendgrid_payload.mould(call)
    three = len(mould.body([mould.part(envelope, call.id) for envelope in call.envelopes[:3]]))
    monkeypatch.setattr(sendgrid_payload, "LARGEST_BODY", three + 200)
    receipts, error = sent(transport, call)
    assert error is None
    assert [receipt.delivery for receipt in receipts] == list(range(1, 41))
    assert {len(request["personalizations"]) for request in stub.requests} <= {2, 3}
    monkeypatch.setattr(sendgrid_payload, "LARGEST_BODY", 10)
    assert isinstance(sent(transport, call)[1], PermanentFailure)


# ── Doubt ───────────────────────────────────────────────────────────────────────────────────


def test_readers_whose_request_was_never_begun_are_not_in_doubt(
    transport: SendGridTransport, stub: SendGridStub, make_call: MakeCall
) -> None:
    stub.script.extend([says(413), says(202, X_Message_Id="first"), says(500)])
    call = make_call(count=4)
    twin = call.envelopes[0]._replace(delivery=9)
    receipts, error = sent(transport, make_call(*call.envelopes, twin))
    assert isinstance(error, UnknownOutcome)
    assert by(receipts, Answer.SUBMITTED) == [1, 2]
    assert by(receipts, Answer.DEFERRED) == [9]
    assert {3, 4}.isdisjoint(receipt.delivery for receipt in receipts)
