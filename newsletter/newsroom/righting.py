"""Righting: an edition's stories as it told them, beside the same stories as they are now."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

from newsletter.errors import DeliveryError
from newsletter.model import (
    Article,
    Choice,
    Choices,
    Edition,
    EditionId,
    Gathered,
    Righted,
    Selection,
    Skipped,
    Sponsor,
)
from newsletter.settings import Newsletter

if TYPE_CHECKING:
    from newsletter.edition import Told
    from newsletter.storage.corrections import Story


def as_it_is(story: "Story", gathered: Gathered, newsletter: Newsletter) -> Article:
    """
    Find a story among today's articles, by its address, or else by its id and day.

    Of several versions the latest that its edition could have had: a later one is an update,
    which a later edition tells. Raises DeliveryError when it is not there: a file that cannot
    be read, or a feed that has moved on, is no word that a story is taken back.
    """
    zone = newsletter.schedule.zone
    same = [one for one in gathered.articles if one.key == story.key] or [
        one
        for one in gathered.articles
        if (one.id, one.published.astimezone(zone).date()) == (story.article, story.day)
    ]
    if not same:
        raise DeliveryError(
            f"The sources do not have “{story.title or story.article}” any more.",
            hint="Bring it back; to take a story back, mark it `draft: true`.",
        )
    cutoff = newsletter.schedule.cutoff_on(story.edition_day)
    latest = max(same, key=lambda one: (not one.draft, one.changed < cutoff, one.changed))
    return replace(latest, update_of="")


def what_differs(stories: "Sequence[Story]", now: Sequence[Article]) -> Iterable[Righted]:
    """Yield the stories that are not as they were, with what differs."""
    from newsletter.edition import passages

    for story, article in zip(stories, now, strict=True):
        if story.title is None:
            # An earlier version kept no words of it: what differs, the desk must say.
            continue
        if article.draft:
            yield Righted(article=_as_it_was(story), withdrawn=True)
        elif found := passages(
            _in_plain(story.title, story.dek or "", story.body or ""),
            _in_plain(article.title, article.dek, article.body),
        ):
            yield Righted(article=article, passages=found)


def as_is_right(
    id: EditionId,
    newsletter: Newsletter,
    now: Sequence[Article],
    sponsors: Iterable[Sponsor],
    choices: Choices,
) -> tuple[Selection, Edition]:
    """
    Assemble the day's edition from its stories as they are now, in their order.

    `choices`: the editor's own subject, preheader and sponsor, where there are any.

    Raises DeliveryError when none of them is left.
    """
    from newsletter.edition import arrange, assemble

    left = [article for article in now if not article.draft]
    places = arrange(left, newsletter).places() if left else ()
    carried = tuple(
        Choice(article=one, included=True, reason="as it is right", place=place, considered=True)
        for one, place, _ in places
    )
    cutoff = newsletter.schedule.cutoff_on(id.day)
    selection = Selection(choices=carried, since=cutoff, until=cutoff)
    # However few are left: readers had an edition on that day.
    few = newsletter.selection.model_copy(update={"min_stories": 1})
    any_number = newsletter.model_copy(update={"selection": few})
    edition = assemble(selection, id=id, newsletter=any_number, sponsors=sponsors, choices=choices)
    if isinstance(edition, Skipped):
        raise DeliveryError(
            f"No story of {id.newsletter}/{id.day} is left.",
            hint="Leave one that is no draft: the page in the archive is made of what is there.",
        )
    return selection, edition


def _as_it_was(story: "Story") -> Article:
    published = datetime.combine(story.day, time(), UTC)
    return Article(id=story.article, title=story.title or "", url="", published=published)


def _in_plain(title: str, dek: str, body: str) -> "Told":
    from newsletter.edition import Told
    from newsletter.rendering.body import body as laid_out

    blocks = laid_out(body, href=lambda url: url, words=None).blocks if body else ()
    return Told(
        title=" ".join(title.split()),
        dek=" ".join(dek.split()),
        blocks=tuple(block.text for block in blocks),
    )
