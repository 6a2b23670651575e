"""
The commands. Each parses, makes one call to the newsroom, and prints.

`desk` makes and sends editions, `editor` has a word on them, `control` says what became of them
and stops them, `audience` knows the readers, `operate` keeps the machine.
"""

import sys

import typer

from newsletter.cli import audience, control, desk, editor, operate
from newsletter.errors import NewsletterError

app = typer.Typer(
    name="newsletter",
    help="From the day's articles to every reader's inbox, once.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: newsletter build --explain",
)

for commands in (desk.app, editor.app, control.app, operate.app):
    app.registered_commands += commands.registered_commands
app.add_typer(desk.articles, name="articles")
app.add_typer(audience.app, name="subscribers")


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
