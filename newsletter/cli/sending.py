"""Sending as it looks from outside: a question, and the equation at the end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import typer

from newsletter.cli import explain
from newsletter.cli.ledger import ledger_facts, ledger_lines, sentence
from newsletter.cli.progress import drained, progress
from newsletter.cli.terminal import plural, print_json, sign
from newsletter.errors import DeliveryError
from newsletter.model import EditionId, EditionState
from newsletter.newsroom import Draft, Newsroom, NoEdition, Status
from newsletter.settings import Newsletter, Rule

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
    #: Part of the list: a segment's name, and so many of a hundred.
    segment: str
    percent: float | None
    json: bool

    @property
    def by_itself(self) -> bool:
        """No person's word stands behind it: it keeps to the schedule."""
        return not (self.dated or self.late)

    @property
    def by_clock(self) -> bool:
        """Cron, or a timer, asks: nobody reads what is said here, so people are told."""
        return self.by_itself and self.yes and not self.dry_run


def send(newsroom: Newsroom, newsletter: Newsletter, asked: Asked) -> int:
    """Plan what is not planned yet, deliver what is not delivered, and return the exit code."""
    try:
        return _send(newsroom, newsletter, asked)
    finally:
        if not asked.dry_run:
            newsroom.notices.tell()


def _send(newsroom: Newsroom, newsletter: Newsletter, asked: Asked) -> int:
    if asked.by_itself and not _is_due(newsroom, newsletter, asked):
        return SENT
    if not newsroom.dispatch.is_planned(asked.id):
        made = newsroom.desk.build_to_send(newsletter, asked.id.day)
        if isinstance(made, NoEdition):
            return _no_edition(newsroom, made, asked)
        if not _goes_ahead(newsroom, made, asked):
            return PREFLIGHT if made.errors else SENT
        rule = newsletter.rule(asked.segment, asked.percent)
        selected = newsroom.dispatch.plan(made, rule)
        if asked.by_clock:
            newsroom.publishing.note_late(newsletter, asked.id, at=datetime.now(UTC))
        if not asked.json:
            typer.echo(f"  {plural(selected, 'reader')} selected on {_whom(newsletter, rule)}")
    elif (settled := _settled_before(newsroom, asked)) is not None:
        return settled
    with progress(quiet=asked.json) as show, drained() as stop:
        status = newsroom.dispatch.deliver(
            asked.id, show=show, stop=stop, patient=not asked.no_wait
        )
    if status.counts.unknown:
        newsroom.publishing.doubt(asked.id, at=datetime.now(UTC))
    return _close(newsroom, status, asked)


def _is_due(newsroom: Newsroom, newsletter: Newsletter, asked: Asked) -> bool:
    """
    Keep to the schedule: no edition on another day of the week, and none after its deadline.

    Raises DeliveryError when it is too late; what was begun is never late.
    """
    day = asked.id.day
    if not newsletter.schedule.goes_out_on(day):
        typer.echo(f"{newsletter.name} does not go out on {day:%A}s: nothing is sent.", err=True)
        typer.echo(f"hint: newsletter send {newsletter.name} --date {day}", err=True)
        return False
    if asked.by_clock:
        from newsletter.schedule.timekeeper import Timekeeper

        Timekeeper(newsroom.publishing).declare(newsletter, day)
    if not newsroom.dispatch.has_begun(asked.id):
        newsroom.dispatch.refuse_if_late(newsletter, asked.id)
    return True


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
    rule = made.newsletter.rule(asked.segment, asked.percent)
    readers = newsroom.circulation.readers(made.newsletter, rule) if counts else 0
    if not asked.json:
        typer.echo(f"{explain.headline(made)} · {newsroom.dispatch.carrier}")
        if made.findings:
            typer.echo(explain.findings(made))
    if counts and not asked.json:
        typer.echo(f"  {plural(readers, 'reader')} on {_whom(made.newsletter, rule)}")
    if made.errors or asked.dry_run:
        if asked.json:
            print_json(explain.facts(made) | {"readers": readers})
        if asked.by_clock:
            newsroom.publishing.block(made.id, at=datetime.now(UTC), findings=made.findings)
        return False
    _refuse_if_not_approved(newsroom, made, rule, asked)
    question = f"Send {made.id} to {plural(readers, 'reader')} through {newsroom.dispatch.carrier}?"
    if not asked.yes:
        typer.confirm(question, abort=True, err=True)
    return True


def _refuse_if_not_approved(
    newsroom: Newsroom, made: Draft, rule: Rule | None, asked: Asked
) -> None:
    try:
        newsroom.dispatch.refuse_if_not_approved(made, rule)
    except DeliveryError as error:
        if asked.by_clock:
            newsroom.publishing.note_unapproved(made.id, str(error), at=datetime.now(UTC))
        raise


def _whom(newsletter: Newsletter, rule: Rule | None) -> str:
    """Name the lists, and the rule that picks part of them."""
    lists = " and ".join(newsletter.list_names)
    named = f"the {'lists' if newsletter.also_lists else 'list'} {lists}"
    return f"{named}, of these: {rule}" if rule else named


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
