"""For mail servers: a bounce handed over by a pipe."""

from typing import Annotated

import typer

from newsletter.errors import StorageError
from newsletter.newsroom import Newsroom

app = typer.Typer()

#: What an MTA takes for "try again later" (sysexits.h, EX_TEMPFAIL).
_LATER = 75


@app.command()
def bounce(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(metavar="[FILE]", help="One mail. Default: what comes in by the pipe."),
    ] = "-",  # type: ignore[assignment]
) -> None:
    """
    Read one mail of the bounce box, as a mail server hands it over.

    In Postfix's aliases: bounces: "|newsletter bounce". Ends with 75 where it should be tried
    again. A Maildir or an IMAP box is read by `newsletter serve` itself (NEWSLETTER_BOUNCES__…).
    """
    from newsletter.tracking.boxes import PipedLetter

    try:
        Newsroom.open().inbox.read_box(PipedLetter(file))
    except StorageError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(_LATER) from error
