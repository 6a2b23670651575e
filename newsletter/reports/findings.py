"""What each chart shows, in a sentence: it stands above it, and is read out instead of it."""

import re

from newsletter.model import BounceClass
from newsletter.reports.figures import (
    RATES_FROM,
    clock,
    counted,
    number,
    percent,
    short,
    short_day,
    span,
    span_of_time,
    zone_name,
)
from newsletter.reports.report import LinkClicks, Operator, Report, StoryClicks
from newsletter.reports.usual import History

#: Titles are cut here in sentences; beside their bars they stand whole.
_TITLE = 90

#: Fewer bounces than this are no pattern.
_PATTERN = 5


def ledger(report: Report) -> str:
    """Say what became of everyone who was selected."""
    selected, delivered = report.counts.selected, report.delivered
    if not selected:
        return "Nobody was selected."
    base = f"{number(delivered)} of {number(selected)}"
    rest = selected - delivered
    if report.knows_delivered:
        one = "was" if delivered == 1 else "were"
        tail = f"{counted(rest, 'other was', 'others were')} not"
        tail = f"{tail}, or not yet" if report.counts.pending else tail
        return f"{base} {one} delivered{f'; {tail}' if rest else ''}."
    has = "has" if delivered == 1 else "have"
    tail = f"{counted(rest, 'other')} got nothing, or it came back"
    tail = f"{tail}, or it still waits" if report.counts.pending else tail
    return f"{base} {has} not come back{f'; {tail}' if rest else ''}."


def stories(report: Report) -> str:
    """Name the story that was pressed most, and whether its place alone explains it."""
    if not report.stories or not any(story.clicks.most for story in report.stories):
        return "No story was clicked."
    best = max(report.stories, key=_weight)
    clicks = span(best.clicks.people, best.clicks.most)
    noun = "click" if best.clicks.most == 1 else "clicks"
    return f"“{short(best.title, _TITLE)}” drew the most: {clicks} {noun}{_against_place(best)}."


def _weight(one: StoryClicks | LinkClicks) -> tuple[int, int, int]:
    clicks = one.clicks
    return clicks.people, clicks.unsure, clicks.robots


def _against_place(story: StoryClicks) -> str:
    if story.usual is None:
        return ""
    expected = f"the {number(round(story.usual))} that its place alone would bring"
    if story.clicks.people > story.usual:
        return f", more than {expected}"
    if story.clicks.most < story.usual:
        return f", fewer than {expected}"
    return f", about {expected}"


def links(report: Report) -> str:
    """Name the link that was pressed most."""
    total = sum(link.clicks.people for link in report.links)
    enough = total > 0 and report.delivered >= RATES_FROM
    best = max(report.links, key=_weight, default=None)
    if best is None or not best.clicks.most:
        return "No link was clicked."
    share = f", {percent(best.clicks.people, total)} of the sure ones" if enough else ""
    clicks = span(best.clicks.people, best.clicks.most)
    noun = "click" if best.clicks.most == 1 else "clicks"
    return f"Link {best.number}, “{short(link_name(best), _TITLE)}”, took {clicks} {noun}{share}."


def link_name(link: LinkClicks) -> str:
    """Return what readers see of a link; what it is, where they see nothing."""
    return short(link.label, 2 * _TITLE) or link.role or f"link {link.number}"


def address(link: LinkClicks) -> str:
    """Return where a link leads, in short: without its scheme and without what we hung on it."""
    place = re.sub(r"^https?://(www\.)?", "", link.url)
    place = re.sub(r"utm_[a-z]+=[^&#]*&?", "", place)
    return short(re.sub(r"[?&]($|#)", r"\1", place), 60)


def speed(report: Report) -> str:
    """Say how long it took, and how fast it was at its fastest."""
    total = sum(minute.submitted for minute in report.speed)
    if not total:
        return "Nothing was handed over yet."
    zone, first, last = report.timezone, report.speed[0].at, report.speed[-1].at
    name = zone_name(last, zone)
    if len(report.speed) == 1:
        when = f"{clock(first, zone)} {name}"
        return f"All {number(total)} were handed over within the minute of {when}."
    best = max(report.speed, key=lambda minute: minute.submitted)
    begin, end = span_of_time(first, last, zone)
    return (
        f"{number(total)} handed over from {begin} to {end} {name}; "
        f"{number(best.submitted)} in the fullest minute, {clock(best.at, zone)}."
    )


def operators(report: Report) -> str:
    """Name the one mailbox operator where far more bounces than elsewhere, if there is one."""
    bounced = sum(one.bounced for one in report.operators)
    accepted = sum(one.submitted for one in report.operators)
    worst = max(report.operators, key=_rate, default=None)
    if worst is None or not _stands_out(worst, bounced, accepted):
        return "No mailbox operator stands out."
    others = percent(bounced - worst.bounced, accepted - worst.submitted)
    return (
        f"{worst.name} stands out: {percent(worst.bounced, worst.submitted)} of "
        f"{number(worst.submitted)} bounced there, {others} elsewhere."
    )


def _rate(one: Operator) -> float:
    return one.bounced / one.submitted if one.submitted >= RATES_FROM else 0.0


def _stands_out(worst: Operator, bounced: int, accepted: int) -> bool:
    others = accepted - worst.submitted
    if worst.submitted < RATES_FROM or worst.bounced < _PATTERN or others <= 0:
        return False
    return _rate(worst) > 2 * (bounced - worst.bounced) / others


def bounces(report: Report) -> str:
    """Say how many came back, and by whose fault."""
    total = max(report.counts.bounced, sum(one.count for one in report.bounces))
    if not total:
        return "Nothing bounced."
    kinds = {kind: bounced(report, kind) for kind in BounceClass}
    names = {
        BounceClass.HARD: "hard (no such box)",
        BounceClass.SOFT: "soft (full, slow or away)",
        BounceClass.OURS: "our fault (they do not want this mail)",
    }
    parts = [f"{number(count)} {names[kind]}" for kind, count in kinds.items() if count]
    known = f": {', '.join(parts)}" if parts else ""
    return f"{number(total)} bounced{known}."


def bounced(report: Report, kind: BounceClass) -> int:
    """Count the bounces of one kind."""
    return sum(one.count for one in report.bounces if one.kind is kind)


def history(shown: History) -> str:
    """Say where this edition stands among the last ones."""
    measure = shown.measure
    return f"{measure.name}: {shown.words_today} {measure.unit}; {shown.words}."


def growth(report: Report) -> str:
    """Say whether the list grew."""
    if not report.growth:
        return "Nothing is known of the list's last days."
    joined = sum(one.joined for one in report.growth)
    left = sum(one.left for one in report.growth)
    first, last = report.growth[0], report.growth[-1]
    return (
        f"{number(joined)} joined and {number(left)} left from {short_day(first.day)} to "
        f"{short_day(last.day)}: {counted(last.active, 'reader')} at the end, "
        f"{number(first.active)} on the first day."
    )
