"""What is kept: the database, its clock, its backups, and the box that bounces come back to."""

import os
import socket
import struct
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from newsletter.doctor.case import Case, is_offline
from newsletter.doctor.verdicts import Finding, error, good, not_run, warning
from newsletter.errors import StorageError
from newsletter.storage.database import clock as database_clock
from newsletter.storage.migrations import LATEST
from newsletter.tracking.imap import ImapAccount, ImapBox

#: Two clocks may be so far apart before somebody should look, and before it is too much.
_APART, _TOO_FAR = timedelta(seconds=2), timedelta(seconds=30)

#: Seconds from 1900, where NTP begins (RFC 5905), to 1970.
_NTP_BEGINS = 2_208_988_800


def database(case: Case) -> Iterator[Finding]:
    """It answers, and is of this version."""
    file = case.settings.sqlite_file
    if file and not file.exists():
        yield good(f"{file} is made when it is first needed")
        return
    try:
        with closing(case.database()) as opened:
            version = opened.version()
    except StorageError as why:
        yield error(str(why), why.hint)
        return
    kind = "SQLite" if file else "PostgreSQL"
    if version is None:
        yield good(f"{kind} answers, and is empty")
    elif version < LATEST:
        yield error(
            f"It is at version {version}; this program needs {LATEST}", "newsletter migrate"
        )
    elif version > LATEST:
        yield error(f"It is at version {version}, newer than this program", "Update the program.")
    else:
        yield good(f"{kind} answers, at version {version}")


def clock(case: Case) -> Iterator[Finding]:
    """A fleet goes by the database's clock, and a schedule by the machine's."""
    if case.settings.sqlite_file:
        yield not_run("SQLite has no clock of its own; --ntp HOST asks a time server")
        return
    try:
        with closing(case.database()) as opened, opened.read() as connection:
            before = datetime.now(UTC)
            told = database_clock(connection)
            after = datetime.now(UTC)
    except StorageError as why:
        yield not_run(f"the database does not answer: {why}")
        return
    yield _apart(told - (before + (after - before) / 2), "the database's")


def time_server(case: Case) -> Iterator[Finding]:
    """Ask a time server, where a person named one (SNTP, RFC 4330)."""
    if not case.ntp:
        yield not_run("--ntp HOST asks a time server")
        return
    host, _, port = case.ntp.partition(":")
    try:
        yield _apart(_ntp(host, int(port or 123), case.patience), f"{case.ntp}'s")
    except (OSError, ValueError, struct.error) as why:
        away = isinstance(why, OSError) and is_offline(why, case, host)
        yield not_run(f"{'no network' if away else f'{case.ntp} does not answer'}")


def _ntp(host: str, port: int, patience: float) -> timedelta:
    """Return how far a server's clock is ahead of ours."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        asked.settimeout(patience)
        asked.connect((host, port))
        before = datetime.now(UTC)
        asked.send(b"\x23" + bytes(47))
        answer = asked.recv(1024)
        after = datetime.now(UTC)
    seconds, fraction = struct.unpack("!II", answer[40:48])
    told = datetime.fromtimestamp(seconds - _NTP_BEGINS + fraction / 2**32, UTC)
    return told - (before + (after - before) / 2)


def _apart(ahead: timedelta, whose: str) -> Finding:
    apart = abs(ahead)
    words = f"{apart.total_seconds():.1f} s from {whose} clock"
    if apart > _TOO_FAR:
        return error(words, "Set the clock by NTP: systemd-timesyncd or chrony.")
    if apart > _APART:
        return warning(words, "Set the clock by NTP: systemd-timesyncd or chrony.")
    return good(words)


def backup(case: Case) -> Iterator[Finding]:
    """A database that was restored knows less than was sent."""
    file = case.settings.sqlite_file
    if file and not file.exists():
        yield good("nothing was sent from this machine yet")
        return
    try:
        lost = list(case.lost())
    except StorageError as why:
        yield not_run(str(why).rstrip("."))
        return
    if lost:
        yield error(
            f"The database knows less than was sent from here, of {len(lost)} editions",
            "newsletter reconcile",
        )
    else:
        yield good("the database knows all that was sent from this machine")


def bounces(case: Case) -> Iterator[Finding]:
    """What cannot be delivered must come back to somebody who reads it."""
    own = case.settings.bounces
    if case.settings.transport == "sendgrid":
        yield not_run("SendGrid's events say it all")
    elif own.maildir:
        yield _maildir(own.maildir)
    elif own.imap_host:
        yield _imap(case)
    elif own.address:
        yield not_run(f"{own.address} is read by nobody here; a mail server may pipe it in")
    elif case.mails_leave:
        yield warning(
            "Bounces come back to the sender's own box, and are read by nobody here",
            "Set NEWSLETTER_BOUNCES__ADDRESS, and a MAILDIR or IMAP_HOST.",
        )
    else:
        yield good("nothing leaves this machine, so nothing comes back")


def _maildir(folder: Path) -> Finding:
    lacking = [name for name in ("new", "cur") if not os.access(folder / name, os.W_OK | os.X_OK)]
    if lacking:
        return error(
            f"{folder} is no Maildir that can be read and written",
            "The mail server makes it; let who runs newsletter serve in.",
        )
    return good(f"{folder} can be read")


def _imap(case: Case) -> Finding:
    own = case.settings.bounces
    account = ImapAccount(
        host=own.imap_host,
        port=own.imap_port,
        username=own.imap_username,
        password=own.imap_password.get_secret_value(),
        folder=own.imap_folder,
        timeout=case.patience,
        longest=2 * case.patience,
    )
    try:
        waiting = ImapBox(account).waiting()
    except StorageError as why:
        cause = why.__cause__
        if isinstance(cause, OSError) and is_offline(cause, case, own.imap_host):
            return not_run("no network")
        return error(str(why).rstrip("."), why.hint)
    return good(f"{own.imap_folder} at {own.imap_host} can be read, {waiting:,} wait")
