"""For the desk: where the links of a mail lead that is out already."""

from typing import Annotated

import typer

from newsletter.cli.options import EditionName, Json, read_edition
from newsletter.cli.terminal import fit, print_json, sign
from newsletter.newsroom import Newsroom

app = typer.Typer()


@app.command()
def links(
    edition: EditionName,
    point: Annotated[
        int | None, typer.Option("--point", metavar="NUMBER", help="The link to lead elsewhere.")
    ] = None,
    to: Annotated[str, typer.Option("--to", metavar="URL", help="Where it is to lead.")] = "",
    json: Json = False,
) -> None:
    """
    List an edition's links and where they lead, or point one anew.

    For a wrong address in a mail that is out: every copy of it leads to the new one within
    seconds. What was said before stays written, and clicks are counted by link.

        newsletter links daily/2026-07-05 --point 3 --to https://theshiftmaker.com/right
    """
    named, linking = read_edition(edition), Newsroom.open().linking
    if (point is None) != (not to):
        raise typer.BadParameter("--point and --to go together")
    if point is not None:
        changed = linking.point(named, point, to)
        typer.echo(f"{sign('good')} link {changed.number} of {named} leads to {changed.url}")
        return
    table = linking.table(named)
    if json:
        print_json([link._asdict() for link in table])
        return
    for link in table:
        typer.echo(f"  {link.number:>3}  {fit(link.role, 9)}  {link.url}")
        if link.url != link.mailed:
            typer.echo(f"       {fit('', 9)}  it led to {link.mailed}")
