"""The moments of a newsletter's day, in real time. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from newsletter.settings import Schedule

#: Whoever was away for longer is told of the last so many days.
LOOK_BACK = timedelta(days=31)

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """When what is due for one day's edition. All in UTC, in this order."""

    day: date
    #: From here it is made and looked over, and editors are told what will go out.
    gather: datetime
    #: From here it goes out.
    send: datetime
    #: From here nothing of it is mailed by itself.
    give_up: datetime

    @classmethod
    def of(cls, schedule: Schedule, day: date) -> "Timeline":
        """Work out a day's moments. Where clocks are set, they are as long apart as planned."""
        return cls(
            day=day,
            gather=schedule.gather_on(day).astimezone(UTC),
            send=schedule.hour_on(day).astimezone(UTC),
            give_up=schedule.deadline_on(day).astimezone(UTC),
        )


def timelines(schedule: Schedule, *, since: datetime, now: datetime) -> tuple[Timeline, ...]:
    """
    Return the days of which something may have been due after `since` and until now, in order.

    A day begins the day before, where it is made before midnight, and may end the day after.
    """
    since = max(min(since, now), now - LOOK_BACK)
    first, last = schedule.today(since) - _DAY, schedule.today(now) + _DAY
    made = (Timeline.of(schedule, day) for day in _days(first, last) if schedule.goes_out_on(day))
    return tuple(one for one in made if one.give_up > since and one.gather <= now)


def next_hour(schedule: Schedule, now: datetime) -> datetime:
    """Return when the next edition is to go out, in the newsletter's zone."""
    day = schedule.today(now) - _DAY
    while not schedule.goes_out_on(day) or schedule.hour_on(day).astimezone(UTC) <= now:
        day += _DAY
    return schedule.hour_on(day)


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += _DAY
