"""Arguments and options that many commands take."""

from datetime import date, datetime
from typing import Annotated

import typer

from newsletter.model import EditionId
from newsletter.newsroom import Draft, NoEdition
from newsletter.settings import Newsletter

Name = Annotated[
    str, typer.Argument(metavar="[NEWSLETTER]", help="Which one; not needed while there is one.")
]
Day = Annotated[
    datetime | None,
    typer.Option(
        "--date", formats=["%Y-%m-%d"], help="The edition's day. Default: today, in its own zone."
    ),
]
EditionName = Annotated[str, typer.Argument(metavar="EDITION", help="Such as daily/2026-07-05.")]
Json = Annotated[bool, typer.Option("--json", help="Print facts for a program instead.")]


def day_of(newsletter: Newsletter, day: datetime | None) -> date:
    """Return the day that was named, or the newsletter's today."""
    return day.date() if day else newsletter.schedule.today()


def read_edition(text: str) -> EditionId:
    """Read an edition's id; what is none is wrong usage."""
    try:
        return EditionId.parse(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is no edition; write daily/2026-07-05") from None


def same_day(made: Draft | NoEdition) -> str:
    """Repeat the day where it is not today's, so that the next step can be pasted."""
    today = made.newsletter.schedule.today()
    return "" if made.id.day == today else f" --date {made.id.day}"


def again(id: EditionId) -> str:
    """Name the command that goes on with an edition, or with the newest correction of one."""
    if id.revision > 1:
        return f"correct {id._replace(revision=id.revision - 1)}"
    return f"send --date {id.day}"
