"""For who answers a reader's questions: what is known of them, and taking it away."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from newsletter.cli.options import Json
from newsletter.cli.terminal import bold, number, plural, print_json, rows, sign
from newsletter.model import SuppressionReason
from newsletter.newsroom import Newsroom

app = typer.Typer()

Address = Annotated[str, typer.Argument(help="Such as ann@example.com.")]

#: Broken entries that are named.
SHOWN = 10


@app.command()
def show(address: Address, json: Json = False) -> None:
    """Show everything that is known of one address, the words included that it consented to."""
    from newsletter.cli.dossier import dossier_lines

    dossier = Newsroom.open().circulation.dossier(address)
    if json:
        print_json(dossier.facts())
    else:
        typer.echo("\n".join(dossier_lines(address, dossier)))
    if dossier.subscriber is None and not dossier.erased:
        raise typer.Exit(1)


@app.command()
def suppress(
    address: Annotated[str, typer.Argument(help="Such as ann@example.com.")] = "",
    reason: Annotated[
        SuppressionReason, typer.Option(help="Why: manual, bounced or complained.")
    ] = SuppressionReason.MANUAL,
    file: Annotated[
        Path | None,
        typer.Option(help="Suppress every address of a file; a column `reason` may say why."),
    ] = None,
) -> None:
    """Let an address get nothing any more, from any list, whatever a file or a form says."""
    if reason not in {"manual", "bounced", "complained"}:
        raise typer.BadParameter("manual, bounced or complained; see also remove and forget")
    if bool(address) == bool(file):
        raise typer.BadParameter("name an address, or --file")
    circulation = Newsroom.open().circulation
    if file:
        report = circulation.import_suppressions(file)
        count = plural(report.left, "address", "addresses")
        off = f", {number(report.switched_off)} of them on lists" if report.switched_off else ""
        typer.echo(f"{sign('good')} {count} of {file} get nothing any more{off}")
        return
    circulation.suppress(address, reason)
    typer.echo(f"{sign('good')} {address} gets nothing any more ({reason})")


@app.command()
def forget(
    address: Address,
    yes: Annotated[bool, typer.Option("--yes", help="Erase without asking.")] = False,
) -> None:
    """
    Erase everything about an address, but for a keyed hash that keeps it from coming back.

    The ledger keeps its rows, of which nobody can say any more whose they were. Mails in the
    outbox and old backups are not touched.
    """
    if not (yes or sys.stdin.isatty()):
        typer.echo("error: there is no terminal to ask on", err=True)
        typer.echo("hint: add --yes to erase without being asked", err=True)
        raise typer.Exit(2)
    if not yes:
        typer.confirm(f"Erase everything about {address}? It cannot be undone.", abort=True)
    held = Newsroom.open().circulation.forget(address)
    typer.echo(f"{sign('good')} {'erased' if held else 'nothing was held; it stays away now'}")


@app.command()
def consents(json: Json = False) -> None:
    """
    Recount the consent ledger: each entry must follow from the one before.

    Ends with 5 when one does not: it was changed, or one before it was taken out.
    """
    report = Newsroom.open().circulation.consents()
    if json:
        print_json(asdict(report))
    else:
        typer.echo(bold(plural(report.entries, "entry", "entries")))
        if report.events:
            typer.echo(rows((name, number(count), "") for name, count in report.events.items()))
        for entry in report.broken[:SHOWN]:
            typer.echo(f"{sign('error')} entry {entry} does not follow from the one before it")
        if not report.broken:
            typer.echo(f"{sign('good')} every entry follows from the one before it")
    raise typer.Exit(5 if report.broken else 0)


@app.command()
def alarms(
    undo: Annotated[
        str, typer.Option(metavar="DOMAIN", help="Bring back who left in a burst there.")
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=365, help="How far back to look.")] = 7,
    json: Json = False,
) -> None:
    """
    Name where several readers of one domain left within a minute.

    Programs that scan mail press buttons too. --undo brings the readers of a domain back, for
    when somebody there says that nobody pressed. Ends with 1 while there is an alarm.
    """
    circulation = Newsroom.open().circulation
    found = circulation.alarms(days)
    if undo:
        meant = [alarm for alarm in found if alarm.domain == undo.lower()]
        count = sum(circulation.undo(alarm) for alarm in meant)
        typer.echo(f"{sign('good')} {plural(count, 'reader')} at {undo} back")
        return
    facts = [
        {"domain": a.domain, "readers": len(a.readers), "first": a.first, "last": a.last}
        for a in found
    ]
    if json:
        print_json(facts)
    for alarm in () if json else found:
        many = plural(len(alarm.readers), "reader")
        typer.echo(
            f"{sign('warning')} {alarm.domain}  {many} left at {alarm.first:%d %b %H:%M} UTC"
        )
        typer.echo(f"  newsletter subscribers alarms --undo {alarm.domain}")
    if not found and not json:
        typer.echo(f"{sign('good')} nobody left in a burst in the last {plural(days, 'day')}")
    raise typer.Exit(1 if found else 0)
