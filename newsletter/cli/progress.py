"""Long work as it looks from outside: how far it is, what it waits for, and a way to stop it."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

import typer

from newsletter.cli.terminal import is_plain, number
from newsletter.model import Counts

if TYPE_CHECKING:
    from newsletter.delivery.turns import Waiting

#: Told the ledger's counts, and what is waited for.
Show = Callable[[Counts, "Waiting | None"], None]

#: Seconds between two lines of progress where there is no terminal.
QUIET = 10

#: Characters of the other side's words in a line of progress.
REASON = 60


@contextmanager
def drained() -> Iterator[Callable[[], bool]]:
    """Let the calls in flight end when Ctrl-C or SIGTERM comes; a second one ends at once."""
    asked = False

    def ask(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        word = signal.Signals(number).name
        typer.echo(f"\n{word}: finishing the calls in flight; again to stop at once", err=True)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def progress(*, quiet: bool) -> Iterator[Show]:
    """Show how far it is, on stderr: a bar on a terminal, else a line every ten seconds."""
    if quiet:
        yield lambda _, __: None
    elif is_plain(sys.stderr):
        yield _lines()
    else:
        with _bar() as show:
            yield show


def _lines() -> Show:
    last, told = time.monotonic(), ""

    def show(counts: Counts, waiting: "Waiting | None") -> None:
        nonlocal last, told
        why = waiting.reason if waiting else ""
        # What is new is said at once, and then no more often than the rest.
        if time.monotonic() - last >= QUIET or why != told:
            last, told = time.monotonic(), why
            typer.echo(f"  {_settled(counts)} · {_remark(counts, waiting)}", err=True)

    return show


def _settled(counts: Counts) -> str:
    to_send = counts.selected - counts.skipped
    return f"{number(counts.submitted + counts.refused)} of {number(to_send)}"


def _remark(counts: Counts, waiting: "Waiting | None") -> str:
    """Say what is unknown, and what is waited for: `12 deferred, next try 07:12:05`."""
    unknown = f"{number(counts.unknown)} unknown"
    if waiting is None:
        return unknown
    if waiting.watched:
        return f"{unknown} · {waiting.reason}"
    why = waiting.reason[:REASON].rstrip(".") or f"{number(counts.deferred)} deferred"
    when = f"next try {waiting.until.astimezone():%H:%M:%S %Z}"
    return f"{unknown} · {why}, {when}"


@contextmanager
def _bar() -> Iterator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn(" "), BarColumn(bar_width=40), TextColumn("{task.description}"))
    began = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("")

        def show(counts: Counts, waiting: "Waiting | None") -> None:
            settled = counts.submitted + counts.refused
            rate = settled / max(time.monotonic() - began, 0.001)
            speed = "" if waiting else f" · {rate:,.0f}/s"
            words = f"{_settled(counts)}{speed} · {_remark(counts, waiting)}"
            total = counts.selected - counts.skipped
            shown.update(task, completed=settled, total=total, description=words)

        yield show
