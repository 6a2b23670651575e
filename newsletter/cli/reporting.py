"""For the desk and whoever asks it: what became of an edition, as text, page, table or facts."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from newsletter.cli.options import Json, read_edition
from newsletter.cli.readers import private_file
from newsletter.cli.terminal import number, print_json, sign
from newsletter.newsroom import Newsroom

if TYPE_CHECKING:
    from newsletter.reports.report import Report

app = typer.Typer()

#: Without it Excel takes a file for one of its own code page.
_BOM = "\ufeff"


@app.command()
def report(
    edition: Annotated[
        str,
        typer.Argument(
            metavar="[EDITION]", help="Such as daily/2026-07-05. Default: the last that was sent."
        ),
    ] = "",
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the report as one page, with its charts.")
    ] = None,
    csv: Annotated[
        Path | None, typer.Option("--csv", help="Write every number as a table, one a row.")
    ] = None,
    json: Json = False,
) -> None:
    """
    Say what became of an edition: who was reached, who clicked, who left.

    People and machines are counted apart, and what nobody can tell stands as a range. The page
    needs nothing from outside: it can be mailed, printed and kept.
    """
    from newsletter.cli.reported import report_lines
    from newsletter.reports.export import as_json

    newsroom = Newsroom.open()
    found = newsroom.reporting.report(read_edition(edition) if edition else None)
    for path in write_files(found, newsroom.settings.templates, html=html, csv=csv):
        wrote = f"{sign('good')} wrote {path}   {number(path.stat().st_size)} bytes"
        typer.echo(wrote, err=json)
    if json:
        print_json(as_json(found))
    elif not (html or csv):
        typer.echo("\n".join(report_lines(found)))


def write_files(
    report: "Report", templates: Path, *, html: Path | None = None, csv: Path | None = None
) -> Iterator[Path]:
    """
    Write the page and the table that were asked for, and name each once it is there.

    Raises RenderError, SettingsError.
    """
    from newsletter.reports.export import as_csv
    from newsletter.reports.page import page

    if html:
        text = page(report, templates)
        with private_file(html) as file:
            file.write(text)
        yield html
    if csv:
        with private_file(csv) as file:
            file.write(_BOM)
            as_csv(report, file)
        yield csv
