"""Charts along time: how fast it went out, how editions compare, how the list grew."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from math import inf
from typing import NamedTuple

from newsletter.reports.charts import share
from newsletter.reports.figures import clock, number, short_day, span_of_time, zone_name
from newsletter.reports.report import Minute, Report
from newsletter.reports.usual import History

#: Steps that a phone can still show.
_MOST_STEPS = 120

#: What is there is seen: per cent that a step has at least.
_SEEN = 0.7

#: How many minutes a step may stand for: the shortest that fits.
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440)

#: Steps in which nothing went out are a pause, from so many on.
_PAUSE = 2


class Step(NamedTuple):
    """A few minutes, and how much went out in each of them."""

    at: float
    width: float
    height: float
    title: str


class Pause(NamedTuple):
    """A time in which nothing went out."""

    at: float
    width: float
    label: str
    #: Where its label stands, and how it is anchored there.
    middle: float
    anchor: str


class Speed(NamedTuple):
    steps: tuple[Step, ...]
    pauses: tuple[Pause, ...]
    #: The highest step, in mails a minute.
    peak: str
    #: `steps of 5 minutes, on average`.
    step: str
    first: str
    last: str


class Dot(NamedTuple):
    at: float
    #: From the top, in per cent.
    top: float
    title: str


class Dots(NamedTuple):
    """The last editions, and this one."""

    dots: tuple[Dot, ...]
    today: Dot
    #: The top of what may be true of today, where some of it is unsure.
    today_most: float
    #: `this one 109 to 120`.
    label: str
    #: Top and height; None where there are too few editions.
    band: tuple[float, float] | None
    top: str
    bottom: str
    #: What must be said of an axis that does not start at 0; else empty.
    axis: str
    #: What the band is.
    shaded: str
    first: str
    last: str


class Day(NamedTuple):
    """One day of the list: who came stands above the line, who left below it."""

    at: float
    width: float
    up: float
    down: float
    title: str


class Days(NamedTuple):
    days: tuple[Day, ...]
    #: What the longest mark of each side stands for.
    joined: str
    left: str
    #: Where the line between coming and leaving is, from the top.
    line: float


def speed(report: Report) -> Speed | None:
    """Return the steps; None where all went out within three minutes."""
    minutes = report.speed
    if len(minutes) < 3:
        return None
    size = next((step for step in _STEPS if len(minutes) <= step * _MOST_STEPS), _STEPS[-1])
    groups = [minutes[at : at + size] for at in range(0, len(minutes), size)]
    rates = [sum(one.submitted for one in group) / len(group) for group in groups]
    peak, zone = max(rates), report.timezone
    first, last = span_of_time(minutes[0].at, minutes[-1].at, zone)
    return Speed(
        steps=tuple(_steps(report, groups, rates, peak)),
        pauses=tuple(_pauses(groups, rates, size)),
        peak=f"{number(round(peak))} a minute",
        step="each step is a minute" if size == 1 else f"steps of {size} minutes, on average",
        first=first,
        last=f"{last} {zone_name(minutes[-1].at, zone)}",
    )


def _steps(
    report: Report, groups: Sequence[Sequence[Minute]], rates: Sequence[float], peak: float
) -> Iterator[Step]:
    width = 100 / len(groups)
    for place, (group, rate) in enumerate(zip(groups, rates, strict=True)):
        if rate:
            at = clock(group[0].at, report.timezone)
            title = f"{at}: {number(round(rate))} a minute"
            yield Step(
                round(place * width, 3),
                round(width, 3),
                round(max(_SEEN, share(rate, peak)), 3),
                title,
            )


def _pauses(
    groups: Sequence[Sequence[Minute]], rates: Sequence[float], size: int
) -> Iterator[Pause]:
    width, place = 100 / len(groups), 0
    for empty, run in groupby(rates, key=lambda rate: rate == 0):
        length = len(list(run))
        if empty and length >= _PAUSE:
            at, wide = place * width, length * width
            middle = at + wide / 2
            anchor = "start" if middle < 20 else "end" if middle > 80 else "middle"
            x = at if anchor == "start" else at + wide if anchor == "end" else middle
            label = f"nothing for {_lasting(length * size)}"
            yield Pause(round(at, 3), round(wide, 3), label, round(x, 3), anchor)
        place += length


def _lasting(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest and hours < 12 else f"{hours} h"


def dots(shown: History) -> Dots | None:
    """Return the editions as dots; None where there is nothing to compare with."""
    if not shown.past:
        return None
    values = [point.value for point in shown.past] + [shown.today.value, shown.most]
    low, high = _axis(min(values), max(values), 100.0 if shown.measure.times == 100 else inf)
    write = shown.measure.write
    width = 100 / (len(shown.past) + 1)

    def top(value: float) -> float:
        return round(100 - share(value - low, high - low), 3)

    past = [
        Dot(round((place + 0.5) * width, 3), top(p.value), f"{short_day(p.day)}: {write(p.value)}")
        for place, p in enumerate(shown.past)
    ]
    today = Dot(
        round(100 - width / 2, 3), top(shown.today.value), f"today: {write(shown.today.value)}"
    )
    band = None
    if shown.usual:
        upper, lower = top(shown.usual[1]), top(shown.usual[0])
        band = (upper, round(lower - upper, 3))
    return Dots(
        dots=tuple(past),
        today=today,
        today_most=top(shown.most),
        label=f"this one {shown.words_today}",
        band=band,
        top=write(high),
        bottom=write(low),
        axis="" if low == 0 else f"axis from {write(low)}, not from 0",
        shaded="shaded: usual" if band else "",
        first=short_day(shown.past[0].day),
        last=short_day(shown.today.day),
    )


def _axis(low: float, high: float, most: float) -> tuple[float, float]:
    """Give the values a little air, up to what is possible; begin at 0 where that costs little."""
    air = (high - low) * 0.15 or max(high * 0.05, 0.5)
    bottom = 0.0 if low < high / 3 else max(0.0, low - air)
    return bottom, max(high, min(most, high + air))


def growth(report: Report) -> Days:
    """Return each day's joiners and leavers, on one scale to both sides."""
    joined = max((one.joined for one in report.growth), default=0)
    left = max((one.left for one in report.growth), default=0)
    width = 100 / len(report.growth) if report.growth else 0
    days = tuple(
        Day(
            at=round(place * width + width * 0.15, 3),
            width=round(width * 0.7, 3),
            up=round(share(one.joined, joined + left), 3),
            down=round(share(one.left, joined + left), 3),
            title=f"{short_day(one.day)}: {number(one.joined)} joined, {number(one.left)} left, "
            f"{number(one.active)} on the list",
        )
        for place, one in enumerate(report.growth)
    )
    return Days(
        days=days,
        joined=f"joined, at most {number(joined)} a day",
        left=f"left, at most {number(left)} a day",
        line=round(share(joined, joined + left), 3),
    )
