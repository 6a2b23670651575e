"""For the desk and the editor: what goes out, how it looks, and sending it."""

import getpass
import sys
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli import explain, sending
from newsletter.cli.files import write
from newsletter.cli.ledger import ledger_facts, ledger_lines
from newsletter.cli.terminal import print_json, sign
from newsletter.errors import DeliveryError
from newsletter.model import EditionId
from newsletter.newsroom import Draft, Newsroom, NoEdition
from newsletter.settings import Newsletter

app = typer.Typer()
articles = typer.Typer(help="Bring stories in.", no_args_is_help=True)

Name = Annotated[
    str, typer.Argument(metavar="[NEWSLETTER]", help="Which one; not needed while there is one.")
]
Day = Annotated[
    datetime | None,
    typer.Option(
        "--date", formats=["%Y-%m-%d"], help="The edition's day. Default: today, in its own zone."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print facts for a program instead.")]


def _day(newsletter: Newsletter, day: datetime | None) -> date:
    return day.date() if day else newsletter.schedule.today()


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
    made = newsroom.desk.build(named, _day(named, day))
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
        typer.echo(f"next   newsletter check{_same(made)}")


@app.command()
def check(newsletter: Name = "", day: Day = None, json: Json = False) -> None:
    """
    Look an edition over before readers do. Ends with 3 when an error stands in it.

    Errors stop the edition; warnings are yours to judge. Each says where it is and what to do.
    """
    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    made = newsroom.desk.build(named, _day(named, day))
    if json:
        print_json(explain.facts(made))
    else:
        typer.echo(explain.headline(made))
        typer.echo(explain.findings(made))
        typer.echo(f"next   newsletter {'build' if _stops(made) else 'send'}{_same(made)}")
    if _stops(made):
        raise typer.Exit(3)


def _stops(made: Draft | NoEdition) -> bool:
    return isinstance(made, Draft) and bool(made.errors)


def _same(made: Draft | NoEdition) -> str:
    """Repeat the day where it was not today's, so that the next step can be pasted."""
    today = made.newsletter.schedule.today()
    return "" if made.id.day == today else f" --date {made.id.day}"


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
        id=EditionId(named.name, _day(named, day)),
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
    json: Json = False,
) -> None:
    """Say what the ledger knows of an edition: who was selected, and what became of it."""
    found = Newsroom.open().dispatch.status(_edition(edition) if edition else None)
    if json:
        print_json(ledger_facts(found))
    else:
        typer.echo(ledger_lines(found))


def _edition(text: str) -> EditionId:
    try:
        return EditionId.parse(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no edition; write daily/2026-07-05") from None


@app.command()
def approve(
    newsletter: Name = "",
    day: Day = None,
    by: Annotated[str, typer.Option(help="Who signs. Default: who is logged in.")] = "",
) -> None:
    """
    Sign off an edition as it is now; when it changes afterwards, it needs signing again.

    Needed only where newsletter.toml says `approval = "editor"`.
    """
    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    made = newsroom.desk.build(named, _day(named, day))
    if isinstance(made, NoEdition):
        raise DeliveryError(f"There is no {made.id}: {made.reason}.")
    newsroom.desk.approve(made, by=by or getpass.getuser())
    typer.echo(f"{sign('good')} approved {made.id}: {made.rendition.subject}")
    typer.echo(f"next   newsletter send{_same(made)}")


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
