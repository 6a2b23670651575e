"""Going on from a backup, as it looks from outside."""

import sys
from collections.abc import Sequence
from typing import Any

import typer

from newsletter.cli.terminal import plural, print_json, sign
from newsletter.newsroom import Newsroom, Reconciled
from newsletter.storage.marks import Lack, Lost

_WORDS = {
    Lack.MISSING: "is not in the database: it is cancelled, and its number stays taken",
    Lack.BEHIND: "went further than the database knows: whoever is open in it becomes unknown",
}


def reconcile(newsroom: Newsroom, *, yes: bool, json: bool) -> None:
    """Say what a restored database lacks, ask, and settle it."""
    lost = newsroom.restoring.lost()
    if not (lost or json):
        typer.echo(f"{sign('good')} The database knows all that was sent from this machine.")
        return
    if not json:
        for line in map(_line, lost):
            typer.echo(line)
    if lost and not yes:
        _ask(lost)
    done = newsroom.restoring.reconcile()
    if json:
        print_json(_facts(done))
    else:
        _tell(done)


def _line(lost: Lost) -> str:
    return f"{sign('error')} {lost.mark.edition} {_WORDS[lost.lack]}"


def _ask(lost: Sequence[Lost]) -> None:
    if not sys.stdin.isatty():
        typer.echo("error: there is no terminal to ask on", err=True)
        typer.echo("hint: add --yes to settle it without being asked", err=True)
        raise typer.Exit(2)
    question = f"Go on from this database, {plural(len(lost), 'edition')} settled as said?"
    typer.confirm(question, abort=True, err=True)


def _tell(done: Reconciled) -> None:
    for words in done.unread:
        typer.echo(f"{sign('warning')} {words}", err=True)
    for one in done.editions:
        edition = one.lost.mark.edition
        if one.lost.lack is Lack.MISSING:
            typer.echo(f"{sign('good')} {edition} is cancelled")
            continue
        left = one.unknown - one.proven
        typer.echo(f"{sign('good')} {edition}   {one.proven:,} proven mailed, {left:,} unknown")
        if left:
            typer.echo(f"next  newsletter resolve {edition} --accepted     they were mailed")
            typer.echo(f"      newsletter resolve {edition} --resend       they were not")
    typer.echo("Sending goes on. Who left since the backup is not known; take them off by hand:")
    typer.echo("      newsletter subscribers suppress --file FILE")


def _facts(done: Reconciled) -> dict[str, Any]:
    return {
        "editions": [
            {
                "edition": str(one.lost.mark.edition),
                "lack": one.lost.lack.value,
                "unknown": one.unknown - one.proven,
                "proven": one.proven,
            }
            for one in done.editions
        ],
        "unread": list(done.unread),
    }
