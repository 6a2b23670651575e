"""A relay that breaks off, lies, stalls or shouts: whatever it does, each receipt is true."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import PermanentFailure, TemporaryFailure, TransportError, UnknownOutcome
from newsletter.model import Answer, Call, Envelope, Receipt
from newsletter.settings import SmtpSettings
from newsletter.transports.smtp import SmtpTransport, pool
from newsletter.transports.smtp.session import Patience
from tests.transports.relay import FRIENDLY, Act, Asked, Script, ScriptedRelay, certificate

MakeCall = Callable[..., Call]
MakeEnvelope = Callable[..., Envelope]

PATIENCE = Patience(connect=2, reply=0.4, end=0.4)
STEPWISE = b"250-relay.example\r\n250 8BITMIME\r\n"


class Line:
    """A relay that follows a script, and our transport to it."""

    def __init__(self, stack: ExitStack, loops: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self._stack = stack
        self._loops = loops

    def to(
        self, script: Script, patience: Patience = PATIENCE, **given: object
    ) -> tuple[SmtpTransport, ScriptedRelay]:
        context = given.pop("context", None)
        relay = self._stack.enter_context(ScriptedRelay(script, context).open())  # type: ignore[arg-type]
        smtp = {"host": "127.0.0.1", "port": relay.port, "tls": "none", "connections": 1, **given}
        transport = SmtpTransport(
            SmtpSettings.model_validate(smtp), patience=patience, loops=self._loops
        )
        self._stack.callback(transport.close)
        return transport, relay


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def line(request: pytest.FixtureRequest) -> Iterator[Line]:
    with ExitStack() as stack:
        yield Line(stack, request.param)


def sent(transport: SmtpTransport, call: Call) -> tuple[dict[int, Receipt], TransportError | None]:
    """Hand a call over: its receipts, and how it ended."""
    receipts: dict[int, Receipt] = {}
    try:
        for receipt in transport.send(call):
            assert receipt.delivery not in receipts
            receipts[receipt.delivery] = receipt
    except TransportError as error:
        return receipts, error
    return receipts, None


def once(verb: str, mail: int, answer: bytes | list[bytes | float | Act]) -> Script:
    """Answer so one time only: to a verb, for a mail on the first connection."""

    def script(asked: Asked) -> bytes | list[bytes | float | Act] | None:
        here = (asked.verb, asked.connection, asked.mail) == (verb, 1, mail)
        return answer if here else None

    return script


def always(verb: str, answer: bytes | list[bytes | float | Act]) -> Script:
    return lambda asked: answer if asked.verb == verb else None


def answers(receipts: dict[int, Receipt]) -> list[str]:
    return [receipts[n].answer.value for n in sorted(receipts)]


SUBMITTED, REFUSED, DEFERRED, UNKNOWN = (answer.value for answer in Answer)

# ── Answers ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("greeting", [FRIENDLY["EHLO"], STEPWISE], ids=["pipelined", "stepwise"])
@pytest.mark.parametrize(
    ("verb", "answer", "expected"),
    [
        ("RCPT", b"550 5.1.1 No such user\r\n", REFUSED),
        ("RCPT", b"450 4.2.1 Try later\r\n", DEFERRED),
        ("MAIL", b"451 4.3.0 Busy\r\n", DEFERRED),
        ("DATA", b"554 5.5.1 No valid recipients\r\n", REFUSED),
        ("DATA", b"451 4.3.0 Busy\r\n", DEFERRED),
        ("END", b"552 5.2.2 Mailbox full\r\n", REFUSED),
        ("END", b"451 4.7.1 Greylisted\r\n", DEFERRED),
        ("END", b"554\r\n", REFUSED),
        ("RCPT", b"550-5.1.1 No\r\n550-5.1.1 such\r\n550 5.1.1 user\r\n", REFUSED),
    ],
)
def test_one_readers_answer_is_one_readers_receipt(
    line: Line, make_call: MakeCall, greeting: bytes, verb: str, answer: bytes, expected: str
) -> None:
    """The connection goes on with the next mail, and nobody else is touched."""
    said = once(verb, 2, answer)
    turned_down: list[str] = []

    def script(asked: Asked) -> bytes | list[bytes | float | Act] | None:
        if asked.verb == "EHLO":
            return greeting
        if asked.verb == "MAIL":
            turned_down.clear()
        answer = said(asked) if not (verb == "RCPT" and "reader2" not in asked.argument) else None
        if answer is not None:
            turned_down.append(asked.verb)
        elif turned_down and asked.verb in {"RCPT", "DATA"}:
            return b"503 5.5.1 Bad sequence\r\n"
        return answer  # type: ignore[return-value]

    transport, relay = line.to(script)
    # A mail's number grows with its END: only END may come twice for the second mail.
    receipts, failure = sent(
        transport, make_call(count=2) if verb != "RCPT" else make_call(count=3)
    )
    assert failure is None
    assert answers(receipts)[:2] == [SUBMITTED, expected]
    assert set(answers(receipts)[2:]) <= {SUBMITTED}
    assert relay.connections == 1
    assert receipts[2].reply.startswith(answer[:3].decode())


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("MAIL", b"550 5.1.8 Sender unknown\r\n"),
        ("MAIL", b"530 Authentication required\r\n"),
        ("RCPT", b"554 5.7.1 Relay access denied\r\n"),
        ("END", b"550 5.7.515 Access denied\r\n"),
        ("END", b"554 5.6.0 Bad content\r\n"),
        ("END", b"552 5.3.4 Too big\r\n"),
    ],
)
def test_our_own_fault_stops_the_call_and_refuses_no_reader(
    line: Line, make_call: MakeCall, verb: str, answer: bytes
) -> None:
    transport, relay = line.to(once(verb, 2, answer))
    receipts, failure = sent(transport, make_call(count=5))
    assert isinstance(failure, PermanentFailure)
    assert answer[:3].decode() in str(failure)
    assert failure.hint
    assert answers(receipts) == [SUBMITTED]
    assert relay.recipients.count("reader1@example.com") == 1


def test_our_own_fault_is_told_also_with_the_last_mail(line: Line, make_call: MakeCall) -> None:
    transport, _ = line.to(always("END", b"554 5.7.1 Blocked\r\n"))
    receipts, failure = sent(transport, make_call(count=1))
    assert receipts == {}
    assert isinstance(failure, PermanentFailure)


@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "END", "RSET"])
def test_421_at_any_point_is_never_more_than_not_now(
    line: Line, make_call: MakeCall, verb: str
) -> None:
    said = always(verb, [b"421 4.7.0 relay.example closing\r\n", Act.CLOSE])

    def script(asked: Asked) -> object:
        if verb == "RSET" and asked.verb == "RCPT" and "reader2" in asked.argument:
            return b"550 5.1.1 No such user\r\n"
        if verb == "RSET" and asked.verb == "DATA" and asked.mail == 2 and asked.connection == 1:
            return b"554 5.5.1 No valid recipients\r\n"
        return said(asked)

    transport, relay = line.to(script)  # type: ignore[arg-type]
    receipts, failure = sent(transport, make_call(count=4))
    assert set(answers(receipts)) <= {SUBMITTED, DEFERRED, REFUSED}
    submitted = [n for n, each in receipts.items() if each.answer is Answer.SUBMITTED]
    if verb == "RSET":
        assert (answers(receipts), failure) == ([SUBMITTED, REFUSED, DEFERRED, SUBMITTED], None)
    else:
        assert isinstance(failure, TemporaryFailure)
        assert "421" in str(failure)
        assert submitted == []
    assert relay.connections <= 2


def test_after_a_421_the_rest_goes_out_on_a_new_connection(line: Line, make_call: MakeCall) -> None:
    transport, relay = line.to(once("MAIL", 3, [b"421 4.7.0 Too many\r\n", Act.CLOSE]))
    receipts, failure = sent(transport, make_call(count=5))
    assert failure is None
    assert answers(receipts) == [SUBMITTED, SUBMITTED, DEFERRED, SUBMITTED, SUBMITTED]
    assert relay.connections == 2


def test_a_421_that_does_not_hang_up_is_not_waited_for(line: Line, make_call: MakeCall) -> None:
    transport, _ = line.to(
        once("MAIL", 2, [b"421 4.7.0 Later\r\n", Act.HANG]), Patience(2, reply=30, end=30)
    )
    began = time.monotonic()
    receipts, failure = sent(transport, make_call(count=3))
    assert failure is None
    assert answers(receipts) == [SUBMITTED, DEFERRED, SUBMITTED]
    assert time.monotonic() - began < 10


# ── Lines that break ────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("after", [1, 2, 3])
@pytest.mark.parametrize("act", [Act.CLOSE, Act.RESET])
def test_a_silent_close_after_so_many_mails_is_no_failure(
    line: Line, make_call: MakeCall, after: int, act: Act
) -> None:
    def script(asked: Asked) -> list[bytes | float | Act] | None:
        return [FRIENDLY["END"], 0.02, act] if asked[0] == "END" and asked.mail == after else None

    transport, relay = line.to(script)
    receipts, failure = sent(transport, make_call(count=6))
    assert failure is None
    assert answers(receipts) == [SUBMITTED] * 6
    assert sorted(relay.recipients) == [f"reader{n}@example.com" for n in range(1, 7)]


@pytest.mark.parametrize("act", [Act.CLOSE, Act.RESET, Act.HANG])
def test_a_line_lost_after_the_final_dot_leaves_that_mail_in_doubt(
    line: Line, make_call: MakeCall, act: Act
) -> None:
    transport, relay = line.to(once("END", 2, [act]))
    receipts, failure = sent(transport, make_call(count=4))
    assert relay.recipients[:2] == ["reader1@example.com", "reader2@example.com"]
    assert answers(receipts)[:2] == [SUBMITTED, UNKNOWN]
    assert "reader2" not in receipts[2].reply
    if act is Act.HANG:
        # Who hangs once would hang for each.
        assert isinstance(failure, TemporaryFailure)
        assert set(receipts) == {1, 2}
    else:
        assert answers(receipts)[2:] == [SUBMITTED, SUBMITTED]


@pytest.mark.parametrize("act", [Act.CLOSE, Act.RESET, Act.HANG])
@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA"])
def test_a_line_lost_before_the_content_leaves_no_doubt(
    line: Line, make_call: MakeCall, verb: str, act: Act
) -> None:
    transport, relay = line.to(once(verb, 1, [act]))
    receipts, failure = sent(transport, make_call(count=2))
    assert isinstance(failure, TemporaryFailure)
    assert answers(receipts) == [DEFERRED]
    assert relay.taken == []


def test_content_that_has_not_left_is_not_accepted(line: Line, make_call: MakeCall) -> None:
    """The relay reads nothing: more than the system's buffers hold stays here."""
    call = make_call(count=1)
    big = replace(call, rendition=replace(call.rendition, html="x" * 16_000_000))

    def script(asked: Asked) -> list[bytes | float | Act] | bytes | None:
        if asked.verb == "EHLO":
            return b"250-relay.example\r\n250 PIPELINING\r\n"
        return [Act.HANG] if asked.verb == "BODY" else None

    transport, relay = line.to(script)
    receipts, failure = sent(transport, big)
    assert (answers(receipts), failure) == ([DEFERRED], None)
    assert relay.taken == []


@pytest.mark.parametrize("half", [b"25", b"250", b"250-2.0.0 Ok\r\n", b"250 2.0.0 Ok"])
def test_half_an_answer_to_the_final_dot_is_none(
    line: Line, make_call: MakeCall, half: bytes
) -> None:
    transport, _ = line.to(once("END", 1, [half, Act.CLOSE]))
    receipts, _ = sent(transport, make_call(count=1))
    assert answers(receipts) == [UNKNOWN]


# ── Answers in odd pieces ───────────────────────────────────────────────────────────────────


@given(cuts=st.lists(st.integers(1, 7), max_size=12))
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_may_come_in_any_pieces(line: Line, make_call: MakeCall, cuts: list[int]) -> None:
    def script(asked: Asked) -> list[bytes | float | Act]:
        whole = FRIENDLY[asked.verb]
        pieces: list[bytes | float | Act] = []
        for cut in cuts:
            pieces += [whole[:cut], 0.001]
            whole = whole[cut:]
        return [*pieces, whole]

    transport, relay = line.to(script, Patience(5, 5, 5))
    receipts, failure = sent(transport, make_call(count=2))
    assert failure is None
    assert answers(receipts) == [SUBMITTED, SUBMITTED]
    transport.close()
    assert len(relay.taken) == 2


def test_three_answers_may_come_glued_together(line: Line, make_call: MakeCall) -> None:
    glued = FRIENDLY["MAIL"] + FRIENDLY["RCPT"] + FRIENDLY["DATA"]
    said = {"MAIL": b"", "RCPT": b"", "DATA": glued}
    transport, relay = line.to(lambda asked: said.get(asked.verb))
    receipts, failure = sent(transport, make_call(count=3))
    assert (answers(receipts), failure) == ([SUBMITTED] * 3, None)
    assert len(relay.taken) == 3


def test_a_relay_that_is_all_refusals_is_asked_once_by_each_connection(
    line: Line, make_call: MakeCall
) -> None:
    transport, relay = line.to(always("GREETING", b"421 4.3.2 Not now\r\n"), connections=5)
    for calls in (1, 2):
        receipts, failure = sent(transport, make_call(count=20))
        assert receipts == {}
        assert isinstance(failure, TemporaryFailure)
        assert relay.connections <= 5 * calls


@pytest.mark.parametrize("greeting", [FRIENDLY["EHLO"], STEPWISE], ids=["pipelined", "stepwise"])
@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "END"])
def test_an_answer_before_its_question_is_never_believed(
    line: Line, make_call: MakeCall, verb: str, greeting: bytes
) -> None:
    """
    One 250 too many would move each later answer to the mail before it.

    The relay takes nothing on its first connection after that, and says so: who believed the
    spare answer would call a mail submitted that was refused.
    """
    friendly = {**FRIENDLY, "EHLO": greeting}
    spoilt: list[str] = []

    def script(asked: Asked) -> bytes | None:
        if asked.verb == "END" and asked.connection == 1 and spoilt:
            return b"554 5.3.0 Not taken\r\n"
        if (asked.verb, asked.connection, asked.mail) == (verb, 1, 1):
            spoilt.append(verb)
            return friendly[verb] + b"250 2.0.0 Ok: queued as SPARE\r\n"
        return friendly.get(asked.verb)

    transport, _ = line.to(script)
    receipts, _ = sent(transport, make_call(count=3))
    assert "SPARE" not in {receipt.provider_id for receipt in receipts.values()}
    assert (
        receipts.get(1, None) is None
        or verb == "END"
        or (receipts[1].answer is not Answer.SUBMITTED)
    )


@pytest.mark.parametrize("verb", ["GREETING", "EHLO", "MAIL", "END"])
@pytest.mark.parametrize(
    "noise",
    [
        b"x" * 10_000_000,
        b"250-more\r\n" * 1_000_000,
        b"250 again\r\n" * 1_000_000,
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\x00\xff\xfe\r\n",
        b"999 no such code\r\n",
        b"25\xc3\xa9 half\r\n",
        b"\r\n",
    ],
    ids=[
        "long line",
        "endless lines",
        "endless answers",
        "http",
        "bytes",
        "999",
        "digits",
        "empty",
    ],
)
def test_noise_ends_the_line_and_proves_nothing(
    line: Line, make_call: MakeCall, verb: str, noise: bytes
) -> None:
    transport, _ = line.to(always(verb, noise))
    receipts, failure = sent(transport, make_call(count=2))
    assert isinstance(failure, TemporaryFailure) or (verb, noise[:3]) == ("END", b"250")
    if verb == "END" and noise[:10] != b"250 again\r":
        assert answers(receipts) == [UNKNOWN]
    assert SUBMITTED not in answers(receipts) or noise.startswith(b"250 again")
    assert all(len(receipt.reply) <= 500 for receipt in receipts.values())


def test_words_of_any_kind_become_printable_and_short_and_name_nobody(
    line: Line, make_call: MakeCall
) -> None:
    words = "550 5.1.1 <reader1@example.com>: Empfänger reader1 नहीं \x1b[31m\x07" + "é" * 5000
    transport, _ = line.to(always("RCPT", words.encode() + b"\xff\r\n"))
    receipts, _ = sent(transport, make_call(count=1))
    assert answers(receipts) == [REFUSED]
    reply = receipts[1].reply
    assert reply.startswith("550 5.1.1 …: Empfänger … नहीं [31m")
    assert reply.isprintable()
    assert len(reply) == 500


# ── Opening ─────────────────────────────────────────────────────────────────────────────────


def test_a_relay_that_knows_no_ehlo_gets_helo(line: Line, make_call: MakeCall) -> None:
    transport, relay = line.to(always("EHLO", b"502 5.5.1 What?\r\n"))
    receipts, failure = sent(transport, make_call(count=2))
    assert (answers(receipts), failure) == ([SUBMITTED, SUBMITTED], None)
    assert any(command.startswith("HELO ") for command in relay.commands)
    assert not any("SIZE" in command for command in relay.commands)


@pytest.mark.parametrize(
    ("verb", "answer", "kind"),
    [
        ("GREETING", b"554 5.7.1 Go away\r\n", PermanentFailure),
        ("GREETING", b"450 4.3.2 Busy\r\n", TemporaryFailure),
        ("GREETING", [Act.CLOSE], TemporaryFailure),
        ("GREETING", [Act.HANG], TemporaryFailure),
        ("EHLO", b"450 4.3.2 Busy\r\n", TemporaryFailure),
        ("EHLO", [Act.RESET], TemporaryFailure),
        ("EHLO", b"354 What?\r\n", TemporaryFailure),
    ],
)
def test_a_relay_that_does_not_let_us_in_gets_no_mail(
    line: Line, make_call: MakeCall, verb: str, answer: bytes, kind: type[TransportError]
) -> None:
    transport, relay = line.to(always(verb, answer))
    receipts, failure = sent(transport, make_call(count=2))
    assert receipts == {}
    assert type(failure) is kind
    assert f"127.0.0.1:{relay.port}" in str(failure)


OFFERS_TLS = b"250-relay.example\r\n250 STARTTLS\r\n"


@pytest.mark.parametrize(
    ("script", "kind", "said"),
    [
        (lambda _: None, PermanentFailure, "does not offer STARTTLS"),
        (always("EHLO", b"502 5.5.1 What?\r\n"), PermanentFailure, "does not offer STARTTLS"),
        (
            lambda asked: {"EHLO": OFFERS_TLS, "STARTTLS": b"502 No\r\n"}.get(asked.verb),
            PermanentFailure,
            "502",
        ),
        (
            lambda asked: {"EHLO": OFFERS_TLS, "STARTTLS": b"454 4.7.0 Later\r\n"}.get(asked.verb),
            TemporaryFailure,
            "454",
        ),
        (
            lambda asked: {
                "EHLO": OFFERS_TLS,
                "STARTTLS": b"220 Go\r\n250-relay.example\r\n250 AUTH PLAIN\r\n",
            }.get(asked.verb),
            PermanentFailure,
            "plain words",
        ),
        (
            lambda asked: {"EHLO": OFFERS_TLS, "STARTTLS": [b"220 Go\r\n", 0.05, b"250 x\r\n"]}.get(
                asked.verb
            ),
            TemporaryFailure,
            "TLS",
        ),
        (
            lambda asked: {"EHLO": OFFERS_TLS, "STARTTLS": [b"220 Go\r\n", Act.CLOSE]}.get(
                asked.verb
            ),
            TemporaryFailure,
            "cannot be reached",
        ),
        (
            lambda asked: {"EHLO": OFFERS_TLS, "STARTTLS": [b"220 Go\r\n", Act.HANG]}.get(
                asked.verb
            ),
            TemporaryFailure,
            "did not answer",
        ),
    ],
    ids=["stripped", "no EHLO", "refused", "later", "glued", "injected", "closed", "stalled"],
)
def test_without_tls_nothing_is_said(
    line: Line,
    make_call: MakeCall,
    script: Script,
    kind: type[TransportError],
    said: str,
) -> None:
    transport, relay = line.to(
        script, Patience(0.5, 0.5, 0.5), tls="starttls", username="asha", password="hidden"
    )
    receipts, failure = sent(transport, make_call(count=2))
    assert receipts == {}
    assert type(failure) is kind
    assert said in str(failure)
    assert {command.split()[0] for command in relay.commands} <= {"EHLO", "HELO", "STARTTLS"}


def test_what_was_offered_before_tls_does_not_count(
    line: Line, make_call: MakeCall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody between us could have offered it."""
    made = certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    hellos = []

    def script(asked: Asked) -> list[bytes | float | Act] | bytes | None:
        if asked.verb == "EHLO":
            hellos.append(asked.argument)
            first = b"250-relay.example\r\n250-STARTTLS\r\n250-SIZE 10\r\n250 AUTH PLAIN\r\n"
            return first if len(hellos) == 1 else b"250 relay.example\r\n"
        return [b"220 Go\r\n", Act.TLS] if asked.verb == "STARTTLS" else None

    transport, relay = line.to(
        script,
        context=made.context,
        host="localhost",
        tls="starttls",
        username="asha",
        password="hidden",
    )
    receipts, failure = sent(transport, make_call(count=1))
    assert receipts == {}
    assert isinstance(failure, PermanentFailure)
    assert "no way to sign in" in str(failure)
    assert len(hellos) == 2
    assert not any("AUTH" in command for command in relay.commands)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"535 5.7.8 AGFzaGEAaGlkZGVu is wrong\r\n", PermanentFailure),
        (b"454 4.7.0 asha cannot now\r\n", TemporaryFailure),
        (b"334 \r\n", TemporaryFailure),
    ],
)
def test_a_relay_that_repeats_a_password_is_not_quoted(
    line: Line, make_call: MakeCall, answer: bytes, kind: type[TransportError]
) -> None:
    offers = b"250-relay.example\r\n250 AUTH LOGIN PLAIN\r\n"
    script: Script = lambda asked: {"EHLO": offers, "AUTH": answer}.get(asked.verb)  # noqa: E731
    transport, _ = line.to(script, username="asha", password="hidden")
    receipts, failure = sent(transport, make_call(count=1))
    assert receipts == {}
    assert type(failure) is kind
    assert "AGFzaGEAaGlkZGVu" not in str(failure)
    assert "asha" not in str(failure)


def test_a_mail_that_is_too_big_for_the_relay_is_not_begun(line: Line, make_call: MakeCall) -> None:
    transport, relay = line.to(always("EHLO", b"250-relay.example\r\n250 SIZE 1000\r\n"))
    receipts, failure = sent(transport, make_call(count=2))
    assert receipts == {}
    assert isinstance(failure, PermanentFailure)
    assert "the relay takes 1,000" in str(failure)
    assert not any(command.startswith("MAIL") for command in relay.commands)


@pytest.mark.parametrize("size", ["", " 0", " many", " 99999999999999999999999", " ٣"])
def test_a_size_that_is_none_is_no_limit(line: Line, make_call: MakeCall, size: str) -> None:
    transport, _ = line.to(always("EHLO", f"250-relay.example\r\n250 SIZE{size}\r\n".encode()))
    receipts, failure = sent(transport, make_call(count=1))
    assert (answers(receipts), failure) == ([SUBMITTED], None)


def test_login_ends_at_the_first_answer_that_does_not_ask_on(
    line: Line, make_call: MakeCall
) -> None:
    offers = b"250-relay.example\r\n250 AUTH LOGIN\r\n"
    script: Script = lambda asked: {"EHLO": offers, "AUTH": b"504 5.5.4 No\r\n"}.get(asked.verb)  # noqa: E731
    transport, relay = line.to(script, username="asha", password="hidden")
    _, failure = sent(transport, make_call(count=1))
    assert isinstance(failure, PermanentFailure)
    assert relay.commands[-1] == "AUTH LOGIN"


def test_a_refusal_before_all_was_read_is_believed_and_a_yes_is_not(
    line: Line, make_call: MakeCall
) -> None:
    call = make_call(count=1)
    big = replace(call, rendition=replace(call.rendition, html="x" * 16_000_000))
    said = [b"552 5.2.3 Too long\r\n", b"250 Ok\r\n"]

    def script(asked: Asked) -> list[bytes | float | Act] | bytes | None:
        if asked.verb == "EHLO":
            return b"250-relay.example\r\n250 PIPELINING\r\n"
        return [0.1, said.pop(0), Act.HANG] if asked.verb == "BODY" else None

    transport, _ = line.to(script)
    assert answers(sent(transport, big)[0]) == [REFUSED]
    assert answers(sent(transport, big)[0]) == [UNKNOWN]


# ── Many connections, many calls ────────────────────────────────────────────────────────────


def test_a_relay_with_room_for_two_gets_all_mails_over_two(line: Line, make_call: MakeCall) -> None:
    def script(asked: Asked) -> list[bytes | float | Act] | None:
        crowded = asked.verb == "GREETING" and asked.connection > 2
        return [b"421 4.7.0 Too many connections\r\n", Act.CLOSE] if crowded else None

    transport, relay = line.to(script, connections=5)
    for _ in range(4):
        receipts, failure = sent(transport, make_call(count=40))
        assert failure is None
        assert answers(receipts) == [SUBMITTED] * 40
    # Those that found no room are not tried again at once.
    assert relay.connections == 5


def test_a_connection_that_died_while_idle_is_replaced(line: Line, make_call: MakeCall) -> None:
    def script(asked: Asked) -> list[bytes | float | Act] | None:
        if asked.verb == "END":
            return [FRIENDLY["END"], 0.01, b"421 4.4.2 Idle too long\r\n", Act.CLOSE]
        return None

    transport, relay = line.to(script)
    for _ in range(3):
        receipts, failure = sent(transport, make_call(count=1))
        assert (answers(receipts), failure) == ([SUBMITTED], None)
        time.sleep(0.1)
    assert relay.connections == 3


def test_an_idle_connection_is_given_back_after_a_while(
    line: Line, make_call: MakeCall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pool, "IDLE", 0.05)
    transport, relay = line.to(lambda _: None)
    for _ in range(2):
        sent(transport, make_call(count=1))
        time.sleep(0.3)
    assert relay.connections == 2


def test_a_call_that_is_left_begins_no_further_mail(line: Line, make_call: MakeCall) -> None:
    transport, relay = line.to(
        lambda asked: [0.02, FRIENDLY["END"]] if asked.verb == "END" else None
    )
    sending = transport.send(make_call(count=50))
    next(sending)
    sending.close()  # type: ignore[attr-defined]
    begun = len(relay.taken)
    time.sleep(0.2)
    assert len(relay.taken) == begun < 10
    receipts, failure = sent(transport, make_call(count=2))
    assert (answers(receipts), failure) == ([SUBMITTED, SUBMITTED], None)


def test_closing_in_the_middle_of_a_call_says_that_nobody_knows(
    line: Line, make_call: MakeCall
) -> None:
    transport, _ = line.to(always("END", [Act.HANG]), Patience(5, 30, 30))
    ended: list[TransportError | None] = []
    thread = threading.Thread(target=lambda: ended.append(sent(transport, make_call(count=2))[1]))
    thread.start()
    time.sleep(0.2)
    transport.close()
    thread.join(10)
    assert isinstance(ended[0], UnknownOutcome)


def test_a_poisoned_address_never_reaches_the_wire(
    line: Line, make_call: MakeCall, make_envelope: MakeEnvelope
) -> None:
    poison = ["eve@x.example>\r\nRCPT TO:<x@y.example", "e ve@x.example", "\0@x.example", "<@x>"]
    envelopes = [make_envelope(n, address=address) for n, address in enumerate(poison, 10)]
    transport, relay = line.to(lambda _: None)
    receipts, failure = sent(transport, make_call(make_envelope(1), *envelopes))
    assert failure is None
    assert answers(receipts) == [SUBMITTED] + [REFUSED] * len(poison)
    assert relay.recipients == ["reader1@example.com"]
    assert not any("eve" in command or "y.example" in command for command in relay.commands)
