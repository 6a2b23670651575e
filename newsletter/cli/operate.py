"""For who keeps the machine."""

import logging
from typing import Annotated

import typer

from newsletter.cli.options import Json
from newsletter.cli.progress import drained
from newsletter.newsroom import Newsroom

app = typer.Typer()

_log = logging.getLogger(__name__)


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
def doctor(
    ntp: Annotated[
        str, typer.Option("--ntp", metavar="HOST", help="Hold the clock against a time server.")
    ] = "",
    json: Json = False,
) -> None:
    """
    Say what would go wrong tomorrow: settings, DNS, clock, database, way out.

    Ends with 1 on errors. It changes nothing and mails nobody. Outside it asks only DNS, the relay
    or SendGrid, the bounce box, NEWSLETTER_SITE_URL, and the time server that is named; without a
    network it says what it could not look at. It takes ten seconds at most.
    """
    from newsletter.cli.diagnosis import print_facts, print_lines, stops

    found = Newsroom.open().doctor.examine(ntp=ntp)
    (print_facts if json else print_lines)(found)
    if stops(found):
        raise typer.Exit(1)


@app.command()
def reconcile(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """
    Go on from a database that was restored from a backup: sending is refused until then.

    What came back from outside is read first: bounces, SendGrid's events and lists. An edition
    that the backup lacks is cancelled; of one that it has in part, everybody who is open becomes
    unknown, for `newsletter resolve` to settle. So nobody is mailed twice. Who left since the
    backup, and is on no list of the other side, is not known: ask for those first.
    """
    from newsletter.cli import restoring

    restoring.reconcile(Newsroom.open(), yes=yes, json=json)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Where to listen; 0.0.0.0 for all.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535)] = 8000,
) -> None:
    """
    Serve the public web app: joining, leaving, choosing, the archive; until it is stopped.

    It also writes the letters that those ask for. Behind a proxy, set NEWSLETTER_SITE_URL to the
    public https address, and NEWSLETTER_WEB__TRUSTED_PROXIES to the proxy's.
    """
    from newsletter.cli.watching import watched
    from newsletter.web.server import serve as serve_web

    newsroom = Newsroom.open()
    with watched(newsroom):
        _log.info("serving %s on http://%s:%s", newsroom.settings.site_url, host, port)
        serve_web(newsroom, host=host, port=port)


@app.command()
def run() -> None:
    """
    Send every newsletter at its hour: scheduler and worker in one, until it is stopped.

    May run on several machines that share a database: each day's edition goes out once. Ctrl-C
    or SIGTERM ends it within ten seconds; what was in flight then is settled or named.
    """
    _work(scheduled=True)


@app.command()
def worker() -> None:
    """
    Help to deliver what is being sent, as one more worker of the fleet, until it is stopped.

    It begins nothing by itself: `newsletter run` or `newsletter send` does.
    """
    _work(scheduled=False)


def _work(*, scheduled: bool) -> None:
    from newsletter.cli.watching import watched
    from newsletter.schedule.timekeeper import Timekeeper

    newsroom = Newsroom.open()
    with watched(newsroom), drained() as stop:
        hours = Timekeeper(newsroom.publishing) if scheduled else None
        newsroom.fleet.run(hours=hours, stop=stop)
