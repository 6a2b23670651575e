"""Puts the chosen articles together into one edition."""

from collections.abc import Iterable

from newsletter.edition import wording
from newsletter.edition.layout import placed
from newsletter.model import (
    Choices,
    Edition,
    EditionId,
    Kind,
    Selection,
    Skipped,
    Sponsor,
)
from newsletter.settings import Newsletter


def assemble(
    selection: Selection,
    *,
    id: EditionId,
    newsletter: Newsletter,
    sponsors: Iterable[Sponsor] = (),
    choices: Choices | None = None,
) -> Edition | Skipped:
    """
    Make the edition, or say why there is none: a reel is no story, and a few may be too few.

    An editor's own subject, preheader and sponsor come before what the rules make.
    """
    wanted = choices or Choices()
    articles = selection.articles
    stories = sum(article.kind is Kind.ARTICLE for article in articles)
    least = newsletter.selection.min_stories
    if stories < least:
        count = "1 story" if stories == 1 else f"{stories} stories"
        return Skipped(id=id, reason=f"{count}, the least is {least}")
    layout = placed(selection.choices, newsletter)
    return Edition(
        id=id,
        subject=wanted.subject or wording.subject(layout, newsletter),
        preheader=wanted.preheader or wording.preheader(layout, newsletter),
        lead=layout.lead,
        sections=layout.sections,
        reel=layout.reel,
        sponsor=_sponsor(sponsors, id, wanted.sponsor),
        cutoff=selection.until,
    )


def _sponsor(sponsors: Iterable[Sponsor], id: EditionId, wanted: str | None) -> Sponsor | None:
    """Take the one that is wanted, else whose days these are; of several, the first by its file."""
    if wanted is None:
        running = [s for s in sponsors if s.first <= id.day <= s.last]
    else:
        running = [s for s in sponsors if wanted and _is_called(s, wanted)]
    return min(running, key=lambda s: (s.origin, s.name), default=None)


def _is_called(sponsor: Sponsor, name: str) -> bool:
    return name in {sponsor.name, sponsor.origin} or sponsor.origin.endswith(f"/{name}")
