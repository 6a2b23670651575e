"""A report for programs: as JSON with keys that stay, and as a table for a spreadsheet."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import chain
from typing import IO, Any

from newsletter.reports import charts
from newsletter.reports.printable import printable
from newsletter.reports.report import Report, Tally
from newsletter.reports.usual import has_rates

#: The columns of a CSV file: one number a row.
COLUMNS = ("section", "name", "measure", "value")

#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

_EDITION = (
    "edition", "title", "subject", "day", "timezone", "state", "began", "finished", "counted_at",
)  # fmt: skip
_READERS = (
    "selected", "submitted", "delivered", "delivered_known", "bounced", "complained", "refused",
    "skipped", "pending", "unknown", "deferred", "left", "answers",
)  # fmt: skip
_CLICKS = ("people", "unsure", "certain")
_OPERATOR = ("submitted", "delivered", "bounced", "ours", "complained")
_PAST = ("submitted", "delivered", "left", "complained")
_GROWTH = ("joined", "left", "active")

Row = tuple[str, str, str, Any]
Facts = Mapping[str, Any]


def as_json(report: Report) -> dict[str, Any]:
    """
    Return every number by its name; docs/reference.md lists the keys, and they stay.

    Times are in UTC. Where a number is not known it is null, never 0.
    """
    counts = report.counts
    return {
        "edition": report.edition,
        "newsletter": report.newsletter,
        "title": report.title,
        "subject": report.subject,
        "day": report.day,
        "timezone": report.timezone,
        "state": report.state,
        "began": report.began,
        "finished": report.finished,
        "selected": counts.selected,
        "submitted": counts.submitted,
        "delivered": report.delivered,
        "delivered_known": report.knows_delivered,
        "bounced": counts.bounced,
        "complained": report.complained,
        "refused": counts.refused,
        "skipped": counts.skipped,
        "pending": counts.pending,
        "unknown": counts.unknown,
        "deferred": counts.deferred,
        "left": report.left,
        "answers": report.answers,
        "clicks": _counted(report.clicks, report.clicks_mode),
        "opens": _counted(report.opens, report.opens_mode),
        "rates": _rates(report),
        "skipped_reasons": dict(report.skipped),
        "refused_reasons": dict(report.refused),
        "links": [_with_clicks(one) for one in report.links],
        "stories": [_with_clicks(one) for one in report.stories],
        "operators": [asdict(one) for one in report.operators],
        "bounces": [asdict(one) for one in report.bounces],
        "speed": [asdict(one) for one in report.speed],
        "past": [_with_clicks(one) for one in report.past],
        "growth": [asdict(one) for one in report.growth],
        "counted_at": report.counted_at,
    }


def _tally(tally: Tally) -> dict[str, Any]:
    """Return people and machines; who is unsure is a robot until somebody knows better."""
    return {
        "people": tally.people,
        "robots": tally.unsure + tally.robots,
        "unsure": tally.unsure,
        "certain": tally.robots,
        "readers": tally.readers,
        "readers_most": tally.readers_most,
    }


def _counted(tally: Tally, mode: str) -> dict[str, Any]:
    return {"mode": mode, **_tally(tally)}


def _with_clicks(one: Any) -> dict[str, Any]:
    return {**asdict(one), "clicks": _tally(one.clicks)}


def _rates(report: Report) -> dict[str, Any]:
    """Return each rate with what it is of; a null value: too few for a rate."""
    counts, delivered = report.counts, report.delivered
    off = report.clicks_mode == "off"
    parts = {
        "accepted": (counts.submitted, counts.selected, "selected"),
        "delivered": (delivered, counts.submitted, "submitted"),
        "bounced": (counts.bounced, counts.submitted, "submitted"),
        "clicks": (None if off else report.clicks.people, delivered, "delivered"),
        "clicks_most": (None if off else report.clicks.most, delivered, "delivered"),
        "left": (report.left, delivered, "delivered"),
        "complained": (report.complained, delivered, "delivered"),
    }
    return {
        name: {"value": _value(report, part, whole), "part": part, "of": of, "whole": whole}
        for name, (part, whole, of) in parts.items()
    }


def _value(report: Report, part: int | None, whole: int) -> float | None:
    if part is None or whole <= 0 or not has_rates(report):
        return None
    return round(part / whole, 6)


def as_csv(report: Report, file: IO[str]) -> None:
    """
    Write every number under its section, name and measure; no cell is taken for a formula.

    `file` is open for text with `newline=""`. Times are in UTC.
    """
    clean = printable(report)
    facts = as_json(clean)
    table = csv.writer(file)
    table.writerow(COLUMNS)
    rows = chain(_whole(facts), _reached(clean, facts), _pressed(facts), _days(facts))
    table.writerows([_defused(cell) for cell in row] for row in rows)


def _whole(facts: Facts) -> Iterator[Row]:
    yield from _measured("edition", facts["edition"], facts, _EDITION)
    yield from _measured("readers", "all", facts, _READERS)
    for name, rate in facts["rates"].items():
        yield "rates", f"{name} of {rate['of']}", "share", rate["value"]


def _reached(report: Report, facts: Facts) -> Iterator[Row]:
    for cell in charts.not_reached(report):
        yield "not reached", cell.name, "readers", cell.count
    for one in facts["operators"]:
        yield from _measured("operators", one["name"], one, _OPERATOR)
    for one in facts["bounces"]:
        name = " ".join(filter(None, (one["kind"], one["reason"], one["status"])))
        yield "bounces", name, "count", one["count"]


def _pressed(facts: Facts) -> Iterator[Row]:
    for name in ("clicks", "opens"):
        yield from _measured(name, "all", facts[name], facts[name])
    for link in facts["links"]:
        name = f"{link['number']} {link['label'] or link['role']}"
        yield "links", name, "url", link["url"]
        yield from _measured("links", name, link["clicks"], _CLICKS)
    for story in facts["stories"]:
        name = f"{story['position']} {story['title']}"
        yield from _measured("stories", name, story["clicks"], _CLICKS)
        yield "stories", name, "usual", story["usual"]


def _days(facts: Facts) -> Iterator[Row]:
    for minute in facts["speed"]:
        yield "speed", minute["at"].isoformat(), "submitted", minute["submitted"]
    for one in facts["past"]:
        yield from _measured("past", one["edition"], one, _PAST)
        yield from _measured("past", one["edition"], one["clicks"], _CLICKS)
    for one in facts["growth"]:
        yield from _measured("growth", one["day"].isoformat(), one, _GROWTH)


def _measured(section: str, name: str, facts: Facts, measures: Iterable[str]) -> Iterator[Row]:
    for measure in measures:
        yield section, name, measure, facts[measure]


def _defused(value: Any) -> str:
    """Write a cell; text that a spreadsheet would calculate gets a quote before it."""
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value).lower() if value is True else str(value)
