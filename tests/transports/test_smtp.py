"""Ordinary life with an ordinary relay (aiosmtpd): what is spliced is what arrives."""

import asyncio
import socket
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import uvloop
from aiosmtpd.smtp import AuthResult, LoginPassword

from newsletter.errors import PermanentFailure, TemporaryFailure
from newsletter.model import Answer, Call, Envelope
from newsletter.settings import Settings, SmtpSettings
from newsletter.transports import open_transport
from newsletter.transports.message import compile_message
from newsletter.transports.smtp import SmtpTransport, new_loop
from newsletter.transports.smtp.session import Patience
from tests.transports.relay import Certificate, certificate, ordinary

MakeCall = Callable[..., Call]
MakeEnvelope = Callable[..., Envelope]
Connect = Callable[..., SmtpTransport]

PATIENCE = Patience(connect=5, reply=5, end=5)


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def connect(request: pytest.FixtureRequest) -> Iterator[Connect]:
    """Open transports to a port of this machine, and close them at the end."""
    opened: list[SmtpTransport] = []

    def connect(port: int, **settings: object) -> SmtpTransport:
        given = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": 2, **settings}
        smtp = SmtpSettings.model_validate(given)
        opened.append(SmtpTransport(smtp, patience=PATIENCE, loops=request.param))
        return opened[-1]

    yield connect
    for transport in opened:
        transport.close()


@pytest.fixture
def trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Certificate:
    """A certificate for `localhost`, which this process trusts."""
    made = certificate(tmp_path, "localhost")
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


ASHA = LoginPassword(b"asha", "pässword".encode())


def only_asha(
    server: object, session: object, envelope: object, how: str, login: object
) -> AuthResult:
    del server, session, envelope, how
    assert isinstance(login, LoginPassword)
    return AuthResult(success=login == ASHA, handled=False)


def test_200_mails_over_10_connections_arrive_byte_for_byte(
    connect: Connect, make_call: MakeCall
) -> None:
    call = make_call(count=200)
    compiled = compile_message(call.rendition, call.headers)
    with ordinary() as (caught, port):
        receipts = list(connect(port, connections=10).send(call))
    assert {receipt.answer for receipt in receipts} == {Answer.SUBMITTED}
    assert {receipt.provider_id for receipt in receipts} == {f"C0FFEE{n}" for n in range(1, 201)}
    arrived = {mail.recipient: mail.content for mail in caught.mails}
    assert len(caught.mails) == 200
    assert arrived == {each.address: compiled.splice(each, call.at) for each in call.envelopes}
    assert {mail.sender for mail in caught.mails} == {"desk@news.example.com"}


def test_a_mail_larger_than_the_systems_buffers_arrives_whole(
    connect: Connect, make_call: MakeCall
) -> None:
    call = make_call(count=1)
    call = replace(call, rendition=replace(call.rendition, html="x" * 12_000_000))
    compiled = compile_message(call.rendition, call.headers)
    with ordinary() as (caught, port):
        (receipt,) = connect(port).send(call)
    assert receipt.answer is Answer.SUBMITTED
    assert caught.mails[0].content == compiled.splice(call.envelopes[0], call.at)


def test_connections_are_kept_over_calls(connect: Connect, make_call: MakeCall) -> None:
    with ordinary() as (caught, port):
        transport = connect(port, connections=1)
        for _ in range(3):
            list(transport.send(make_call(count=2)))
        peers = {thread.name for thread in threading.enumerate()}
        transport.close()
    assert len(caught.mails) == 6
    assert "smtp" in peers
    assert "smtp" not in {thread.name for thread in threading.enumerate()}


def test_threads_share_the_connections_of_a_transport(
    connect: Connect, make_call: MakeCall, make_envelope: MakeEnvelope
) -> None:
    calls = [make_call(*(make_envelope(n * 100 + m) for m in range(1, 51))) for n in range(4)]
    answers: list[Answer] = []
    with ordinary() as (caught, port):
        transport = connect(port, connections=3)

        def hand_over(call: Call) -> None:
            answers.extend(receipt.answer for receipt in transport.send(call))

        threads = [threading.Thread(target=hand_over, args=(call,)) for call in calls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert Counter(answers) == {Answer.SUBMITTED: 200}
    assert set(Counter(mail.recipient for mail in caught.mails).values()) == {1}


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_mails_go_out_under_tls(
    connect: Connect, make_call: MakeCall, trusted: Certificate, tls: str
) -> None:
    options = {"tls_context": trusted.context, "require_starttls": True}
    if tls == "implicit":
        options = {"ssl_context": trusted.context}
    with ordinary(**options) as (caught, port):
        receipts = list(connect(port, host="localhost", tls=tls).send(make_call(count=20)))
    assert {receipt.answer for receipt in receipts} == {Answer.SUBMITTED}
    assert len(caught.mails) == 20


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_relay_with_another_name_gets_nothing(
    connect: Connect, make_call: MakeCall, trusted: Certificate, tls: str
) -> None:
    """It is trusted as localhost, and met by its number."""
    option = "tls_context" if tls == "starttls" else "ssl_context"
    with ordinary(**{option: trusted.context}) as (caught, port):
        transport = connect(port, tls=tls)
        with pytest.raises(PermanentFailure, match="cannot prove who it is") as refused:
            list(transport.send(make_call()))
    assert caught.mails == []
    assert "NEWSLETTER_SMTP__HOST" in refused.value.hint


def test_a_relay_that_nobody_vouches_for_gets_nothing(
    connect: Connect, make_call: MakeCall, tmp_path: Path
) -> None:
    with ordinary(ssl_context=certificate(tmp_path, "localhost").context) as (caught, port):
        transport = connect(port, host="localhost", tls="implicit")
        with pytest.raises(PermanentFailure, match="cannot prove who it is"):
            list(transport.send(make_call()))
    assert caught.mails == []


def test_plain_words_where_tls_should_be_are_told_in_a_sentence(
    connect: Connect, make_call: MakeCall
) -> None:
    with ordinary() as (caught, port):
        transport = connect(port, tls="implicit")
        with pytest.raises(TemporaryFailure, match=r"does not speak TLS|did not answer"):
            list(transport.send(make_call()))
    assert caught.mails == []


@pytest.mark.parametrize("left_out", ["PLAIN", "LOGIN"])
def test_name_and_password_are_said_as_the_relay_wants(
    connect: Connect, make_call: MakeCall, trusted: Certificate, left_out: str
) -> None:
    options = {
        "authenticator": only_asha,
        "auth_required": True,
        "auth_exclude_mechanism": [left_out],
        "tls_context": trusted.context,
    }
    login = {"host": "localhost", "tls": "starttls", "username": "asha", "password": "pässword"}
    with ordinary(**options) as (caught, port):
        receipts = list(connect(port, **login).send(make_call()))
    assert {receipt.answer for receipt in receipts} == {Answer.SUBMITTED}
    assert len(caught.mails) == 3


def test_a_wrong_password_stops_until_a_person_acts(
    connect: Connect, make_call: MakeCall, trusted: Certificate
) -> None:
    login = {"host": "localhost", "tls": "starttls", "username": "asha", "password": "guess"}
    options = {"authenticator": only_asha, "tls_context": trusted.context}
    with ordinary(**options) as (caught, port):
        transport = connect(port, **login)
        with pytest.raises(PermanentFailure, match=r"name and password \(535") as refused:
            list(transport.send(make_call()))
    assert caught.mails == []
    assert "guess" not in str(refused.value)
    assert "NEWSLETTER_SMTP__PASSWORD" in refused.value.hint


def test_an_address_outside_ascii_needs_a_relay_that_takes_it(
    connect: Connect, make_call: MakeCall, make_envelope: MakeEnvelope
) -> None:
    call = make_call(make_envelope(1, address="राम@example.com"), make_envelope(2))
    with ordinary(enable_SMTPUTF8=True) as (caught, port):
        answers = {each.delivery: each.answer for each in connect(port).send(call)}
    assert answers == {1: Answer.SUBMITTED, 2: Answer.SUBMITTED}
    assert {mail.recipient for mail in caught.mails} == {"राम@example.com", "reader2@example.com"}
    wide = [options for options in caught.options if "SMTPUTF8" in options]
    assert len(wide) == 1
    assert "BODY=8BITMIME" in wide[0]


def test_without_smtputf8_that_reader_alone_is_refused(
    connect: Connect, make_call: MakeCall, make_envelope: MakeEnvelope
) -> None:
    call = make_call(make_envelope(1, address="राम@example.com"), make_envelope(2))
    with ordinary(enable_SMTPUTF8=False) as (caught, port):
        receipts = {each.delivery: each for each in connect(port).send(call)}
    assert receipts[1].answer is Answer.REFUSED
    assert "SMTPUTF8" in receipts[1].reply
    assert receipts[2].answer is Answer.SUBMITTED
    assert [mail.recipient for mail in caught.mails] == ["reader2@example.com"]


def test_a_relay_that_is_not_there_is_said_in_a_sentence(
    connect: Connect, make_call: MakeCall
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    with pytest.raises(TemporaryFailure, match=rf"127\.0\.0\.1:{port} cannot be reached: .+\."):
        list(connect(port).send(make_call()))


@pytest.mark.parametrize("host", ["", "no such host", "a" * 70 + ".invalid", "\0"])
def test_a_host_that_is_none_is_said_in_a_sentence(
    connect: Connect, make_call: MakeCall, host: str
) -> None:
    with pytest.raises(TemporaryFailure, match="cannot be reached"):
        list(connect(1, host=host).send(make_call()))


# ── Settings ────────────────────────────────────────────────────────────────────────────────


def settings(**smtp: object) -> Settings:
    return Settings.model_validate({"transport": "smtp", "smtp": SmtpSettings.model_validate(smtp)})


def test_a_relay_is_opened_where_settings_say() -> None:
    transport = open_transport(settings(host="relay.example", port=2525))
    assert isinstance(transport, SmtpTransport)
    assert (transport._relay.host, transport._relay.port) == ("relay.example", 2525)
    transport.close()


def test_a_password_is_never_shown() -> None:
    transport = SmtpTransport(SmtpSettings.model_validate({"password": "hidden-word"}))
    assert "hidden-word" not in repr(transport._relay)


def test_plain_smtp_is_for_this_machine_unless_insisted_upon() -> None:
    with pytest.raises(ValueError, match="INSIST_PLAIN"):
        settings(host="relay.example", tls="none")
    assert settings(host="relay.example", tls="none", insist_plain=True)
    assert settings(host="::1", tls="none")


def test_a_password_is_never_sent_in_the_clear_to_another_machine() -> None:
    with pytest.raises(ValueError, match="password"):
        settings(host="relay.example", tls="none", insist_plain=True, username="asha")


def test_without_uvloop_the_standard_loop_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "uvloop", None)
    loop = new_loop()
    assert isinstance(loop, asyncio.BaseEventLoop)
    loop.close()
