"""What the ledger asks of the SMTP transport beside sending: probes, time, crowded domains."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace

import pytest

from newsletter.errors import PermanentFailure, TemporaryFailure, TransportError, UnknownOutcome
from newsletter.model import Answer, Call, Receipt
from newsletter.settings import SmtpSettings
from newsletter.transports import uptime
from newsletter.transports.smtp import SmtpTransport
from newsletter.transports.smtp.replies import Reply, Stage, about_domain
from newsletter.transports.smtp.session import TOO_LATE, Patience
from tests.transports.relay import Act, Asked, Script, ScriptedRelay

MakeCall = Callable[..., Call]

Connected = tuple[SmtpTransport, ScriptedRelay]


@pytest.fixture
def connect() -> Iterator[Callable[..., Connected]]:
    with ExitStack() as stack:

        def to(script: Script = lambda _: None, **given: object) -> Connected:
            relay = stack.enter_context(ScriptedRelay(script).open())
            smtp = {"host": "127.0.0.1", "port": relay.port, "tls": "none", "connections": 1}
            settings = SmtpSettings.model_validate({**smtp, **given})
            transport = SmtpTransport(settings, patience=Patience(2, 1, 3))
            stack.callback(transport.close)
            return transport, relay

        yield to


def sent(transport: SmtpTransport, call: Call) -> tuple[dict[int, Receipt], TransportError | None]:
    receipts: dict[int, Receipt] = {}
    try:
        for receipt in transport.send(call):
            receipts[receipt.delivery] = receipt
    except TransportError as error:
        return receipts, error
    return receipts, None


# ── Crowded domains ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("stage", "said", "crowded"),
    [
        ("rcpt", "421 4.7.28 unusual rate", True),
        ("end", "421 4.7.0 try again later", True),
        ("data", "450 4.7.28 slow down", True),
        ("rcpt", "421 Too many messages", True),
        ("end", "451 4.7.650 the mail server has been temporarily rate limited", True),
        ("rcpt", "421 4.3.2 shutting down", False),
        ("end", "421 4.4.2 timed out", False),
        ("rcpt", "450 4.2.1 mailbox busy", False),
        ("rcpt", "451 please try again", False),
        ("rcpt", "550 5.7.1 no", False),
        ("end", "250 2.0.0 Ok", False),
        ("greeting", "421 4.7.0 too many connections from you", False),
        ("hello", "421 too many", False),
        ("mail", "421 4.7.28 slow", False),
        ("auth", "454 4.7.0 later", False),
    ],
)
def test_an_answer_about_the_domain_is_told_from_others(
    stage: str, said: str, crowded: bool
) -> None:
    code, _, text = said.partition(" ")

    assert about_domain(Stage(stage), Reply(int(code), (text,))) is crowded


@pytest.mark.parametrize("verb", ["RCPT", "END"])
def test_a_crowded_domain_is_told_of_its_reader_alone(
    connect: Callable[..., Connected], make_call: MakeCall, verb: str
) -> None:
    def script(asked: Asked) -> bytes | None:
        busy = asked.verb == verb and asked.mail == 1 and asked.connection == 1
        return b"450 4.7.28 slow down\r\n" if busy else None

    transport, _ = connect(script)
    receipts, error = sent(transport, make_call(count=3))

    assert error is None
    crowded = [r for r in receipts.values() if r.crowded]
    assert [r.answer for r in crowded] == [Answer.DEFERRED]
    assert len(receipts) == 3


# ── Probes ──────────────────────────────────────────────────────────────────────────────────


def test_a_probe_asks_for_nothing_on_a_line_that_mails_use_afterwards(
    connect: Callable[..., Connected], make_call: MakeCall
) -> None:
    def script(asked: Asked) -> bytes | None:
        return b"250 2.0.0 Ok\r\n" if asked.verb == "NOOP" else None

    transport, relay = connect(script)
    transport.probe()
    sent(transport, make_call(count=2))
    transport.probe()

    assert relay.connections == 1
    assert [c for c in relay.commands if c == "NOOP"] == ["NOOP"] * 2
    assert len(relay.taken) == 2


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"421 4.3.2 later\r\n", TemporaryFailure),
        (b"500 5.5.1 what?\r\n", TemporaryFailure),
        ([Act.CLOSE], TemporaryFailure),
        ([Act.HANG], TemporaryFailure),
    ],
)
def test_a_probe_that_is_not_answered_well_fails(
    connect: Callable[..., Connected], answer: object, failure: type[TransportError]
) -> None:
    transport, _ = connect(lambda asked: answer if asked.verb == "NOOP" else None)

    with pytest.raises(failure):
        transport.probe()


def test_a_probe_of_a_relay_that_is_away_fails(connect: Callable[..., Connected]) -> None:
    transport, _ = connect(port=1)

    with pytest.raises(TemporaryFailure, match="cannot be reached"):
        transport.probe()


def test_a_probe_of_a_relay_that_does_not_want_us_says_so(
    connect: Callable[..., Connected],
) -> None:
    transport, _ = connect(lambda a: b"554 5.7.1 no\r\n" if a.verb == "GREETING" else None)

    with pytest.raises(PermanentFailure):
        transport.probe()


# ── Time ────────────────────────────────────────────────────────────────────────────────────


def test_a_call_whose_time_is_over_is_not_begun(
    connect: Callable[..., Connected], make_call: MakeCall
) -> None:
    transport, relay = connect()
    late = replace(make_call(count=3), begin_by=uptime() - 1)

    receipts, error = sent(transport, late)

    assert error is None
    assert {(r.answer, r.reply) for r in receipts.values()} == {(Answer.DEFERRED, TOO_LATE)}
    assert relay.taken == []
    assert not [c for c in relay.commands if c.startswith("MAIL")]


def test_of_a_call_that_takes_long_only_the_beginning_goes_out(
    connect: Callable[..., Connected], make_call: MakeCall
) -> None:
    transport, relay = connect(lambda a: [0.4, b"250 Ok\r\n"] if a.verb == "END" else None)
    call = replace(make_call(count=4), begin_by=uptime() + 0.6)

    receipts, error = sent(transport, call)

    assert error is None
    answers = [receipts[n].answer for n in range(1, 5)]
    assert answers == [Answer.SUBMITTED] * 2 + [Answer.DEFERRED] * 2
    assert len(relay.taken) == 2


def test_content_does_not_follow_a_permission_that_came_too_late(
    connect: Callable[..., Connected], make_call: MakeCall
) -> None:
    transport, relay = connect(lambda a: [0.5, b"354 go\r\n"] if a.verb == "DATA" else None)
    call = replace(make_call(count=1), begin_by=uptime() + 0.2)

    receipts, error = sent(transport, call)

    assert error is None
    assert (receipts[1].answer, receipts[1].reply) == (Answer.DEFERRED, TOO_LATE)
    assert relay.taken == []


# ── Closing ─────────────────────────────────────────────────────────────────────────────────


def test_closing_ends_a_call_in_a_second_and_begins_no_further_mail(
    connect: Callable[..., Connected], make_call: MakeCall
) -> None:
    reached = threading.Event()

    def script(asked: Asked) -> list[Act] | None:
        if asked.verb == "END" and asked.mail == 2:
            reached.set()
            return [Act.HANG]
        return None

    transport, relay = connect(script)
    ended: list[tuple[dict[int, Receipt], TransportError | None]] = []
    sending = threading.Thread(target=lambda: ended.append(sent(transport, make_call(count=5))))
    sending.start()
    assert reached.wait(5)
    time.sleep(0.1)
    began = time.monotonic()
    transport.close()
    sending.join(5)

    assert time.monotonic() - began < 1.5
    ((receipts, error),) = ended
    assert isinstance(error, UnknownOutcome)
    assert {n: r.answer for n, r in receipts.items()} == {1: Answer.SUBMITTED}
    time.sleep(0.2)
    assert len(relay.taken) == 2
