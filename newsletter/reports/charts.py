"""
Where the marks of a chart stand, in per cent of its width; templates draw them.

Nothing here knows of pixels, so that a chart is as wide as the page and its words keep their size.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from newsletter.model import BounceClass
from newsletter.reports.figures import short
from newsletter.reports.findings import bounced
from newsletter.reports.report import Report, StoryClicks, Tally
from newsletter.reports.words import COMPLAINTS_AIM, COMPLAINTS_LIMIT, HARD_BOUNCES_LIMIT

#: What is there is seen: per cent that a bar in a cell has at least.
_SEEN = 0.7

#: Reasons that have a row of their own.
_ROWS = 6


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a bar."""

    #: The class that it is drawn by.
    kind: str
    name: str
    count: int
    #: Where it begins and how wide it is, in per cent.
    at: float
    width: float


class StoryBar(NamedTuple):
    """One story's clicks as a bar, and a tick where its place alone would have put it."""

    story: StoryClicks
    parts: tuple[Part, ...]
    #: None where nobody knows.
    tick: float | None


class Limit(NamedTuple):
    """A line that a bar should not reach."""

    at: float
    label: str


class Bullet(NamedTuple):
    """A share, and its limits."""

    width: float
    #: How many limits it has reached.
    reached: int
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A row of a table with a bar in it."""

    name: str
    count: int
    width: float
    kind: str = "plain"


def share(part: float, whole: float) -> float:
    """Return per cent, never outside of 0 to 100."""
    return min(100.0, max(0.0, 100 * part / whole)) if whole > 0 else 0.0


def ledger_bar(report: Report) -> tuple[Part, ...]:
    """Cut everyone who was selected into what became of them."""
    counts = report.counts
    heard = counts.bounced + report.delivered
    pieces = [
        ("delivered", "delivered" if report.knows_delivered else "not come back", report.delivered),
        ("silent", "nothing heard since", counts.submitted - heard),
        ("bounced", "bounced", counts.bounced),
        ("refused", "refused", counts.refused),
        ("skipped", "skipped", counts.skipped),
        ("pending", "waiting", counts.pending),
        ("unknown", "unsure", counts.unknown),
    ]
    return tuple(_laid(pieces, counts.selected))


def _laid(pieces: Iterable[tuple[str, str, int]], whole: float) -> Iterator[Part]:
    """Put pieces end to end."""
    at = 0.0
    for kind, name, count in pieces:
        if count > 0:
            width = min(share(count, whole), 100 - at)
            yield Part(kind, name, count, round(at, 3), round(width, 3))
            at += width


def not_reached(report: Report) -> tuple[Cell, ...]:
    """Name everyone who was not reached, by reason, the most first."""
    counts = report.counts
    silent = counts.submitted - counts.bounced - report.delivered
    rows = [
        *_named("skipped", report.skipped, counts.skipped),
        *_named("refused", report.refused, counts.refused),
        *_bounced(report),
        ("waiting to be sent", counts.pending, "pending"),
        ("accepted, nothing heard since", silent, "silent"),
        ("unsure", counts.unknown, "unknown"),
    ]
    found = sorted((row for row in rows if row[1] > 0), key=lambda row: -row[1])
    most = max((count for _, count, _ in found), default=0)
    return tuple(
        Cell(name, count, max(_SEEN, share(count, most)), kind) for name, count, kind in found
    )


def _named(kind: str, reasons: Mapping[str, int], total: int) -> Iterator[tuple[str, int, str]]:
    shown = list(reasons.items())[:_ROWS]
    for reason, count in shown:
        yield f"{kind}: {short(reason, 120) or 'no reason given'}", count, kind
    rest = total - sum(count for _, count in shown)
    yield f"{kind}: other reasons" if shown else kind, rest, kind


def _bounced(report: Report) -> Iterator[tuple[str, int, str]]:
    kinds = {
        BounceClass.HARD: "bounced: hard, no such box",
        BounceClass.SOFT: "bounced: soft, full, slow or away",
        BounceClass.OURS: "bounced: our fault, not wanted there",
    }
    rest = report.counts.bounced
    for kind, name in kinds.items():
        count = bounced(report, kind)
        rest -= count
        yield name, count, "bounced"
    yield "bounced: not said why", rest, "bounced"


def story_bars(stories: Iterable[StoryClicks]) -> tuple[StoryBar, ...]:
    """Rank stories by their sure clicks, on one scale."""
    ranked = sorted(stories, key=lambda one: (-one.clicks.people, -one.clicks.most, one.position))
    ends = [max(_all(one.clicks), one.usual or 0) for one in ranked]
    whole = max(ends, default=0)
    return tuple(_story_bar(story, whole) for story in ranked)


def _story_bar(story: StoryClicks, whole: float) -> StoryBar:
    tick = None if story.usual is None else round(share(story.usual, whole), 3)
    return StoryBar(story, clicks_bar(story.clicks, whole), tick)


def clicks_bar(clicks: Tally, whole: float) -> tuple[Part, ...]:
    """Lay people, unsure ones and machines end to end."""
    pieces = [
        ("people", "by people", clicks.people),
        ("unsure", "unsure", clicks.unsure),
        ("machines", "by machines", clicks.robots),
    ]
    return tuple(_laid(pieces, whole))


def _all(clicks: Tally) -> int:
    return clicks.most + clicks.robots


def complaints_bullet(report: Report) -> Bullet:
    """Set complaints beside Gmail's two lines."""
    limits = (
        (COMPLAINTS_AIM, "0.10\u00a0%: stay below"),
        (COMPLAINTS_LIMIT, "0.30\u00a0%: Gmail turns mail away"),
    )
    return _bullet(report.complained, report.delivered, limits)


def hard_bounces_bullet(report: Report) -> Bullet:
    """Set hard bounces beside what a list that is looked after has."""
    hard = bounced(report, BounceClass.HARD)
    return _bullet(
        hard, report.counts.submitted, ((HARD_BOUNCES_LIMIT, "2.0\u00a0%: look at the list"),)
    )


def _bullet(part: int, whole: int, limits: tuple[tuple[float, str], ...]) -> Bullet:
    value = part / whole if whole > 0 else 0.0
    end = max(value * 1.1, limits[-1][0] * 4 / 3)
    lines = tuple(Limit(round(share(at, end), 3), label) for at, label in limits)
    reached = sum(value >= at for at, _ in limits)
    return Bullet(round(share(value, end), 3), reached, lines)
