"""When a newsletter goes out, in its own zone."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from newsletter.settings.clocks import exists, moment_on
from newsletter.settings.part import Part

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

#: In the order of `date.weekday`.
WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone; write one such as Asia/Kolkata") from error
    return name


def _days(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class Schedule(Part):
    """
    When an edition goes out, in its own zone.

    A time that exists twice on a day is meant as the first; one that does not exist, as the
    first moment after the gap.
    """

    at: time = time(7, 0)
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Kolkata"
    #: On which days of the week.
    days: Annotated[tuple[Weekday, ...], BeforeValidator(_days), Field(min_length=1)] = WEEK
    #: Minutes before `at` from which an edition is made and looked over, and editors are told.
    gather_minutes: int = Field(default=60, ge=0, le=720)
    #: Articles must be published before it; empty: before `at`.
    cutoff: time | None = None
    #: After this nothing is mailed by itself; not after `at`: on the next day. Empty: midnight.
    deliver_by: time | None = None

    @model_validator(mode="after")
    def _times_are_of_the_wall(self) -> Self:
        if any(one and one.tzinfo for one in (self.at, self.cutoff, self.deliver_by)):
            raise ValueError("times are without an offset: timezone says where they are shown")
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def today(self, now: datetime | None = None) -> date:
        """Return the newsletter's day, which is not always the machine's."""
        return (now or datetime.now(self.zone)).astimezone(self.zone).date()

    def goes_out_on(self, day: date) -> bool:
        """Say whether there is to be an edition on a day."""
        return WEEK[day.weekday()] in self.days and exists(day, self.zone)

    def gather_on(self, day: date) -> datetime:
        """When an edition is first made, in the newsletter's zone."""
        return _later(self.hour_on(day), -timedelta(minutes=self.gather_minutes))

    def hour_on(self, day: date) -> datetime:
        """When an edition is to go out, in the newsletter's zone."""
        return moment_on(day, self.at, self.zone)

    def deadline_on(self, day: date) -> datetime:
        """
        When nothing of that day is mailed by itself any more, in the newsletter's zone.

        Always after its hour: where a gap of the clock swallows the time between, that is kept.
        """
        by = self.deliver_by or time.min
        last = day if by > self.at else day + timedelta(days=1)
        hour, deadline = self.hour_on(day), moment_on(last, by, self.zone)
        length = datetime.combine(last, by) - datetime.combine(day, self.at)
        # Both in UTC: moments of one zone would be compared by what the wall shows.
        return deadline if deadline.timestamp() > hour.timestamp() else _later(hour, length)

    def cutoff_on(self, day: date) -> datetime:
        """When an edition's window ends, in the newsletter's zone."""
        return moment_on(day, self.cutoff or self.at, self.zone)


def _later(moment: datetime, by: timedelta) -> datetime:
    """Add real time: plain addition moves the hands of the clock instead."""
    return datetime.fromtimestamp(moment.timestamp() + by.total_seconds(), moment.tzinfo)
