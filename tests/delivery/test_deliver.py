"""Who is mailed, what is written down, and what happens when the other side says no."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from newsletter import delivery
from newsletter.errors import (
    DeliveryError,
    UnknownOutcome,
)
from newsletter.model import Answer, Counts, EditionId, EditionState, Memory
from newsletter.storage import editions, tables
from newsletter.storage.database import Database
from newsletter.storage.memory import recall
from newsletter.storage.tables import deliveries, lists, subscriptions, suppressions
from newsletter.tracking.tokens import Keyring, Purpose

ID = EditionId("daily", date(2026, 7, 5))

Plan = Callable[..., int]
Readers = Callable[..., None]


@pytest.fixture
def deliver(database: Database, keyring: Keyring, journal: Any) -> Callable[..., Counts]:
    def run(transport: Any = journal, **more: Any) -> Counts:
        return delivery.deliver(
            database, ID, transport=transport, keyring=keyring, patient=False, **more
        )

    return run


def state(database: Database) -> EditionState:
    kept = editions.find(database, ID)
    assert kept
    return kept.state


def ledger(database: Database) -> dict[int, Any]:
    with database.read() as connection:
        rows = connection.execute(select(deliveries).order_by(deliveries.c.position))
        return {row.position: row for row in rows}


def test_everybody_gets_one_mail_and_the_edition_is_sent(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(25, suppressed=[3])
    plan()

    counts = deliver()

    assert sorted(journal.accepted) == sorted(f"r{n}@example.com" for n in range(1, 26) if n != 3)
    assert counts == Counts(selected=25, submitted=24, skipped=1)
    assert state(database) is EditionState.SENT
    assert ledger(database)[1].provider_id == "id-1"


def test_delivering_again_mails_nobody_a_second_time(
    plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(25)
    plan()
    deliver()

    assert deliver().submitted == 25
    assert len(journal.accepted) == 25


def test_the_intent_is_on_the_disk_before_the_transport_is_called(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(5)
    plan()
    seen: list[set[str]] = []
    journal.before = lambda: seen.append({row.state for row in ledger(database).values()})

    deliver()

    assert seen == [{"claimed"}]


def test_every_token_is_the_readers_own_and_opens_one_thing(
    plan: Plan, readers: Readers, deliver: Any, journal: Any, keyring: Keyring
) -> None:
    readers(2)
    plan()
    deliver()

    first, second = journal.calls[0].envelopes
    assert keyring.read(Purpose.DOOR, first.tokens.door).subscriber == 1
    assert keyring.read(Purpose.DOOR, second.tokens.door).subscriber == 2
    assert keyring.read(Purpose.DOOR, first.tokens.door).number == 1
    assert len(set(first.tokens) | set(second.tokens)) == 10


def test_the_secret_behind_pseudonyms_is_gone_once_the_edition_is_sent(
    database: Database, plan: Plan, readers: Readers, deliver: Any
) -> None:
    readers(1)
    plan()
    deliver()

    with database.read() as connection:
        assert connection.scalar(select(tables.editions.c.secret)) is None


def test_one_refusal_stops_nobody_else(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(15)
    plan()
    journal.answers["r4@example.com"] = Answer.REFUSED

    counts = deliver()

    assert (counts.submitted, counts.refused) == (14, 1)
    assert (ledger(database)[4].state, ledger(database)[4].reply) == ("refused", "said so")
    assert state(database) is EditionState.SENT


def test_who_is_suppressed_after_the_plan_is_skipped_in_the_claim(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(3)
    plan()
    with database.begin() as connection:
        row = {"key": "r2@example.com", "reason": "bounced", "at": datetime.now(UTC)}
        connection.execute(insert(suppressions).values(row))
        left = update(subscriptions).where(subscriptions.c.subscriber_id == 3)
        connection.execute(left.values(state="unsubscribed"))

    counts = deliver()

    assert journal.accepted == ["r1@example.com"]
    assert counts == Counts(selected=3, submitted=1, skipped=2)
    assert [ledger(database)[n].reason for n in (2, 3)] == ["suppressed", "unsubscribed"]


def test_a_suppression_of_another_list_keeps_nobody_away(
    database: Database, plan: Plan, readers: Readers, deliver: Any
) -> None:
    readers(1)
    plan()
    with database.begin() as connection:
        other = {"id": 2, "name": "weekly", "created_at": datetime.now(UTC)}
        connection.execute(insert(lists).values(other))
        row = {"key": "r1@example.com", "list_id": 2, "reason": "manual", "at": datetime.now(UTC)}
        connection.execute(insert(suppressions).values(row))

    assert deliver().submitted == 1


@pytest.mark.parametrize("failure", [UnknownOutcome("The line went dead."), KeyboardInterrupt()])
def test_what_may_have_been_accepted_is_unknown_and_never_sent_again(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any, failure: Any
) -> None:
    readers(5)
    plan()
    journal.answers["r3@example.com"] = failure
    with suppress(KeyboardInterrupt):
        deliver()
    journal.answers.clear()

    counts = deliver()

    assert (counts.submitted, counts.unknown) == (2, 3)
    assert len(journal.accepted) == 2
    assert state(database) is EditionState.SENDING


def test_a_doubt_that_does_no_harm_is_tried_again(
    plan: Plan, readers: Readers, deliver: Any, idempotent: Any
) -> None:
    readers(5)
    plan()
    idempotent.answers["r3@example.com"] = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        deliver(idempotent)
    idempotent.answers.clear()

    assert deliver(idempotent).submitted == 5


def test_a_paused_edition_claims_nobody_more(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(30)
    plan()

    def pause() -> None:
        if journal.calls:
            editions.move(database, ID, EditionState.PAUSED, before=[EditionState.SENDING])

    journal.before = pause
    counts = deliver()

    assert (counts.submitted, counts.pending) == (20, 10)
    with pytest.raises(DeliveryError, match="paused"):
        deliver()
    assert len(journal.calls) == 2


def test_a_sender_that_is_asked_to_stop_begins_no_further_call(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(30)
    plan()

    counts = deliver(stop=lambda: len(journal.calls) == 1)

    assert (counts.submitted, counts.pending, counts.unknown) == (10, 20, 0)
    assert state(database) is EditionState.SENDING
    assert deliver().submitted == 30


def test_what_is_not_planned_cannot_be_delivered(deliver: Any) -> None:
    with pytest.raises(DeliveryError, match="is not planned"):
        deliver()


def test_progress_shows_the_ledgers_own_counts(plan: Plan, readers: Readers, deliver: Any) -> None:
    readers(25)
    plan()
    shown: list[Counts] = []

    deliver(show=lambda counts, _: shown.append(counts))

    assert shown
    assert all(counts.balanced and counts.selected == 25 for counts in shown)


# ── Memory ──────────────────────────────────────────────────────────────────────────────────


def recalled(database: Database, day: int, *keys: str) -> Memory:
    before = EditionId("daily", date(2026, 7, day))
    return recall(database, "daily", before=before, keys=keys, articles=["a", "nobody"])


def test_what_was_sent_is_remembered_by_later_editions_only(
    database: Database, plan: Plan, readers: Readers, deliver: Any
) -> None:
    readers(1)
    plan()
    assert recalled(database, 6, "news.example/a") == Memory()
    deliver()

    memory = recalled(database, 6, "news.example/a")

    assert memory.last == "daily/2026-07-05"
    assert [(row.key, row.article, row.included) for row in memory.considered] == [
        ("news.example/a", "a", True)
    ]
    assert memory.considered[0].cutoff == memory.cutoff
    assert memory.considered[0].led
    assert memory.subject
    assert recalled(database, 5, "news.example/a") == Memory()


def test_an_edition_that_reached_nobody_is_not_remembered(
    database: Database, plan: Plan, readers: Readers, deliver: Any, journal: Any
) -> None:
    readers(1)
    plan()
    journal.answers["r1@example.com"] = Answer.REFUSED
    deliver()

    assert recalled(database, 6, "news.example/a") == Memory()
