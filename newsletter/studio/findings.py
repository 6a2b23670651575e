"""What preflight noticed, each at its place in the mail, with why and what to do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import PurePosixPath

from newsletter.model import Finding, Severity
from newsletter.newsroom import Draft, NoEdition
from newsletter.preflight import CHECKS, FURTHER, remarks
from newsletter.preflight.severities import wished
from newsletter.studio.live import Further

#: Checks that are about the inbox row, the mail's foot, or its size.
_ROW = {"subject", "preheader", "sender", "reply-to"}
_FOOT = {"unsubscribe", "address", "web-view"}

_WHERE = re.compile(r"(.*?)(?::(\d+))?", re.DOTALL)
_QUOTED = re.compile(r"“([^”]{2,200})”")


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """One finding as the studio shows it."""

    #: The same as long as it says the same: warnings are ticked off by it.
    key: str
    number: int
    check: str
    is_error: bool
    sentence: str
    hint: str
    why: str
    #: File and line; the same taken apart, the file without its folder.
    where: str
    file: str
    line: str
    #: Id of the article it is about, or empty.
    article: str
    #: `row`, `story`, `foot`, `size` or empty: where in the page.
    place: str
    #: The number of the story's first link, for who looks for it in the mail; 0: none.
    link: int
    #: What stands in quotes: to be found inside the story.
    words: str
    #: Where in the mail, as a CSS selector; empty: it must be looked for.
    anchor: str


def noticed(made: Draft | NoEdition | None) -> tuple[Noticed, ...]:
    """Return every finding, numbered; without an edition, what could not be read."""
    if made is None:
        return ()
    if isinstance(made, NoEdition):
        problems = [
            Finding(
                check="sources",
                severity=Severity.WARNING,
                sentence=problem.what,
                hint=problem.hint,
                where=problem.where,
            )
            for problem in made.problems
        ]
        return tuple(_noticed(n, finding, {}) for n, finding in enumerate(problems, 1))
    links: dict[str, int] = {}
    for link in made.rendition.links:
        links.setdefault(link.article, link.number)
    return tuple(_noticed(n, finding, links) for n, finding in enumerate(made.findings, 1))


def _noticed(number: int, finding: Finding, links: dict[str, int]) -> Noticed:
    place = _place(finding)
    said = f"{finding.check}\0{finding.sentence}\0{finding.article}"
    path, line = _WHERE.fullmatch(finding.where).groups("")  # type: ignore[union-attr]
    quoted = _QUOTED.search(finding.sentence)
    return Noticed(
        key=sha256(said.encode()).hexdigest()[:12],
        number=number,
        check=finding.check,
        is_error=finding.severity is Severity.ERROR,
        sentence=capital(finding.sentence),
        hint=capital(finding.hint),
        why=finding.why,
        where=finding.where,
        file=PurePosixPath(path).name,
        line=line,
        article=finding.article,
        place=place,
        link=links.get(finding.article, 0) if place == "story" else 0,
        words=quoted[1] if quoted else "",
        anchor=finding.anchor,
    )


def quiet(draft: Draft, further: Further | None) -> tuple[tuple[str, str], ...]:
    """Name the checks that found nothing, each with why that may be, as `off`; or nothing."""
    asked = further.names if further else ()
    said = remarks(draft.newsletter, draft.rendition, asked=asked)
    loud = {finding.check for finding in draft.findings}
    found = ((name, said.get(name, "")) for name in CHECKS if name not in loud)
    return tuple(sorted(found, key=lambda pair: not pair[1]))


def unasked(draft: Draft, further: Further | None) -> int:
    """Count the checks that ask others and have not run."""
    asked = further.names if further else frozenset()
    return sum(name not in asked and wished(draft.newsletter, name) != "off" for name in FURTHER)


def _place(finding: Finding) -> str:
    if finding.check in _ROW:
        return "row"
    if finding.check in _FOOT:
        return "foot"
    if finding.check == "size":
        return "size"
    return "story" if finding.article or finding.anchor else ""


def capital(sentence: str) -> str:
    """Begin with a capital, unless the first word is our command or an address."""
    if sentence.startswith("newsletter ") or "://" in sentence.partition(" ")[0]:
        return sentence
    return sentence[:1].upper() + sentence[1:]


def counted(found: Sequence[Noticed]) -> str:
    """Say how many there are: `1 error · 2 warnings`."""
    errors = sum(one.is_error for one in found)
    warnings = len(found) - errors
    words = [f"{errors} error{'s' * (errors != 1)}"] if errors else []
    words += [f"{warnings} warning{'s' * (warnings != 1)}"] if warnings else []
    return " · ".join(words) or "none"
