"""The edition's links and stories, and who pressed them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from newsletter.model import Link
from newsletter.reports.labels import TITLES
from newsletter.reports.report import LinkClicks, StoryClicks
from newsletter.reports.tally import tally, usual
from newsletter.storage.reactions import Reaction


def links(
    table: Sequence[Link], said: Mapping[int, str], clicks: Sequence[Reaction], mode: str
) -> tuple[LinkClicks, ...]:
    """Count the clicks on each link, those included that nobody pressed."""
    return tuple(
        LinkClicks(
            number=link.number,
            url=link.url,
            role=link.role,
            article=link.article,
            label=said[link.number],
            clicks=tally((one for one in clicks if one.link == link.number), mode),
        )
        for link in table
    )


def stories(
    articles: Sequence[str],
    counted: Sequence[LinkClicks],
    clicks: Sequence[Reaction],
    mode: str,
    past: Sequence[Mapping[int, int]],
) -> tuple[StoryClicks, ...]:
    """
    Count each story with all of its links, sharing left out: that is no reading.

    `articles`: their ids in their order. `past`: clicks by place, as in `usual`. A story whose
    own link has no words is called by its id.
    """
    own = [link for link in counted if link.article and link.role != "share"]
    titles = {link.article: link.label for link in reversed(own) if link.role in TITLES}
    found = [_story(article, place, own, clicks, mode) for place, article in enumerate(articles, 1)]
    total = sum(story.clicks.people for story in found)
    return tuple(
        replace(
            story,
            title=titles.get(story.article, story.article),
            usual=usual(story.position, total, past),
        )
        for story in found
    )


def _story(
    article: str,
    place: int,
    own: Sequence[LinkClicks],
    clicks: Sequence[Reaction],
    mode: str,
) -> StoryClicks:
    numbers = {link.number for link in own if link.article == article}
    found = (one for one in clicks if one.link in numbers)
    return StoryClicks(article=article, title="", position=place, clicks=tally(found, mode))
