"""For who keeps the machine."""

import typer

from newsletter.newsroom import Newsroom

app = typer.Typer()


@app.command()
def migrate() -> None:
    """
    Bring the database to this version.

    Safe to run again. An empty database needs no migrating: it is made by whatever needs it.
    """
    before, after = Newsroom.open().migrate()
    if before == after:
        typer.echo(f"The database is at version {after} already.")
    else:
        typer.echo(f"migrated from {before or 'nothing'} to {after}")
