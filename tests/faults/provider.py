"""
The other side, in a process of its own: what it took is on the disk before it says so.

It speaks SMTP and SendGrid's `mail/send`. How it misbehaves stands in a file that it reads for
every mail, so that a test can change its mind while mails come in.
"""

import asyncio
import json
import multiprocessing
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

#: Seconds after which a provider ends by itself, whatever becomes of the test.
LONGEST_LIFE = 3600


@dataclass(frozen=True)
class Mood:
    """How it treats a mail, or a request; the first of these that is set, by chance or always."""

    #: Which misbehaviour: a key of `Provider.misdeeds`, empty for none.
    misdeed: str = ""
    #: How often, from 0 to 1.
    chance: float = 1.0
    #: Seconds before it answers, and (`late`) before it accepts.
    slow: float = 0.0
    late: float = 0.0
    #: Local parts that are asked to come back later (451) the first time.
    greylisted: tuple[str, ...] = ()


class Log:
    """What was accepted: one line for each mail, fsynced before the answer."""

    def __init__(self, file: Path) -> None:
        self._file = file.open("ab", buffering=0)

    def accept(self, kind: str, mails: list[tuple[str, str]]) -> None:
        now = time.time()
        lines = "".join(f"{kind} {address} {theirs} {now}\n" for address, theirs in mails)
        self._file.write(lines.encode())
        os.fsync(self._file)


class Provider:
    """Both front doors, and one mood."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._log = Log(folder / "accepted")
        self._random = random.Random(5)  # noqa: S311 - the same in every run
        self._seen: set[str] = set()
        self.requests = 0

    @property
    def mood(self) -> Mood:
        try:
            given = json.loads((self._folder / "mood").read_text())
        except (OSError, ValueError):
            return Mood()
        return Mood(**{**given, "greylisted": tuple(given.get("greylisted", ()))})

    def misdeed(self, mood: Mood) -> str:
        if not mood.misdeed or self._random.random() >= mood.chance:
            return ""
        with (self._folder / "misdeeds").open("a") as told:
            told.write(f"{mood.misdeed}\n")
        return mood.misdeed

    def count(self) -> None:
        self.requests += 1
        with (self._folder / "requests").open("a") as told:
            told.write(f"{time.time()}\n")

    # ── SMTP ────────────────────────────────────────────────────────────────────────────────

    async def smtp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, EOFError):
            await self._converse(reader, writer)
        writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 provider ESMTP\r\n")
        address, taken = "", 0
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                answer = b"250-provider\r\n250-PIPELINING\r\n250 SIZE 10000000\r\n"
            elif verb == b"RCPT":
                address = line.decode().partition("<")[2].partition(">")[0]
                answer = self._welcome(address)
            elif verb == b"DATA" and not address:
                answer = b"503 5.5.1 nobody to write to\r\n"
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                content = await reader.readuntil(b"\r\n.\r\n")
                taken += 1
                answer = await self._take(address, content, writer, taken)
                address = ""
            elif verb == b"QUIT":
                return
            else:
                answer = b"250 Ok\r\n"
            writer.write(answer)

    def _welcome(self, address: str) -> bytes:
        mood = self.mood
        local, _, domain = address.partition("@")
        if local in mood.greylisted and address not in self._seen:
            self._seen.add(address)
            return b"451 4.2.0 come back later\r\n"
        if mood.misdeed == "crowded" and domain == "crowded.example" and self.misdeed(mood):
            return b"421 4.7.28 slow down\r\n"
        return b"250 Ok\r\n"

    async def _take(
        self, address: str, content: bytes, writer: asyncio.StreamWriter, taken: int
    ) -> bytes:
        """Accept a mail, or not; raises EOFError to hang up."""
        mood = self.mood
        misdeed = self.misdeed(mood)
        if misdeed == "421":
            writer.write(b"421 4.3.2 shutting down\r\n")
            raise EOFError
        if misdeed == "451":
            return b"451 4.3.0 not now\r\n"
        if misdeed == "reset before":
            writer.transport.abort()
            raise EOFError
        await asyncio.sleep(mood.late)
        found = re.search(rb"^Message-ID: <([^>]+)>", content, re.MULTILINE | re.IGNORECASE)
        self._log.accept("smtp", [(address, found[1].decode() if found else "")])
        if misdeed == "reset after":
            writer.transport.abort()
            raise EOFError
        if misdeed == "silence after":
            await asyncio.sleep(30)
        if misdeed == "half after":
            writer.write(b"25")
            raise EOFError
        await asyncio.sleep(mood.slow)
        if misdeed == "close after 5" and taken >= 5:
            writer.write(b"250 2.0.0 Ok\r\n")
            raise EOFError
        return b"250 2.0.0 Ok: queued as %d\r\n" % time.monotonic_ns()

    # ── SendGrid ────────────────────────────────────────────────────────────────────────────

    async def sendgrid(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, EOFError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = int(re.findall(r"content-length: (\d+)", head, re.IGNORECASE)[0])
            body = json.loads(await reader.readexactly(length))
            writer.write(await self._answer(body, writer))
            await writer.drain()
        writer.close()

    async def _answer(self, body: dict[str, Any], writer: asyncio.StreamWriter) -> bytes:
        self.count()
        mood = self.mood
        misdeed = self.misdeed(mood)
        if misdeed in {"429", "503"}:
            reset = f"X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {int(time.time()) + 1}\r\n"
            return _http(int(misdeed), reset if misdeed == "429" else "")
        if body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"):
            return _http(200)
        if misdeed.endswith(" before"):
            return _http(int(misdeed.split()[0]))
        await asyncio.sleep(mood.late)
        people = body["personalizations"]
        mails = [(p["to"][0]["email"], p["custom_args"]["sm_delivery"]) for p in people]
        self._log.accept("sendgrid", mails)
        if misdeed == "reset after":
            writer.transport.abort()
            raise EOFError
        if misdeed == "silence after":
            await asyncio.sleep(30)
        if misdeed == "half after":
            writer.write(b"HTTP/1.1 20")
            raise EOFError
        await asyncio.sleep(mood.slow)
        if misdeed.endswith(" after"):
            return _http(int(misdeed.split()[0]))
        return _http(202, "X-Message-Id: m\r\n")


def _http(status: int, headers: str = "") -> bytes:
    return (
        f"HTTP/1.1 {status} -\r\nContent-Length: 0\r\n{headers}Connection: close\r\n\r\n".encode()
    )


def serve(folder: Path, ports: Any) -> None:
    """Serve until the process is ended."""

    async def run() -> None:
        provider = Provider(folder)
        smtp = await asyncio.start_server(provider.smtp, "127.0.0.1", 0, limit=2**20)
        http = await asyncio.start_server(provider.sendgrid, "127.0.0.1", 0, limit=2**20)
        ports.send([server.sockets[0].getsockname()[1] for server in (smtp, http)])
        await asyncio.sleep(LONGEST_LIFE)

    asyncio.run(run())


class OtherSide:
    """A provider that runs, as tests see it."""

    def __init__(self, folder: Path, smtp_port: int, http_port: int) -> None:
        self.folder = folder
        self.smtp_port, self.http_port = smtp_port, http_port

    def feel(self, mood: Mood) -> None:
        """Change its mood, for every mail from now on."""
        draft = self.folder / "mood.new"
        draft.write_text(json.dumps(asdict(mood)))
        draft.replace(self.folder / "mood")

    @property
    def accepted(self) -> list[str]:
        """The addresses of all mails that it took, in their order."""
        file = self.folder / "accepted"
        lines = file.read_text().splitlines() if file.exists() else []
        return [line.split()[1] for line in lines]

    @property
    def size(self) -> int:
        file = self.folder / "accepted"
        return file.stat().st_size if file.exists() else 0

    @property
    def misdeeds(self) -> int:
        """How often it misbehaved."""
        file = self.folder / "misdeeds"
        return len(file.read_text().splitlines()) if file.exists() else 0

    @property
    def requests(self) -> list[float]:
        """When it was asked for something by HTTP; seconds of the epoch."""
        file = self.folder / "requests"
        return [float(line) for line in file.read_text().splitlines()] if file.exists() else []


@contextmanager
def provider(folder: Path) -> Iterator[OtherSide]:
    """Run a provider in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=serve, args=(folder, there), daemon=True)
    process.start()
    try:
        smtp_port, http_port = here.recv()
        yield OtherSide(folder, smtp_port, http_port)
    finally:
        process.kill()
        process.join()
