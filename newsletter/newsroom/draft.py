"""A day's edition as it would go out now, or the reason why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.model import (
    Choices,
    Edition,
    EditionId,
    Finding,
    Headers,
    Problem,
    Rendition,
    Selection,
    Severity,
)
from newsletter.settings import Newsletter


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An edition as it would go out now."""

    id: EditionId
    newsletter: Newsletter
    selection: Selection
    edition: Edition
    rendition: Rendition
    headers: Headers
    #: What could not be read on the way here.
    problems: tuple[Problem, ...] = ()
    findings: tuple[Finding, ...] = ()
    #: What an editor chose by hand, and the version of the file that it was read from.
    choices: Choices = field(default_factory=Choices)
    version: str = ""
    #: Every candidate by its `key`: what it is called in that file.
    names: Mapping[str, str] = field(default_factory=dict)
    #: The names of all sponsors that could have the slot.
    sponsors: tuple[str, ...] = ()
    #: What an approval of it would be given to; see `newsletter.edition.digests`.
    digests: Mapping[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(f for f in self.findings if f.severity is Severity.ERROR)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoEdition:
    """There is none on that day: why, what was considered, and what could not be read."""

    id: EditionId
    newsletter: Newsletter
    selection: Selection
    reason: str
    problems: tuple[Problem, ...]
    #: As in a draft.
    choices: Choices = field(default_factory=Choices)
    version: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
