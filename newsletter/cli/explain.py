"""An edition in words: its headline, every choice, every finding."""

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.cells import cell_len

from newsletter.cli.terminal import WIDTH, bold, fit, number, plural, sign
from newsletter.model import Choice, Finding, Problem, Selection, Severity
from newsletter.newsroom import Draft, NoEdition, word_on
from newsletter.preflight import CHECKS, SIZE_LIMIT, remarks

#: Columns for a headline in a list of choices.
TITLE = 66


def headline(made: Draft | NoEdition) -> str:
    """Say in a line what there is: `daily/2026-07-05   5 articles · 81,240 of 102,400 bytes`."""
    if isinstance(made, NoEdition):
        return f"{bold(str(made.id))}   no edition: {made.reason}"
    size = f"{number(len(made.rendition.html.encode()))} of {number(SIZE_LIMIT)} bytes"
    count = plural(len(made.edition.articles), "article")
    return f"{bold(str(made.id))}   {count} · {size} · {plural(len(CHECKS), 'check')}"


def word(made: Draft) -> str:
    """Say whether an editor approved it: `Approved by Asha at 06:48`; nothing where nobody need."""
    said = word_on(made)
    if said.approval is None and made.newsletter.approval == "automatic":
        return ""
    return f"{sign('good' if said.counts else 'warning')} {said.sentence}"


def choices(selection: Selection) -> str:
    """Show the window and, line by line, every candidate with its reason."""
    return "\n".join(_choices(selection))


def _choices(selection: Selection) -> Iterator[str]:
    chosen = [choice for choice in selection.choices if choice.included]
    left = [choice for choice in selection.choices if not choice.included]
    since = "the last edition's cut-off" if selection.after else "24 hours before the first cut-off"
    yield (
        f"since {since}, {_moment(selection.since)} · "
        f"{plural(len(selection.choices), 'candidate')}, {len(chosen)} in, {len(left)} out"
    )
    for sort, group in (("in", chosen), ("out", left)):
        for position, choice in enumerate(group):
            yield _choice("" if position else sort, choice)


def _choice(sort: str, choice: Choice) -> str:
    title = fit(choice.article.title, TITLE)
    return f"{sort:<4} {choice.place:<5} {title}  {choice.reason}"


def _moment(when: datetime) -> str:
    return f"{when.day} {when:%b %H:%M %Z}"


def findings(made: Draft | NoEdition, *, asked: Collection[str] = (), why: bool = False) -> str:
    """
    Show each finding with its place and what to do, and end with what it comes to.

    `asked`: which checks ran that ask others; `why`: say also why each one matters.
    """
    if isinstance(made, NoEdition):
        return "\n".join(problems(made))
    lines = [line for finding in made.findings for line in _finding(finding, why=why)]
    if quiet := _quiet(made, asked):
        others = f"{plural(len(quiet), 'other'):<13} {' · '.join(quiet)}"
        lines.append(f"{sign('good')} {fit(others, WIDTH - 3).rstrip()}")
    return "\n".join([*lines, _sum(made.findings)])


def _quiet(made: Draft, asked: Collection[str]) -> list[str]:
    """Name the checks that found nothing, first those with a remark on it."""
    said = remarks(made.newsletter, made.rendition, asked=asked)
    loud = {finding.check for finding in made.findings}
    names = sorted((name for name in CHECKS if name not in loud), key=lambda name: name not in said)
    return [f"{name} ({said[name]})" if name in said else name for name in names]


def _finding(finding: Finding, *, why: bool = False) -> Iterator[str]:
    """Yield the sentence, its place at the right where there is room, and what to do."""
    mark = sign("error" if finding.severity is Severity.ERROR else "warning")
    room = WIDTH - 16 - len(finding.where) - 2
    if finding.where and cell_len(finding.sentence) <= room:
        yield f"{mark} {finding.check:<13} {fit(finding.sentence, room)}  {finding.where}"
    else:
        yield f"{mark} {finding.check:<13} {finding.sentence}"
        if finding.where:
            yield f"{'':15} {finding.where}"
    if finding.hint:
        yield f"{'':15} {finding.hint}"
    if why and finding.why:
        yield f"{'':15} why: {finding.why}"


def _sum(found: tuple[Finding, ...]) -> str:
    errors = sum(f.severity is Severity.ERROR for f in found)
    warnings = len(found) - errors
    if not found:
        return "Nothing stops it."
    counted = [plural(n, word) for n, word in ((errors, "error"), (warnings, "warning")) if n]
    end = "this edition will not be sent" if errors else "nothing stops it"
    return f"{', '.join(counted)}: {end}"


def problems(made: Draft | NoEdition) -> Iterator[str]:
    """Name what could not be read; for a draft these are among its findings."""
    if isinstance(made, Draft):
        for finding in made.findings:
            if finding.check == "sources":
                yield from _finding(finding)
    else:
        for problem in made.problems:
            yield from _problem(problem)


def _problem(problem: Problem) -> Iterator[str]:
    yield f"{sign('warning')} {problem.where}: {problem.what}"
    if problem.hint:
        yield f"  {problem.hint}"


def written(folder: Path, files: Mapping[Path, int]) -> str:
    """Name the files that were written, with their bytes."""
    sizes = " · ".join(f"{path.name} {number(size)}" for path, size in files.items())
    return f"wrote  {folder}/   {sizes}"


def facts(made: Draft | NoEdition, *, asked: Collection[str] = ()) -> dict[str, Any]:
    """Give the same for a program; `asked`: which checks ran that ask others."""
    shared = {
        "edition": str(made.id),
        "since": made.selection.since,
        "until": made.selection.until,
        "candidates": [_choice_facts(choice) for choice in made.selection.choices],
    }
    if isinstance(made, NoEdition):
        return shared | {"skipped": made.reason, "findings": []}
    rendition, said = made.rendition, word_on(made)
    return shared | {
        "subject": rendition.subject,
        "preheader": rendition.preheader,
        "bytes": len(rendition.html.encode()),
        "hash": rendition.hash,
        "approved": said.counts,
        "approved_by": said.approval.by if said.approval else None,
        "changes": said.changes,
        "articles": [article.id for article in made.edition.articles],
        "links": [
            {"number": link.number, "url": link.url, "role": link.role, "article": link.article}
            for link in rendition.links
        ],
        "findings": [
            {
                "check": finding.check,
                "severity": finding.severity,
                "sentence": finding.sentence,
                "hint": finding.hint,
                "where": finding.where,
                "article": finding.article,
                "why": finding.why,
                "anchor": finding.anchor,
            }
            for finding in made.findings
        ],
        "checks": list(CHECKS),
        "remarks": dict(remarks(made.newsletter, rendition, asked=asked)),
    }


def _choice_facts(choice: Choice) -> dict[str, Any]:
    return {
        "id": choice.article.id,
        "title": choice.article.title,
        "url": choice.article.url,
        "included": choice.included,
        "place": choice.place,
        "reason": choice.reason,
        "origin": choice.article.origin,
    }
