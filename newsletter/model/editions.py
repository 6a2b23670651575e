"""Editions: what was chosen, why, and what earlier ones said."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, Self

from newsletter.model.articles import Article, Sponsor


class EditionId(NamedTuple):
    """`daily/2026-07-05`, and a correction `daily/2026-07-05-r2`."""

    newsletter: str
    day: date
    #: 1 is the edition itself.
    revision: int = 1

    def __str__(self) -> str:
        revision = f"-r{self.revision}" if self.revision > 1 else ""
        return f"{self.newsletter}/{self.day.isoformat()}{revision}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an id back. Raises ValueError when it is none."""
        found = re.fullmatch(r"([a-z][a-z0-9-]*)/(\d{4}-\d\d-\d\d)(?:-r([2-9]|[1-9]\d+))?", text)
        if not found:
            raise ValueError(text)
        return cls(found[1], date.fromisoformat(found[2]), int(found[3] or 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One candidate, in or out, and why."""

    article: Article
    included: bool
    #: In a few words: `featured`, `twin of 2: same address`, `too old: 3 Jul 22:10`.
    reason: str
    #: Where it stands: `lead`, `reel`, or its number; empty when it is out.
    place: str = ""
    #: True: this edition has decided about it for good, so it is remembered. A draft, a story
    #: of tomorrow and one that an earlier edition settled are not.
    considered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What an edition could have carried, decided one by one; the included ones in their order."""

    choices: tuple[Choice, ...]
    #: The window `[since, until)`; `until` is the edition's cut-off. In the newsletter's zone.
    since: datetime
    until: datetime
    #: The edition before, whose cut-off is `since`; empty for a newsletter's first.
    after: str = ""
    #: The included ones in the order in which they were chosen, before each got its place.
    ranked: tuple[Article, ...] = ()
    #: What an editor who chose by hand should hear of, in sentences without full stop.
    notes: tuple[str, ...] = ()

    @property
    def articles(self) -> tuple[Article, ...]:
        return tuple(choice.article for choice in self.choices if choice.included)

    @property
    def considered(self) -> tuple[Choice, ...]:
        """What later editions need not look at again."""
        return tuple(choice for choice in self.choices if choice.considered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What an earlier edition decided about one candidate."""

    edition: str
    #: That edition's cut-off; aware.
    cutoff: datetime
    #: The article's `key` and `id`, and the day it was published on in the newsletter's zone.
    key: str
    article: str
    day: date
    fingerprint: str
    #: False: considered and left out.
    included: bool
    #: It was that edition's lead.
    led: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """
    What a newsletter's earlier editions said.

    Counts every frozen edition before this one with anything submitted or unknown.
    """

    #: The latest of them, as its id, and its cut-off; empty and None before the first.
    last: str = ""
    cutoff: datetime | None = None
    #: Of the last one.
    subject: str = ""
    considered: tuple[Remembered, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled group of articles."""

    name: str
    title: str
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What one newsletter says on one day."""

    id: EditionId
    subject: str
    preheader: str
    #: The featured article.
    lead: Article
    sections: tuple[Section, ...] = ()
    #: The one reel that is shown big; further ones stand in sections, as stories.
    reel: Article | None = None
    sponsor: Sponsor | None = None
    #: Articles are in it that were published before this moment; in the newsletter's zone.
    cutoff: datetime

    @property
    def articles(self) -> tuple[Article, ...]:
        """All of them, in reading order."""
        reels = (self.reel,) if self.reel else ()
        head, *rest = self.sections or (Section(name="", title="", articles=()),)
        return (self.lead, *head.articles, *reels, *(a for s in rest for a in s.articles))


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """There is no edition on that day, and why: `2 stories, the least is 3`."""

    id: EditionId
    reason: str


class EditionState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    #: An editor's hold; `release` gives it back.
    HELD = "held"
    SENDING = "sending"
    PAUSED = "paused"
    #: Nothing is pending, claimed, deferred or unknown.
    SENT = "sent"
    CANCELLED = "cancelled"
    #: Too little to say: there is no edition on that day.
    SKIPPED = "skipped"
    #: Not approved or not ready by `deliver_by`.
    MISSED = "missed"
