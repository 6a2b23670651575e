"""A year of seven o'clocks: whatever the machines and their clocks do, one edition a day."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from newsletter.model import EditionState
from newsletter.schedule import decide, timekeeper
from newsletter.schedule.timeline import Timeline
from newsletter.storage import timetables
from newsletter.storage.timetables import Standing
from tests.schedule.year import World, Year, ist, lived

#: With a 29 February.
FIRST, DAYS = date(2028, 1, 1), 366


def true(day: str, at: str) -> datetime:
    return ist(date.fromisoformat(day), time.fromisoformat(at))


def outage(since: str, until: str) -> tuple[datetime, datetime]:
    return true(*since.split()), true(*until.split())


def jump(since: str, until: str, **by: float) -> tuple[datetime, datetime, timedelta]:
    return *outage(since, until), timedelta(**by)


def month(**more: object) -> World:
    """A short world, for what needs no year."""
    return World(first=FIRST, days=20, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Year]:
    world = World(
        first=FIRST,
        days=DAYS,
        empty=frozenset({date(2028, 3, 12), date(2028, 8, 6), date(2028, 8, 7)}),
        unapproved=frozenset({date(2028, 4, 3), date(2028, 12, 24)}),
        late_word=frozenset({date(2028, 5, 9), date(2028, 2, 29)}),
        outages=(
            # Three mornings each; the last begins in the middle of sending.
            outage("2028-01-20 12:00", "2028-01-23 12:00"),
            outage("2028-02-26 06:30", "2028-02-28 23:00"),
            outage("2028-09-10 07:10", "2028-09-13 09:00"),
            # One that ends in time, and one that does not.
            outage("2028-10-01 06:00", "2028-10-01 07:25"),
            outage("2028-10-05 06:00", "2028-10-05 08:30"),
        ),
        jumps=(
            jump("2028-03-20 00:30", "2028-03-20 05:30", hours=5),
            jump("2028-04-10 08:40", "2028-04-10 22:00", days=1),
            jump("2028-05-20 06:10", "2028-05-20 06:59:30", minutes=45),
            jump("2028-06-01 07:30", "2028-06-01 10:00", hours=-1),
            jump("2028-06-10 07:30", "2028-06-11 06:00", days=-1),
            jump("2028-07-15 00:00", "2028-07-20 00:00", hours=-3),
        ),
        cut=frozenset({date(2028, 9, 10)}),
    )
    with lived(tmp_path_factory.mktemp("year"), world) as one:
        yield one


def test_every_day_of_a_year_has_its_one_edition_at_the_first_moment_that_it_may(
    year: Year,
) -> None:
    assert year.faults() == []


def test_most_days_of_that_year_are_sent_on_the_stroke(year: Year) -> None:
    on_time = [day for day, times in year.log.mailed.items() if times[0] == ist(day, time(7))]

    assert len(on_time) > DAYS - 30
    assert date(2028, 2, 29) in year.log.mailed


def test_days_that_were_missed_are_told_once_and_never_sent(year: Year) -> None:
    missed = [
        day
        for number in range(DAYS)
        if year.state(day := FIRST + timedelta(days=number)) is EditionState.MISSED
    ]

    told = year.told()
    assert {date(2028, 1, 21), date(2028, 1, 22), date(2028, 1, 23)} < set(missed)
    assert {date(2028, 4, 3), date(2028, 10, 5), date(2028, 12, 24)} < set(missed)
    assert all(told[f"daily/{day}: was missed"] == 1 for day in missed)
    assert not set(missed) & set(year.log.mailed)


def test_what_was_left_half_done_before_an_outage_waits_for_a_person(year: Year) -> None:
    cut = date(2028, 9, 10)

    assert year.state(cut) is EditionState.PAUSED
    assert year.told()[f"daily/{cut}: is paused"] == 1


def test_every_day_is_told_once(year: Year) -> None:
    told = year.told()

    assert set(told.values()) == {1}
    for day in year.log.mailed:
        assert told[f"daily/{day}: sent to 2 readers"] == 1
    assert told["daily/2028-03-12: no edition today"] == 1
    assert told["daily/2028-12-24: waits for approval"] == 1
    assert told["daily/2028-10-01: began 40 minutes late"] == 1


# ── Without any of these, it shows ──────────────────────────────────────────────────────────

Mutate = Callable[[pytest.MonkeyPatch], None]


def no_deadline(patch: pytest.MonkeyPatch) -> None:
    """What is past its deadline goes out when it can."""
    careful = decide._step

    def careless(look: decide.Look, day: Timeline, standing: Standing) -> object:
        step = careful(look, day, standing)
        return (decide.Step.BEGIN, "") if step and step[0] is decide.Step.MISS else step

    patch.setattr(decide, "_step", careless)


def no_hour(patch: pytest.MonkeyPatch) -> None:
    """An edition goes out as soon as it is made."""
    careful = decide._step

    def careless(look: decide.Look, day: Timeline, standing: Standing) -> object:
        step = careful(look, day, standing)
        return (decide.Step.BEGIN, "") if step and step[0] is decide.Step.ANNOUNCE else step

    patch.setattr(decide, "_step", careless)


def no_look_back(patch: pytest.MonkeyPatch) -> None:
    """Who comes back does not ask what happened meanwhile."""
    patch.setattr(timetables, "watched", lambda *_: None)


def no_void(patch: pytest.MonkeyPatch) -> None:
    """What a clock that was ahead decided holds."""
    patch.setattr(decide, "_is_void", lambda *_: False)


def no_stop(patch: pytest.MonkeyPatch) -> None:
    """Half done is done: what was begun goes on days later."""
    patch.setattr(decide, "due_of_begun", lambda *_: None)
    patch.setattr(timekeeper, "due_of_begun", lambda *_: None)


THREE_MORNINGS = outage("2028-01-05 06:00", "2028-01-08 12:00")

WORLDS: dict[str, tuple[Mutate, World]] = {
    "no deadline": (no_deadline, month(outages=(THREE_MORNINGS,))),
    "no hour": (no_hour, month()),
    "no look back": (
        no_look_back,
        month(outages=(THREE_MORNINGS,)),
    ),
    "no void": (no_void, month(jumps=(jump("2028-01-05 08:40", "2028-01-05 22:00", days=1),))),
    "no stop": (
        no_stop,
        month(
            cut=frozenset({date(2028, 1, 5)}),
            outages=(outage("2028-01-05 07:10", "2028-01-08 12:00"),),
        ),
    ),
}


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "mutated"])
@pytest.mark.parametrize("name", WORLDS)
def test_a_fault_put_in_by_hand_turns_the_year_red(
    name: str, whole: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mutate, world = WORLDS[name]
    if not whole:
        mutate(monkeypatch)

    with lived(tmp_path, world, approval="automatic") as one:
        assert (one.faults() == []) is whole
