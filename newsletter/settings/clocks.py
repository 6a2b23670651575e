"""What a clock on the wall shows, and when that is."""

from bisect import bisect_left
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo


def moment_on(day: date, at: time, zone: ZoneInfo) -> datetime:
    """
    Return when a clock in a zone shows `at` on a day, in that zone.

    A time that exists twice, as clocks are set back, is meant as the first of the two. One that
    does not exist, as clocks are set forward, is the first moment after the gap.
    """
    shown = datetime.combine(day, at, zone)
    there = shown.astimezone(UTC).astimezone(zone)
    return shown if _wall(there) == _wall(shown) else _after_gap(shown, zone)


def exists(day: date, zone: ZoneInfo) -> bool:
    """Say whether a zone has that day at all: Samoa had no 30 December 2011."""
    return moment_on(day, time.min, zone).date() == day


def _after_gap(shown: datetime, zone: ZoneInfo) -> datetime:
    """Find the second at which the clock jumps over `shown`: between its two readings (PEP 495)."""
    ends = (shown.replace(fold=fold).astimezone(UTC) for fold in (1, 0))
    seconds = range(*(int(end.timestamp()) for end in ends))

    def is_past(second: int) -> bool:
        return _wall(datetime.fromtimestamp(second, zone)) > _wall(shown)

    first = seconds.start + bisect_left(seconds, True, key=is_past)  # noqa: FBT003 - what is sought
    return datetime.fromtimestamp(first, zone)


def _wall(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None, fold=0)
