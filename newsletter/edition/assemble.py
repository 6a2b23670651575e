"""Puts the chosen articles together into one edition."""

from collections.abc import Iterable

from newsletter.edition import wording
from newsletter.edition.layout import arrange
from newsletter.model import Edition, EditionId, Kind, Selection, Skipped, Sponsor
from newsletter.settings import Newsletter


def assemble(
    selection: Selection,
    *,
    id: EditionId,
    newsletter: Newsletter,
    sponsors: Iterable[Sponsor] = (),
) -> Edition | Skipped:
    """Make the edition, or say why there is none: a reel is no story, and a few may be too few."""
    articles = selection.articles
    stories = sum(article.kind is Kind.ARTICLE for article in articles)
    least = newsletter.selection.min_stories
    if stories < least:
        count = "1 story" if stories == 1 else f"{stories} stories"
        return Skipped(id=id, reason=f"{count}, the least is {least}")
    layout = arrange(articles, newsletter)
    return Edition(
        id=id,
        subject=wording.subject(layout, newsletter),
        preheader=wording.preheader(layout, newsletter),
        lead=layout.lead,
        sections=layout.sections,
        reel=layout.reel,
        sponsor=_sponsor(sponsors, id),
        cutoff=selection.until,
    )


def _sponsor(sponsors: Iterable[Sponsor], id: EditionId) -> Sponsor | None:
    """Take the one whose days these are; of several, the first by the name of its file."""
    running = (s for s in sponsors if s.first <= id.day <= s.last)
    return min(running, key=lambda s: (s.origin, s.name), default=None)
