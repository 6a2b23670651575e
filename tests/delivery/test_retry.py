"""Who is deferred is tried again, later and later, until it is enough."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from newsletter import delivery
from newsletter.delivery.retry import Rules, choose, domain_of, doubled, settled
from newsletter.model import Answer, Counts, DeliveryState, Receipt
from newsletter.settings import DeliverySettings
from newsletter.storage.claims import Claimed
from newsletter.storage.database import Database
from newsletter.storage.pace import Receiver
from newsletter.storage.tables import deliveries, receivers
from newsletter.tracking.tokens import Keyring
from tests.delivery.victim import ID

Plan = Callable[..., int]
Readers = Callable[..., None]

NOW = datetime(2026, 7, 5, 1, 30, tzinfo=UTC)
RULES = Rules()

#: Quick enough for a test to wait.
QUICK = Rules(first_pause=0.05, longest_pause=0.1, first_probe=0.05, longest_probe=0.1)


def reader(attempts: int = 1) -> Claimed:
    return Claimed(7, 7, "r7@example.com", "", attempts)


def deferred(*, crowded: bool = False) -> Receipt:
    return Receipt(7, Answer.DEFERRED, "451 4.2.1 later", crowded=crowded)


# ── The policy ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("times", "pause"), [(1, 60), (2, 120), (5, 960), (6, 1800), (99, 1800)])
def test_a_pause_doubles_up_to_the_longest(times: int, pause: float) -> None:
    assert doubled(60, 1800, times) == pause


def test_pauses_are_shifted_by_chance_so_that_not_all_come_at_once() -> None:
    random.seed(5)
    pauses = {
        settled(deferred(), reader(), now=NOW, began=NOW, rules=RULES).next_try for _ in range(50)
    }

    assert len(pauses) > 40
    assert all(pause and 45 <= (pause - NOW).total_seconds() <= 75 for pause in pauses)


def test_what_is_accepted_or_refused_is_not_tried_again() -> None:
    for answer in (Answer.SUBMITTED, Answer.REFUSED, Answer.UNKNOWN):
        done = settled(Receipt(7, answer, "words", "id"), reader(), now=NOW, began=NOW, rules=RULES)
        assert done == (7, DeliveryState(answer.value), "words", "id", None)


def test_past_the_limit_a_reader_is_refused_with_the_last_words() -> None:
    late = NOW + RULES.limit
    done = settled(deferred(), reader(), now=late, began=NOW, rules=RULES)

    assert done.state is DeliveryState.REFUSED
    assert done.reply == "not accepted within 4 hours: 451 4.2.1 later"


def test_who_is_crowded_out_waits_ten_minutes() -> None:
    done = settled(deferred(crowded=True), reader(), now=NOW, began=NOW, rules=RULES)

    assert done.next_try == NOW + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("rate", "transport", "most"), [(None, 1000, 1000), (300, 1000, 15), (5, 50, 1), (9000, 50, 50)]
)
def test_a_call_is_a_twentieth_of_a_second_of_the_rate(
    rate: int | None, transport: int, most: int
) -> None:
    assert Rules(rate=rate).largest(transport) == most


def test_rules_come_from_the_settings() -> None:
    given = DeliverySettings(lease_seconds=10, retry_hours=1.5)

    rules = Rules.of(given, 300)

    assert (rules.lease, rules.limit, rules.rate) == (
        timedelta(seconds=10),
        timedelta(hours=1.5),
        300,
    )


def test_a_domain_is_told_whatever_the_case() -> None:
    assert domain_of("Ann@Example.COM") == "example.com"


def test_of_a_crowded_domain_no_more_are_chosen_than_it_takes() -> None:
    waiting = [(n, f"r{n}@{'gmail' if n % 2 else 'other'}.example") for n in range(1, 11)]
    full = {"gmail.example": Receiver("gmail.example", "", NOW, 2)}

    chosen, domains = choose(waiting, full, most=6, now=NOW)

    assert chosen == [1, 2, 3, 4, 6, 8]
    assert domains == {"gmail.example"}


def test_of_a_domain_that_pauses_nobody_is_chosen() -> None:
    later = NOW + timedelta(seconds=1)
    full = {"gmail.example": Receiver("gmail.example", "", later, 2)}

    assert choose([(1, "a@gmail.example")], full, most=6, now=NOW) == ([], set())


# ── In the ledger ───────────────────────────────────────────────────────────────────────────


@pytest.fixture
def deliver(database: Database, keyring: Keyring, journal: Any) -> Callable[..., Counts]:
    def run(rules: Rules = QUICK, **more: Any) -> Counts:
        return delivery.deliver(
            database, ID, transport=journal, keyring=keyring, rules=rules, **more
        )

    return run


def test_a_sender_stays_until_who_was_deferred_is_settled(
    plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(12)
    plan()
    journal.answers["r5@example.com"] = Answer.DEFERRED
    journal.before = lambda: journal.answers.clear() if len(journal.calls) == 3 else None

    counts = deliver()

    assert counts.submitted == 12
    tries = [e.delivery for call in journal.calls for e in call.envelopes].count(5)
    assert tries == 3


def test_one_try_leaves_who_was_deferred_for_the_next_send_which_tries_at_once(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(3)
    plan()
    journal.answers["r2@example.com"] = Answer.DEFERRED

    counts = deliver(Rules(), patient=False)

    assert (counts.submitted, counts.pending, counts.deferred) == (2, 1, 1)
    with database.read() as connection:
        again = connection.scalar(select(deliveries.c.next_try).where(deliveries.c.position == 2))
    assert again
    assert again > datetime.now(UTC) + timedelta(seconds=40)
    journal.answers.clear()
    assert deliver(Rules(), patient=False).submitted == 3


def test_who_is_deferred_past_the_limit_is_refused_and_the_edition_is_sent(
    plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(3)
    plan()
    journal.answers["r2@example.com"] = Answer.DEFERRED

    counts = deliver(Rules(limit=timedelta(0)))

    assert counts == Counts(selected=3, submitted=2, refused=1)


def test_a_domain_that_wants_less_gets_nothing_and_then_one_reader_at_a_time(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(12)
    plan()
    sizes: list[int] = []

    def answer(address: str) -> Receipt | None:
        full = len(journal.calls) == 1 and address == "r4@example.com"
        return Receipt(0, Answer.DEFERRED, "421 4.7.28 slow down", crowded=True) if full else None

    journal.says = answer
    journal.before = lambda: sizes.append(len(journal.accepted))
    rules = Rules(crowded_pause=timedelta(seconds=0.3))

    counts = deliver(rules)

    assert counts.submitted == 12
    # The first call of ten goes out whole; of the three that are left, one, then two more.
    assert [len(call.envelopes) for call in journal.calls] == [10, 1, 2]
    with database.read() as connection:
        (row,) = connection.execute(select(receivers)).all()
    assert (row.domain, row.width, row.call) == ("example.com", 3, None)


def test_a_pause_that_a_receiver_asked_for_is_kept_by_the_next_send(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(12)
    plan()
    full = Receipt(0, Answer.DEFERRED, "421 4.7.28 slow down", crowded=True)
    journal.says = lambda address: full if address == "r4@example.com" else None
    deliver(Rules(), patient=False)
    journal.says = lambda _: None

    counts = deliver(Rules(), patient=False)

    assert (counts.submitted, counts.pending) == (9, 3)
    with database.read() as connection:
        until = connection.scalar(select(receivers.c.next_try))
    assert until
    assert until > datetime.now(UTC) + timedelta(minutes=9)


def test_readers_of_other_domains_do_not_wait_with_it(
    database: Database, plan: Plan, readers: Readers, deliver: Any
) -> None:
    readers(12)
    plan()
    with database.begin() as connection:
        values = {"reason": "421", "width": 1, "next_try": datetime.now(UTC) + timedelta(hours=1)}
        connection.execute(receivers.insert().values(domain="elsewhere.example", **values))

    assert deliver(Rules(), patient=False).submitted == 12
