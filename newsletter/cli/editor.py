"""For the editor: a look at the mail itself, and a word on it."""

from typing import Annotated

import typer

from newsletter.cli import explain
from newsletter.cli.options import Day, Name, day_of, same_day
from newsletter.cli.terminal import sign
from newsletter.errors import DeliveryError
from newsletter.model import Answer, EditionId
from newsletter.newsroom import Draft, Newsroom, NoEdition
from newsletter.settings import Newsletter

app = typer.Typer()

By = Annotated[
    str,
    typer.Option(help="Whose word it is. Default: NEWSLETTER_EDITOR, git's user.name, the login."),
]


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
    verb = "approve" if made.newsletter.approval == "editor" else "send"
    typer.echo(f"next   newsletter {verb}{same_day(made)}")
    if any(receipt.answer is not Answer.SUBMITTED for receipt in receipts):
        raise typer.Exit(1)


@app.command()
def approve(
    newsletter: Name = "",
    day: Day = None,
    by: By = "",
) -> None:
    """
    Sign off an edition as it is now; when it changes afterwards, it needs signing again.

    Needed only where newsletter.toml says `approval = "editor"`. The word stands in a file beside
    the articles and counts wherever they are, so another machine may send.
    """
    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    made = _draft(newsroom, named, day)
    newsroom.choices.approve(made, by=by or newsroom.choices.editor)
    typer.echo(f"{sign('good')} approved {made.id}: {made.rendition.subject}")
    typer.echo(f"wrote  {newsroom.choices.path(named, made.id.day)}     travels with the articles")
    typer.echo(f"next   newsletter send{same_day(made)}     here, or where the articles go")


@app.command()
def withdraw(
    article: Annotated[
        str, typer.Argument(metavar="ARTICLE", help="Its id, its address or its file.")
    ],
    newsletter: Annotated[
        str, typer.Option("--newsletter", help="Which one; not needed while there is one.")
    ] = "",
    day: Day = None,
    by: By = "",
) -> None:
    """
    Take a story away, also after the approval: taking away needs no new one.

    If it led, the next story leads. Not possible once the edition is frozen for sending.
    """
    newsroom = Newsroom.open()
    named = newsroom.newsletter(newsletter)
    when = day_of(named, day)
    newsroom.choices.withdraw(named, when, article, by=by or newsroom.choices.editor)
    typer.echo(f"{sign('good')} withdrawn {article}")
    typer.echo(f"wrote  {newsroom.choices.path(named, when)}     travels with the articles")
    made = newsroom.desk.build(named, when)
    typer.echo(explain.headline(made))
    if isinstance(made, Draft):
        typer.echo(f"  subject    {made.rendition.subject}")
        typer.echo(f"  preheader  {made.rendition.preheader}")
        if word := explain.word(made):
            typer.echo(word)


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
