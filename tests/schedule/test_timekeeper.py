"""The timekeeper does what is due once, however many look at the same clock."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import func, select

from newsletter.delivery.ledger import Ledger
from newsletter.model import EditionId, EditionState
from newsletter.newsroom import Newsroom
from newsletter.storage import editions, timetables
from newsletter.storage import notices as storage_notices
from newsletter.storage.tables import editions as edition_rows
from newsletter.storage.tables import notices
from tests.newsroom_fixtures import Command
from tests.schedule.year import Machine, World, Writer, ist

DAY = date(2026, 7, 5)
SUNDAY = EditionId("daily", DAY)
SEVEN = ist(DAY, time(7))
MINUTE = timedelta(minutes=1)


class Now:
    """What all clocks show."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def now() -> Now:
    return Now(SEVEN)


@pytest.fixture
def machine(
    desk: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, now: Now
) -> Iterator[Callable[..., Machine]]:
    """Start a machine of the fleet, on both databases in turn."""
    del desk
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", database_url)
    with ExitStack() as open_ones:

        def start(**world: frozenset[date]) -> Machine:
            newsroom = Newsroom.open()
            made = Machine(newsroom.settings, Writer(World(first=DAY, days=1, **world)), now)  # type: ignore[arg-type]
            open_ones.callback(made.close)
            return made

        yield start


def state(one: Machine, id: EditionId = SUNDAY) -> EditionState | None:
    kept = editions.find(one.database, id)
    return kept.state if kept else None


def kinds(one: Machine) -> list[str]:
    with one.database.read() as connection:
        return sorted(connection.execute(select(notices.c.kind)).scalars())


def set_toml(desk: Path, **values: str) -> None:
    path = desk / "templates/daily/newsletter.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    for key, value in values.items():
        lines = [f"{key} = {value}" if one.startswith(f"{key} =") else one for one in lines]
    path.write_text("\n".join(lines), encoding="utf-8")


# ── Once ────────────────────────────────────────────────────────────────────────────────────


def test_ten_machines_begin_one_edition_and_tell_of_each_thing_once(
    machine: Callable[..., Machine], now: Now
) -> None:
    machines = [machine() for _ in range(10)]

    def strike_all() -> None:
        barrier = threading.Barrier(len(machines))

        def strike(one: Machine) -> None:
            barrier.wait()
            one.keeper.tick()

        threads = [threading.Thread(target=strike, args=(one,)) for one in machines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    for at in (SEVEN - 60 * MINUTE, SEVEN + 10 * MINUTE):
        now.at = at
        strike_all()
        # Whoever came too late for a turn finds that nothing is left to do.
        strike_all()

    first = machines[0]
    assert state(first) is EditionState.SENDING
    assert kinds(first) == ["going-out", "late"]
    with first.database.read() as connection:
        assert connection.execute(select(func.count()).select_from(edition_rows)).scalar() == 1
    ledger = Ledger(first.database, SUNDAY)
    while ledger.write_part():
        pass
    assert ledger.counts().selected == 1


def test_without_turns_an_edition_begins_once_all_the_same(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timetables, "take_turn", lambda *_, **__: True)
    machines = [machine() for _ in range(4)]
    daily = machines[0].newsroom.newsletter()
    barrier = threading.Barrier(len(machines))

    def begin(one: Machine) -> None:
        barrier.wait()
        one.publishing.begin(daily, SUNDAY, at=SEVEN + 7 * MINUTE)

    threads = [threading.Thread(target=begin, args=(one,)) for one in machines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert state(machines[0]) is EditionState.SENDING
    assert Ledger(machines[0].database, SUNDAY).counts().selected == 1
    assert kinds(machines[0]) == ["late"]


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "mutated"])
def test_what_several_write_down_is_told_once(
    machine: Callable[..., Machine], monkeypatch: pytest.MonkeyPatch, whole: bool
) -> None:
    if not whole:
        careful, numbers = storage_notices.note, count()
        monkeypatch.setattr(
            storage_notices,
            "note",
            lambda *words, **more: careful(*words, **{**more, "occasion": str(next(numbers))}),
        )
    for one in (machine(), machine()):
        one.publishing.announce(one.newsroom.newsletter(), SUNDAY, at=SEVEN)

    assert (kinds(one) == ["going-out"]) is whole


def test_a_machine_that_died_over_an_edition_is_followed_by_another(
    machine: Callable[..., Machine], now: Now
) -> None:
    one = machine()
    now.at = SEVEN - MINUTE
    one.keeper.tick()
    now.at = SEVEN
    with one.database.begin() as connection:
        assert timetables.take_turn(connection, "daily", now=SEVEN, until=SEVEN + 3 * MINUTE)

    one.keeper.tick()
    assert state(one) is not EditionState.SENDING
    now.at = SEVEN + 3 * MINUTE
    one.keeper.tick()

    assert state(one) is EditionState.SENDING


def test_a_turn_that_was_taken_by_a_clock_that_was_ahead_holds_nobody_up(
    machine: Callable[..., Machine], now: Now
) -> None:
    one = machine()
    now.at = SEVEN - MINUTE
    one.keeper.tick()
    with one.database.begin() as connection:
        timetables.end_turn(connection, "daily", again=SEVEN + timedelta(days=1))
    now.at = SEVEN

    one.keeper.tick()

    assert state(one) is EditionState.SENDING


# ── On time, late, never ────────────────────────────────────────────────────────────────────


def test_nothing_begins_a_second_before_its_hour(machine: Callable[..., Machine], now: Now) -> None:
    one = machine()
    now.at = SEVEN - timedelta(seconds=1)
    one.keeper.tick()
    assert state(one) is EditionState.DRAFT

    now.at = SEVEN
    one.keeper.tick()

    assert state(one) is EditionState.SENDING
    assert "late" not in kinds(one)


def test_a_machine_that_starts_at_nine_mails_nothing_and_says_so(
    machine: Callable[..., Machine], now: Now, caplog: pytest.LogCaptureFixture
) -> None:
    now.at = SEVEN + 120 * MINUTE
    one = machine()

    with caplog.at_level(logging.WARNING):
        one.keeper.tick()
        one.keeper.tick()

    assert state(one) is EditionState.MISSED
    assert kinds(one) == ["missed"]
    assert caplog.text.count("daily/2026-07-05: missed, nothing was running at its hour") == 1


def test_who_has_never_looked_stops_nothing_that_others_began(
    machine: Callable[..., Machine], now: Now
) -> None:
    one = machine()
    yesterday = EditionId("daily", DAY - timedelta(days=1))
    daily = one.newsroom.newsletter()
    one.publishing.begin(daily, yesterday, at=SEVEN)
    now.at = SEVEN + 120 * MINUTE

    one.keeper.tick()
    assert (state(one, yesterday), state(one)) == (EditionState.SENDING, EditionState.MISSED)
    now.at += timedelta(hours=1)
    one.keeper.tick()

    # This time somebody had looked, and then nobody was there for an hour.
    assert state(one, yesterday) is EditionState.PAUSED


def test_what_was_missed_goes_out_by_a_persons_word(
    machine: Callable[..., Machine], now: Now
) -> None:
    one = machine()
    one.keeper.tick()
    with one.database.begin() as connection:
        connection.exec_driver_sql("UPDATE editions SET state = 'approved'")
    now.at = SEVEN + 120 * MINUTE
    one.keeper.tick()
    assert state(one) is EditionState.MISSED

    # It was planned before; `send --late` goes on with that.
    assert Ledger(one.database, SUNDAY).begin()
    assert state(one) is EditionState.SENDING


def test_without_an_editors_word_a_day_is_missed_and_with_a_late_one_it_goes_out(
    machine: Callable[..., Machine], now: Now, desk: Path
) -> None:
    set_toml(desk, approval='"editor"')
    one = machine()

    one.keeper.tick()
    now.at = SEVEN + 60 * MINUTE
    one.keeper.tick()
    assert kinds(one) == ["unapproved"]
    now.at = SEVEN + 90 * MINUTE
    one.keeper.tick()

    kept = editions.find(one.database, SUNDAY)
    assert kept
    assert (kept.state, kept.reason) == (EditionState.MISSED, "it was not approved in time")
    assert kinds(one) == ["missed", "unapproved"]


def test_an_empty_day_is_skipped_with_its_reason_also_where_an_editor_is_asked(
    machine: Callable[..., Machine], desk: Path
) -> None:
    set_toml(desk, approval='"editor"')
    one = machine(empty=frozenset({DAY}))

    one.keeper.tick()

    kept = editions.find(one.database, SUNDAY)
    assert kept
    assert (kept.state, kept.reason) == (EditionState.SKIPPED, "no story")
    assert kinds(one) == ["skipped"]


def test_who_found_tomorrow_empty_has_not_decided_tomorrow(
    machine: Callable[..., Machine],
) -> None:
    one = machine()
    editions.move(
        one.database,
        SUNDAY,
        EditionState.SKIPPED,
        before=(EditionState.DRAFT,),
        finished_at=SEVEN - timedelta(hours=12),
    )

    one.keeper.tick()

    assert state(one) is EditionState.SENDING


def test_what_an_editor_holds_stays_held_and_the_day_is_told_as_missed(
    machine: Callable[..., Machine], now: Now
) -> None:
    one = machine()
    now.at = SEVEN - 30 * MINUTE
    one.keeper.tick()
    one.newsroom.control.hold(SUNDAY, reason="a lawyer reads it")

    for minutes in (0, 60, 90, 91):
        now.at = SEVEN + minutes * MINUTE
        one.keeper.tick()

    assert state(one) is EditionState.HELD
    assert kinds(one) == ["going-out", "missed"]


def test_no_edition_begins_on_another_day_of_the_week(
    machine: Callable[..., Machine], desk: Path
) -> None:
    set_toml(desk, days='["mon", "tue", "wed", "thu", "fri"]')
    one = machine()

    one.keeper.tick()

    assert state(one) is None


def test_each_of_several_newsletters_keeps_its_own_time(
    machine: Callable[..., Machine], now: Now, desk: Path
) -> None:
    (desk / "templates/weekly").mkdir()
    toml = (desk / "templates/daily/newsletter.toml").read_text(encoding="utf-8")
    weekly = toml.replace('"Asia/Kolkata"', '"America/New_York"')
    (desk / "templates/weekly/newsletter.toml").write_text(weekly, encoding="utf-8")
    (desk / "templates/broken").mkdir()
    (desk / "templates/broken/newsletter.toml").write_text("title =", encoding="utf-8")
    one = machine()

    one.keeper.tick()
    assert state(one) is EditionState.SENDING
    assert state(one, EditionId("weekly", DAY)) is None
    now.at = datetime(2026, 7, 5, 11, tzinfo=UTC)
    one.keeper.tick()

    assert state(one, EditionId("weekly", DAY)) is EditionState.SENDING


# ── By cron ─────────────────────────────────────────────────────────────────────────────────


def at_midnight(desk: Path) -> None:
    """Have today's deadline pass a second after midnight."""
    set_toml(desk, at='"00:00"', deliver_by='"00:00:01"')


def test_send_from_cron_after_the_deadline_declares_the_day_missed(
    desk: Path, newsletter: Command
) -> None:
    at_midnight(desk)

    results = [newsletter("send", "--yes") for _ in range(2)]

    assert [one.code for one in results] == [1, 1]
    assert newsletter("status").out.startswith("daily/")
    assert "missed" in newsletter("status").out
    assert len(list((desk / "var/outbox/notices/new").iterdir())) == 1


def test_a_person_who_asks_too_late_declares_nothing(
    desk: Path, newsletter: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_midnight(desk)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)

    assert newsletter("send").code in {1, 2}
    assert "missed" not in newsletter("status").out


def test_send_from_cron_keeps_to_the_days_of_the_week(desk: Path, newsletter: Command) -> None:
    today = Newsroom.open().newsletter().schedule.today()
    others = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    del others[today.weekday()]
    set_toml(desk, days=str(others).replace("'", '"'))

    result = newsletter("send", "--yes")

    assert result.code == 0
    assert "does not go out on" in result.err
    assert not (desk / "var/outbox/new").exists()


def test_send_from_cron_tells_editors_that_their_word_is_missing(
    desk: Path, newsletter: Command, story: Callable[..., Path]
) -> None:
    set_toml(desk, at='"00:00"', deliver_by='"23:59:59"', approval='"editor"')
    schedule = Newsroom.open().newsletter().schedule
    before = schedule.hour_on(schedule.today()) - MINUTE
    story("fresh", published=before.isoformat())

    results = [newsletter("send", "--yes") for _ in range(2)]

    (told,) = (desk / "var/outbox/notices/new").iterdir()
    assert [one.code for one in results] == [1, 1]
    assert "waits for approval" in told.read_text()
