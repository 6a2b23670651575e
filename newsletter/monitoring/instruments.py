"""
Counters and histograms, as plain numbers in this process.

They know nothing of who reads them: `exposition` says them in Prometheus's words when it is asked.
So whoever counts pays for an addition, and a command that shows nothing loads nothing.
"""

import threading
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import NamedTuple

#: What tells the series of one instrument apart, in the order of its labels.
Labels = tuple[str, ...]


class Instrument:
    """What all have in common. The name is Prometheus's, and people's dashboards know it."""

    def __init__(self, name: str, help: str, *labels: str) -> None:
        self.name = name
        self.help = help
        self.labels = labels
        self._guard = threading.Lock()

    def _check(self, values: Labels) -> None:
        if len(values) != len(self.labels):
            raise ValueError(f"{self.name} has the labels {self.labels}, not {values}")


class Counter(Instrument):
    """Only grows. Thread-safe."""

    def __init__(self, name: str, help: str, *labels: str) -> None:
        super().__init__(name, help, *labels)
        self._cells: dict[Labels, list[float]] = {}

    def inc(self, *values: str, by: float = 1) -> None:
        """Count one, or so many, under its labels' values."""
        with self._guard:
            try:
                self._cells[values][0] += by
            except KeyError:
                self._check(values)
                self._cells[values] = [by]

    def cell(self, *values: str) -> list[float]:
        """Return one series as the number in a list: for a thread that alone counts there."""
        self._check(values)
        with self._guard:
            return self._cells.setdefault(values, [0])

    def read(self) -> Mapping[Labels, float]:
        with self._guard:
            return {values: cell[0] for values, cell in self._cells.items()}


class Tally:
    """One series of a histogram. Not thread-safe."""

    __slots__ = ("bounds", "counts", "sum")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        #: How many were not above each bound, but above the one before; the last: above all.
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Spread(NamedTuple):
    """What a tally said at a moment."""

    counts: tuple[int, ...]
    sum: float


class Histogram(Instrument):
    """How large something is, how often. Thread-safe."""

    def __init__(self, name: str, help: str, *labels: str, bounds: Sequence[float]) -> None:
        super().__init__(name, help, *labels)
        self.bounds = tuple(bounds)
        self._cells: dict[Labels, Tally] = {}

    def observe(self, value: float, *values: str) -> None:
        cell = self._cells.get(values) or self.cell(*values)
        with self._guard:
            cell.observe(value)

    def cell(self, *values: str) -> Tally:
        """Return one series: for a thread that alone counts there."""
        self._check(values)
        with self._guard:
            return self._cells.setdefault(values, Tally(self.bounds))

    def read(self) -> Mapping[Labels, Spread]:
        with self._guard:
            return {
                values: Spread(tuple(cell.counts), cell.sum) for values, cell in self._cells.items()
            }


class Gauge(Instrument):
    """Goes up and down. It is never stored: whoever is asked looks."""


#: What gauges say at one moment, by their series.
Readings = Mapping[Gauge, Mapping[Labels, float]]
