"""
One connection, as bytes: what is written, and the answers that come back.

Nothing here knows what was asked. An answer is kept until somebody waits for it, so that
several may come in one piece, or one in many.
"""

import asyncio
import re
import ssl
from functools import lru_cache
from typing import NamedTuple, cast

from newsletter.transports.smtp.replies import Reply

#: Bytes of one answer, all its lines together; RFC 5321 section 4.5.3.1.5 allows lines of 512.
LONGEST_REPLY = 65_536

#: Answers that nobody has asked for yet; we never ask for more than four at once.
MOST_REPLIES = 8

_LINE = re.compile(rb"([2-5]\d\d)(?:([ -])(.*))?", re.DOTALL)


#: The relay hangs up after it, whatever was asked (RFC 5321 section 3.8).
LEAVING = 421


class _Line(NamedTuple):
    """One line of an answer."""

    code: int
    text: str
    last: bool
    #: The answer, where this line is all of it.
    whole: Reply | None


@lru_cache(maxsize=256)
def _line(line: bytes) -> _Line | None:
    """Read a line without its line feed; None when it is not SMTP. Relays repeat themselves."""
    found = _LINE.fullmatch(line.removesuffix(b"\r"))
    if found is None:
        return None
    code, text = int(found[1]), (found[3] or b"").decode("utf-8", "replace")
    last = found[2] != b"-"
    return _Line(code, text, last, Reply(code, (text,)) if last else None)


class Wire(asyncio.Protocol):
    """A connection to the relay. It is lost once, and says why in `trouble`."""

    def __init__(self) -> None:
        #: Why it cannot be used any more, as the end of a sentence; empty while it can.
        self.trouble = ""
        #: True when an answer did not come in its time.
        self.hung = False
        self._transport: asyncio.Transport | None = None
        self._held = b""
        self._lines: list[str] = []
        self._size = 0
        self._replies: list[Reply] = []
        self._leaving = self._paused = False
        self._wanted = 0
        self._waiting: asyncio.Future[None] | None = None

    # ── What we do ──────────────────────────────────────────────────────────────────────────

    @property
    def quiet(self) -> bool:
        """True when it lives and nothing was said that was not asked for."""
        return not (self.trouble or self._leaving or self._replies or self._held or self._lines)

    @property
    def flushed(self) -> bool:
        """
        False when the end of what was written has surely not left this machine.

        Over TLS nobody can say so surely, and it is always True.
        """
        return not self._paused

    @property
    def security(self) -> ssl.SSLObject | None:
        """The TLS that it runs under, or None."""
        held = self._transport.get_extra_info("ssl_object") if self._transport else None
        return cast("ssl.SSLObject | None", held)

    @property
    def address_literal(self) -> str:
        """This machine's address on the connection, as EHLO bears it: `[192.0.2.1]`."""
        own = self._transport.get_extra_info("sockname") if self._transport else None
        address = str(own[0]).partition("%")[0] if own else "127.0.0.1"
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    def write(self, *data: bytes) -> None:
        if self._transport and not self.trouble:
            self._transport.writelines(data)

    async def replies(self, count: int, seconds: float) -> list[Reply]:
        """
        Wait for so many answers, and take them.

        Fewer come back when the line is lost, the time is over, or the relay hangs up (421).
        """
        if len(self._replies) < count and not (self.trouble or self._leaving):
            await self._more(count, seconds)
        taken, self._replies = self._replies[:count], self._replies[count:]
        return taken

    async def secure(self, context: ssl.SSLContext, host: str, seconds: float) -> None:
        """Go on under TLS. Raises OSError (ssl.SSLError, TimeoutError) when that fails."""
        plain, self._transport = self._transport, None
        if plain is None:
            raise ConnectionResetError
        plain.set_write_buffer_limits()
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                self._transport = await loop.start_tls(plain, self, context, server_hostname=host)
        finally:
            if self._transport is None:
                plain.abort()

    def abort(self, why: str = "was given up") -> None:
        """Close at once; what was written and has not left never will."""
        self._lose(why)
        if self._transport:
            self._transport.abort()

    def close(self) -> None:
        """Close when everything written has left."""
        if self._transport:
            self._transport.close()

    # ── What comes back ─────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports have no base class in common with asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        if transport.get_extra_info("ssl_object") is None:
            # So that being paused means exactly: something has not left yet.
            self._transport.set_write_buffer_limits(high=0)

    def pause_writing(self) -> None:
        if self._transport and self._transport.get_extra_info("ssl_object") is None:
            self._paused = True

    def resume_writing(self) -> None:
        self._paused = False

    def data_received(self, data: bytes) -> None:
        if self.trouble:
            return
        # Most often whole answers come, and nothing is held.
        *lines, rest = (self._held + data if self._held else data).split(b"\n")
        self._held = rest
        for line in lines:
            self._take(line)
            if self.trouble:
                break
        if self._size + len(self._held) > LONGEST_REPLY or len(self._replies) > MOST_REPLIES:
            self.abort("said more than any answer holds")
        if self._leaving or len(self._replies) >= self._wanted:
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lose("closed the connection" if exc is None else f"was lost ({_named(exc)})")

    def _take(self, line: bytes) -> None:
        read = _line(line)
        if read is None:
            self.abort("said what is not SMTP")
            return
        if read.whole and not self._lines:
            self._replies.append(read.whole)
            self._leaving = self._leaving or read.whole.code == LEAVING
            return
        self._size += len(line)
        self._lines.append(read.text)
        if self._size > LONGEST_REPLY:
            self.abort("said more than any answer holds")
        elif read.last:
            self._replies.append(Reply(read.code, tuple(self._lines)))
            self._leaving = self._leaving or read.code == LEAVING
            self._lines, self._size = [], 0

    async def _more(self, count: int, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        self._wanted, self._waiting = count, loop.create_future()
        clock = loop.call_later(seconds, self._expire, seconds)
        try:
            await self._waiting
        finally:
            clock.cancel()
            self._wanted, self._waiting = 0, None

    def _expire(self, seconds: float) -> None:
        self.hung = True
        self.abort(f"did not answer within {seconds:g} seconds")

    def _lose(self, why: str) -> None:
        self.trouble = self.trouble or why
        self._wake()

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)


def _named(error: Exception) -> str:
    return getattr(error, "strerror", None) or type(error).__name__
