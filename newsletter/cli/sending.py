"""Sending as it looks from outside: a question, a bar, and the equation at the end."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

import typer

from newsletter.cli import explain
from newsletter.cli.ledger import ledger_facts, ledger_lines, sentence
from newsletter.cli.terminal import is_plain, number, plural, print_json, sign
from newsletter.model import Counts, EditionId, EditionState
from newsletter.newsroom import Draft, Newsroom, NoEdition, Status
from newsletter.settings import Newsletter

#: Exit codes of `send`.
SENT, PREFLIGHT, NOT_COMPLETE = 0, 3, 4

#: Seconds between two lines of progress where there is no terminal.
QUIET = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the person at the keyboard, or the scheduler, asked for."""

    id: EditionId
    #: The day was named: a person's word, which is never late.
    dated: bool
    late: bool
    dry_run: bool
    yes: bool
    json: bool


def send(newsroom: Newsroom, newsletter: Newsletter, asked: Asked) -> int:
    """Plan what is not planned yet, deliver what is not delivered, and return the exit code."""
    if not (asked.dated or asked.late or newsroom.dispatch.has_begun(asked.id)):
        newsroom.dispatch.refuse_if_late(newsletter, asked.id)
    if not newsroom.dispatch.is_planned(asked.id):
        made = newsroom.desk.build(newsletter, asked.id.day)
        if isinstance(made, NoEdition):
            return _no_edition(newsroom, made, asked)
        if not _goes_ahead(newsroom, made, asked):
            return PREFLIGHT if made.errors else SENT
        newsroom.dispatch.plan(made)
    elif (settled := _settled_before(newsroom, asked)) is not None:
        return settled
    with _progress(quiet=asked.json) as show, _drained() as stop:
        status = newsroom.dispatch.deliver(asked.id, show=show, stop=stop)
    return _close(newsroom, status, asked)


def _settled_before(newsroom: Newsroom, asked: Asked) -> int | None:
    """Answer for an edition that is planned already, where nothing is left to do; else None."""
    status = newsroom.dispatch.status(asked.id)
    if status.state is not EditionState.SENT and not asked.dry_run:
        return None
    if asked.json:
        print_json(ledger_facts(status))
        return SENT
    typer.echo(ledger_lines(status))
    if status.state is EditionState.SENT:
        typer.echo("It was sent before: nobody was mailed a second time.")
    else:
        typer.echo("It is planned already: send without --dry-run goes on with it.")
    return SENT


def _no_edition(newsroom: Newsroom, made: NoEdition, asked: Asked) -> int:
    if not asked.dry_run:
        newsroom.dispatch.skip(made)
    if asked.json:
        print_json(explain.facts(made))
    else:
        typer.echo(explain.headline(made))
        for line in explain.problems(made):
            typer.echo(line, err=True)
    return SENT


def _goes_ahead(newsroom: Newsroom, made: Draft, asked: Asked) -> bool:
    """Show what would go out to how many, and say whether it does."""
    readers = newsroom.circulation.readers(made.newsletter)
    if not asked.json:
        typer.echo(f"{explain.headline(made)} · {newsroom.dispatch.carrier}")
        if made.findings:
            typer.echo(explain.findings(made))
        typer.echo(f"  {plural(readers, 'reader')} on the list {made.newsletter.list_name}")
    if made.errors or asked.dry_run:
        if asked.json:
            print_json(explain.facts(made) | {"readers": readers})
        return False
    newsroom.dispatch.refuse_if_not_approved(made)
    question = f"Send {made.id} to {plural(readers, 'reader')} through {newsroom.dispatch.carrier}?"
    if not asked.yes:
        typer.confirm(question, abort=True, err=True)
    return True


def _close(newsroom: Newsroom, status: Status, asked: Asked) -> int:
    if asked.json:
        print_json(ledger_facts(status))
    else:
        done = status.state is EditionState.SENT
        typer.echo(f"{sign('good' if done else 'warning')} {sentence(status)}")
        typer.echo(ledger_lines(status, heading=False))
        for line in _next(newsroom, status):
            typer.echo(line)
    return SENT if status.state is EditionState.SENT else NOT_COMPLETE


def _next(newsroom: Newsroom, status: Status) -> Iterator[str]:
    if status.counts.unknown and not status.counts.pending:
        yield f"next  newsletter status {status.id} --unknown     names who may have been mailed"
        yield f"      newsletter resolve {status.id}     settles it, by your word"
        return
    if status.state is not EditionState.SENT:
        yield f"next  newsletter send --date {status.id.day}     (nobody gets it twice)"
        return
    if newsroom.settings.transport == "outbox":
        yield f"mails {newsroom.settings.outbox.dir}/new     one file for each reader"
    yield f"next  newsletter build --date {status.id.day} --explain     why each story is in or out"
    yield "      running send again mails nobody a second time"


@contextmanager
def _drained() -> Iterator[Callable[[], bool]]:
    """Let the call in flight end when Ctrl-C or SIGTERM comes; a second one ends at once."""
    asked = False

    def ask(number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        word = signal.Signals(number).name
        typer.echo(f"\n{word}: finishing the call in flight; again to stop at once", err=True)

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _progress(*, quiet: bool) -> Iterator[Callable[[Counts], None]]:
    """Show how far it is, on stderr: a bar on a terminal, else a line every ten seconds."""
    if quiet:
        yield lambda _: None
    elif is_plain(sys.stderr):
        yield _lines()
    else:
        with _bar() as show:
            yield show


def _lines() -> Callable[[Counts], None]:
    last = time.monotonic()

    def show(counts: Counts) -> None:
        nonlocal last
        if time.monotonic() - last >= QUIET:
            last = time.monotonic()
            typer.echo(f"  {_settled(counts)} · {number(counts.unknown)} unknown", err=True)

    return show


def _settled(counts: Counts) -> str:
    to_send = counts.selected - counts.skipped
    return f"{number(counts.submitted + counts.refused)} of {number(to_send)}"


@contextmanager
def _bar() -> Iterator[Callable[[Counts], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (TextColumn(" "), BarColumn(bar_width=40), TextColumn("{task.description}"))
    began = time.monotonic()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("")

        def show(counts: Counts) -> None:
            settled = counts.submitted + counts.refused
            rate = settled / max(time.monotonic() - began, 0.001)
            words = f"{_settled(counts)} · {rate:,.0f}/s · {number(counts.unknown)} unknown"
            total = counts.selected - counts.skipped
            progress.update(task, completed=settled, total=total, description=words)

        yield show
