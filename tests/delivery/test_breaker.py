"""One failure of a transport stops all calls; a probe, then one small call, let them go on."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from newsletter import delivery
from newsletter.delivery.breaker import CircuitBreaker
from newsletter.delivery.retry import Rules
from newsletter.errors import DeliveryError, PermanentFailure, TemporaryFailure, UnknownOutcome
from newsletter.model import Answer, Counts, EditionState
from newsletter.storage import editions
from newsletter.storage.database import Database
from newsletter.storage.tables import breakers, deliveries
from newsletter.tracking.tokens import Keyring
from tests.delivery.conftest import Journal
from tests.delivery.victim import ID

Plan = Callable[..., int]
Readers = Callable[..., None]

QUICK = Rules(first_probe=0.05, longest_probe=0.1)


@pytest.fixture
def deliver(database: Database, keyring: Keyring, journal: Any) -> Callable[..., Counts]:
    def run(transport: Any = journal, rules: Rules = QUICK, **more: Any) -> Counts:
        return delivery.deliver(
            database, ID, transport=transport, keyring=keyring, rules=rules, **more
        )

    return run


def fail(journal: Any, failure: Exception, *, calls: int = 1) -> None:
    """Fail the first calls, at their third reader."""

    def before() -> None:
        broken = len(journal.calls) < calls
        journal.answers = {"r3@example.com": failure} if broken else {}

    journal.before = before


def row(database: Database) -> Any:
    with database.read() as connection:
        return connection.execute(select(breakers)).one_or_none()


def test_after_a_failure_one_probe_and_one_small_call_go_out_before_all_else(
    database: Database, plan: Plan, readers: Readers, deliver: Any, tmp_path: Any
) -> None:
    readers(300)
    plan()
    journal = Journal(tmp_path / "journal", call=100)
    fail(journal, TemporaryFailure("The relay is away."))

    counts = deliver(journal)

    assert counts.submitted == 300
    assert journal.probes == 1
    assert [len(call.envelopes) for call in journal.calls][:2] == [100, 50]
    assert row(database) is None


def test_no_call_is_made_while_probes_fail(
    plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(30)
    plan()
    fail(journal, TemporaryFailure("The relay is away."))
    journal.trouble = TemporaryFailure("still away")
    stop = threading.Event()
    threading.Timer(1.5, stop.set).start()

    counts = deliver(stop=stop.is_set)

    assert (counts.submitted, counts.pending, counts.unknown) == (2, 28, 0)
    assert len(journal.calls) == 1
    assert journal.probes > 3


def test_an_outage_leaves_at_most_the_calls_in_flight_in_doubt(
    plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(100)
    plan()
    fail(journal, UnknownOutcome("The line went dead."))

    counts = deliver()

    assert counts == Counts(selected=100, submitted=92, unknown=8)


def test_one_reader_in_doubt_opens_the_breaker_too(
    plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(30)
    plan()
    journal.answers["r3@example.com"] = Answer.UNKNOWN

    assert deliver().unknown == 1
    assert journal.probes == 1


def test_a_trial_that_fails_opens_it_again(
    plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(30)
    plan()
    fail(journal, TemporaryFailure("away"), calls=3)

    assert deliver().submitted == 30
    assert journal.probes == 3


def test_a_moment_that_the_other_side_named_is_kept_by_the_next_send(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(30)
    plan()
    asked = TemporaryFailure("429: slow down", retry_after=timedelta(minutes=5))
    fail(journal, asked)
    deliver(patient=False)

    counts = deliver(patient=False)

    assert (counts.submitted, counts.pending) == (2, 28)
    assert journal.probes == 0
    found = row(database)
    assert found.asked
    assert found.next_try > datetime.now(UTC) + timedelta(minutes=4)


def test_a_moment_that_nobody_named_is_hurried_by_the_next_send(
    plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(30)
    plan()
    fail(journal, TemporaryFailure("away"))
    slow = Rules(first_probe=600, longest_probe=600)
    assert deliver(rules=slow, patient=False).pending == 28

    assert deliver(rules=slow, patient=False).submitted == 30


def test_one_of_many_probes(database: Database, journal: Any) -> None:
    gate = CircuitBreaker(database, "journal", QUICK)
    gate.trip(TemporaryFailure("away"))
    others = [
        threading.Thread(target=CircuitBreaker(database, "journal", QUICK).probe, args=[journal])
        for _ in range(4)
    ]
    threading.Event().wait(0.1)
    for other in others:
        other.start()
    for other in others:
        other.join(30)

    assert journal.probes == 1
    found = gate.seen()
    assert found
    assert found.state == "trial"


@pytest.mark.parametrize(
    "failure", [PermanentFailure("550 5.7.1 our mail is refused"), PermanentFailure("401")]
)
def test_a_fault_of_ours_pauses_the_edition_and_refuses_no_reader(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any, failure: Any
) -> None:
    readers(30)
    plan()
    journal.answers["r3@example.com"] = failure

    with pytest.raises(PermanentFailure):
        deliver()

    kept = editions.find(database, ID)
    assert kept
    assert (kept.state, kept.reason) == (EditionState.PAUSED, str(failure))
    with database.read() as connection:
        states = connection.execute(select(deliveries.c.state).distinct()).scalars().all()
    assert set(states) == {"submitted", "deferred", "planned"}
    with pytest.raises(DeliveryError, match="paused"):
        deliver()
    editions.move(database, ID, EditionState.SENDING, before=[EditionState.PAUSED])
    journal.answers.clear()
    assert deliver().submitted == 30
