"""
Relays on this machine to hand mails to: one that says whatever a test wants, and aiosmtpd.

Both live in threads of their own, on loopback, on free ports.
"""

import asyncio
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from enum import Enum
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


class Act(Enum):
    """What a relay can do instead of answering."""

    CLOSE = "close"
    #: RST: what was on its way is gone.
    RESET = "reset"
    #: Never answer, and keep the line.
    HANG = "hang"
    #: Begin TLS.
    TLS = "tls"


class Asked(NamedTuple):
    """One moment of a conversation."""

    #: GREETING, EHLO, MAIL, RCPT, DATA, BODY (before it is read), END, …
    verb: str
    #: Which connection, and which mail on it, from 1.
    connection: int
    mail: int
    argument: str


#: Bytes to say, seconds to wait, things to do.
Answers = Sequence[bytes | float | Act]
#: None: as a friendly relay would.
Script = Callable[[Asked], Answers | bytes | None]

FRIENDLY = {
    "GREETING": b"220 relay.example ESMTP\r\n",
    "EHLO": b"250-relay.example\r\n250-PIPELINING\r\n250-SIZE 10000000\r\n250 8BITMIME\r\n",
    "HELO": b"250 relay.example\r\n",
    "MAIL": b"250 2.1.0 Ok\r\n",
    "RCPT": b"250 2.1.5 Ok\r\n",
    "DATA": b"354 End data with <CR><LF>.<CR><LF>\r\n",
    "BODY": b"",
    "END": b"250 2.0.0 Ok: queued as 4XyZ12\r\n",
    "RSET": b"250 2.0.0 Ok\r\n",
    "QUIT": b"221 2.0.0 Bye\r\n",
}


class Taken(NamedTuple):
    """A mail that was read whole, whatever was answered then."""

    sender: str
    recipient: str
    content: bytes


class ScriptedRelay:
    """Says what a script says, and writes down what it heard."""

    def __init__(
        self, script: Script = lambda _: None, context: ssl.SSLContext | None = None
    ) -> None:
        self.script = script
        self.context = context
        self.taken: list[Taken] = []
        self.commands: list[str] = []
        self.connections = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def recipients(self) -> list[str]:
        return [taken.recipient for taken in self.taken]

    @contextmanager
    def open(self) -> Iterator["ScriptedRelay"]:
        thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        thread.start()
        listening = asyncio.start_server(self._meet, "127.0.0.1", 0, limit=2**20)
        server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(5)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self._leave(server), self._loop).result(5)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(5)
            self._loop.close()

    async def _leave(self, server: asyncio.Server) -> None:
        server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.01)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError, EOFError):
            await _Conversation(self, self.connections, reader, writer).hold()
        writer.transport.abort()


class _Conversation:
    def __init__(
        self,
        relay: ScriptedRelay,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._relay = relay
        self._number = number
        self._mail = 1
        self._reader = reader
        self._writer = writer
        self._sender = self._recipient = ""

    async def hold(self) -> None:
        await self._say("GREETING")
        while line := (await self._reader.readuntil(b"\r\n")).decode():
            verb, _, argument = line.strip().partition(" ")
            self._relay.commands.append(line.removesuffix("\r\n"))
            if verb == "MAIL":
                self._sender, self._recipient = argument, ""
            said = await self._say(verb, argument)
            if verb == "RCPT" and not said.startswith((b"4", b"5")):
                self._recipient = argument.partition("<")[2].partition(">")[0]
            if verb == "DATA" and b"354" in said:
                await self._read()
            if verb == "QUIT":
                return

    async def _read(self) -> None:
        await self._say("BODY")
        content = (await self._reader.readuntil(b"\r\n.\r\n")).removesuffix(b".\r\n")
        self._relay.taken.append(Taken(self._sender, self._recipient, content))
        await self._say("END")
        self._mail += 1

    async def _say(self, verb: str, argument: str = "") -> bytes:
        answers = self._relay.script(Asked(verb, self._number, self._mail, argument))
        if answers is None:
            answers = FRIENDLY.get(verb, b"500 5.5.1 What?\r\n")
        if isinstance(answers, bytes):
            answers = [answers]
        for answer in answers:
            await self._do(answer)
        return b"".join(answer for answer in answers if isinstance(answer, bytes))

    async def _do(self, answer: bytes | float | Act) -> None:
        if isinstance(answer, bytes):
            self._writer.write(answer)
            await self._writer.drain()
        elif isinstance(answer, float):
            await asyncio.sleep(answer)
        elif answer is Act.HANG:
            await asyncio.sleep(60)
        elif answer is Act.TLS:
            assert self._relay.context
            await self._writer.start_tls(self._relay.context)
        else:
            if answer is Act.RESET:
                linger: socket.socket = self._writer.get_extra_info("socket")
                linger.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._writer.transport.abort() if answer is Act.RESET else self._writer.close()
            raise EOFError


# ── aiosmtpd ────────────────────────────────────────────────────────────────────────────────


class Catcher:
    """What an ordinary server received."""

    def __init__(self) -> None:
        self.mails: list[Taken] = []
        self.options: list[list[str]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        del server, session
        assert isinstance(envelope.content, bytes)
        assert envelope.mail_from
        self.options.append(envelope.mail_options)
        self.mails += [Taken(envelope.mail_from, to, envelope.content) for to in envelope.rcpt_tos]
        return f"250 2.0.0 Ok: queued as C0FFEE{len(self.mails)}"


class _Server(SMTP):
    """Keeps its line, so that it can be closed."""

    lines: list[asyncio.Transport]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.lines.append(transport)
        super().connection_made(transport)


class _Ordinary(Controller):
    """Closes its connections when it stops, as a server that is shut down does."""

    def __init__(self, handler: Catcher, **options: Any) -> None:
        self._lines: list[asyncio.Transport] = []
        super().__init__(handler, **options)

    def factory(self) -> SMTP:
        server = _Server(self.handler, **self.SMTP_kwargs)
        server.lines = self._lines
        return server

    def hang_up(self) -> None:
        async def close() -> None:
            for line in self._lines:
                line.abort()
            await asyncio.sleep(0.01)

        asyncio.run_coroutine_threadsafe(close(), self.loop).result(5)


@contextmanager
def ordinary(**options: Any) -> Iterator[tuple[Catcher, int]]:
    """Run aiosmtpd, and say what it caught and on which port."""
    catcher = Catcher()
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    controller = _Ordinary(catcher, hostname="127.0.0.1", port=port, ready_timeout=10, **options)
    controller.start()
    try:
        yield catcher, port
    finally:
        controller.hang_up()
        controller.stop()


# ── Certificates ────────────────────────────────────────────────────────────────────────────


class Certificate(NamedTuple):
    """A server's certificate that signs itself."""

    #: What a client must trust.
    file: Path
    #: What the server presents.
    context: ssl.SSLContext


def certificate(folder: Path, host: str) -> Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    alternative: x509.GeneralName
    try:
        alternative = x509.IPAddress(ip_address(host))
    except ValueError:
        alternative = x509.DNSName(host)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / "certificate.pem", folder / "key.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key_file)
    return Certificate(file, context)
