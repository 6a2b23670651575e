"""For who keeps the machine."""

import logging

import typer

from newsletter.cli.progress import drained
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


@app.command()
def run() -> None:
    """
    Send every newsletter at its hour: scheduler and worker in one, until it is stopped.

    May run on several machines that share a database: each day's edition goes out once. Ctrl-C
    or SIGTERM ends it within ten seconds; what was in flight then is settled or named.
    """
    _serve(schedule=True)


@app.command()
def worker() -> None:
    """
    Help to deliver what is being sent, as one more worker of the fleet, until it is stopped.

    It begins nothing by itself: `newsletter run` or `newsletter send` does.
    """
    _serve(schedule=False)


def _serve(*, schedule: bool) -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    newsroom = Newsroom.open()
    with drained() as stop:
        newsroom.fleet.run(schedule=schedule, stop=stop)
