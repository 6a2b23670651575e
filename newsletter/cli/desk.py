"""For the desk: what goes out, and sending it."""

import sys
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from newsletter.cli import explain, sending
from newsletter.cli.files import write
from newsletter.cli.options import Day, Json, Name, day_of, same_day
from newsletter.cli.terminal import print_json
from newsletter.cli.watching import traced
from newsletter.model import EditionId
from newsletter.newsroom import Draft, Newsroom, NoEdition
from newsletter.settings import Newsletter

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
def check(
    newsletter: Name = "",
    day: Day = None,
    links: Annotated[
        bool, typer.Option("--links", help="Follow links too: it calls on other people's servers.")
    ] = False,
    dns: Annotated[
        bool, typer.Option("--dns", help="Ask DNS about the sender's domain too, as doctor does.")
    ] = False,
    why: Annotated[
        bool, typer.Option("--why", help="Say of each finding why it matters to readers.")
    ] = False,
    json: Json = False,
) -> None:
    """
    Look an edition over before readers do. Ends with 3 when an error stands in it.

    Errors stop the edition; warnings are yours to judge. Each says where it is and what to do.
    How severe a check is, or whether it runs at all: [preflight] in newsletter.toml.
    """
    began = perf_counter()
    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    asked = _asked(named, links=links, dns=dns)
    made = newsroom.desk.build(named, day_of(named, day), further=asked)
    if json:
        print_json(explain.facts(made, asked=asked))
    else:
        typer.echo(f"{explain.headline(made)} · {perf_counter() - began:.1f} s")
        typer.echo(explain.findings(made, asked=asked, why=why))
        if isinstance(made, Draft) and (word := explain.word(made)):
            typer.echo(word)
        typer.echo(f"next   newsletter {'build' if _stops(made) else 'send'}{same_day(made)}")
    if _stops(made):
        raise typer.Exit(3)


def _asked(newsletter: Newsletter, *, links: bool, dns: bool) -> frozenset[str]:
    """Name the checks that ask others: this machine's filter always, those outside when told to."""
    wanted = {"spam": True, "dead-links": links, "sender-dns": dns}
    wishes = newsletter.preflight
    return frozenset(
        name for name, told in wanted.items() if told or wishes.get(name, "off") != "off"
    )


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
    segment: Annotated[
        str, typer.Option("--segment", help="Only who is in that segment of newsletter.toml.")
    ] = "",
    percent: Annotated[
        float | None,
        typer.Option("--percent", min=0.1, max=100, help="Only so many of a hundred readers."),
    ] = None,
    no_wait: Annotated[
        bool,
        typer.Option("--no-wait", help="Try once, and end with 4 when something is left."),
    ] = False,
    json: Json = False,
) -> None:
    """
    Send an edition to its subscribers.

    Safe to run again, after a crash too, and beside others: nobody who already got the edition
    gets it twice. It stays while anything is pending, and shows when that is tried again.
    Ctrl-C ends it after the calls in flight. Who gets it is frozen once: the others of a list
    never get an edition that went to a segment. Ends with 0 when it is sent, 3 when an error stands
    in it, 4 when it is not complete.
    """
    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    # A segment that is not there is said before anything else.
    named.rule(segment)
    asked = sending.Asked(
        id=EditionId(named.name, day_of(named, day)),
        dated=day is not None,
        late=late,
        dry_run=dry_run,
        yes=yes,
        no_wait=no_wait,
        segment=segment,
        percent=percent,
        json=json,
    )
    if not (yes or dry_run or sys.stdin.isatty()):
        typer.echo("error: there is no terminal to ask on", err=True)
        typer.echo("hint: add --yes to send without being asked, or --dry-run", err=True)
        raise typer.Exit(2)
    with traced(newsroom):
        code = sending.send(newsroom, named, asked)
    raise typer.Exit(code)


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
