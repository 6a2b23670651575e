"""For the desk: putting right what has gone out wrong."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from newsletter.cli import explain
from newsletter.cli.ledger import ledger_facts, ledger_lines, sentence
from newsletter.cli.options import EditionName, Json, again, read_edition
from newsletter.cli.progress import drained, progress
from newsletter.cli.terminal import plural, print_json, sign
from newsletter.cli.watching import traced
from newsletter.model import EditionId, EditionState
from newsletter.newsroom import Newsroom, Status
from newsletter.newsroom.correcting import Proposal, Wish

app = typer.Typer()

#: Exit codes, as those of `send`.
SENT, PREFLIGHT, NOT_COMPLETE = 0, 3, 4


@app.command()
def correct(
    edition: EditionName,
    whole: Annotated[
        bool, typer.Option("--whole", help="The whole edition, not a short mail.")
    ] = False,
    everyone: Annotated[
        bool, typer.Option("--all", help="To the whole list, not only to who got the wrong one.")
    ] = False,
    note: Annotated[
        str, typer.Option("--note", metavar="TEXT", help="Your own words, instead of quoting.")
    ] = "",
    point: Annotated[
        bool,
        typer.Option("--point", help="Lead changed links of the wrong mail to the right place."),
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show readers and text; freeze and send nothing.")
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Try once, and end with 4 when something is left.")
    ] = False,
    json: Json = False,
) -> None:
    """
    Correct an edition that has gone out: mend its articles first, then run this.

    Makes `-r2`: a short mail that quotes what was wrong and what is right, to whoever may have
    read the wrong one and still wants mail. The archive shows the day as it is right, and says for
    good that it was corrected. Safe to run again, after a crash too: nobody gets it twice.

        newsletter correct daily/2026-07-05 --dry-run
    """
    if not (yes or dry_run or sys.stdin.isatty()):
        typer.echo("error: there is no terminal to ask on", err=True)
        typer.echo("hint: add --yes to send without being asked, or --dry-run", err=True)
        raise typer.Exit(2)
    newsroom, wrong = Newsroom.open(), read_edition(edition)
    wish = Wish(whole=whole, everyone=everyone, note=note)
    begun = newsroom.correcting.begun(wrong)
    if begun and dry_run:
        typer.echo(f"{begun} is planned already: without --dry-run this goes on with it.")
        raise typer.Exit(SENT)
    if begun is None:
        proposal = newsroom.correcting.propose(wrong, wish)
        if not _goes_ahead(newsroom, proposal, point=point, yes=yes, dry_run=dry_run, json=json):
            raise typer.Exit(PREFLIGHT if proposal.draft.errors else SENT)
        if point:
            newsroom.correcting.point(proposal)
        newsroom.correcting.plan(proposal)
        begun = proposal.draft.id
    with traced(newsroom), progress(quiet=json) as show, drained() as stop:
        status = newsroom.dispatch.deliver(begun, show=show, stop=stop, patient=not no_wait)
    raise typer.Exit(_close(newsroom, status, json=json))


def _goes_ahead(
    newsroom: Newsroom, proposal: Proposal, *, point: bool, yes: bool, dry_run: bool, json: bool
) -> bool:
    """Show what would go out to whom, and say whether it does."""
    if json and (dry_run or proposal.draft.errors):
        print_json(_facts(proposal))
    elif not json:
        for line in _lines(proposal, pointing=point, text=dry_run or not yes):
            typer.echo(line)
    if dry_run or proposal.draft.errors:
        return False
    carrier = newsroom.dispatch.carrier
    question = (
        f"Send {proposal.draft.id} to {plural(proposal.readers, 'reader')} through {carrier}?"
    )
    if not yes:
        typer.confirm(question, abort=True, err=True)
    return True


def _lines(proposal: Proposal, *, pointing: bool, text: bool) -> Iterator[str]:
    draft, of = proposal.draft, proposal.correction.of
    yield explain.headline(draft)
    if draft.findings:
        yield explain.findings(draft)
    whom = (
        f"who may have read {of}" if proposal.corrects.read else f"all of {draft.newsletter.title}"
    )
    yield f"  {plural(proposal.readers, 'reader')}: {whom}"
    yield f"  subject  {draft.rendition.subject}"
    for number, url in proposal.moved.items():
        word = "leads" if pointing else "could lead"
        yield f"  link {number} of {of} {word} to {url}"
    if proposal.moved and not pointing:
        yield "  --point leads them there, in every mail that is out"
    if text:
        yield f"\n{draft.rendition.text}"


def _facts(proposal: Proposal) -> dict[str, Any]:
    return explain.facts(proposal.draft) | {
        "corrects": str(proposal.correction.of),
        "readers": proposal.readers,
        "note": proposal.corrects.note,
        "text": proposal.draft.rendition.text,
        "moved": [{"number": number, "url": url} for number, url in proposal.moved.items()],
    }


def _close(newsroom: Newsroom, status: Status, *, json: bool) -> int:
    done = status.state is EditionState.SENT
    if json:
        print_json(ledger_facts(status))
    else:
        typer.echo(f"{sign('good' if done else 'warning')} {sentence(status)}")
        typer.echo(ledger_lines(status, heading=False))
        typer.echo(_next(newsroom, status.id, done=done))
    return SENT if done else NOT_COMPLETE


def _next(newsroom: Newsroom, id: EditionId, *, done: bool) -> str:
    if not done:
        return f"next  newsletter {again(id)}     (nobody gets it twice)"
    return f"page  {newsroom.settings.site_url}/archive/{id.newsletter}/{id.day}"
