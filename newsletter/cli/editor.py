"""For the editor: a look at the mail itself, and a word on it."""

from typing import Annotated

import typer

from newsletter.cli.options import Day, Name, day_of, same_day
from newsletter.cli.terminal import sign
from newsletter.errors import DeliveryError
from newsletter.model import Answer, EditionId
from newsletter.newsroom import Draft, Newsroom, NoEdition
from newsletter.settings import Newsletter

app = typer.Typer()


def _draft(newsroom: Newsroom, newsletter: Newsletter, day: Day) -> Draft:
    made = newsroom.desk.build(newsletter, day_of(newsletter, day))
    if isinstance(made, NoEdition):
        raise DeliveryError(f"There is no {made.id}: {made.reason}.")
    return made


@app.command()
def proof(
    addresses: Annotated[list[str], typer.Argument(metavar="ADDRESS…", help="Whom to send it to.")],
    newsletter: Annotated[
        str, typer.Option("--newsletter", help="Which one; not needed while there is one.")
    ] = "",
    day: Day = None,
) -> None:
    """
    Mail an edition to the newsroom, as readers will get it.

    It stands in no ledger and no report. Its links open pages that change nothing, so its
    unsubscribe link leaves nobody out.
    """
    newsroom = Newsroom.open()
    made = _draft(newsroom, newsroom.newsletter(newsletter), day)
    receipts = newsroom.dispatch.proof(made, addresses)
    for address, receipt in zip(addresses, receipts, strict=True):
        good = receipt.answer is Answer.SUBMITTED
        typer.echo(
            f"{sign('good' if good else 'error')} {receipt.answer} {address} {receipt.reply}"
        )
    typer.echo(f"next   newsletter approve{same_day(made)}")
    if any(receipt.answer is not Answer.SUBMITTED for receipt in receipts):
        raise typer.Exit(1)


@app.command()
def approve(
    newsletter: Name = "",
    day: Day = None,
    by: Annotated[str, typer.Option(help="Who signs. Default: who is logged in.")] = "",
) -> None:
    """
    Sign off an edition as it is now; when it changes afterwards, it needs signing again.

    Needed only where newsletter.toml says `approval = "editor"`.
    """
    newsroom = Newsroom.open()
    made = _draft(newsroom, newsroom.newsletter(newsletter), day)
    newsroom.desk.approve(made, by=by or _login())
    typer.echo(f"{sign('good')} approved {made.id}: {made.rendition.subject}")
    typer.echo(f"next   newsletter send{same_day(made)}")


@app.command()
def hold(
    newsletter: Name = "",
    day: Day = None,
    why: Annotated[str, typer.Option(help="Shown to whoever asks.")] = "",
) -> None:
    """Keep an edition back until it is released. Not possible once sending began."""
    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    edition = EditionId(named.name, day_of(named, day))
    newsroom.control.hold(edition, reason=why)
    typer.echo(f"{sign('good')} held {edition}: not sent until released")
    typer.echo(f"next   newsletter release --date {edition.day}")


@app.command()
def release(newsletter: Name = "", day: Day = None) -> None:
    """Give a held edition back."""
    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    edition = EditionId(named.name, day_of(named, day))
    newsroom.control.release(edition)
    typer.echo(f"{sign('good')} released {edition}")
    typer.echo(f"next   newsletter send --date {edition.day}")


def _login() -> str:
    import getpass

    return getpass.getuser()
