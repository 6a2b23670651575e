"""Step by step, with brakes, and warming a new domain up: nobody twice, nobody forgotten."""

import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from newsletter import delivery
from newsletter.delivery import brakes
from newsletter.delivery.ledger import Ledger
from newsletter.delivery.prove import prove
from newsletter.delivery.release import Releasing, standing
from newsletter.model import Answer, Counts, EditionId, EditionState, Receipt
from newsletter.newsroom.control import Control
from newsletter.newsroom.house import House
from newsletter.settings import Newsletter, Release, Rule, Settings, WarmUp
from newsletter.storage import editions, release, snapshot, tables
from newsletter.storage.database import Database
from newsletter.tracking.tokens import Keyring
from tests.delivery.conftest import DAILY, ID

Plan = Callable[..., int]
Readers = Callable[..., None]
Deliver = Callable[..., Counts]

NEVER = 240.0


def stepwise(*steps: float, watch: float = NEVER, first: bool = False, **more: Any) -> Newsletter:
    """The newsletter, released in steps; with `first`, who is called Desk before all others."""
    segments = {"desk": Rule.model_validate({"field": "name", "is": "Desk"})} if first else {}
    wanted = Release(first="desk" if first else "", steps=steps, watch_minutes=watch, **more)
    return DAILY.model_copy(update={"segments": segments, "release": wanted})


@pytest.fixture
def deliver(database: Database, keyring: Keyring, journal: Any) -> Deliver:
    def run(id: EditionId = ID, transport: Any = journal, **more: Any) -> Counts:
        return delivery.deliver(
            database, id, transport=transport, keyring=keyring, patient=False, **more
        )

    return run


def key_of(database: Database, id: EditionId = ID) -> int:
    kept = editions.find(database, id)
    assert kept
    return kept.key


def words(database: Database) -> str:
    with database.read() as connection:
        found = standing(connection, key_of(database))
    return found.words("Asia/Kolkata") if found else ""


def let_time_pass(database: Database) -> None:
    """Let the step that is watched have been watched long enough."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    watched = tables.release_steps.c.watch_until.is_not(None)
    with database.begin() as connection:
        connection.execute(update(tables.release_steps).where(watched).values(watch_until=past))


def bounce(database: Database, positions: range, kind: str = "hard") -> None:
    """Let the mails at some positions come back."""
    rows = [
        {
            "edition_id": key_of(database),
            "position": position,
            "kind": "complained" if kind == "complained" else "bounced",
            "at": datetime.now(UTC),
            "external_id": f"test:{kind}:{position}",
            "data": {"class": kind},
        }
        for position in positions
    ]
    with database.begin() as connection:
        connection.execute(insert(tables.events), rows)


def test_without_steps_an_edition_goes_out_in_one_and_in_the_order_of_rows(
    database: Database, plan: Plan, readers: Readers, deliver: Deliver, journal: Any
) -> None:
    readers(25)
    plan()
    deliver()

    assert journal.accepted == [f"r{n}@example.com" for n in range(1, 26)]
    assert words(database) == ""


def test_a_step_is_handed_over_watched_and_only_then_the_next(
    database: Database, plan: Plan, readers: Readers, deliver: Deliver, journal: Any
) -> None:
    readers(300)
    plan(newsletter=stepwise(1, 10))

    assert words(database) == "1 % first, then 10 %"
    assert deliver().submitted == 3
    assert words(database).startswith("1 % sent, watching until ")
    assert words(database).endswith(" IST, then 10 %")
    assert deliver().submitted == 3

    let_time_pass(database)
    assert deliver().submitted == 30
    assert words(database).endswith("then all")

    let_time_pass(database)
    assert deliver().submitted == 300
    assert words(database) == ""
    assert len(set(journal.accepted)) == len(journal.accepted) == 300
    assert all(proof.holds for proof in prove(database, ID))


def test_what_waits_is_said_while_it_is_sent(
    database: Database, plan: Plan, readers: Readers, deliver: Deliver
) -> None:
    readers(300)
    plan(newsletter=stepwise(1))
    deliver()
    told: list[Any] = []

    deliver(show=lambda _, waiting: told.append(waiting))

    assert told[-1].watched
    assert told[-1].reason == words(database)


def test_a_segment_goes_before_all_others(
    database: Database, plan: Plan, readers: Readers, deliver: Deliver, journal: Any
) -> None:
    readers(200)
    chosen = [100, 150, 7]
    with database.begin() as connection:
        named = tables.subscribers.c.id.in_(chosen)
        connection.execute(update(tables.subscribers).where(named).values(name="Desk"))
    plan(newsletter=stepwise(10, first=True))

    assert deliver().submitted == 3
    assert words(database).startswith("desk sent")
    assert set(journal.accepted) == {f"r{n}@example.com" for n in chosen}


@pytest.mark.parametrize("readers_", [1, 2, 99, 1_000, 1_001, 2_500, 20_001])
def test_every_batch_lies_in_one_step_and_every_reader_in_one_batch(
    database: Database, plan: Plan, readers: Readers, readers_: int
) -> None:
    readers(readers_)
    plan(newsletter=stepwise(1, 5.5, 10, 50))
    ledger = Ledger(database, ID)
    while ledger.write_part():
        pass

    with database.read() as connection:
        ends = [step.last for step in release.steps(connection, key_of(database))]
        rows = connection.execute(select(tables.batches.c.first, tables.batches.c.last)).all()
    assert all(proof.holds for proof in prove(database, ID))
    assert max(last - first + 1 for first, last in rows) <= snapshot.BATCH
    assert not [(row, end) for row in rows for end in ends if row.first <= end < row.last]
    assert ends == sorted(set(ends))
    assert not ends or ends[-1] == readers_


def test_the_first_per_cent_are_others_each_day(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(500)
    with database.begin() as connection:
        # As spread over the ring as real ones are.
        spread = tables.subscribers.c.id * (release.RING // 501)
        connection.execute(update(tables.subscribers).values(public_id=spread))
    firsts = set()
    for day in range(1, 13):
        plan(date(2026, 7, day), newsletter=stepwise(1))
        ledger = Ledger(database, EditionId("daily", date(2026, 7, day)))
        ledger.write_part()
        with database.read() as connection:
            d = tables.deliveries.c
            query = select(d.subscriber_id).where(d.edition_id == key_of(database, ledger.id))
            firsts.add(connection.scalar(query.where(d.position == 1)))

    assert len(firsts) > 6


def test_senders_beside_each_other_open_each_step_once(
    database: Database, plan: Plan, readers: Readers, keyring: Keyring, journal: Any
) -> None:
    readers(400)
    plan(newsletter=stepwise(1, 10, 50, watch=0))

    def send() -> None:
        delivery.deliver(database, ID, transport=journal, keyring=keyring)

    threads = [threading.Thread(target=send) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)

    assert sorted(journal.accepted) == sorted(f"r{n}@example.com" for n in range(1, 401))
    with database.read() as connection:
        opened = [step.opened_at for step in release.steps(connection, key_of(database))]
    assert None not in opened
    assert opened == sorted(filter(None, opened))
    assert all(proof.holds for proof in prove(database, ID))


def test_nothing_is_opened_while_the_edition_is_paused(
    database: Database, plan: Plan, readers: Readers, deliver: Deliver
) -> None:
    readers(300)
    plan(newsletter=stepwise(1))
    deliver()
    let_time_pass(database)
    sending = (EditionState.SENDING,)
    editions.move(database, ID, EditionState.PAUSED, before=sending, reason="a person's word")

    Releasing(database, ID).go_on()

    assert words(database).startswith("1 % sent")


@pytest.mark.parametrize(
    ("kind", "number", "said"),
    [
        ("hard", 21, "21 of the first 200 addresses do not exist"),
        ("ours", 6, "receivers do not want it"),
        ("complained", 6, "marked as spam"),
    ],
)
def test_a_brake_pauses_between_two_steps_and_a_person_lets_it_go_on(
    database: Database,
    plan: Plan,
    readers: Readers,
    deliver: Deliver,
    journal: Any,
    kind: str,
    number: int,
    said: str,
) -> None:
    readers(400)
    plan(newsletter=stepwise(50))
    assert deliver().submitted == 200
    bounce(database, range(1, number + 1), kind)
    let_time_pass(database)

    assert deliver().submitted == 200
    kept = editions.find(database, ID)
    assert kept
    assert kept.state is EditionState.PAUSED
    assert said in kept.reason

    resume(database)
    assert deliver().pending == 0
    assert len(set(journal.accepted)) == len(journal.accepted) == 400


def resume(database: Database) -> None:
    """`newsletter resume`."""
    house = House(Settings(_env_file=None))  # type: ignore[call-arg]
    house.__dict__["database"] = database
    Control(house).resume(ID)


def test_after_a_persons_word_a_brake_looks_at_what_follows(
    database: Database, plan: Plan, readers: Readers, deliver: Deliver
) -> None:
    readers(400)
    plan(newsletter=stepwise(50, 90))
    deliver()
    bounce(database, range(1, 30))
    kept = editions.find(database, ID)
    assert kept
    assert brakes.pull(database, kept)
    resume(database)

    assert not brakes.pull(database, kept)
    bounce(database, range(100, 130))
    assert not brakes.pull(database, kept), "late bounces of what the person has seen"
    let_time_pass(database)
    deliver()
    bounce(database, range(201, 222))
    assert "21 of the first 160" in brakes.pull(database, kept)


def test_readers_whom_a_server_refuses_at_once_count_for_the_brake(
    database: Database,
    plan: Plan,
    readers: Readers,
    deliver: Deliver,
    journal: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # However slow this machine is, it is looked for when sending begins, and not again.
    monkeypatch.setattr("newsletter.delivery.release._BRAKES", 3600.0)
    readers(400)
    plan(newsletter=stepwise(50))
    refused = "550 5.1.1 no such user here"
    unknown = {f"r{n}@example.com" for n in range(1, 31)}
    journal.says = lambda address: (
        Receipt(0, Answer.REFUSED, refused) if address in unknown else None
    )

    deliver()
    let_time_pass(database)
    deliver()

    kept = editions.find(database, ID)
    assert kept
    assert (kept.state, len(journal.accepted)) == (EditionState.PAUSED, 170)
    assert "30 of the first 200 addresses do not exist" in kept.reason


def test_a_brake_does_not_look_at_the_ledger_when_nothing_came_back(
    database: Database, plan: Plan, readers: Readers, deliver: Deliver
) -> None:
    readers(300)
    plan()
    deliver()
    bounce(database, range(1, 4))

    with database.read() as connection:
        assert brakes.look(connection, key_of(database)) == ""


# ── Warming up ──────────────────────────────────────────────────────────────────────────────


def warming(start: int, growth: float = 1.5, **more: Any) -> Newsletter:
    wanted = Release(warm_up=WarmUp(start=start, growth=growth), **more)
    return DAILY.model_copy(update={"release": wanted})


def test_a_warm_up_grows_from_what_was_accepted_and_takes_everyone_in_turn(
    plan: Plan, readers: Readers, deliver: Deliver, journal: Any
) -> None:
    readers(100)
    sizes, seen = [], []
    for day in range(5, 9):
        plan(date(2026, 7, day), newsletter=warming(20))
        counts = deliver(EditionId("daily", date(2026, 7, day)))
        assert (counts.selected, counts.pending, counts.balanced) == (100, 0, True)
        sizes.append(counts.submitted)
        seen = journal.accepted

    assert sizes == [20, 30, 45, 67]
    # The fifth day would go on: each had one before anybody had a second.
    assert len(set(seen[:95])) == 95
    assert len(set(seen)) == 100


def test_who_is_left_out_of_a_warm_up_is_named_with_the_reason(
    database: Database, plan: Plan, readers: Readers, deliver: Deliver
) -> None:
    readers(50, suppressed=[1])
    plan(newsletter=warming(20))
    deliver()

    with database.read() as connection:
        reasons = dict(
            connection.execute(
                select(tables.deliveries.c.reason, tables.deliveries.c.position).where(
                    tables.deliveries.c.state == "skipped"
                )
            ).all()
        )
    assert set(reasons) == {"suppressed", "warm-up"}
    assert all(proof.holds for proof in prove(database, ID))


def test_whose_edition_was_cancelled_does_not_lose_the_turn(
    database: Database, plan: Plan, readers: Readers, deliver: Deliver, journal: Any
) -> None:
    readers(100)
    plan(newsletter=warming(20, steps=(10,), watch_minutes=NEVER))
    assert deliver().submitted == 2
    sending = (EditionState.SENDING,)
    editions.move(database, ID, EditionState.CANCELLED, before=sending)
    plan(date(2026, 7, 6), newsletter=warming(20))

    deliver(EditionId("daily", date(2026, 7, 6)))

    assert len(set(journal.accepted)) == len(journal.accepted) == 22
