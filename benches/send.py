"""
How fast a whole `newsletter send` is, ledger included: `python benches/send.py`.

- 20,000 mails of 60 KB over 10 connections to Postfix's smtp-sink, beside Postfix's smtp-source,
  which only repeats one mail (where both are installed: Debian's package postfix);
- 100,000 such mails to a fast sink of the bench's own, ledger on SQLite and on PostgreSQL;
- 1,000,000 readers through SendGrid's API to a stub;
- the first mail of an edition for 1,000,000 readers.

"a second" is over the whole command, from its start; "sending" from the first call to the last
answer; CPU is all of its process's, start included. The other side shares the machine's cores.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import NamedTuple

import plan
from _bench import DATABASES, row
from sendgrid_calls import sendgrid
from smtp import listening

from newsletter.model import EditionId
from newsletter.storage import editions
from newsletter.storage.database import Database

ROOT = Path(__file__).parents[1]
SEND = ("send", "--date", "2026-07-05", "--yes")
LOREM = "Agents learn to wait for their turn, and what that costs the rest of us. "

ONE_IN_A_HUNDRED_LEFT = 0.97
FIRST_MAIL_READERS = 1_000_000


class Run(NamedTuple):
    """What a command took."""

    seconds: float
    cpu: float
    #: Most memory that it ever had, in megabytes.
    peak: int
    #: Of the seconds, those from the first call's beginning to the last answer; 0 if it sent none.
    sending: float = 0.0


def furnish(folder: Path) -> None:
    """Make a newsroom whose mail has some 60 KB on the wire."""
    shutil.copytree(ROOT / "templates", folder / "templates")
    toml = folder / "templates" / "daily" / "newsletter.toml"
    text = toml.read_text().replace("theshiftmaker.example", "theshiftmaker.com")
    toml.write_text(re.sub(r'body = "\w+"', 'body = "full"', text))
    (folder / "articles").mkdir()
    body = "\n\n".join([LOREM * 8] * 36)
    head = "title: Agents learn to wait\npublished: 2026-07-05T06:00:00+05:30"
    (folder / "articles" / "a.md").write_text(f"---\n{head}\n---\n\n{body}\n")


def environment(url: str, **more: str) -> dict[str, str]:
    given = {
        "DATABASE_URL": url,
        "SITE_URL": "https://n.theshiftmaker.com",
        "SECRET": "a secret that is long enough to be one",
        **more,
    }
    named = {f"NEWSLETTER_{name}": value for name, value in given.items()}
    return {**os.environ, **named, "NO_COLOR": "1", "PYTHONPATH": str(ROOT)}


def run(folder: Path, given: dict[str, str], *words: str) -> Run:
    """Run a command to its end; its words go where a person would look if it failed."""
    command = [sys.executable, "-m", "newsletter", *(words or SEND)]
    began = time.perf_counter()
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, cwd=folder, env=given, stdout=log, stderr=log)
        _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode:
        sys.exit((folder / "log").read_text()[-3000:])
    cpu = used.ru_utime + used.ru_stime
    return Run(seconds, cpu, used.ru_maxrss // 1024, sending(given["NEWSLETTER_DATABASE_URL"]))


def sending(url: str) -> float:
    """Ask the ledger how long calls were made."""
    database = Database.open(url)
    kept = editions.find(database, EditionId("daily", date(2026, 7, 5)))
    database.close()
    ended = kept and kept.sending_began_at and kept.finished_at
    return (ended - kept.sending_began_at).total_seconds() if ended and kept else 0.0  # type: ignore[operator]


@contextmanager
def newsroom(kind: str, readers: int) -> Iterator[tuple[Path, str]]:
    """Furnish a newsroom with so many readers, 97 of 100 of whom get mail."""
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
        tempfile.TemporaryDirectory(dir="/var/tmp") as kept,
        DATABASES[kind](Path(kept)) as url,
    ):
        furnish(Path(folder))
        database = Database.open(url)
        plan.fill(database, readers)
        database.close()
        yield Path(folder), url


def smtp(url: str, port: int) -> dict[str, str]:
    where = {"SMTP__HOST": "127.0.0.1", "SMTP__PORT": str(port), "SMTP__TLS": "none"}
    return environment(url, TRANSPORT="smtp", **where)


def show(name: str, mails: int, took: Run) -> None:
    cpu = f"{took.cpu / mails * 1e6:,.0f} µs"
    phase = f"{mails / took.sending:,.0f}/s"
    row(name, f"{mails:,}", f"{mails / took.seconds:,.0f}/s", phase, cpu, f"{took.peak} MB")


# ── SMTP ────────────────────────────────────────────────────────────────────────────────────


def to_fast_sink(kind: str, mails: int) -> None:
    readers = round(mails / ONE_IN_A_HUNDRED_LEFT) + 1
    with newsroom(kind, readers) as (folder, url), listening() as (port, end):
        took = run(folder, smtp(url, port))
        taken, octets = end()
    show(f"fast sink, {kind}, {octets // taken // 1000} KB", taken, took)


@contextmanager
def postfix_sink() -> Iterator[int]:
    """Run smtp-sink on a free port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["smtp-sink", "-u", "nobody", f"127.0.0.1:{port}", "1000"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port
    finally:
        process.kill()
        process.wait()


def wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)


def beside_smtp_source(mails: int, octets: int) -> None:
    if not shutil.which("smtp-sink"):
        row("smtp-sink is not here (postfix)")
        return
    readers = round(mails / ONE_IN_A_HUNDRED_LEFT) + 1
    with newsroom("sqlite", readers) as (folder, url), postfix_sink() as port:
        ours = run(folder, smtp(url, port))
    show("smtp-sink, newsletter send", mails, ours)
    with postfix_sink() as port:
        began = time.perf_counter()
        command = ["smtp-source", "-d", "-s", "10", "-m", str(mails), "-l", str(octets)]
        subprocess.run([*command, "-t", "r@example.com", f"127.0.0.1:{port}"], check=True)
        theirs = time.perf_counter() - began
    row("smtp-sink, smtp-source -d -s 10", f"{mails:,}", f"{mails / theirs:,.0f}/s")
    row("ours of theirs", "", f"{theirs / ours.seconds:.2f}", f"{theirs / ours.sending:.2f}")


# ── SendGrid ────────────────────────────────────────────────────────────────────────────────


def to_sendgrid(readers: int) -> None:
    with newsroom("sqlite", readers) as (folder, url), sendgrid() as (host, _):
        account = {"SENDGRID__API_KEY": "SG.made.up", "SENDGRID__HOST": host}
        took = run(folder, environment(url, TRANSPORT="sendgrid", **account))
    show("SendGrid's API, a stub", round(readers * ONE_IN_A_HUNDRED_LEFT), took)


# ── The first mail ──────────────────────────────────────────────────────────────────────────


def first_mail(kind: str, readers: int) -> None:
    """Time from the command's start to the first mail on the wire."""
    with newsroom(kind, readers) as (folder, url), arrival() as (port, came):
        began = time.perf_counter()
        command = [sys.executable, "-m", "newsletter", *SEND]
        with (folder / "log").open("ab") as log:
            process = subprocess.Popen(
                command, cwd=folder, env=smtp(url, port), stdout=log, stderr=log
            )
            if not came.wait(60):
                sys.exit((folder / "log").read_text()[-3000:])
            seconds = time.perf_counter() - began
            process.kill()
            process.wait()
    row(f"the first of {readers:,}, {kind}", "", f"{seconds:.2f} s")


@contextmanager
def arrival() -> Iterator[tuple[int, threading.Event]]:
    """A relay that only notices that somebody begins a mail."""
    came = threading.Event()
    server = socket.create_server(("127.0.0.1", 0))

    def meet() -> None:
        line, _ = server.accept()
        with line, line.makefile("rb") as heard:
            line.sendall(b"220 here\r\n")
            for said in heard:
                if said.startswith(b"MAIL"):
                    came.set()
                    return
                line.sendall(b"250 Ok\r\n")

    threading.Thread(target=meet, daemon=True).start()
    try:
        yield server.getsockname()[1], came
    finally:
        server.close()


def first_mails() -> None:
    for kind in DATABASES:
        first_mail(kind, FIRST_MAIL_READERS)


PARTS: dict[str, Callable[[], None]] = {
    "postfix": lambda: beside_smtp_source(20_000, 61_440),
    "sqlite": lambda: to_fast_sink("sqlite", 100_000),
    "postgresql": lambda: to_fast_sink("postgresql", 100_000),
    "sendgrid": lambda: to_sendgrid(1_000_000),
    "first": first_mails,
}


def main() -> None:
    """Measure all, or those that are named."""
    row("", "mails", "a second", "sending", "CPU a mail", "peak")
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()


if __name__ == "__main__":
    main()
