"""What is usual for a newsletter, by its last editions, and where this one stands among them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from statistics import quantiles

from newsletter.reports.figures import RATES_FROM, number
from newsletter.reports.report import Past, Report

#: With fewer there is no usual.
ENOUGH = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One number that editions are compared by: a share, in parts of `times`."""

    name: str
    #: Parts of: 100, 1,000 or 10,000.
    times: int
    digits: int
    #: What stands after the number: `% of accepted`.
    unit: str

    def write(self, value: float) -> str:
        return f"{value:,.{self.digits}f}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One edition's share."""

    day: date
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """One measure of this edition and of those before it."""

    measure: Measure
    today: Point
    #: The same where all that is unsure counts too.
    most: float
    #: Those that are large enough for a rate, the newest last.
    past: tuple[Point, ...]

    @property
    def usual(self) -> tuple[float, float] | None:
        """Return between what eight of ten lay; None where there are too few."""
        if len(self.past) < ENOUGH:
            return None
        tenths = quantiles([point.value for point in self.past], n=10, method="inclusive")
        return tenths[0], tenths[-1]

    @property
    def words_today(self) -> str:
        """`109 to 120`."""
        low, high = self.measure.write(self.today.value), self.measure.write(self.most)
        return low if low == high else f"{low} to {high}"

    @property
    def words(self) -> str:
        """`usual: 98.7 to 99.1 %; lower than 28 of 30`."""
        if not self.usual:
            return f"too few past editions to say what is usual ({len(self.past)} of {ENOUGH})"
        low, high = (self.measure.write(end) for end in self.usual)
        between = low if low == high else f"{low} to {high}"
        sign = "\u00a0%" if self.measure.times == 100 else ""
        return f"usual: {between}{sign}; {self._place}"

    @property
    def _place(self) -> str:
        above = sum(point.value > self.today.value for point in self.past)
        below = sum(point.value < self.today.value for point in self.past)
        of = number(len(self.past))
        if not above and not below:
            return f"as all of {of}"
        word, count = ("lower", above) if above > below else ("higher", below)
        return f"{word} than {number(count)} of {of}"


DELIVERED = Measure(name="Delivered", times=100, digits=1, unit="% of accepted")
#: Where nobody tells of deliveries.
NOT_BACK = Measure(name="Not come back", times=100, digits=1, unit="% of accepted")
CLICKS = Measure(name="Clicks by people", times=1000, digits=0, unit="per 1,000")
LEFT = Measure(name="Left", times=10_000, digits=0, unit="per 10,000")


def delivered(report: Report) -> History | None:
    """
    Compare what share of the accepted mail was delivered.

    None for a small edition, and as for the others for one that still goes out: the past ones
    are complete.
    """
    measure = DELIVERED if report.knows_delivered else NOT_BACK
    submitted = report.counts.submitted
    return _history(
        report,
        measure,
        _share(measure, report.delivered, submitted),
        lambda one: _share(measure, one.delivered, one.submitted),
    )


def clicks(report: Report) -> History | None:
    """Compare sure clicks by people; None for a small edition."""
    return _history(
        report,
        CLICKS,
        _share(CLICKS, report.clicks.people, report.delivered),
        lambda one: _share(CLICKS, one.clicks.people, one.delivered),
        most=_share(CLICKS, report.clicks.most, report.delivered),
    )


def left(report: Report) -> History | None:
    """Compare who unsubscribed; None for a small edition."""
    return _history(
        report,
        LEFT,
        _share(LEFT, report.left, report.delivered),
        lambda one: _share(LEFT, one.left, one.delivered),
    )


def has_rates(report: Report) -> bool:
    """Say whether enough was delivered for a rate to mean something."""
    return report.delivered >= RATES_FROM


def base(report: Report) -> str:
    """Name what every rate is of."""
    return "delivered" if report.knows_delivered else "that have not come back"


def _share(measure: Measure, part: int, whole: int) -> float:
    return measure.times * part / whole if whole > 0 else 0.0


def _history(
    report: Report,
    measure: Measure,
    value: float,
    read: Callable[[Past], float],
    *,
    most: float | None = None,
) -> History | None:
    if not has_rates(report) or report.counts.pending:
        return None
    unit = measure.unit if "%" in measure.unit else f"{measure.unit} {base(report)}"
    return History(
        measure=replace(measure, unit=unit),
        today=Point(day=report.day, value=value),
        most=value if most is None else most,
        past=_points(report.past, read),
    )


def _points(past: Sequence[Past], read: Callable[[Past], float]) -> tuple[Point, ...]:
    large = (one for one in past if one.delivered >= RATES_FROM)
    return tuple(Point(day=one.day, value=read(one)) for one in large)
