"""What every way out promises. A new transport is added to `TRANSPORTS`, and is held to it."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from mailbox import Maildir
from pathlib import Path
from typing import Protocol

import pytest

from newsletter.model import Answer, Call, Envelope, Receipt
from newsletter.settings import OutboxSettings, SendGridSettings, Settings, SmtpSettings
from newsletter.transports import Transport, open_transport
from newsletter.transports.outbox import OutboxTransport
from newsletter.transports.sendgrid import SendGridTransport
from newsletter.transports.smtp import SmtpTransport
from tests.pages import example
from tests.transports.relay import Catcher, ordinary
from tests.transports.sendgrid_stub import KEY, SendGridStub, sendgrid_stub
from tests.transports.test_example import SERVER, taken

MakeCall = Callable[..., Call]
MakeEnvelope = Callable[..., Envelope]


class OtherSide(Protocol):
    """The other side of a transport: what arrived."""

    def open(self) -> Transport: ...

    def recipients(self) -> Counter[str]: ...


class Outbox:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def open(self) -> Transport:
        return OutboxTransport(self.folder)

    def recipients(self) -> Counter[str]:
        return Counter(mail["To"] for mail in Maildir(self.folder))


class SendGrid:
    def __init__(self, stub: SendGridStub) -> None:
        self.stub = stub

    def open(self) -> Transport:
        return SendGridTransport(KEY, self.stub.url, timeout=10)

    def recipients(self) -> Counter[str]:
        return self.stub.recipients()


class Relay:
    def __init__(self, caught: Catcher, port: int, stack: ExitStack) -> None:
        self._caught = caught
        self._port = port
        self._stack = stack

    def open(self) -> Transport:
        given = {"host": "127.0.0.1", "port": self._port, "tls": "none", "connections": 4}
        transport = SmtpTransport(SmtpSettings.model_validate(given))
        self._stack.callback(transport.close)
        return transport

    def recipients(self) -> Counter[str]:
        return Counter(mail.recipient for mail in self._caught.mails)


@contextmanager
def outbox(tmp_path: Path) -> Iterator[OtherSide]:
    yield Outbox(tmp_path / "outbox")


@contextmanager
def sendgrid(_: Path) -> Iterator[OtherSide]:
    with sendgrid_stub() as stub:
        yield SendGrid(stub)


@contextmanager
def smtp(_: Path) -> Iterator[OtherSide]:
    with ordinary() as (caught, port), ExitStack() as stack:
        yield Relay(caught, port, stack)


class Sendmail:
    """The transport that docs/how-to/transport.md shows."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        command = folder / "sendmail"
        command.write_text(SERVER, encoding="utf-8")
        command.chmod(0o755)
        self._opened: Transport = example("docs/how-to/transport.md")["SendmailTransport"](
            [str(command)]
        )

    def open(self) -> Transport:
        return self._opened

    def recipients(self) -> Counter[str]:
        return taken(self._folder)


@contextmanager
def from_the_page(tmp_path: Path) -> Iterator[OtherSide]:
    yield Sendmail(tmp_path)


TRANSPORTS = [outbox, smtp, sendgrid, from_the_page]


@pytest.fixture(params=TRANSPORTS, ids=lambda kind: kind.__name__)
def other_side(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OtherSide]:
    with request.param(tmp_path) as side:
        yield side


@pytest.fixture
def transport(other_side: OtherSide) -> Transport:
    return other_side.open()


def test_each_envelope_gets_one_receipt(transport: Transport, make_call: MakeCall) -> None:
    receipts = list(transport.send(make_call(count=250)))
    assert sorted(receipt.delivery for receipt in receipts) == list(range(1, 251))
    assert {receipt.answer for receipt in receipts} == {Answer.SUBMITTED}


def test_what_is_submitted_arrives_once(
    transport: Transport, other_side: OtherSide, make_call: MakeCall
) -> None:
    list(transport.send(make_call(count=250)))
    assert other_side.recipients() == {f"reader{n}@example.com": 1 for n in range(1, 251)}


def test_a_largest_call_is_taken_whole(transport: Transport, make_call: MakeCall) -> None:
    receipts = list(transport.send(make_call(count=transport.largest_call)))
    assert len(receipts) == transport.largest_call


@pytest.mark.parametrize("position", [0, 1, 2])
def test_an_address_that_cannot_be_written_to_is_refused_alone(
    transport: Transport,
    other_side: OtherSide,
    make_call: MakeCall,
    make_envelope: MakeEnvelope,
    position: int,
) -> None:
    envelopes = [make_envelope(1), make_envelope(2)]
    poison = make_envelope(66, address="eve@example.com\r\nBcc: x@y.example")
    envelopes.insert(position, poison)
    receipts = {receipt.delivery: receipt for receipt in transport.send(make_call(*envelopes))}
    assert receipts[66].answer is Answer.REFUSED
    assert receipts[66].reply
    assert "eve" not in receipts[66].reply
    assert receipts[1].answer is receipts[2].answer is Answer.SUBMITTED
    assert set(other_side.recipients()) == {"reader1@example.com", "reader2@example.com"}


@pytest.mark.parametrize("name", ["\ud83d", "\0", "a\r\nb", '"', "x" * 100_000, "🚀" * 300])
def test_no_name_keeps_a_reader_from_the_mail(
    transport: Transport, make_call: MakeCall, make_envelope: MakeEnvelope, name: str
) -> None:
    (receipt,) = transport.send(make_call(make_envelope(1, name=name)))
    assert receipt.answer is Answer.SUBMITTED


def test_handed_over_twice_is_as_many_mails_as_a_transport_says(
    transport: Transport, other_side: OtherSide, make_call: MakeCall
) -> None:
    first = list(transport.send(make_call(count=5)))
    again = list(other_side.open().send(make_call(count=5)))
    assert (first == again) == transport.idempotent
    assert set(other_side.recipients().values()) == {1 if transport.idempotent else 2}


def test_a_call_that_is_left_half_way_has_told_no_lie(
    transport: Transport, other_side: OtherSide, make_call: MakeCall
) -> None:
    call = make_call(count=250)
    sending = transport.send(call)
    seen: list[Receipt] = [next(sending) for _ in range(120)]
    del sending
    arrived = other_side.recipients()
    assert {arrived[f"reader{receipt.delivery}@example.com"] for receipt in seen} == {1}
    if transport.idempotent:
        rest = [each for each in call.envelopes if each.delivery > seen[-1].delivery]
        list(transport.send(make_call(*rest)))
        assert other_side.recipients() == {f"reader{n}@example.com": 1 for n in range(1, 251)}
    assert max(other_side.recipients().values()) == 1


def test_a_call_may_be_empty(transport: Transport, make_call: MakeCall) -> None:
    call = make_call(count=1)
    empty = Call(
        id=call.id, rendition=call.rendition, headers=call.headers, envelopes=(), at=call.at
    )
    assert list(transport.send(empty)) == []


def test_a_transport_says_what_it_is(transport: Transport) -> None:
    assert transport.name
    assert transport.largest_call >= 1
    transport.close()


# ── Opening one ─────────────────────────────────────────────────────────────────────────────


def test_the_outbox_is_opened_where_settings_say(tmp_path: Path) -> None:
    settings = Settings(outbox=OutboxSettings(dir=tmp_path / "mails"))
    transport = open_transport(settings)
    assert isinstance(transport, OutboxTransport)
    assert transport.folder == tmp_path / "mails"


def test_sendgrid_is_opened_with_the_key_that_settings_hold() -> None:
    account = SendGridSettings.model_validate({"api_key": KEY})
    settings = Settings.model_validate({"transport": "sendgrid", "sendgrid": account})
    transport = open_transport(settings)
    assert isinstance(transport, SendGridTransport)
    assert (transport.name, transport.largest_call) == ("sendgrid", 1000)
