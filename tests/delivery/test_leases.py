"""Whose a batch is: one worker's at a time, and void at once when that one is dead."""

import multiprocessing
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from newsletter import delivery
from newsletter.delivery.ledger import Ledger
from newsletter.delivery.retry import Rules
from newsletter.delivery.turns import Answers, Turn, Wanted
from newsletter.delivery.worker import OLDEST_INTENT, Worker
from newsletter.errors import StorageError, UnknownOutcome
from newsletter.model import DeliveryState, EditionState
from newsletter.storage import editions
from newsletter.storage.database import Database
from newsletter.storage.presence import Presence
from newsletter.storage.settling import Settled
from newsletter.storage.tables import batches, deliveries
from newsletter.tracking.tokens import Keyring
from newsletter.transports import uptime
from tests.delivery.victim import ID

Plan = Callable[..., int]
Readers = Callable[..., None]

LEASE = timedelta(seconds=60)


@pytest.fixture
def ledger(database: Database, plan: Plan, readers: Readers) -> Ledger:
    """An edition of 2,500 readers, three batches, all written down."""
    readers(2_500)
    plan()
    ledger = Ledger(database, ID)
    ledger.begin()
    while ledger.write_part():
        pass
    return ledger


def wanted(worker: str, call: str = "c1", most: int = 10, **more: Any) -> Wanted:
    given: dict[str, Any] = {"lease": LEASE, "repeatable": False} | more
    return Wanted(worker=worker, transport="journal", call=call, most=most, **given)


def answers(turn: Turn, state: DeliveryState = DeliveryState.SUBMITTED) -> Answers:
    readers = [Settled(reader.position, state, "250 ok") for reader in turn.claimed]
    return Answers(call=turn.call, readers=readers)


def states(database: Database) -> Counter[str]:
    with database.read() as connection:
        return Counter(connection.execute(select(deliveries.c.state)).scalars())


def expire(database: Database) -> None:
    with database.begin() as connection:
        past = datetime.now(UTC) - timedelta(seconds=1)
        connection.execute(update(batches).values(lease_until=past))


@pytest.fixture
def ann(database: Database) -> Any:
    presence = Presence(database)
    yield presence
    presence.leave()


@pytest.fixture
def bob(database: Database) -> Any:
    presence = Presence(database)
    yield presence
    presence.leave()


def test_two_workers_get_two_batches(ledger: Ledger, ann: Presence, bob: Presence) -> None:
    first = ledger.turn(wanted(ann.id, "c1"), None, None)
    second = ledger.turn(wanted(bob.id, "c2"), None, None)

    assert first.lease
    assert second.lease
    assert (first.lease.number, second.lease.number) == (1, 2)
    assert not {r.position for r in first.claimed} & {r.position for r in second.claimed}


def test_a_turn_writes_the_answers_and_claims_the_next(
    database: Database, ledger: Ledger, ann: Presence
) -> None:
    first = ledger.turn(wanted(ann.id, "c1"), None, None)
    second = ledger.turn(wanted(ann.id, "c2"), first.lease, answers(first))

    assert [r.position for r in second.claimed] == list(range(11, 21))
    assert states(database) == {"submitted": 10, "claimed": 10, "planned": 2_480}


def test_the_lease_of_one_who_died_is_void_at_once(
    database: Database, ledger: Ledger, ann: Presence, bob: Presence
) -> None:
    first = ledger.turn(wanted(ann.id, "c1"), None, None)
    ann.leave()

    second = ledger.turn(wanted(bob.id, "c2"), None, None)

    assert first.lease
    assert second.lease
    assert second.lease.number == first.lease.number
    # Whom the dead one had claimed may have been mailed: never again by a machine.
    assert [r.position for r in second.claimed] == list(range(11, 21))
    assert states(database)["unknown"] == 10


def test_where_a_second_mail_is_none_a_dead_ones_readers_are_tried_again(
    database: Database, ledger: Ledger, ann: Presence, bob: Presence
) -> None:
    ledger.turn(wanted(ann.id, "c1"), None, None)
    ann.leave()

    second = ledger.turn(wanted(bob.id, "c2", repeatable=True), None, None)

    assert [r.position for r in second.claimed] == list(range(1, 11))
    assert states(database)["unknown"] == 0


def test_a_frozen_workers_lease_ends_by_the_clock_and_its_late_answer_still_counts(
    database: Database, ledger: Ledger, ann: Presence, bob: Presence
) -> None:
    frozen = ledger.turn(wanted(ann.id, "c1"), None, None)
    expire(database)
    taken = ledger.turn(wanted(bob.id, "c2"), None, None)
    assert states(database)["unknown"] == 10

    # It wakes up, and hears the answer of its own call.
    late = ledger.turn(wanted(ann.id, "c3"), frozen.lease, answers(frozen))

    assert states(database)["unknown"] == 0
    assert states(database)["submitted"] == 10
    # It gets another batch: the old one is bob's.
    assert taken.lease
    assert late.lease
    assert taken.lease.number == 1
    assert late.lease.number == 2


def test_a_late_answer_settles_nobody_elses_call(
    database: Database, ledger: Ledger, ann: Presence, bob: Presence
) -> None:
    frozen = ledger.turn(wanted(ann.id, "c1"), None, None)
    expire(database)
    ledger.turn(wanted(bob.id, "c2"), None, None)
    with database.begin() as connection:
        moved = update(deliveries).where(deliveries.c.position <= 10)
        connection.execute(moved.values(call="c9", state="claimed"))

    ledger.settle(answers(frozen))

    assert states(database)["claimed"] == 20


def test_a_batch_is_closed_when_nothing_of_it_is_left(
    database: Database, ledger: Ledger, ann: Presence
) -> None:
    lease, told = None, None
    for number in range(4):
        turn = ledger.turn(wanted(ann.id, f"c{number}", 1_000), lease, told)
        lease, told = turn.lease, answers(turn) if turn.lease else None

    assert lease is None
    with database.read() as connection:
        rows = connection.execute(select(batches.c.open, batches.c.holder)).all()
    assert {tuple(row) for row in rows} == {(False, None)}
    assert ledger.left().open == 0
    assert ledger.close().submitted == 2_500


def test_nobody_is_claimed_of_an_edition_that_is_not_being_sent(
    database: Database, ledger: Ledger, ann: Presence
) -> None:
    first = ledger.turn(wanted(ann.id, "c1"), None, None)
    editions.move(database, ID, EditionState.PAUSED, before=[EditionState.SENDING])

    second = ledger.turn(wanted(ann.id, "c2"), first.lease, answers(first))

    assert second == Turn()
    assert states(database) == {"submitted": 10, "planned": 2_490}
    with database.read() as connection:
        assert connection.execute(select(batches.c.holder).distinct()).scalars().all() == [None]


def test_leases_are_renewed_while_a_call_takes_long(
    database: Database, ledger: Ledger, keyring: Keyring, journal: Any
) -> None:
    del ledger
    seen: list[datetime] = []

    def slow() -> None:
        for _ in range(2):
            with database.read() as connection:
                (until,) = connection.execute(
                    select(batches.c.lease_until).where(batches.c.holder.is_not(None))
                ).scalars()
            assert until
            seen.append(until)
            time.sleep(1.3)
        journal.before = lambda: None

    journal.before = slow
    rules = Rules(lease=timedelta(seconds=2))
    delivery.deliver(database, ID, transport=journal, keyring=keyring, rules=rules)

    assert seen[1] > seen[0]
    assert len(journal.accepted) == 2_500


def work(url: str, file: Any, name: str) -> None:
    """Deliver as one worker of several; a process of its own."""
    from tests.delivery.victim import SECRET, SlowJournal  # noqa: PLC0415 - spawned

    database = Database.open(url)
    transport = SlowJournal(file, idempotent=False)
    transport.file = file.with_name(name)
    delivery.deliver(database, ID, transport=transport, keyring=Keyring(SECRET))
    database.close()


def test_several_senders_share_an_edition_and_end_alike(
    database: Database, plan: Plan, readers: Readers, tmp_path: Any
) -> None:
    readers(3_000)
    plan()
    url = database.engine.url.render_as_string(hide_password=False)
    spawn = multiprocessing.get_context("spawn")
    senders = [
        spawn.Process(target=work, args=[url, tmp_path / "x", f"journal{n}"], daemon=True)
        for n in range(3)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(90)

    files = [file.read_text().splitlines() for file in tmp_path.glob("journal*")]
    mails = Counter(line.split()[0] for file in files for line in file)
    assert [sender.exitcode for sender in senders] == [0, 0, 0]
    assert len(mails) == 3_000
    assert set(mails.values()) == {1}
    assert len([file for file in files if file]) > 1


def test_a_worker_goes_on_through_an_outage_of_the_database(
    database: Database,
    ledger: Ledger,
    keyring: Keyring,
    journal: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Its answers are kept until they can be written, so the outage leaves no doubt."""
    whole, down = ledger.turn, threading.Event()

    def turn(*words: Any) -> Turn:
        if down.is_set():
            raise StorageError("The database does not answer.")
        return whole(*words)

    def break_down() -> None:
        if len(journal.calls) == 3:
            down.set()
            threading.Timer(0.7, down.clear).start()

    journal.before = break_down
    monkeypatch.setattr(ledger, "turn", turn)
    with Worker(database, journal, keyring, rules=Rules(), stop=lambda: False) as worker:
        worker.work(ledger)

    assert states(database) == {"submitted": 2_500}


def test_a_claim_whose_commit_was_not_heard_of_is_taken_back(
    database: Database,
    ledger: Ledger,
    keyring: Keyring,
    journal: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    whole, lost = ledger.turn, iter([True])

    def turn(*words: Any) -> Turn:
        done = whole(*words)
        if len(journal.calls) == 2 and next(lost, False):
            raise StorageError("The line was lost after the commit.")
        return done

    monkeypatch.setattr(ledger, "turn", turn)
    with Worker(database, journal, keyring, rules=Rules(), stop=lambda: False) as worker:
        worker.work(ledger)
        worker.work(ledger)

    assert states(database) == {"submitted": 2_500}
    assert len(journal.accepted) == len(set(journal.accepted)) == 2_500


def test_a_calls_time_runs_from_before_its_intent_was_written(
    database: Database,
    ledger: Ledger,
    keyring: Keyring,
    journal: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A process that is frozen right after the commit wakes up to a call that is too old."""
    whole, left = ledger.turn, list[float]()

    def turn(*words: Any) -> Turn:
        done = whole(*words)
        time.sleep(0.02 if left else 0.5)
        return done

    journal.before = lambda: left.append(uptime())
    monkeypatch.setattr(ledger, "turn", turn)
    with Worker(database, journal, keyring, rules=Rules(), stop=lambda: len(left) > 1) as worker:
        worker.work(ledger)

    assert journal.calls[0].begin_by - left[0] <= OLDEST_INTENT - 0.5


def test_no_answer_is_lost_when_the_database_is_away_while_the_breaker_is_opened(
    database: Database,
    ledger: Ledger,
    keyring: Keyring,
    journal: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away = iter([True, True])
    journal.answers["r5@example.com"] = UnknownOutcome("The line went dead.")
    stop = threading.Event()
    with Worker(database, journal, keyring, rules=Rules(), stop=stop.is_set) as worker:
        trip = worker._breaker.trip

        def trip_later(failure: Any) -> None:
            if next(away, False):
                raise StorageError("The database does not answer.")
            stop.set()
            trip(failure)

        monkeypatch.setattr(worker._breaker, "trip", trip_later)
        worker.work(ledger)

    assert states(database) == {"submitted": 4, "unknown": 6, "planned": 2_490}
