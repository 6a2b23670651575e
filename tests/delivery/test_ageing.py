"""A ledger that is old becomes its sums: proven before, part by part, and nothing else is lost."""

import multiprocessing
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy import text as sql

from newsletter import delivery
from newsletter.delivery.prove import prove
from newsletter.errors import SettingsError
from newsletter.model import (
    BounceClass,
    Counts,
    DeliveryState,
    EditionId,
    Event,
    EventKind,
)
from newsletter.newsroom.ageing import Ageing
from newsletter.newsroom.house import House
from newsletter.newsroom.returns import Returns
from newsletter.settings import Settings
from newsletter.storage import deliveries, editions, subscribers, sums
from newsletter.storage.database import Database
from newsletter.storage.memory import recall
from newsletter.storage.tables import editions as edition_rows
from newsletter.storage.tables import ledger_sums
from newsletter.tracking.tokens import Keyring
from tests.faults.victim import Point, _die_at

ID = EditionId("daily", date(2026, 7, 5))
KEPT = 90
COUNTS = Counts(selected=25, submitted=24, skipped=1)
SECRET = "a secret that is long enough to be one"

Age = Callable[..., None]


def settings_for(database: Database, keep: int) -> Settings:
    url = database.engine.url.render_as_string(hide_password=False)
    values: Any = {"database_url": url, "secret": SECRET, "keep_deliveries": keep}
    return Settings(_env_file=None, **values)  # type: ignore[call-arg]


@pytest.fixture
def house(database: Database) -> Iterator[Callable[..., House]]:
    """Open a house over the same database: `house(keep=60)`."""
    opened: list[House] = []

    def make(keep: int = KEPT) -> House:
        opened.append(House(settings_for(database, keep)))
        return opened[-1]

    yield make
    for one in opened:
        one.database.close()


@pytest.fixture
def sent(
    database: Database,
    plan: Callable[..., int],
    readers: Callable[..., None],
    journal: Any,
    keyring: Keyring,
) -> Callable[[], Counts]:
    """An edition that 24 of 25 readers got; called again, it is delivered once more."""
    readers(25, suppressed=[3])
    plan()

    def deliver() -> Counts:
        return delivery.deliver(database, ID, transport=journal, keyring=keyring, patient=False)

    deliver()
    return deliver


def age(database: Database, days: float) -> None:
    """Have the edition been over for so many days."""
    ended = datetime.now(UTC) - timedelta(days=days)
    with database.begin() as connection:
        connection.execute(update(edition_rows).values(finished_at=ended, sending_began_at=ended))


def rows(database: Database, table: str = "deliveries") -> int:
    with database.read() as connection:
        return int(connection.execute(sql(f"SELECT count(*) FROM {table}")).scalar_one())  # noqa: S608


def counts(database: Database) -> Counts:
    kept = editions.find(database, ID)
    assert kept
    with database.read() as connection:
        return deliveries.counts(connection, kept.key)


def sums_are_fresh(database: Database) -> bool:
    with database.read() as connection:
        return bool(connection.execute(select(sums.FRESH).select_from(ledger_sums)).scalar())


def test_what_is_old_becomes_its_sums_and_is_proven_by_them_yet(
    database: Database, sent: Callable[[], Counts], house: Callable[..., House], journal: Any
) -> None:
    age(database, KEPT + 1)
    before = {proof.name for proof in prove(database, ID)}

    assert Ageing(house(), portion=10).purge()

    assert [rows(database, table) for table in ("deliveries", "batches", "audience_parts")] == [
        0
    ] * 3
    assert counts(database) == COUNTS
    proofs = {proof.name: proof for proof in prove(database, ID)}
    assert all(proof.holds for proof in proofs.values())
    assert "25 = 24 + 0 + 1 + 0 + 0" in proofs["equation"].words
    assert "who they were is not kept" in proofs["ledger"].words
    # What was proven while it could be is said, and not claimed anew.
    assert {"audience", "once"} <= before
    assert not {"audience", "once"} & proofs.keys()
    assert all(name in proofs["rows"].words for name in ("audience", "once"))
    # Nobody is mailed again, and no story is told again.
    mailed = journal.accepted
    assert sent() == COUNTS
    assert journal.accepted == mailed
    later = EditionId("daily", date(2026, 7, 6))
    memory = recall(database, "daily", before=later, keys=[], articles=["a"])
    assert (memory.last, [one.included for one in memory.considered]) == (str(ID), [True])
    with database.read() as connection:
        assert deliveries.latest_submitted(connection) == ID
        assert deliveries.reasons(connection, 1) == {"suppressed": 1}


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize(("keep", "days"), [(KEPT, KEPT - 1), (60, 59), (0, 4_000)])
def test_what_is_younger_than_the_setting_stays(
    database: Database, house: Callable[..., House], keep: int, days: int
) -> None:
    age(database, days)

    Ageing(house(keep)).purge()

    assert rows(database) == 25


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize("state", ["sending", "paused"])
def test_what_waits_for_a_persons_word_stays_however_old_it_is(
    database: Database, house: Callable[..., House], state: str
) -> None:
    with database.begin() as connection:
        connection.execute(update(edition_rows).values(state=state))
        unsure = "UPDATE deliveries SET state = 'unknown' WHERE position = 2"
        connection.execute(sql(unsure))
    age(database, 4_000)

    Ageing(house()).purge()

    assert rows(database) == 25


@pytest.mark.usefixtures("sent")
def test_a_ledger_that_contradicts_itself_is_kept_and_told_of_once(
    database: Database, house: Callable[..., House], caplog: pytest.LogCaptureFixture
) -> None:
    age(database, KEPT + 1)
    with database.begin() as connection:
        connection.execute(sql("DELETE FROM deliveries WHERE position = 7"))
    ageing = Ageing(house())

    ageing.purge()
    ageing.purge()

    assert rows(database) == 24
    told = [one.getMessage() for one in caplog.records if "its proof fails" in one.getMessage()]
    assert len(told) == 1
    assert told[0].startswith("daily/2026-07-05 is old, but kept: its proof fails (audience: 24")


def purge_and_die(url: str, point: Point) -> None:
    values: Any = {"database_url": url, "secret": SECRET}
    house = House(Settings(_env_file=None, **values))  # type: ignore[call-arg]
    _ = house.database
    _die_at(point)
    Ageing(house, portion=7).purge()


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize(
    ("point", "left"),
    [
        (Point("storage.sums", "seal", "return"), 25),
        (Point("storage.sealing", "empty", "return", 1), 25),
        (Point("storage.sealing", "empty", "call", 3), 11),
        (Point("storage.sealing", "empty", "return", 5), 0),
    ],
    ids=str,
)
def test_killed_between_two_portions_it_goes_on_and_no_number_is_ever_wrong(
    database: Database, house: Callable[..., House], point: Point, left: int
) -> None:
    age(database, KEPT + 1)
    url = database.engine.url.render_as_string(hide_password=False)
    victim = multiprocessing.get_context("spawn").Process(target=purge_and_die, args=(url, point))
    victim.start()
    victim.join(60)

    assert victim.exitcode == -9
    assert rows(database) == left
    assert counts(database) == COUNTS
    assert all(proof.holds for proof in prove(database, ID))

    Ageing(house()).purge()

    assert rows(database) + rows(database, "batches") == 0
    assert counts(database) == COUNTS
    assert all(proof.holds for proof in prove(database, ID))


@pytest.mark.usefixtures("sent")
def test_sums_are_counted_once_and_again_only_when_an_event_changed_them(
    database: Database, house: Callable[..., House]
) -> None:
    home = house()
    ageing = Ageing(home)
    assert ageing.count() == 1
    assert ageing.count() == 0
    assert sums_are_fresh(database)

    told = Event(
        kind=EventKind.DELIVERED,
        at=datetime.now(UTC),
        id="e1",
        edition=str(ID),
        delivery=1,
    )
    Returns(home).take([told])

    # What is stale is counted from the rows, and a while later kept.
    assert not sums_are_fresh(database)
    with database.read() as connection:
        assert deliveries.counts_of(connection, [1])[1].delivered == 1
    assert ageing.count() == 0
    with database.begin() as connection:
        long_ago = datetime.now(UTC) - timedelta(hours=2)
        connection.execute(update(ledger_sums).values(counted_at=long_ago))
    assert ageing.count() == 1
    assert sums_are_fresh(database)
    with database.read() as connection:
        assert sums.known(connection, [1])[1][DeliveryState.DELIVERED] == 1
        assert deliveries.counts_of(connection, [1])[1].delivered == 1


@pytest.mark.usefixtures("sent")
def test_what_was_counted_of_rows_that_changed_meanwhile_is_not_kept(database: Database) -> None:
    now = datetime.now(UTC)
    with database.begin() as connection:
        sums.begin(connection, 1)
    with database.read() as connection:
        counted = sums.Counted(1, sums.version(connection, 1), deliveries.states(connection, 1))
    with database.begin() as connection:
        sums.note_change(connection, 1)
    with database.begin() as connection:
        assert not sums.keep(connection, counted, at=now)
        assert not sums.seal(connection, counted, sums.Details(), at=now)
    assert not sums_are_fresh(database)


@pytest.mark.usefixtures("sent")
def test_a_box_that_proves_dead_after_its_ledger_is_gone_gets_nothing_more(
    database: Database, house: Callable[..., House]
) -> None:
    age(database, KEPT + 1)
    home = house()
    Ageing(home).purge()
    bounced = Event(
        kind=EventKind.BOUNCED,
        at=datetime.now(UTC),
        id="late",
        edition=str(ID),
        delivery=9,
        address="r9@example.com",
        bounce=BounceClass.HARD,
    )

    Returns(home).take([bounced])

    with database.read() as connection:
        assert subscribers.suppressed(connection, "r9@example.com", None) == "bounced"
    assert counts(database) == COUNTS


@pytest.mark.parametrize("days", [1, 59])
def test_a_ledger_is_kept_as_long_as_what_comes_back_is_remembered(
    database: Database, days: int
) -> None:
    with pytest.raises((ValueError, SettingsError), match="KEEP_DELIVERIES"):
        settings_for(database, days)
