"""Sending as it looks from outside: a question, and the equation at the end."""

from collections.abc import Iterator
from dataclasses import dataclass

import typer

from newsletter.cli import explain
from newsletter.cli.ledger import ledger_facts, ledger_lines, sentence
from newsletter.cli.progress import drained, progress
from newsletter.cli.terminal import plural, print_json, sign
from newsletter.model import EditionId, EditionState
from newsletter.newsroom import Draft, Newsroom, NoEdition, Status
from newsletter.settings import Newsletter

#: Exit codes of `send`.
SENT, PREFLIGHT, NOT_COMPLETE = 0, 3, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the person at the keyboard, or the scheduler, asked for."""

    id: EditionId
    #: The day was named: a person's word, which is never late.
    dated: bool
    late: bool
    dry_run: bool
    yes: bool
    #: One try, and no waiting for what is deferred.
    no_wait: bool
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
        selected = newsroom.dispatch.plan(made)
        if not asked.json:
            typer.echo(f"  {plural(selected, 'reader')} selected on {newsletter.list_name}")
    elif (settled := _settled_before(newsroom, asked)) is not None:
        return settled
    with progress(quiet=asked.json) as show, drained() as stop:
        status = newsroom.dispatch.deliver(
            asked.id, show=show, stop=stop, patient=not asked.no_wait
        )
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
    newsroom.circulation.fill(made.newsletter)
    # A million readers are counted in half a second: only where somebody wants to know.
    counts = asked.dry_run or not asked.yes
    readers = newsroom.circulation.readers(made.newsletter) if counts else 0
    if not asked.json:
        typer.echo(f"{explain.headline(made)} · {newsroom.dispatch.carrier}")
        if made.findings:
            typer.echo(explain.findings(made))
    if counts and not asked.json:
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
        yield f"      newsletter resolve {status.id} --evidence     settles whom an event proves"
        return
    if status.state is not EditionState.SENT:
        again = "resume" if status.state is EditionState.PAUSED else "send"
        named = str(status.id) if again == "resume" else f"--date {status.id.day}"
        yield f"next  newsletter {again} {named}     (nobody gets it twice)"
        return
    if newsroom.settings.transport == "outbox":
        yield f"mails {newsroom.settings.outbox.dir}/new     one file for each reader"
    yield f"next  newsletter build --date {status.id.day} --explain     why each story is in or out"
    yield "      running send again mails nobody a second time"
