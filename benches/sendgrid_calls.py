"""
A million readers through SendGrid's transport: `python benches/sendgrid_calls.py [READERS]`.

Tokens are minted, 1,000 requests made and handed, one after the other, to a SendGrid of the
bench's own in another process, which counts the readers that arrive. Beside it: the bytes of
the same requests without anything else, and the `sendgrid` package's own mail helpers.

Reach: 50,000 readers a second, 300 MB. Minting tokens is the ledger worker's part, and stands
in a line of its own.
"""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter

from _bench import alone, megabytes, row
from sendgrid.helpers import mail  # type: ignore[import-untyped]
from splice import HEADERS, rendition

from newsletter.model import Call, Envelope
from newsletter.settings import Tracking
from newsletter.tracking.tokens import EditionMint, Keyring
from newsletter.transports import sendgrid_payload as payload
from newsletter.transports.sendgrid import SendGridTransport

READERS = 1_000_000
EDITION = "daily/2026-07-05"
MINT = EditionMint(Keyring(b"a secret for measuring, 32 bytes"), 7, Tracking(), b"x" * 16)

#: Stands once in each reader's part of a request, and nowhere else.
MARK = b'"sm_delivery"'


def calls(readers: int) -> Iterator[Call]:
    """Make calls of 1,000 readers, as a worker does."""
    edition = rendition()
    for first in range(1, readers + 1, 1000):
        envelopes = tuple(
            Envelope(n, f"reader{n}@example.com", f"Reader {n}", MINT.tokens(n))
            for n in range(first, min(first + 1000, readers + 1))
        )
        yield Call(
            id=f"call-{first}",
            rendition=edition,
            headers=HEADERS,
            envelopes=envelopes,
            at=datetime.now(UTC),
            edition=EDITION,
        )


# ── The other side ──────────────────────────────────────────────────────────────────────────


def play_sendgrid() -> None:
    """Accept every request; end with what arrived when one of no bytes comes."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listening.getsockname()[1], flush=True)
    arrived, buffer = 0, bytearray(4 << 20)
    while True:
        line, _ = listening.accept()
        with line:
            got = received(line, buffer)
            if not got:
                break
            arrived += buffer.count(MARK, 0, got)
            line.sendall(
                b"HTTP/1.1 202 Accepted\r\nX-Message-Id: made-up\r\n"
                b"Content-Length: 0\r\nConnection: close\r\n\r\n"
            )
    print(arrived, flush=True)


def received(line: socket.socket, buffer: bytearray) -> int:
    """Read one request into the buffer; returns its length."""
    view, got, whole = memoryview(buffer), 0, 1
    while got < whole:
        read = line.recv_into(view[got:])
        if not read:
            return 0
        got += read
        if whole == 1 and (end := buffer.find(b"\r\n\r\n", 0, got)) > 0:
            head = bytes(view[:end]).lower()
            whole = end + 4 + int(head.split(b"content-length:")[1].split(b"\r\n")[0])
        elif whole == 1:
            whole = got + 1
    return got


@contextmanager
def sendgrid() -> Iterator[tuple[str, list[int]]]:
    """Yield the other side's address, and a list that holds what arrived when it has ended."""
    arrived: list[int] = []
    command = [sys.executable, __file__, "--play"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout
        port = int(other.stdout.readline())
        try:
            yield f"http://127.0.0.1:{port}", arrived
        finally:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
            arrived.append(int(other.stdout.readline()))


# ── What is measured ────────────────────────────────────────────────────────────────────────


def through_the_transport(readers: int) -> None:
    with sendgrid() as (address, arrived):
        transport = SendGridTransport("SG.made-up", address)
        submitted, inside, start = 0, 0.0, perf_counter()
        for call in calls(readers):
            began = perf_counter()
            submitted += sum(1 for _ in transport.send(call))
            inside += perf_counter() - began
        took = perf_counter() - start
    if arrived != [submitted] or submitted != readers:
        sys.exit(f"{readers} readers, {submitted} submitted, {arrived} arrived")
    show("the transport", readers, inside)
    show("… and minting their tokens", readers, took)


def bytes_alone(readers: int) -> None:
    """The limit: requests that are there already, over the same sockets."""
    call = next(calls(1000))
    mould = payload.mould(call)
    body = mould.body([mould.part(envelope, call.id) for envelope in call.envelopes]).encode()
    head = f"POST /v3/mail/send HTTP/1.1\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with sendgrid() as (address, _):
        place, start = ("127.0.0.1", int(address.rpartition(":")[2])), perf_counter()
        for _ in range(readers // 1000):
            with socket.create_connection(place) as line:
                line.sendall(head + body)
                line.recv(1000)
        took = perf_counter() - start
    show(f"the same bytes ({len(body):,} a call)", readers, took)


def with_the_helpers(readers: int) -> None:
    """The package's own way to make the same requests, without sending them."""
    few, edition, start = readers // 50, rendition(), perf_counter()
    for call in calls(few):
        letter = mail.Mail("desk@news.example.com", None, edition.subject)
        letter.add_content(mail.Content("text/plain", edition.text))
        letter.add_content(mail.Content("text/html", edition.html))
        for envelope in call.envelopes:
            person = mail.Personalization()
            person.add_to(mail.To(envelope.address, envelope.name))
            person.add_header(mail.Header("List-Unsubscribe", f"<{envelope.tokens.door}>"))
            for name, token in zip(("~c~", "~o~", "~v~", "~d~"), envelope.tokens, strict=False):
                person.add_substitution(mail.Substitution(name, token))
            person.add_custom_arg(mail.CustomArg("sm_delivery", str(envelope.delivery)))
            letter.add_personalization(person)
        json.dumps(letter.get())
    show("its helpers, not sent", few, perf_counter() - start)


def show(name: str, readers: int, took: float) -> None:
    row(name, f"{readers:,}", f"{took:,.1f} s", f"{readers / took:,.0f}/s", f"{megabytes()} MB")


WAYS = {
    "transport": through_the_transport,
    "bytes": bytes_alone,
    "helpers": with_the_helpers,
}


def main() -> None:
    if sys.argv[1:2] == ["--play"]:
        play_sendgrid()
    elif sys.argv[1:2] == ["--one"]:
        WAYS[sys.argv[2]](int(sys.argv[3]))
    else:
        readers = sys.argv[1] if len(sys.argv) > 1 else str(READERS)
        row("", "readers", "took", "a second", "peak")
        for way in WAYS:
            alone(__file__, way, readers)


if __name__ == "__main__":
    main()
