r"""
A box at a mail provider, over IMAP (RFC 3501) and TLS, never without.

A mail is fetched without marking it (BODY.PEEK) and marked `\Seen` once it is done. A server that
is slow, talks nonsense or announces more than it was asked for costs one round, and one sentence.
"""

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Timer
from typing import Literal

from newsletter.errors import StorageError
from newsletter.tracking.bounces.paper import LARGEST
from newsletter.tracking.boxes import MOST

#: What imaplib raises over a server that breaks off, or does not keep to the protocol.
_BROKEN = (
    imaplib.IMAP4.error,
    OSError,
    EOFError,
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapAccount:
    """Where the box is, and who may open it."""

    host: str
    username: str
    password: str = field(repr=False)
    port: int = 993
    #: From the first byte (port 993), or after STARTTLS (port 143).
    tls: Literal["implicit", "starttls"] = "implicit"
    folder: str = "INBOX"
    #: Seconds for one answer.
    timeout: float = 30.0
    #: Seconds for all of a round, however steadily a server drips.
    longest: float = 600.0


class ImapBox:
    """A folder at a provider; one connection a round, which `letters` opens and closes."""

    def __init__(self, account: ImapAccount, *, trust: ssl.SSLContext | None = None) -> None:
        """`trust` replaces the system's certificates, for a provider with its own authority."""
        self._account = account
        self._trust = trust or ssl.create_default_context()
        self._line: imaplib.IMAP4 | None = None

    def letters(self) -> Iterator[tuple[str, bytes]]:
        with self._connected() as line:
            for uid in self._unseen(line):
                if (raw := self._fetched(line, uid)) is not None:
                    yield uid, raw

    def waiting(self) -> int:
        """Count what is not done yet, 500 at most; nothing is fetched. Raises StorageError."""
        with self._connected() as line:
            return len(self._unseen(line))

    def done(self, key: str) -> None:
        """Mark one as read. Only while `letters` is under way: it holds the connection."""
        if self._line is None or not re.fullmatch(r"[0-9]{1,10}", key):
            raise StorageError("That mail is not at hand: its round is over.")
        with self._in_plain_words():
            self._line.uid("STORE", key, "+FLAGS.SILENT", r"(\Seen)")

    @contextmanager
    def _connected(self) -> Iterator[imaplib.IMAP4]:
        with self._in_plain_words():
            line = self._dialled()
        ending = Timer(self._account.longest, line.cut)
        ending.daemon = True
        ending.start()
        try:
            with self._in_plain_words():
                self._open(line)
            self._line = line
            yield line
        finally:
            self._line = None
            ending.cancel()
            with suppress(*_BROKEN):
                line.logout()
            with suppress(*_BROKEN):
                line.shutdown()

    def _dialled(self) -> "_Wary | _WaryTls":
        account = self._account
        if account.tls == "implicit":
            return _WaryTls(
                account.host, account.port, ssl_context=self._trust, timeout=account.timeout
            )
        line = _Wary(account.host, account.port, timeout=account.timeout)
        try:
            line.starttls(self._trust)
        except _BROKEN:
            with suppress(*_BROKEN):
                line.shutdown()
            raise
        return line

    def _open(self, line: imaplib.IMAP4) -> None:
        try:
            line.login(self._account.username, self._account.password)
        except line.abort:
            raise
        except line.error as error:
            raise StorageError(
                f"The mailbox at {self._account.host} did not let us in.",
                hint="Is the name right, and the password one for programs?",
            ) from error
        answer, _ = line.select(_quoted(self._account.folder))
        if answer != "OK":
            raise StorageError(f"There is no folder {self._account.folder} in the mailbox.")

    def _unseen(self, line: imaplib.IMAP4) -> list[str]:
        with self._in_plain_words():
            _, found = line.uid("SEARCH", "UNSEEN")
            uids = [uid for part in found if part for uid in part.decode("ascii").split()]
        return [uid for uid in uids if uid.isdigit()][:MOST]

    def _fetched(self, line: imaplib.IMAP4, uid: str) -> bytes | None:
        """Fetch one mail; None where somebody else has deleted it meanwhile."""
        with self._in_plain_words():
            _, answer = line.uid("FETCH", uid, f"(BODY.PEEK[]<0.{LARGEST}>)")
            return next((part[1][:LARGEST] for part in answer if isinstance(part, tuple)), None)

    @contextmanager
    def _in_plain_words(self) -> Iterator[None]:
        """Translate at the border. What the server said may hold an address, so it is left out."""
        try:
            yield
        except _BROKEN as error:
            raise StorageError(
                f"The mailbox at {self._account.host} cannot be read: {type(error).__name__}.",
                hint="What was not done is read in the next round.",
            ) from error


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class _Bounded(imaplib.IMAP4):
    """Refuses what is larger than asked for, before it is read."""

    def read(self, size: int) -> bytes:
        if size > LARGEST + 1_000:
            raise self.abort("more than was asked for")
        return super().read(size)

    def cut(self) -> None:
        """End a connection from another thread: whoever waits for it is told at once."""
        with suppress(OSError):
            self.sock.shutdown(2)


class _Wary(_Bounded):
    """Begins in plain text, and goes on only under TLS."""


class _WaryTls(_Bounded, imaplib.IMAP4_SSL):
    """Is under TLS from the first byte."""
