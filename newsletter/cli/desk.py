"""For the desk: what goes out, sending it, and stopping it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli import explain, sending
from newsletter.cli.files import write
from newsletter.cli.ledger import ledger_facts, ledger_lines
from newsletter.cli.options import Day, EditionName, Json, Name, day_of, read_edition, same_day
from newsletter.cli.terminal import plural, print_json, sign
from newsletter.model import EditionId
from newsletter.newsroom import Draft, Newsroom, NoEdition

app = typer.Typer()
articles = typer.Typer(help="Bring stories in.", no_args_is_help=True)


@app.command()
def build(
    newsletter: Name = "",
    day: Day = None,
    out: Annotated[
        Path | None, typer.Option(help="Where to write. Default: build/NEWSLETTER/DATE.")
    ] = None,
    explained: Annotated[
        bool, typer.Option("--explain", help="Say of every candidate why it is in or out.")
    ] = False,
    json: Json = False,
) -> None:
    """
    Assemble and render an edition. Nothing is sent, nothing is stored.

    Writes edition.html, .txt, .mjml, .json and .eml: the very bytes of a mail, whose links open
    pages that change nothing. The same articles always give the same bytes.
    """
    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    made = newsroom.desk.build(named, day_of(named, day))
    folder = out or Path("build", str(made.id))
    files = write(newsroom, made, folder) if isinstance(made, Draft) else {}
    if json:
        print_json(explain.facts(made) | {"files": [str(path) for path in files]})
        return
    typer.echo(explain.headline(made))
    if explained or isinstance(made, NoEdition):
        typer.echo(explain.choices(made.selection))
    for line in explain.problems(made):
        typer.echo(line, err=True)
    if files:
        typer.echo(explain.written(folder, files))
        typer.echo(f"next   newsletter check{same_day(made)}")


@app.command()
def check(newsletter: Name = "", day: Day = None, json: Json = False) -> None:
    """
    Look an edition over before readers do. Ends with 3 when an error stands in it.

    Errors stop the edition; warnings are yours to judge. Each says where it is and what to do.
    """
    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    made = newsroom.desk.build(named, day_of(named, day))
    if json:
        print_json(explain.facts(made))
    else:
        typer.echo(explain.headline(made))
        typer.echo(explain.findings(made))
        typer.echo(f"next   newsletter {'build' if _stops(made) else 'send'}{same_day(made)}")
    if _stops(made):
        raise typer.Exit(3)


def _stops(made: Draft | NoEdition) -> bool:
    return isinstance(made, Draft) and bool(made.errors)


@app.command()
def send(
    newsletter: Name = "",
    day: Day = None,
    yes: Annotated[
        bool,
        typer.Option("--yes", help="Do not ask. It answers the question, it approves nothing."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Do everything but freeze and hand over.")
    ] = False,
    late: Annotated[
        bool, typer.Option("--late", help="Send today's edition although deliver_by has passed.")
    ] = False,
    json: Json = False,
) -> None:
    """
    Send an edition to its subscribers.

    Safe to run again, after a crash too: nobody who already got the edition gets it twice.
    Ends with 0 when it is sent, 3 when an error stands in it, 4 when it is not complete.
    """
    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    asked = sending.Asked(
        id=EditionId(named.name, day_of(named, day)),
        dated=day is not None,
        late=late,
        dry_run=dry_run,
        yes=yes,
        json=json,
    )
    if not (yes or dry_run or sys.stdin.isatty()):
        typer.echo("error: there is no terminal to ask on", err=True)
        typer.echo("hint: add --yes to send without being asked, or --dry-run", err=True)
        raise typer.Exit(2)
    raise typer.Exit(sending.send(newsroom, named, asked))


@app.command()
def status(
    edition: Annotated[
        str,
        typer.Argument(metavar="[EDITION]", help="Such as daily/2026-07-05. Default: the last."),
    ] = "",
    unknown: Annotated[
        bool, typer.Option("--unknown", help="Name who may or may not have been mailed.")
    ] = False,
    json: Json = False,
) -> None:
    """Say what the ledger knows of an edition: who was selected, and what became of it."""
    newsroom = Newsroom.open()
    found = newsroom.dispatch.status(read_edition(edition) if edition else None)
    if unknown:
        doubts = newsroom.control.doubts(found.id)
        if json:
            print_json([doubt._asdict() for doubt in doubts])
        for doubt in () if json else doubts:
            typer.echo(f"{doubt.address}  call {doubt.call}  {doubt.began:%Y-%m-%d %H:%M:%S} UTC")
    elif json:
        print_json(ledger_facts(found))
    else:
        typer.echo(ledger_lines(found))


@app.command()
def pause(edition: EditionName) -> None:
    """Stop handing an edition over: no call is begun after this."""
    Newsroom.open().control.pause(read_edition(edition))
    typer.echo(f"{sign('good')} paused {edition}")
    typer.echo(f"next   newsletter resume {edition}")


@app.command()
def resume(edition: EditionName) -> None:
    """Let a paused edition go on; `newsletter send` then delivers the rest."""
    Newsroom.open().control.resume(read_edition(edition))
    typer.echo(f"{sign('good')} {edition} may go on")
    typer.echo(f"next   newsletter send --date {read_edition(edition).day}")


@app.command()
def cancel(
    edition: EditionName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Give an edition up for good. Who was mailed already stays mailed."""
    if not yes:
        typer.confirm(f"Give {edition} up for good?", abort=True, err=True)
    given_up = Newsroom.open().control.cancel(read_edition(edition))
    typer.echo(f"{sign('good')} cancelled {edition}: {plural(given_up, 'reader')} not mailed")


@app.command()
def resolve(
    edition: EditionName,
    accepted: Annotated[
        bool, typer.Option("--accepted", help="They were mailed: count them so.")
    ] = False,
    resend: Annotated[
        bool, typer.Option("--resend", help="They were not: the next send mails them.")
    ] = False,
) -> None:
    """
    Settle the readers who may or may not have been mailed. No machine ever does.

    `newsletter status EDITION --unknown` names them: ask the other side's own log first.
    """
    if accepted == resend:
        raise typer.BadParameter("say --accepted or --resend")
    named = read_edition(edition)
    settled = Newsroom.open().control.resolve(named, accepted=accepted)
    words = "counted as mailed" if accepted else "mailed again by the next send"
    typer.echo(f"{sign('good')} {plural(settled, 'reader')} of {edition} {words}")
    next_step = f"status {edition}" if accepted else f"send --date {named.day}"
    typer.echo(f"next   newsletter {next_step}")


@articles.command("import")
def import_article(
    file: Annotated[Path, typer.Argument(help="A published page, saved as text.")],
    force: Annotated[
        bool, typer.Option("--force", help="Replace an article of that name.")
    ] = False,
) -> None:
    """Make a Markdown article from the text of a published page."""
    path = Newsroom.open().desk.import_article(file, replace=force)
    typer.echo(f"wrote  {path}")
    typer.echo("next   newsletter build --explain")
