"""The report as one page: it needs nothing from outside, and no script."""

from pathlib import Path
from typing import Any

from newsletter.rendering import jinja
from newsletter.reports import charts, figures, findings, timelines, usual, words
from newsletter.reports.clickmap import POLICY, click_map, diameter
from newsletter.reports.printable import printable
from newsletter.reports.report import LinkClicks, Report
from newsletter.reports.tables import tables
from newsletter.settings.environment import SHIPPED_TEMPLATES

_TEMPLATE = "reports/report.html.j2"

#: Where a checkout has the templates that a wheel brings along.
_CHECKOUT = Path(__file__).parents[2] / "templates"

#: Links in the list beside the mail, and rows of bounces; the CSV has all of them.
_MOST_ROWS = 40


def page(report: Report, templates: Path | None = None) -> str:
    """
    Return the whole HTML file. `templates`: the newsroom's own; those without a report are passed.

    Raises RenderError: a template of the newsroom's is wrong.
    """
    return jinja.fill(_TEMPLATE, _context(report), _home(templates))


def _home(templates: Path | None) -> Path:
    named = [templates] if templates else []
    homes = [home for home in (*named, SHIPPED_TEMPLATES) if (home / _TEMPLATE).is_file()]
    return homes[0] if homes else _CHECKOUT


def _context(whole: Report) -> dict[str, Any]:
    """Gather what the template may print."""
    report = printable(whole)
    return {
        "report": report,
        "words": _sentences(report),
        "found": _findings(report),
        "drawn": _drawings(report),
        "usual": _histories(report),
        "table": tables(report),
        "links": _links(report),
        "bounces": report.bounces[:_MOST_ROWS],
        "map": click_map(whole),
        "policy": POLICY,
        "rates": usual.has_rates(report),
        **_figures(report),
    }


def _figures(report: Report) -> dict[str, Any]:
    """Hand over the ways in which numbers and names are written."""
    return {
        "number": figures.number,
        "span": figures.span,
        "percent": figures.percent,
        "day": figures.day,
        "short": figures.short,
        "short_day": figures.short_day,
        "address": findings.address,
        "link_name": findings.link_name,
        "share": charts.share,
        "size": lambda link: diameter(link.clicks.people, report.clicks.people),
        "moment": lambda at: figures.moment(at, report.timezone),
        "clock": lambda at: figures.clock(at, report.timezone),
    }


def _sentences(report: Report) -> dict[str, str]:
    return {
        "opening": words.opening(report),
        "state": words.state(report),
        "reached": words.reached(report),
        "clicked": words.clicked(report),
        "certainty": words.certainty(report.clicks),
        "click_rate": words.click_rate(report),
        "clickers": words.clickers(report),
        "went": words.went(report),
        "complaints": words.complaints(report),
        "hard_bounces": words.hard_bounces(report),
        "unsure": words.unsure(report),
        "opens": words.opens(report),
        "opens_certainty": words.certainty(report.opens),
        "counting": words.counting(report),
        "balance": words.balance(report),
        "of": words.of(report),
        "accepted_means": words.ACCEPTED_MEANS,
        "delivered_means": words.DELIVERED_MEANS
        if report.knows_delivered
        else words.NOT_BACK_MEANS,
        "clicks_mean": words.CLICKS_MEAN,
        "left_means": words.LEFT_MEANS,
        "complained_means": words.COMPLAINED_MEANS,
        "unknown_means": words.UNKNOWN_MEANS,
        "usual_means": words.USUAL_MEANS,
        "no_rates": words.NO_RATES,
    }


def _findings(report: Report) -> dict[str, str]:
    return {
        "ledger": findings.ledger(report),
        "stories": findings.stories(report),
        "links": findings.links(report),
        "speed": findings.speed(report),
        "operators": findings.operators(report),
        "bounces": findings.bounces(report),
        "growth": findings.growth(report),
    }


def _drawings(report: Report) -> dict[str, Any]:
    return {
        "ledger": charts.ledger_bar(report),
        "not_reached": charts.not_reached(report),
        "stories": charts.story_bars(report.stories),
        "complaints": charts.complaints_bullet(report),
        "hard_bounces": charts.hard_bounces_bullet(report),
        "speed": timelines.speed(report),
        "growth": timelines.growth(report),
    }


def _histories(report: Report) -> dict[str, Any]:
    """Compare with the past: the words, the dots, and the rows behind them."""
    found = {
        "delivered": usual.delivered(report),
        "clicks": usual.clicks(report) if report.clicks_mode != "off" else None,
        "left": usual.left(report),
    }
    return {
        name: one and {"is": one, "says": findings.history(one), "dots": timelines.dots(one)}
        for name, one in found.items()
    }


def _links(report: Report) -> tuple[LinkClicks, ...]:
    """Rank the links beside the mail."""
    ranked = sorted(
        report.links, key=lambda one: (-one.clicks.people, -one.clicks.most, one.number)
    )
    return tuple(ranked[:_MOST_ROWS])
