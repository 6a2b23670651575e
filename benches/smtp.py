"""
How fast an edition goes out by SMTP: `python benches/smtp.py`.

20,000 mails of 60 KB over 10 connections to a sink in another process, which reads, counts and
answers, and does nothing else. Beside it the standard library's smtplib over as many threads,
handed mails that are already made. Both talk to the same sink, one after the other; the sink
and the sender share the machine's cores.
"""

import asyncio
import multiprocessing
import smtplib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import repeat
from multiprocessing.synchronize import Event
from typing import Any

from newsletter.model import Call, Envelope, Headers, MergeField, Rendition
from newsletter.settings import SmtpSettings, Tracking
from newsletter.tracking.tokens import EditionMint, Keyring
from newsletter.transports.message import compile_message
from newsletter.transports.smtp import SmtpTransport, new_loop

MAILS, PEERS_MAILS, CONNECTIONS, CALLS_AT_ONCE = 20_000, 2_000, 10, 2
SITE = "https://n.theshiftmaker.com"
LOREM = "Agents learn to wait for their turn – and what that costs. "
CLICK, OPEN, VIEW, DOOR = (field.sentinel for field in MergeField)

HEADERS = Headers(
    sender_name="The ShiftMaker",
    sender_address="desk@news.theshiftmaker.com",
    list_id="daily.news.theshiftmaker.com",
    list_name="The ShiftMaker",
    unsubscribe=f"{SITE}/u/",
    domain="news.theshiftmaker.com",
)


class Sink(asyncio.Protocol):
    """Takes everything; a mail ends where its last bytes are a line with a dot."""

    taken = 0
    octets = 0

    def connection_made(self, transport: Any) -> None:
        self._transport, self._line, self._inside, self._end = transport, b"", False, b""
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        if self._inside:
            self._content(data)
            return
        *lines, self._line = (self._line + data).split(b"\r\n")
        self._transport.write(b"".join(self._answer(line) for line in lines))

    def _answer(self, line: bytes) -> bytes:
        verb = line[:4].upper()
        if verb == b"EHLO":
            return b"250-sink\r\n250-SIZE 100000000\r\n250 PIPELINING\r\n"
        if verb == b"DATA":
            self._inside, self._end = True, b""
            return b"354 Go on\r\n"
        return b"221 Bye\r\n" if verb == b"QUIT" else b"250 Ok\r\n"

    def _content(self, data: bytes) -> None:
        Sink.octets += len(data)
        self._end = (self._end + data[-5:])[-5:]
        if self._end == b"\r\n.\r\n":
            self._inside = False
            Sink.taken += 1
            self._transport.write(b"250 2.0.0 Ok: queued as %d\r\n" % Sink.taken)


def sink(port: Any, told: Any, stop: Event) -> None:
    """Serve until told to stop, then say how many mails and bytes came."""

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Sink, "127.0.0.1", 0)
        port.send(server.sockets[0].getsockname()[1])
        await asyncio.to_thread(stop.wait)
        told.send((Sink.taken, Sink.octets))

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(serve())


@contextmanager
def listening() -> Iterator[tuple[int, Callable[[], tuple[int, int]]]]:
    """Run a sink in a process of its own: its port, and how to end it and ask what came."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    stop = spawn.Event()
    process = spawn.Process(target=sink, args=(there, there, stop), daemon=True)
    process.start()
    port = here.recv()

    def end() -> tuple[int, int]:
        stop.set()
        taken, octets = here.recv()
        return taken, octets

    try:
        yield port, end
    finally:
        stop.set()
        process.join(5)
        process.kill()


def rendition() -> Rendition:
    """Make an edition of 30 links in each part and some 60 KB on the wire."""
    style = 'style="margin:0;color:#111111;font-family:Georgia,serif"'
    stories = "".join(
        f'<p {style}>{LOREM * 19}</p>\n<a href="{SITE}/c/{CLICK}/{n}">Read on</a>\n'
        for n in range(1, 31)
    )
    text = "".join(f"{LOREM * 7}\n{SITE}/c/{CLICK}/{n}\n\n" for n in range(1, 31))
    foot = f'<a href="{SITE}/v/{VIEW}">View</a> <a href="{SITE}/u/{DOOR}">Leave</a>'
    return Rendition(
        subject="Agents learn to wait",
        preheader="And what it costs",
        html=f'<html><body>{stories}{foot}<img src="{SITE}/o/{OPEN}.gif"></body></html>\n',
        text=f"{text}Leave: {SITE}/u/{DOOR}\n",
    )


def calls(edition: Rendition, size: int) -> Iterator[Call]:
    """Make the calls of an edition, tokens included, as they are asked for."""
    mint = EditionMint(Keyring(b"a secret for measuring, 32 bytes"), 7, Tracking(), b"x" * 16)
    for first in range(0, MAILS, size):
        envelopes = tuple(
            Envelope(n, f"reader{n}@example.com", "Ann Lee", mint.tokens(n + 1))
            for n in range(first, first + size)
        )
        at = datetime.now(UTC)
        yield Call(id="c", rendition=edition, headers=HEADERS, envelopes=envelopes, at=at)


def ours(port: int, edition: Rendition) -> tuple[float, float]:
    """Send all mails; seconds, and seconds of our process's CPU, tokens and splicing included."""
    given = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": CONNECTIONS}
    transport = SmtpTransport(SmtpSettings.model_validate(given))
    answers: Counter[str] = Counter()
    start, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(CALLS_AT_ONCE) as threads:
        work = calls(edition, transport.largest_call)
        for receipts in threads.map(lambda call: list(transport.send(call)), work):
            answers.update(receipt.answer.value for receipt in receipts)
    took = time.perf_counter() - start, time.process_time() - cpu
    transport.close()
    assert answers == {"submitted": MAILS}, answers
    return took


def library(port: int, mail: bytes) -> tuple[float, float]:
    """Send the same bytes by smtplib, a thread for each connection."""

    def work(count: int) -> None:
        with smtplib.SMTP("127.0.0.1", port) as smtp:
            for _ in range(count):
                smtp.sendmail("desk@news.theshiftmaker.com", "reader@example.com", mail)

    start, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(CONNECTIONS) as threads:
        list(threads.map(work, repeat(PEERS_MAILS // CONNECTIONS, CONNECTIONS)))
    return time.perf_counter() - start, time.process_time() - cpu


def show(name: str, mails: int, seconds: float, cpu: float) -> None:
    print(f"{name:28}{mails / seconds:12,.0f} a second{cpu / mails * 1e6:12,.0f} µs CPU a mail")


def main() -> None:
    """Print the figures; takes some twenty seconds."""
    edition = rendition()
    (call,) = [next(calls(edition, 1))]
    mail = compile_message(edition, HEADERS).splice(call.envelopes[0], call.at)
    loop = new_loop()
    print(f"{MAILS:,} mails of {len(mail):,} bytes, {CONNECTIONS} connections, ", end="")
    print(f"{CALLS_AT_ONCE} calls at once, {type(loop).__module__.partition('.')[0]}\n")
    loop.close()
    with listening() as (port, end):
        seconds, cpu = ours(port, edition)
        taken, octets = end()
    assert taken == MAILS, taken
    show("newsletter", MAILS, seconds, cpu)
    with listening() as (port, end):
        peers_seconds, peers_cpu = library(port, mail)
        taken, _ = end()
    assert taken == PEERS_MAILS, taken
    show("smtplib, mails ready made", PEERS_MAILS, peers_seconds, peers_cpu)
    faster = (MAILS / seconds) / (PEERS_MAILS / peers_seconds)
    print(f"\n{faster:.1f} times smtplib; {octets / seconds / 1e6:,.0f} MB/s on the wire")


if __name__ == "__main__":
    main()
