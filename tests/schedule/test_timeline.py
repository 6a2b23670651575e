"""A newsletter's day, worked out in real time: in every zone, whatever its clocks do."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from newsletter.schedule.timeline import LOOK_BACK, Timeline, next_hour, timelines
from newsletter.settings import Schedule
from newsletter.settings.clocks import exists, moment_on

#: Half hours, twice a year, around Ramadan, in the night of a holiday, never, and a lost day.
ZONES = (
    "America/New_York",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Asia/Kolkata",
    "Africa/Cairo",
    "Europe/Dublin",
    "America/Scoresbysund",
    "Pacific/Apia",
    "Pacific/Chatham",
    "America/St_Johns",
    "UTC",
)

zones = st.sampled_from(ZONES).map(ZoneInfo)
days = st.dates(date(2008, 1, 1), date(2030, 12, 31))
moments = st.integers(1_230_768_000, 1_893_456_000).map(lambda s: datetime.fromtimestamp(s, UTC))
walls = st.times().map(lambda t: t.replace(microsecond=0))


def wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)


# ── What a clock on the wall shows ──────────────────────────────────────────────────────────


@settings(deadline=None)
@given(days, walls, zones)
@example(date(2026, 3, 8), time(2, 30), ZoneInfo("America/New_York"))
@example(date(2026, 11, 1), time(1, 30), ZoneInfo("America/New_York"))
@example(date(2026, 10, 4), time(2, 10), ZoneInfo("Australia/Lord_Howe"))
@example(date(2026, 4, 5), time(1, 45), ZoneInfo("Australia/Lord_Howe"))
@example(date(2011, 12, 30), time(7), ZoneInfo("Pacific/Apia"))
def test_a_time_is_the_first_moment_at_which_the_wall_shows_it_or_later(
    day: date, at: time, zone: ZoneInfo
) -> None:
    found = moment_on(day, at, zone).astimezone(UTC)

    asked = datetime.combine(day, at)
    assert wall(found, zone) >= asked
    # A second before, and on the two days before, the wall showed less; so it is the first.
    for back in (timedelta(seconds=1), *(timedelta(minutes=15 * n) for n in range(1, 200))):
        assert wall(found - back, zone) < asked


@pytest.mark.parametrize(
    ("zone", "day", "at", "found"),
    [
        # It does not exist: the first moment after the gap.
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00Z"),
        ("America/New_York", "2026-03-08", "02:00", "2026-03-08T07:00Z"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30Z"),
        ("Africa/Casablanca", "2026-03-22", "02:30", "2026-03-22T02:00Z"),
        # It exists twice: the first.
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30Z"),
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45Z"),
        # Its clocks are never set.
        ("Asia/Kolkata", "2026-03-08", "07:00", "2026-03-08T01:30Z"),
    ],
)
def test_gaps_and_folds_are_decided(zone: str, day: str, at: str, found: str) -> None:
    moment = moment_on(date.fromisoformat(day), time.fromisoformat(at), ZoneInfo(zone))

    assert moment.astimezone(UTC) == datetime.fromisoformat(found)


def test_a_day_that_a_zone_left_out_has_no_edition() -> None:
    samoa = Schedule(timezone="Pacific/Apia")

    assert not exists(date(2011, 12, 30), samoa.zone)
    assert [samoa.goes_out_on(date(2011, 12, day)) for day in (29, 30, 31)] == [True, False, True]


# ── A day ───────────────────────────────────────────────────────────────────────────────────

schedules = st.builds(
    Schedule,
    at=walls,
    timezone=st.sampled_from(ZONES),
    gather_minutes=st.integers(0, 720),
    deliver_by=st.none() | walls,
    days=st.sets(st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1)
    .map(sorted)
    .map(tuple),
)


@settings(deadline=None)
@given(schedules, days)
def test_the_moments_of_a_day_stand_in_their_order(schedule: Schedule, day: date) -> None:
    one = Timeline.of(schedule, day)

    assert one.gather <= one.send < one.give_up
    assert one.send - one.gather == timedelta(minutes=schedule.gather_minutes)
    # A day and what a clock may be set by; Samoa's lost day has two.
    assert one.give_up - one.send <= timedelta(hours=26 if exists(day, schedule.zone) else 49)


@settings(deadline=None)
@given(schedules, days)
def test_days_never_overlap(schedule: Schedule, day: date) -> None:
    here = [day + timedelta(days=n) for n in range(-2, 3)]
    made = [Timeline.of(schedule, one) for one in here if schedule.goes_out_on(one)]

    for one, after in pairwise(made):
        assert one.send < after.send
        assert one.give_up <= after.send or schedule.deliver_by is None or _is_set_back(schedule)


def _is_set_back(schedule: Schedule) -> bool:
    """A deadline just before the next hour may come after it where clocks are set forward."""
    assert schedule.deliver_by is not None
    by = datetime.combine(date.min, schedule.deliver_by)
    at = datetime.combine(date.min, schedule.at)
    return timedelta(0) <= at - by <= timedelta(hours=1)


@settings(deadline=None)
@given(schedules, moments, st.integers(0, 90))
def test_no_day_is_overlooked_whenever_somebody_looked_last(
    schedule: Schedule, at: datetime, hours: int
) -> None:
    since = at - timedelta(hours=hours)

    found = {one.day for one in timelines(schedule, since=since, now=at)}

    near = (at.date() + timedelta(days=n) for n in range(-9, 4))
    expected = {
        one.day
        for one in (Timeline.of(schedule, day) for day in near if schedule.goes_out_on(day))
        if one.give_up > since and one.gather <= at
    }
    assert found == expected


def test_who_was_away_for_a_year_is_told_of_a_month() -> None:
    now = datetime(2026, 7, 5, 12, tzinfo=UTC)

    found = timelines(
        Schedule(deliver_by=time(8, 30)), since=datetime(2020, 1, 1, tzinfo=UTC), now=now
    )

    assert len(found) == LOOK_BACK.days
    assert found[-1].day == date(2026, 7, 5)


@settings(deadline=None)
@given(schedules, moments)
def test_the_next_hour_is_the_first_that_is_still_ahead(schedule: Schedule, at: datetime) -> None:

    found = next_hour(schedule, at).astimezone(UTC)

    near = (at.date() + timedelta(days=n) for n in range(-2, 11))
    hours = (Timeline.of(schedule, day).send for day in near if schedule.goes_out_on(day))
    assert found == min(hour for hour in hours if hour > at)


def test_a_deadline_that_is_not_after_the_hour_is_of_the_next_day() -> None:
    late = Schedule(at=time(23, 30), deliver_by=time(1), timezone="UTC")

    assert Timeline.of(late, date(2026, 7, 5)).give_up == datetime(2026, 7, 6, 1, tzinfo=UTC)


def test_a_gap_does_not_swallow_the_time_to_deliver() -> None:
    night = Schedule(at=time(2, 10), deliver_by=time(2, 40), timezone="America/New_York")

    one = Timeline.of(night, date(2026, 3, 8))

    assert one.give_up - one.send == timedelta(minutes=30)


@pytest.mark.parametrize(
    "wrong",
    [{"days": []}, {"days": ["someday"]}, {"gather_minutes": -1}, {"at": "07:00+05:30"}],
)
def test_a_schedule_that_says_nothing_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Schedule.model_validate(wrong)
