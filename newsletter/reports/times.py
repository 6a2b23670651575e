"""What a report draws over time: minutes of sending, days of a list."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from newsletter.reports.report import Growth, Minute
from newsletter.storage.growth import Flow

#: Minutes that are drawn: a day.
MOST_MINUTES = 1_440

#: Days of a list's growth, today included.
DAYS = 30

_MINUTE = timedelta(minutes=1)


def speed(accepted: Mapping[datetime, int]) -> tuple[Minute, ...]:
    """
    Return every minute from the first to the last in which something was accepted.

    A day of them at most: what a person settled or sent again later is not drawn, though it is
    in every count.
    """
    if not accepted:
        return ()
    first, last = min(accepted), max(accepted)
    length = min(MOST_MINUTES, (last - first) // _MINUTE + 1)
    drawn = (first + place * _MINUTE for place in range(length))
    return tuple(Minute(at=at, submitted=accepted.get(at, 0)) for at in drawn)


def first_day(now: datetime, zone: ZoneInfo) -> date:
    """Return the first of the days of growth, in the newsletter's zone."""
    return now.astimezone(zone).date() - timedelta(days=DAYS - 1)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """Return when a day begins in a zone, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def growth(flow: Flow, *, now: datetime, zone: ZoneInfo) -> tuple[Growth, ...]:
    """
    Return the last 30 days of a list, the newest last; the last is not over yet.

    Who was active at the end of a day is worked backwards from who is now, so it is as
    approximate as the coming and going is; see `storage.growth.flow`.
    """
    joined, left = _days(flow.joined, zone), _days(flow.left, zone)
    active, found = flow.active, []
    first = first_day(now, zone)
    for day in (first + timedelta(days=place) for place in reversed(range(DAYS))):
        found.append(Growth(day=day, joined=joined[day], left=left[day], active=active))
        active += left[day] - joined[day]
    return tuple(reversed(found))


def _days(minutes: Mapping[datetime, int], zone: ZoneInfo) -> Counter[date]:
    days: Counter[date] = Counter()
    for at, number in minutes.items():
        days[at.astimezone(zone).date()] += number
    return days
