"""
The commands. Each parses, makes one call to the newsroom, and prints.

`desk` makes and sends editions, `editor` has a word on them, `preview` shows them, `control` stops
them, `correcting` puts them right, `reporting` says what became of them, `linking` points their
links anew, `audience` and `privacy` know the readers, `operate` keeps the machine, `returns` is for
mail servers.
"""

import sys

import typer

from newsletter.cli import (
    audience,
    control,
    correcting,
    desk,
    editor,
    linking,
    operate,
    preview,
    privacy,
    reporting,
    returns,
)
from newsletter.errors import NewsletterError

app = typer.Typer(
    name="newsletter",
    help="From the day's articles to every reader's inbox, once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: newsletter build --explain",
)

#: What stands together in `newsletter --help`.
_PANELS = {
    "Make an edition and send it": (desk, editor, preview),
    "While it goes out, and afterwards": (control, correcting, reporting, linking),
    "Keep it running": (operate, returns),
}

for panel, parts in _PANELS.items():
    for command in (one for part in parts for one in part.app.registered_commands):
        command.rich_help_panel = panel
        app.registered_commands.append(command)
audience.app.registered_commands += privacy.app.registered_commands
app.add_typer(desk.articles, name="articles", rich_help_panel="Stories and readers")
app.add_typer(audience.app, name="subscribers", rich_help_panel="Stories and readers")


def run() -> None:
    """Run the command line. Expected failures become one sentence, a hint and an exit code."""
    try:
        app()
    except NewsletterError as error:
        typer.secho(f"error: {error}", fg=_red(), err=True)
        if error.hint:
            typer.echo(f"hint: {error.hint}", err=True)
        raise SystemExit(error.exit_code) from None


def _red() -> str | None:
    return typer.colors.RED if sys.stderr.isatty() else None
