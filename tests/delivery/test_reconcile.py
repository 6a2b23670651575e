"""Doubts are settled by evidence, after the quiet period, or by a person; never by a guess."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from newsletter import delivery
from newsletter.delivery.ledger import Ledger
from newsletter.delivery.prove import prove
from newsletter.delivery.reconcile import QUIET, Word, quiet_period, resolve
from newsletter.errors import DeliveryError
from newsletter.model import Answer, EditionId, EditionState
from newsletter.settings import Settings
from newsletter.storage import editions
from newsletter.storage.database import Database
from newsletter.storage.tables import batches, deliveries, events, links
from newsletter.storage.tables import editions as editions_table
from newsletter.tracking.tokens import Keyring
from tests.delivery.victim import ID

Plan = Callable[..., int]
Readers = Callable[..., None]

NONE = timedelta(0)


@pytest.fixture
def doubts(
    database: Database, plan: Plan, readers: Readers, keyring: Keyring, journal: Any
) -> Database:
    """Twelve readers, of whom 3, 4 and 5 are unknown since an hour."""
    readers(12)
    plan()
    for number in (3, 4, 5):
        journal.answers[f"r{number}@example.com"] = Answer.UNKNOWN
    delivery.deliver(database, ID, transport=journal, keyring=keyring)
    with database.begin() as connection:
        hour = datetime.now(UTC) - timedelta(hours=1)
        connection.execute(update(deliveries).values(intent_at=hour))
    return database


def tell(database: Database, **event: Any) -> None:
    values = {"edition_id": 1, "kind": "delivered", "at": datetime.now(UTC), "data": {}} | event
    with database.begin() as connection:
        connection.execute(insert(events).values(values))


def state(database: Database, position: int) -> str:
    with database.read() as connection:
        query = select(deliveries.c.state).where(deliveries.c.position == position)
        return str(connection.execute(query).scalar_one())


def call_of(database: Database, position: int) -> str:
    with database.read() as connection:
        query = select(deliveries.c.call).where(deliveries.c.position == position)
        return str(connection.execute(query).scalar_one())


def test_an_event_that_names_the_delivery_proves_it(doubts: Database) -> None:
    tell(doubts, position=4)

    assert resolve(doubts, ID, Word.EVIDENCE, quiet=NONE) == 1
    assert [state(doubts, n) for n in (3, 4, 5)] == ["unknown", "submitted", "unknown"]


def test_an_event_that_names_the_call_proves_all_of_it(doubts: Database) -> None:
    tell(doubts, call=call_of(doubts, 3), kind="accepted")

    assert resolve(doubts, ID, Word.EVIDENCE, quiet=NONE) == 3
    kept = editions.find(doubts, ID)
    assert kept
    assert kept.state is EditionState.SENT


@pytest.mark.parametrize(
    "event",
    [
        {"position": 4, "kind": "dropped"},
        {"position": 1},
        {"call": "another"},
        {"position": 4, "edition_id": None},
    ],
)
def test_an_event_of_something_else_proves_nothing(doubts: Database, event: Any) -> None:
    tell(doubts, **event)

    assert resolve(doubts, ID, Word.EVIDENCE, quiet=NONE) == 0
    assert state(doubts, 4) == "unknown"


def test_evidence_counts_only_after_the_quiet_period(doubts: Database) -> None:
    tell(doubts, position=4)

    assert resolve(doubts, ID, Word.EVIDENCE, quiet=timedelta(hours=2)) == 0
    assert resolve(doubts, ID, Word.EVIDENCE, quiet=timedelta(minutes=50)) == 1


def test_sending_again_is_refused_until_the_quiet_period_is_over(
    doubts: Database, keyring: Keyring, journal: Any
) -> None:
    with pytest.raises(DeliveryError, match="3 of daily/2026-07-05 may still be accepted"):
        resolve(doubts, ID, Word.RESEND, quiet=timedelta(hours=2))
    journal.answers.clear()

    assert resolve(doubts, ID, Word.RESEND, quiet=timedelta(minutes=50)) == 3
    counts = delivery.deliver(doubts, ID, transport=journal, keyring=keyring)
    assert (counts.submitted, counts.unknown) == (12, 0)


def test_a_persons_word_that_they_were_mailed_needs_no_waiting(doubts: Database) -> None:
    assert resolve(doubts, ID, Word.ACCEPTED, quiet=timedelta(hours=2)) == 3
    assert state(doubts, 4) == "submitted"


def test_an_edition_that_nobody_knows_has_no_doubts(doubts: Database) -> None:
    with pytest.raises(DeliveryError, match="Nothing is known"):
        resolve(doubts, EditionId("weekly", ID.day), Word.EVIDENCE, quiet=NONE)


def test_the_quiet_period_is_the_transports_unless_a_setting_says_otherwise() -> None:
    assert quiet_period(Settings()) == QUIET["outbox"]
    given = Settings.model_validate({"transport": "smtp", "delivery": {"quiet_seconds": 42}})
    assert quiet_period(given) == timedelta(seconds=42)
    assert {name: q.total_seconds() for name, q in QUIET.items()} == {
        "outbox": 0,
        "sendgrid": 180,
        "smtp": 600,
    }


# ── Proofs ──────────────────────────────────────────────────────────────────────────────────


def failing(database: Database) -> set[str]:
    return {proof.name for proof in prove(database, ID) if not proof.holds}


def test_a_ledger_with_doubts_contradicts_nothing(doubts: Database) -> None:
    assert failing(doubts) == set()


def test_what_is_not_planned_has_nothing_to_prove(database: Database) -> None:
    with pytest.raises(DeliveryError, match="not planned"):
        prove(database, ID)


FORGERIES: dict[str, Any] = {
    "audience": update(deliveries).where(deliveries.c.position == 2).values(subscriber_id=901),
    "equation": update(editions_table).values(selected=13),
    "mail": update(links).values(url="https://elsewhere.example"),
    "batches": update(batches).values(last=11),
    "rows": update(deliveries).where(deliveries.c.position == 1).values(call=None),
    "state": update(editions_table).values(state="sent"),
}


@pytest.mark.parametrize("name", FORGERIES)
def test_whatever_is_changed_behind_the_ledgers_back_is_found(doubts: Database, name: str) -> None:
    with doubts.begin() as connection:
        connection.execute(FORGERIES[name])

    assert name in failing(doubts)


def test_a_mail_that_the_ledger_denies_is_found(doubts: Database) -> None:
    with doubts.begin() as connection:
        denied = update(deliveries).where(deliveries.c.position == 1)
        connection.execute(denied.values(state="refused"))
    tell(doubts, position=1)

    assert failing(doubts) == {"events"}


def test_a_row_that_is_missing_is_found(doubts: Database) -> None:
    with doubts.begin() as connection:
        connection.execute(deliveries.delete().where(deliveries.c.position == 12))

    assert {"audience", "batches", "equation"} <= failing(doubts)


def test_a_half_written_audience_is_proven_too(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(12)
    plan()

    assert failing(database) == set()
    Ledger(database, ID).write_part()
    assert failing(database) == set()
