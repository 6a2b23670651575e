"""The numbers behind each chart, row by row."""

from typing import Any

from newsletter.model import BounceClass
from newsletter.reports import charts, usual
from newsletter.reports.figures import RATES_FROM, clock, counted, number, percent, short_day
from newsletter.reports.findings import bounced
from newsletter.reports.report import Operator, Report
from newsletter.reports.usual import History

#: Minutes in a page.
_MOST_MINUTES = 600


def tables(report: Report) -> dict[str, Any]:
    """Return the rows of every table, by its chart."""
    return {
        "ledger": [_part(part, report) for part in charts.ledger_bar(report)],
        "speed": _speed(report),
        "operators": _operators(report),
        "stories": [
            (
                bar.story.title,
                number(bar.story.position),
                number(bar.story.clicks.people),
                number(bar.story.clicks.unsure),
                number(bar.story.clicks.robots),
                "" if bar.story.usual is None else number(round(bar.story.usual)),
            )
            for bar in charts.story_bars(report.stories)
        ],
        "delivered": _history(usual.delivered(report)),
        "clicks": _history(usual.clicks(report)),
        "left": _history(usual.left(report)),
        "growth": [
            (short_day(one.day), number(one.joined), number(one.left), number(one.active))
            for one in report.growth
        ],
        "hard": number(bounced(report, BounceClass.HARD)),
    }


def _speed(report: Report) -> list[tuple[str, str]]:
    full = [one for one in report.speed if one.submitted]
    rows = [(clock(one.at, report.timezone), number(one.submitted)) for one in full[:_MOST_MINUTES]]
    more = len(full) - len(rows)
    return [*rows, (counted(more, "more minute"), "in the CSV file")] if more else rows


def _part(part: charts.Part, report: Report) -> tuple[str, str, str]:
    selected = report.counts.selected
    rate = percent(part.count, selected) if usual.has_rates(report) else ""
    return part.name, number(part.count), rate


def _history(shown: History | None) -> list[tuple[str, str]]:
    points = (*shown.past, shown.today) if shown else ()
    return [(short_day(one.day), shown.measure.write(one.value)) for one in points if shown]


def _operators(report: Report) -> list[dict[str, Any]]:
    most = max((one.submitted for one in report.operators), default=0)
    worst = max((_share(one) for one in report.operators), default=0)
    return [
        {
            "name": one.name,
            "submitted": one.submitted,
            "width": charts.share(one.submitted, most),
            "delivered": number(_delivered(one, report)),
            "bounced": one.bounced,
            "rate": _rate(one),
            "bounced_width": charts.share(_share(one), worst),
            "complained": one.complained,
        }
        for one in report.operators
    ]


def _share(one: Operator) -> float:
    return one.bounced / one.submitted if one.submitted > 0 else 0.0


def _delivered(one: Operator, report: Report) -> int:
    """As for the whole edition: a complaint was delivered too."""
    if report.knows_delivered:
        return one.delivered + one.complained
    return max(0, one.submitted - one.bounced)


def _rate(one: Operator) -> str:
    """`0.8 %`; empty where it would be chance."""
    enough = one.submitted >= RATES_FROM and one.bounced
    return percent(one.bounced, one.submitted) if enough else ""
