"""For the editor: the studio."""

import threading
import webbrowser
from typing import Annotated

import typer

from newsletter.cli.options import Day, Name, day_of
from newsletter.newsroom import Newsroom

app = typer.Typer()


@app.command()
def preview(
    newsletter: Name = "",
    day: Day = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any that is free.")] = 8025,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Do not open the browser by itself.")
    ] = False,
) -> None:
    """
    Open the studio: the mail as readers will see it, and everything to judge it by.

    It is built again whenever a story or a template is saved. Nobody but this machine can reach
    it, and nothing of a draft leaves it. Ctrl-C ends it.
    """
    from newsletter.studio.server import Studio

    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    studio = Studio(newsroom, named, day_of(named, day), port=port, launch=typer.launch)
    typer.echo(f"studio of {studio.live.id} on {studio.url}   (Ctrl-C ends it)", err=True)
    if not no_open:
        # The socket listens already: the page waits for the first build, not the other way round.
        threading.Thread(target=webbrowser.open, args=(studio.url,), daemon=True).start()
    studio.run()
