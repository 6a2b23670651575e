"""What the doctor found, as a table or as facts."""

from collections import Counter
from collections.abc import Iterator, Sequence
from textwrap import wrap

import typer

from newsletter.cli.terminal import WIDTH, plural, print_json, sign
from newsletter.doctor import Finding, Verdict

#: Columns for a sign, also where it is a word.
_SIGN = 3

#: The worst first: what a whole round comes to.
_WORST = (Verdict.ERROR, Verdict.WARNING, Verdict.GOOD, Verdict.NOT_RUN)


def stops(found: Sequence[Finding]) -> bool:
    """Say whether an error is among them."""
    return any(one.verdict is Verdict.ERROR for one in found)


def print_facts(found: Sequence[Finding]) -> None:
    """Print them for a program."""
    counts = Counter(one.verdict for one in found)
    worst = next((verdict for verdict in _WORST if counts[verdict]), Verdict.NOT_RUN)
    print_json(
        {
            "verdict": worst.value,
            "counts": {verdict.value: counts[verdict] for verdict in _WORST},
            "findings": [
                {
                    "check": one.check,
                    "about": one.about,
                    "verdict": one.verdict.value,
                    "why": one.why,
                    "fix": one.fix,
                }
                for one in found
            ],
        }
    )


def print_lines(found: Sequence[Finding]) -> None:
    """Print them for a person: each with its sign, and below it what to do."""
    column = max(len(one.check) for one in found) + 2
    before = ""
    for one in found:
        name = "" if one.check == before else one.check
        before = one.check
        first, *rest = _sentences(one, column)
        typer.echo(f"{sign(one.verdict.value, _SIGN)}{name:<{column}}{first}")
        for line in rest:
            typer.echo(f"{' ' * (_SIGN + column)}{line}")
    typer.echo(_sum(found))


def _sentences(one: Finding, column: int) -> Iterator[str]:
    width = WIDTH - _SIGN - column
    about = f"{one.about}: " if one.about and one.about not in one.why else ""
    why = f"not run: {one.why}" if one.verdict is Verdict.NOT_RUN else one.why
    yield from wrap(about + why, width, break_long_words=False, break_on_hyphens=False)
    yield from wrap(one.fix, width, break_long_words=False, break_on_hyphens=False)


def _sum(found: Sequence[Finding]) -> str:
    counts = Counter(one.verdict for one in found)
    said = [
        plural(counts[Verdict.ERROR], "error"),
        plural(counts[Verdict.WARNING], "warning"),
        f"{counts[Verdict.GOOD]} in order",
        f"{counts[Verdict.NOT_RUN]} not run",
    ]
    return ", ".join(said)
