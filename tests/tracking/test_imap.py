"""A box over IMAP: a real server (pymap), under TLS; and servers that misbehave."""

import imaplib
import os
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import NamedTuple

import pytest

from newsletter.errors import StorageError
from newsletter.tracking.bounces.paper import LARGEST
from newsletter.tracking.boxes import Box
from newsletter.tracking.imap import ImapAccount, ImapBox
from tests.transports.relay import Certificate, certificate

HOST = "127.0.0.1"
MAIL = b"Subject: Undelivered\r\n\r\nnobody here\r\n"


class Provider(NamedTuple):
    account: ImapAccount
    trust: ssl.SSLContext


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificate(tmp_path_factory.mktemp("papers"), HOST)


@pytest.fixture(scope="module")
def trust(papers: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(papers.file))


@pytest.fixture
def provider(papers: Certificate, trust: ssl.SSLContext) -> Iterator[Provider]:
    """A real IMAP server with an empty mailbox, that asks for STARTTLS."""
    port = free_port()
    key = papers.file.with_name("key.pem")
    command = [
        sys.executable,
        "-c",
        "from pymap.main import main; main()",
        "--host",
        HOST,
        "--port",
        str(port),
    ]
    command += ["--cert", str(papers.file), "--key", str(key), "dict"]
    server = subprocess.Popen(
        [*command, "--demo-user", "ann", "--demo-password", "s3cret"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    try:
        await_port(port)
        yield Provider(
            ImapAccount(
                host=HOST, port=port, username="ann", password="s3cret", tls="starttls", timeout=10
            ),
            trust,
        )
    finally:
        server.terminate()
        server.wait(10)


def free_port() -> int:
    with socket.socket() as free:
        free.bind((HOST, 0))
        return int(free.getsockname()[1])


def await_port(port: int) -> None:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection((HOST, port), 1):
            return
        time.sleep(0.05)
    raise TimeoutError("the IMAP server did not begin")


@contextmanager
def logged_in(provider: Provider) -> Iterator[imaplib.IMAP4]:
    line = imaplib.IMAP4(HOST, provider.account.port, timeout=10)
    line.starttls(provider.trust)
    line.login("ann", "s3cret")
    try:
        yield line
    finally:
        line.logout()


def deposit(provider: Provider, *mails: bytes) -> None:
    with logged_in(provider) as line:
        for mail in mails:
            assert line.append("INBOX", "", "", mail)[0] == "OK"


def unseen(provider: Provider) -> int:
    with logged_in(provider) as line:
        line.select("INBOX", readonly=True)
        return len(line.search(None, "UNSEEN")[1][0].split())


def test_mails_are_taken_and_then_marked(provider: Provider) -> None:
    deposit(provider, MAIL, MAIL.replace(b"nobody", b"somebody"))
    box: Box = ImapBox(provider.account, trust=provider.trust)

    taken = []
    for key, raw in box.letters():
        taken.append(raw)
        box.done(key)

    assert taken == [MAIL, MAIL.replace(b"nobody", b"somebody")]
    assert unseen(provider) == 0
    assert list(ImapBox(provider.account, trust=provider.trust).letters()) == []


def test_what_is_not_done_stays_unread(provider: Provider) -> None:
    deposit(provider, MAIL, MAIL)
    box = ImapBox(provider.account, trust=provider.trust)

    assert len(list(box.letters())) == 2
    assert unseen(provider) == 2


def test_a_reader_that_fails_loses_nothing(provider: Provider) -> None:
    deposit(provider, MAIL, MAIL)
    box = ImapBox(provider.account, trust=provider.trust)

    def consume() -> None:
        for n, (key, _) in enumerate(box.letters()):
            if n == 1:
                raise RuntimeError("the disk is full")
            box.done(key)

    with pytest.raises(RuntimeError, match="disk"):
        consume()

    assert unseen(provider) == 1


def test_a_mail_is_taken_in_part_when_it_is_very_large(provider: Provider) -> None:
    deposit(provider, MAIL + b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * (LARGEST // 72 + 10))

    ((_, raw),) = ImapBox(provider.account, trust=provider.trust).letters()

    assert len(raw) == LARGEST
    assert raw.startswith(MAIL)


def test_a_wrong_password_is_told_without_it(provider: Provider) -> None:
    account = replace(provider.account, password="wr0ng")

    with pytest.raises(StorageError, match="did not let us in") as told:
        list(ImapBox(account, trust=provider.trust).letters())

    assert "wr0ng" not in f"{told.value} {told.value.hint} {account!r}"


def test_a_folder_that_is_not_there_is_named(provider: Provider) -> None:
    account = replace(provider.account, folder='Boun"ces')

    with pytest.raises(StorageError, match='no folder Boun"ces'):
        list(ImapBox(account, trust=provider.trust).letters())


def test_a_certificate_of_nobodys_is_refused(provider: Provider) -> None:
    """And the password is not told."""
    with pytest.raises(StorageError, match="cannot be read: SSLCertVerificationError"):
        list(ImapBox(provider.account).letters())


def test_a_mail_is_marked_only_while_its_round_lasts(provider: Provider) -> None:
    deposit(provider, MAIL)
    box = ImapBox(provider.account, trust=provider.trust)
    ((key, _),) = list(box.letters())

    with pytest.raises(StorageError, match="round is over"):
        box.done(key)


# ── Under TLS from the first byte, and servers that misbehave ───────────────────────────────

Answer = Callable[[bytes], bytes]


def friendly(line: bytes) -> bytes:
    tag, _, rest = line.partition(b" ")
    verb = rest.upper()
    told = {
        b"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n",
        b"SELECT": b"* 1 EXISTS\r\n",
        b"UID SEARCH": b"* SEARCH 7\r\n",
        b"UID FETCH": b"* 1 FETCH (UID 7 BODY[]<0> {%d}\r\n%s)\r\n" % (len(MAIL), MAIL),
    }
    said = next((answer for word, answer in told.items() if verb.startswith(word)), b"")
    return said + tag + b" OK done\r\n"


@contextmanager
def scripted(
    papers: Certificate, answer: Answer, greeting: bytes = b"* OK hello\r\n"
) -> Iterator[int]:
    """Serve one connection after the other under TLS, as the script says."""
    with socket.create_server((HOST, 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    plain, _ = listening.accept()
                except OSError:
                    return
                with suppress(OSError), papers.context.wrap_socket(plain, server_side=True) as line:
                    line.sendall(greeting)
                    with line.makefile("rb") as lines:
                        for asked in lines:
                            line.sendall(answer(asked.rstrip()))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def account(port: int, *, timeout: float = 3.0, longest: float = 600.0) -> ImapAccount:
    return ImapAccount(
        host=HOST, port=port, username="ann", password="s3cret", timeout=timeout, longest=longest
    )


def test_a_provider_with_tls_from_the_first_byte_is_read(
    papers: Certificate, trust: ssl.SSLContext
) -> None:
    asked: list[bytes] = []

    def answer(line: bytes) -> bytes:
        asked.append(line.partition(b" ")[2])
        return friendly(line)

    with scripted(papers, answer) as port:
        box = ImapBox(account(port), trust=trust)
        for key, raw in box.letters():
            assert raw == MAIL
            box.done(key)

    assert any(line.startswith(b"UID FETCH 7 (BODY.PEEK[]<0.") for line in asked)
    assert rb"UID STORE 7 +FLAGS.SILENT (\Seen)" in asked


def instead(verb: bytes, said: bytes) -> Answer:
    def answer(line: bytes) -> bytes:
        return said if verb in line.upper() else friendly(line)

    return answer


@pytest.mark.parametrize(
    ("verb", "said"),
    [
        (b"FETCH", b"* 1 FETCH (UID 7 BODY[]<0> {99999999999}\r\n"),
        (b"FETCH", b"* 1 FETCH (UID 7 BODY[] {-1}\r\n"),
        (b"FETCH", b"rubbish\r\n"),
        (b"FETCH", b"\xff\xfe\0\r\n"),
        (b"SEARCH", b"x" * 2_000_000),
        (b"SEARCH", b"* SEARCH \xff\r\nA BAD no\r\n"),
        (b"SELECT", b"* BYE going down\r\n"),
        (b"CAPABILITY", b"\r\n\r\n\r\n"),
    ],
)
def test_a_broken_server_costs_one_sentence(
    papers: Certificate, trust: ssl.SSLContext, verb: bytes, said: bytes
) -> None:
    with scripted(papers, instead(verb, said)) as port:
        start = time.monotonic()
        with pytest.raises(StorageError, match=r"^The mailbox at 127\.0\.0\.1 "):
            list(ImapBox(account(port, timeout=1.0), trust=trust).letters())

    assert time.monotonic() - start < 20


def test_a_server_that_says_nothing_costs_its_time(
    papers: Certificate, trust: ssl.SSLContext
) -> None:
    with (
        scripted(papers, friendly, greeting=b"") as port,
        pytest.raises(StorageError, match="cannot be read"),
    ):
        list(ImapBox(account(port, timeout=0.5), trust=trust).letters())


def test_a_server_that_drips_is_cut_off(papers: Certificate, trust: ssl.SSLContext) -> None:
    """Each byte comes in time; all of them would take hours."""

    def drips(line: bytes) -> bytes:
        time.sleep(0.3)
        return b"* 1 EXISTS\r\n" * 3 if b"SELECT" in line else friendly(line)

    def answer(line: bytes) -> bytes:
        return drips(line)

    with scripted(papers, answer) as port:
        start = time.monotonic()
        with pytest.raises(StorageError):
            list(ImapBox(account(port, timeout=30.0, longest=1.0), trust=trust).letters())

    assert time.monotonic() - start < 10


def test_a_mail_that_is_gone_is_passed_over(papers: Certificate, trust: ssl.SSLContext) -> None:
    def answer(line: bytes) -> bytes:
        tag = line.partition(b" ")[0]
        return tag + b" OK done\r\n" if b"FETCH" in line else friendly(line)

    with scripted(papers, answer) as port:
        assert list(ImapBox(account(port), trust=trust).letters()) == []


def test_nobody_is_there(trust: ssl.SSLContext) -> None:
    with pytest.raises(StorageError, match="cannot be read: ConnectionRefusedError"):
        list(ImapBox(account(free_port()), trust=trust).letters())


def test_what_waits_is_counted_and_left(provider: Provider) -> None:
    box = ImapBox(provider.account, trust=provider.trust)
    before = box.waiting()
    deposit(provider, b"Subject: one\r\n\r\n", b"Subject: two\r\n\r\n")

    assert box.waiting() == before + 2
    assert unseen(provider) == before + 2
