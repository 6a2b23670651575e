"""A report on a terminal: the same sentences as on its page, and its tables as columns."""

from collections.abc import Iterable, Iterator, Sequence
from textwrap import wrap

from rich.cells import cell_len

from newsletter.cli.terminal import WIDTH, bold, fit, number, plural, sign
from newsletter.reports import charts, findings, usual, words
from newsletter.reports.figures import RATES_FROM, percent, short
from newsletter.reports.printable import printable
from newsletter.reports.report import Report

#: Rows that a terminal shows; the page and the CSV have all.
_MOST = 10

#: Columns for a title.
_TITLE = 52


def report_lines(whole: Report) -> Iterator[str]:
    """Tell who was reached, who clicked, who left, what is unsure; opens last."""
    report = printable(whole)
    yield f"{bold(report.edition)}   {words.state(report)}"
    yield from _said(report.subject)
    yield from _said(words.opening(report))
    if report.counts.unknown:
        yield f"{sign('error')} {words.unsure(report)}"
    yield from _reached(report)
    yield from _clicks(report)
    yield from _went(report)
    yield bold("unsure")
    yield from _said(words.unsure(report))
    yield bold("opens")
    yield from _said(words.opens(report))
    yield f"  {words.balance(report)}"
    yield words.counting(report)
    yield f"next   {_next(report)}"


def _next(report: Report) -> str:
    if report.counts.unknown:
        return f"newsletter status {report.edition} --unknown"
    return f"newsletter report {report.edition} --html report.html"


def _said(*sentences: str) -> Iterator[str]:
    """Indent sentences, and break them at the terminal's edge."""
    for sentence in filter(None, sentences):
        yield from (f"  {line}" for line in wrap(sentence, WIDTH - 2, break_on_hyphens=False))


def _reached(report: Report) -> Iterator[str]:
    yield bold("reached")
    yield from _said(findings.ledger(report))
    if compared := usual.delivered(report):
        yield from _said(findings.history(compared))
    missed = charts.not_reached(report)
    yield from _table(("not reached", "readers"), [(row.name, number(row.count)) for row in missed])
    yield from _said(findings.speed(report), findings.bounces(report))
    if report.operators:
        yield from _said(findings.operators(report))
        yield from _operators(report)


def _operators(report: Report) -> Iterator[str]:
    head = ("mailbox", "submitted", "bounced", "", "complained")
    rows = [
        (
            one.name,
            number(one.submitted),
            number(one.bounced),
            percent(one.bounced, one.submitted) if one.submitted >= RATES_FROM else "",
            number(one.complained),
        )
        for one in report.operators
    ]
    return _table(head, rows)


def _clicks(report: Report) -> Iterator[str]:
    yield bold("clicks by people")
    if report.clicks_mode == "off":
        yield from _said(words.clicked(report))
        return
    if rate := words.click_rate(report):
        compared = usual.clicks(report)
        yield from _said(f"{rate}{f'; {compared.words}' if compared else ''}.")
    else:
        yield from _said(words.NO_RATES)
    yield from _said(words.certainty(report.clicks), words.clickers(report))
    if report.stories:
        yield from _said(findings.stories(report))
        yield from _stories(report)


def _stories(report: Report) -> Iterator[str]:
    head = ("story", "people", "unsure", "machines", "usual here")
    rows = [
        (
            one.story.title,
            number(one.story.clicks.people),
            number(one.story.clicks.unsure),
            number(one.story.clicks.robots),
            "" if one.story.usual is None else number(round(one.story.usual)),
        )
        for one in charts.story_bars(report.stories)
    ]
    return _table(head, rows)


def _went(report: Report) -> Iterator[str]:
    yield bold("left and complained")
    yield from _said(words.went(report))
    if compared := usual.left(report):
        yield from _said(findings.history(compared))
    limits = "Gmail: stay below 0.10 %, never reach 0.30 %." if usual.has_rates(report) else ""
    yield from _said(f"{words.complaints(report)} {limits}", words.hard_bounces(report))
    if report.growth:
        yield from _said(findings.growth(report))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Set names at the left and numbers at the right, as wide as they need to be."""
    table = [tuple(row) for row in rows]
    if not table:
        return
    shown = table[:_MOST]
    widths = [max(cell_len(short(row[n], 400)) for row in (head, *shown)) for n in range(len(head))]
    widths[0] = min(widths[0], _TITLE)
    for row in (head, *shown):
        numbers = "".join(
            f"  {cell:>{width}}" for cell, width in zip(row[1:], widths[1:], strict=True)
        )
        yield f"    {fit(short(row[0], 400), widths[0])}{numbers}".rstrip()
    if len(table) > _MOST:
        yield f"    {plural(len(table) - _MOST, 'more row')} in the page and the CSV file"
