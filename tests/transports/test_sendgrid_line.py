"""A line that breaks, hangs, lies and leads astray; and a key that stays ours."""

import logging
import socket
import ssl
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from newsletter.errors import PermanentFailure, SettingsError, TemporaryFailure, UnknownOutcome
from newsletter.transports import sendgrid_answers as answers
from newsletter.transports.sendgrid_line import Line
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


@pytest.fixture
def stub() -> Iterator[SendGridStub]:
    with sendgrid_stub() as running:
        yield running


def line_to(stub: SendGridStub, timeout: float = 5.0) -> Line:
    return Line(KEY, stub.url, timeout=timeout)


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


# ── What did not go out ─────────────────────────────────────────────────────────────────────


def test_a_refused_connection_is_no_doubt() -> None:
    with pytest.raises(TemporaryFailure, match="the connection was refused"):
        Line(KEY, f"http://127.0.0.1:{closed_port()}").post("{}")


def test_a_request_that_was_cut_off_half_way_was_not_accepted(stub: SendGridStub) -> None:
    stub.cuts_early = True
    # More than any buffer between the two holds.
    with pytest.raises(TemporaryFailure, match="the line was cut"):
        line_to(stub).post("x" * 60_000_000)


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[str]:
    """A server whose certificate nobody trusts, as its address."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "impostor.pem"
    pem.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(10)
        thread = threading.Thread(target=_greet, args=(listening, context))
        thread.start()
        yield f"https://127.0.0.1:{listening.getsockname()[1]}"
        thread.join(10)


def _greet(listening: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listening.accept()
    with connection:
        try:
            context.wrap_socket(connection, server_side=True).close()
        except OSError:
            return


def test_an_impostor_is_told_nothing(impostor: str) -> None:
    with pytest.raises(TemporaryFailure, match="certificate is not valid"):
        Line(KEY, impostor, timeout=5).post("{}")


# ── What may have been accepted ─────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "reply",
    [
        cut,
        raw(b""),
        raw(b"HTTP/1.1 2"),
        raw(b"\x16\x03\x01 what?\r\n\r\n"),
        raw(b"HTTP/1.1 202 Accepted\r\nX-Message-Id: " + b"x" * 100_000 + b"\r\n\r\n"),
        raw(b"HTTP/1.1 202 Accepted\r\n" + b"X: y\r\n" * 200 + b"\r\n"),
    ],
    ids=["reset", "nothing", "half a status", "no HTTP", "a long header", "many headers"],
)
def test_an_answer_that_does_not_come_whole_is_unknown(stub: SendGridStub, reply: Reply) -> None:
    stub.script.append(reply)
    with pytest.raises(UnknownOutcome, match="may have taken"):
        line_to(stub).post("{}")
    assert len(stub.requests) == 1


def test_silence_after_the_request_is_unknown(stub: SendGridStub) -> None:
    stub.script.append(stub.hangs())
    with pytest.raises(UnknownOutcome, match="the time was up"):
        line_to(stub, timeout=0.3).post("{}")
    assert len(stub.requests) == 1


@pytest.mark.parametrize(
    ("head", "accepted"), [(b"HT", False), (b"HTTP/1.1 202 Accepted\r\nX-Message-Id: a", True)]
)
def test_an_answer_that_drips_is_waited_for_once(
    stub: SendGridStub, head: bytes, accepted: bool
) -> None:
    dripped = []

    def drips(line: BaseHTTPRequestHandler) -> None:
        raw(head)(line)
        while not stub.over.wait(0.02):
            raw(b"x")(line)
            dripped.append(1)

    stub.script.append(drips)
    line = line_to(stub, timeout=0.4)
    if accepted:
        assert line.post("{}").status == 202
    else:
        with pytest.raises(UnknownOutcome):
            line.post("{}")
    assert dripped


# ── What was accepted, or refused, however it is said ───────────────────────────────────────


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 50\r\n\r\nhalf",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Content-Length: 10000000\r\n\r\n" + b"x" * 10_000_000,
    ],
    ids=["half a body", "bad chunks", "10 MB"],
)
def test_a_status_is_enough_to_know_of_acceptance(stub: SendGridStub, rest: bytes) -> None:
    stub.script.append(raw(b"HTTP/1.1 202 Accepted\r\nX-Message-Id: abc\r\n" + rest))
    answer = line_to(stub).post("{}")
    assert (answer.status, answers.message_id(answer), answer.body) == (202, "abc", b"")


@pytest.mark.parametrize(
    "rest",
    [
        b"Content-Length: 50\r\n\r\n{",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"Content-Length: 10000000\r\n\r\n" + b"[" * 10_000_000,
    ],
    ids=["half a body", "bad chunks", "10 MB"],
)
def test_a_refusal_is_one_whatever_its_words(stub: SendGridStub, rest: bytes) -> None:
    stub.script.append(raw(b"HTTP/1.1 400 Bad\r\n" + rest))
    answer = line_to(stub).post("{}")
    assert answer.status == 400
    assert len(answer.body) <= 64 * 1024
    failure = answers.failure(answer, 0.0)
    assert isinstance(failure, PermanentFailure)
    assert str(failure) == "SendGrid answers 400: Bad Request"


def test_words_that_stop_coming_hold_nothing_up(stub: SendGridStub) -> None:
    def stalls(line: object) -> None:
        raw(b"HTTP/1.1 401 No\r\nContent-Length: 99\r\n\r\n{")(line)  # type: ignore[arg-type]
        stub.hangs()(line)  # type: ignore[arg-type]

    stub.script.append(stalls)
    assert line_to(stub, timeout=0.3).post("{}").status == 401


# ── The key ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_never_followed_with_the_key(stub: SendGridStub, status: int) -> None:
    with sendgrid_stub() as elsewhere:
        stub.script.append(says(status, Location=f"{elsewhere.url}/v3/mail/send"))
        assert line_to(stub).post("{}").status == status
        assert elsewhere.headers == []


def test_the_key_is_shown_to_sendgrid_alone(
    stub: SendGridStub, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    line = line_to(stub)
    logging.getLogger("python_http_client.client").setLevel(logging.DEBUG)
    stub.script.append(errors(401, ("no", None)))
    line.post("{}")
    line.post('{"personalizations": [{"to": [{"email": "ann@example.com"}]}]}')
    assert [headers["Authorization"] for headers in stub.headers] == [f"Bearer {KEY}"] * 2
    out, err = capfd.readouterr()
    told = caplog.text + out + err + repr(vars(line))
    assert KEY not in told
    assert "ann@example.com" not in told


@pytest.mark.parametrize("key", ["", "SG.a b", "SG.x\r\nX-Evil: 1", "SG.ключ", "SG.\0"])
def test_a_key_that_is_none_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(SettingsError, match="characters that no key has") as refused:
        Line(key, "https://api.sendgrid.com")
    assert "SG." not in str(refused.value)


@pytest.mark.parametrize(
    "host",
    [
        "http://api.sendgrid.com",
        "http://127.0.0.1.evil.example",
        "http://localhost@evil.example",
        "https://user:pass@api.sendgrid.com",
        "https://api.sendgrid.com/v3",
        "https://api.sendgrid.com?x",
        "https://api.sendgrid.com:port",
        "https://api.sendgrid.com\n",
        "https://" + "a" * 70 + ".example",
        "https://",
        "ftp://api.sendgrid.com",
        "api.sendgrid.com",
        "",
    ],
)
def test_the_key_goes_nowhere_unencrypted_and_to_hosts_alone(host: str) -> None:
    with pytest.raises(SettingsError, match="NEWSLETTER_SENDGRID__HOST"):
        Line(KEY, host)


@pytest.mark.parametrize(
    "host",
    [
        "https://api.sendgrid.com",
        "https://api.eu.sendgrid.com/",
        "http://[::1]:8",
        "http://localhost:1",
    ],
)
def test_a_host_may_be_sendgrids_or_this_machine(host: str) -> None:
    Line(KEY, host)


def test_threads_share_a_line(stub: SendGridStub) -> None:
    line = line_to(stub)
    stub.script.extend([says(202, X_Message_Id="one")] * 40)
    got: list[int] = []

    def post() -> None:
        got.extend(line.post("{}").status for _ in range(10))

    threads = [threading.Thread(target=post) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert got == [202] * 40
    assert {headers["Content-Type"] for headers in stub.headers} == {
        "application/json; charset=utf-8"
    }
