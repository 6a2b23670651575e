"""What the other side says is kept, whatever it says; what it forgets is a doubt."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select

from newsletter import delivery
from newsletter.model import Answer, Call, Counts, Receipt
from newsletter.storage.database import Database
from newsletter.storage.tables import deliveries, subscribers
from newsletter.tracking.tokens import Keyring
from tests.delivery.victim import ID

Plan = Callable[..., int]
Readers = Callable[..., None]


class Talker:
    """Accepts every mail and says what a test wants."""

    name = "talker"
    largest_call = 10
    calls_at_once = 1
    idempotent = False

    def __init__(self, receipts: Callable[[int], Iterator[Receipt]]) -> None:
        self._receipts = receipts

    def send(self, call: Call) -> Iterator[Receipt]:
        for envelope in call.envelopes:
            yield from self._receipts(envelope.delivery)

    def probe(self) -> None:
        """All is well."""

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def answered(database: Database, plan: Plan, readers: Readers, keyring: Keyring) -> Any:
    """Deliver to twelve readers through a talker; returns the counts."""

    def run(receipts: Callable[[int], Iterator[Receipt]]) -> Counts:
        return delivery.deliver(database, ID, transport=Talker(receipts), keyring=keyring)

    readers(12)
    plan()
    return run


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("250 ok\0", "250 ok"),
        ("250\r\nX-Evil: 1", "250  X-Evil: 1"),
        ("250 \udcff", "250"),
        ("250 स्वीकृत", "250 स्वीकृत"),
        ("x" * 100_000, "x" * 500),
        ("\0", None),
    ],
)
def test_no_words_of_the_other_side_can_lose_an_answer(
    database: Database, answered: Any, said: str, kept: str | None
) -> None:
    counts = answered(lambda n: iter([Receipt(n, Answer.SUBMITTED, said, said)]))

    assert counts == Counts(selected=12, submitted=12)
    with database.read() as connection:
        rows = connection.execute(select(deliveries.c.reply, deliveries.c.provider_id)).all()
    assert {tuple(row) for row in rows} == {(kept, kept)}


def test_an_envelope_without_a_receipt_is_unknown(answered: Any) -> None:
    counts = answered(lambda n: iter([Receipt(n, Answer.SUBMITTED)] if n % 2 else []))

    assert (counts.submitted, counts.unknown) == (6, 6)


def test_a_receipt_for_somebody_else_settles_nobody(answered: Any) -> None:
    counts = answered(lambda n: iter([Receipt(n + 1_000, Answer.SUBMITTED)]))

    assert (counts.submitted, counts.unknown) == (0, 12)


def test_a_reader_who_was_erased_after_the_plan_is_skipped(
    database: Database, answered: Any
) -> None:
    with database.begin() as connection:
        connection.execute(subscribers.delete().where(subscribers.c.id == 5))

    counts = answered(lambda n: iter([Receipt(n, Answer.SUBMITTED)]))

    assert counts == Counts(selected=12, submitted=11, skipped=1)
