"""Corrections: what an edition said wrong, and what is right."""

from dataclasses import dataclass

from newsletter.model.articles import Article
from newsletter.model.editions import EditionId


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One passage of a story: a headline, or a sentence or more."""

    #: As the edition said it; empty: it was left out.
    was: str = ""
    #: As it is right; empty: it is taken back.
    now: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Righted:
    """One story that was put right."""

    #: As it is now; of a withdrawn one, what the edition said of it.
    article: Article
    passages: tuple[Passage, ...] = ()
    withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What one correction says."""

    #: The edition that was wrong.
    of: EditionId
    stories: tuple[Righted, ...] = ()
    #: The desk's own words; they stand in the place of all passages.
    note: str = ""
