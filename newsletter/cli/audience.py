"""For who looks after the readers."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.terminal import bold, fit, is_plain, number, plural, print_json, rows, sign
from newsletter.newsroom import Newsroom

if TYPE_CHECKING:
    from newsletter.audience.report import ImportReport
    from newsletter.audience.understanding import Understanding

app = typer.Typer(help="The readers: who asked, and who left.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print facts for a program instead.")]
ListName = Annotated[str, typer.Option("--list", help="Name of the list.")]

Address = Annotated[str, typer.Argument(help="Such as ann@example.com.")]

#: Rejected rows that are shown; all of them stand in the file.
SHOWN = 10

#: What became of one address, in words.
_ADDED = {
    "new": ("good", "is on the list {list}"),
    "known": ("good", "was on the list {list} already"),
    "unsubscribed": ("warning", "left the list {list} and was not added"),
    "suppressed": ("warning", "is suppressed: it gets nothing, and was not added"),
}


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file with a column of addresses.")],
    list_name: ListName,
    yes: Annotated[bool, typer.Option("--yes", help="Import without asking.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen, and change nothing.")
    ] = False,
    skip_rejected: Annotated[
        bool, typer.Option("--skip-rejected", help="Import the others although some rows are bad.")
    ] = False,
    basis: Annotated[
        str, typer.Option(help="Why these people may be written to; the consent ledger keeps it.")
    ] = "",
    address_column: Annotated[
        str, typer.Option("--address-column", help="The column of addresses, where none says so.")
    ] = "",
    json: Json = False,
) -> None:
    """
    Bring readers in from a file: all of them, or nobody.

    It knows the exports of Mailchimp, Substack, beehiiv, Ghost, listmonk, Kit, Buttondown,
    SendGrid, Brevo, ActiveCampaign, Keila, Curated and Medium by their first line, and any
    spreadsheet with a column of addresses; it says what it took the file for.

    Who left stays away, whatever the file says; whom the file says has left is switched off.
    Rows that cannot be used are listed, with line and reason, in a file beside the input. On a
    terminal nothing is changed without --yes: it shows what would happen.
    """
    newsroom = Newsroom.open()
    apply = yes or not (dry_run or sys.stdin.isatty())
    understood = newsroom.circulation.understand(file, address_column)
    if not json:
        typer.echo("\n".join(_understood(understood)))
    with _reading(quiet=json) as progress:
        report = newsroom.circulation.import_subscribers(
            file,
            list_name,
            apply=apply,
            basis=basis,
            skip_rejected=skip_rejected,
            address_column=address_column,
            progress=progress,
        )
    if json:
        rejections = [row._asdict() for row in report.rejections]
        print_json(asdict(report) | {"rejections": rejections, "understood": asdict(understood)})
        return
    typer.echo("\n".join(_summary(file, report)))
    again = f"newsletter subscribers import {file} --list {list_name} --yes"
    typer.echo(f"next  {'newsletter subscribers lists' if apply else again}")


def _understood(said: "Understanding") -> Iterator[str]:
    """Say what a file was taken for, so that a person can contradict."""
    columns = said.columns
    yield f"{said.system or 'A plain file'} · {said.encoding} · columns parted by {said.separator}"
    told = [("address", columns.address or "the only column"), ("name", " + ".join(columns.name))]
    told += [("state", columns.state), ("left", ", ".join(columns.leaving))]
    told += [("joined", ", ".join(columns.joined)), ("kept", ", ".join(columns.attributes))]
    for name, value in told:
        if value:
            yield f"  {name:<8} {fit(value, 88).rstrip()}"
    for warning in said.warnings:
        yield f"{sign('warning')} {warning}"


def _summary(file: Path, report: "ImportReport") -> Iterator[str]:
    """Say what an import did, or would do, and name the first rows that it could not use."""
    done = "imported" if report.applied else "nothing is changed yet"
    made = f", the list {report.list_name} is new" if report.list_created else ""
    yield f"{bold(str(file))}   {plural(report.read, 'row')} · {done}{made}"
    table = [
        ("new", report.new, f"on the list {report.list_name} from now on"),
        ("known", report.known, "on it already, nothing changed for them"),
        ("left", report.left, f"switched off {number(report.switched_off)} who were on it"),
        ("unsubscribed", report.unsubscribed, "left earlier, and stay away"),
        ("suppressed", report.suppressed, "get nothing, and stay away"),
        ("repeated", report.repeated, "a later row names the same address"),
        ("rejected", report.rejected, f"listed in {report.rejected_file}"),
    ]
    yield rows((name, number(count), words if count else "") for name, count, words in table)
    for row in report.rejections[:SHOWN]:
        yield f"{sign('warning')} {file}:{row.line}  {row.reason}"
    if report.needs_smtputf8:
        count = plural(report.needs_smtputf8, "address", "addresses")
        yield f"{sign('warning')} {count} only some mail servers can take (SMTPUTF8)"


@app.command()
def add(
    address: Annotated[str, typer.Argument(help="Such as ann@example.com.")],
    list_name: ListName,
    name: Annotated[str, typer.Option(help="As it stands in To; may be left out.")] = "",
    again: Annotated[
        bool, typer.Option("--again", help="They left, and have asked to come back.")
    ] = False,
) -> None:
    """Put one reader on a list, which is made by its first use."""
    became = Newsroom.open().circulation.add(address, list_name, name=name, again=again)
    kind, words = _ADDED[became]
    typer.echo(f"{sign(kind)} {address} {words.format(list=list_name)}")
    if kind == "warning":
        raise typer.Exit(1)


@app.command()
def remove(
    address: Address,
    list_name: Annotated[str, typer.Option("--list", help="Of this list only.")] = "",
) -> None:
    """Take a reader off a list, or off all; they stay away whatever a file says later."""
    was = Newsroom.open().circulation.remove(address, list_name=list_name)
    where = f"the list {list_name}" if list_name else "every list"
    words = "is off" if was else "was not on"
    typer.echo(f"{sign('good')} {address} {words} {where}, and stays away")


@app.command()
def export(
    list_name: Annotated[str, typer.Option("--list", help="Of this list only.")] = "",
    out: Annotated[
        Path | None, typer.Option(help="Write here, readable by you alone; else to stdout.")
    ] = None,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="JSON Lines in place of CSV.")] = False,
) -> None:
    """
    Write all readers down, one by one, those who left included.

    CSV cells that a spreadsheet would take for formulas begin with a quote mark.
    """
    from newsletter.cli.readers import private_file, write_readers

    readers = Newsroom.open().circulation.export(list_name)
    with private_file(out) as file:
        count = write_readers(readers, file, jsonl=jsonl)
    typer.echo(f"{sign('good')} {plural(count, 'reader')}", err=True)


@app.command()
def lists(json: Json = False) -> None:
    """Count every list: who gets mail, who has not confirmed, who left."""
    found = Newsroom.open().circulation.lists()
    if json:
        print_json([asdict(counts) for counts in found])
        return
    for counts in found:
        suppressed = f"of these suppressed {number(counts.suppressed)}" if counts.suppressed else ""
        typer.echo(bold(counts.name))
        typer.echo(
            rows(
                [
                    ("active", number(counts.active), suppressed),
                    ("pending", number(counts.pending), ""),
                    ("unsubscribed", number(counts.unsubscribed), ""),
                ]
            )
        )
    if not found:
        typer.echo("There is no list yet.")
        typer.echo("next  newsletter subscribers import FILE --list daily")


@contextmanager
def _reading(*, quiet: bool) -> Iterator[Callable[[int], None] | None]:
    """Count the rows on stderr while a long file is read."""
    if quiet or is_plain(sys.stderr):
        yield None
        return

    def show(count: int) -> None:
        typer.echo(f"\r  {number(count)} rows", err=True, nl=False)

    yield show
    typer.echo("\r" + " " * 24 + "\r", err=True, nl=False)
