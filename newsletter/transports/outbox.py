"""
The outbox: mails are written into a Maildir instead of being sent.

A Maildir (cr.yp.to/proto/maildir.html) can be opened with any mail program: a mail is written
in `tmp/` and renamed into `new/`, so that nobody ever sees half of one.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from newsletter.errors import InvalidAddress, TemporaryFailure
from newsletter.model import Answer, Call, Envelope, Receipt
from newsletter.transports.headers import date_line
from newsletter.transports.message import CompiledMessage, compile_message

#: Mails between two fsyncs of the folder, and so between two rounds of receipts.
GROUP = 100

#: Hours after which a file in `tmp/` belongs to nobody; the Maildir page says so.
STALE_HOURS = 36


class OutboxTransport:
    """
    Writes what would have been sent. The default, so that a new clone is harmless.

    A mail's file is named after its Message-ID, so one that is handed over twice is one file,
    also when a mail program has moved it to `cur/` meanwhile. Files are their owner's alone.

    A receipt is given when its mail has its name in `new/` and the folder was fsynced: a
    killed program loses nothing. The mails themselves are left to the system to write, since
    an fsync for each costs a hundred times the mail: a power cut can leave the last seconds'
    mails empty. Nobody waits for a mail in an outbox; for real mail there are other transports.
    """

    name = "outbox"
    largest_call = 1000
    calls_at_once = 1
    idempotent = True

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._drafts, self._new = str(folder / "tmp"), str(folder / "new")
        self._mark = f"{os.getpid()}-{secrets.token_hex(4)}"

    def send(self, call: Call) -> Iterator[Receipt]:
        """
        Write each mail, and yield its receipt; one that cannot be written to is refused.

        Raises TemporaryFailure when the folder does not take more: full, or not ours.
        """
        compiled = compile_message(call.rendition, call.headers)
        date = date_line(call.at)
        kept = self._open()
        for first in range(0, len(call.envelopes), GROUP):
            group = call.envelopes[first : first + GROUP]
            yield from self._write(compiled, date, group, kept)

    def probe(self) -> None:
        """Look whether the folder can be written to. Raises TemporaryFailure."""
        self._open()
        self._sync()

    def close(self) -> None:
        """Nothing is held open between calls."""

    def _write(
        self, compiled: CompiledMessage, date: bytes, group: tuple[Envelope, ...], kept: set[str]
    ) -> Iterator[Receipt]:
        """Write a group. What was written before a failure still gets its receipts."""
        receipts: list[Receipt] = []
        failure: OSError | None = None
        try:
            for envelope in group:
                receipts.append(self._deliver(compiled, date, envelope, kept))  # noqa: PERF401 - kept when one fails
        except OSError as error:
            failure = error
        self._sync()
        yield from receipts
        if failure:
            raise self._failure(failure) from failure

    def _deliver(
        self, compiled: CompiledMessage, date: bytes, envelope: Envelope, kept: set[str]
    ) -> Receipt:
        try:
            mail = compiled.splice(envelope, date)
        except InvalidAddress as error:
            return Receipt(envelope.delivery, Answer.REFUSED, str(error))
        name = f"{envelope.tokens.message_id}.eml"
        if name not in kept:
            self._put(name, mail)
        return Receipt(envelope.delivery, Answer.SUBMITTED, provider_id=name)

    def _put(self, name: str, mail: bytes) -> None:
        """Write a file whole or not at all; in plain strings, since Paths cost half the write."""
        draft = f"{self._drafts}/{name}.{self._mark}"
        try:
            with open(draft, "wb", opener=_private) as file:
                file.write(mail)
            os.replace(draft, f"{self._new}/{name}")  # noqa: PTH105 - see above
        except OSError:
            with suppress(OSError):
                os.unlink(draft)  # noqa: PTH108 - see above
            raise

    def _open(self) -> set[str]:
        """Make the Maildir where it is missing, and name the mails that were read already."""
        try:
            for part in ("tmp", "new", "cur"):
                (self.folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            self._sweep()
            return {mail.name.partition(":")[0] for mail in (self.folder / "cur").iterdir()}
        except OSError as error:
            raise self._failure(error) from error

    def _sweep(self) -> None:
        """Remove what killed programs left half written."""
        oldest = time.time() - STALE_HOURS * 3600
        for draft in (self.folder / "tmp").iterdir():
            with suppress(FileNotFoundError):
                if draft.stat().st_mtime < oldest:
                    draft.unlink()

    def _sync(self) -> None:
        """Write down the names of the mails: one fsync for a whole group."""
        try:
            new = os.open(self._new, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(new)
            finally:
                os.close(new)
        except OSError as error:
            raise self._failure(error) from error

    def _failure(self, error: OSError) -> TemporaryFailure:
        return TemporaryFailure(
            f"The outbox {self.folder} does not take mails: {error.strerror or error}."
        )


def _private(path: str, flags: int) -> int:
    """Open a file that is readable by its owner alone: it holds an address."""
    return os.open(path, flags, mode=0o600)
