"""Pause, cancel and stop act at once; a call without an answer is a doubt a while after."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from newsletter import delivery
from newsletter.delivery.retry import Rules
from newsletter.errors import UnknownOutcome
from newsletter.model import Answer, Call, Counts, EditionState, Receipt
from newsletter.storage import deliveries, editions
from newsletter.storage.database import Database
from newsletter.tracking.tokens import Keyring
from tests.delivery.victim import ID
from tests.waiting import until

Plan = Callable[..., int]
Readers = Callable[..., None]

DRAIN = 0.6


class Silent:
    """Answers for the first readers of each call, and then nothing until it is told to."""

    name = "silent"
    largest_call = 10
    calls_at_once = 2
    idempotent = False

    def __init__(self) -> None:
        self.calls = 0
        self.reached = threading.Event()
        self.answer = threading.Event()
        self.closed = threading.Event()

    def send(self, call: Call) -> Iterator[Receipt]:
        self.calls += 1
        first, *rest = call.envelopes
        yield Receipt(first.delivery, Answer.SUBMITTED)
        self.reached.set()
        while not (self.answer.is_set() or self.closed.is_set()):
            time.sleep(0.01)
        if not self.answer.is_set():
            raise UnknownOutcome("The transport was closed.")
        for envelope in rest:
            yield Receipt(envelope.delivery, Answer.SUBMITTED)

    def probe(self) -> None:
        """All is well."""

    def close(self) -> None:
        self.closed.set()


@pytest.fixture
def silent() -> Silent:
    return Silent()


@pytest.fixture
def sending(
    database: Database, plan: Plan, readers: Readers, keyring: Keyring, silent: Silent
) -> Iterator[tuple[threading.Event, list[Counts]]]:
    """Deliver to 60 readers in a thread; yields how to stop it, and what it ended with."""
    readers(60)
    plan()
    stop, ended = threading.Event(), list[Counts]()

    def send() -> None:
        rules = Rules(drain=DRAIN)
        done = delivery.deliver(
            database, ID, transport=silent, keyring=keyring, rules=rules, stop=stop.is_set
        )
        ended.append(done)

    thread = threading.Thread(target=send)
    thread.start()
    assert silent.reached.wait(10)
    yield stop, ended
    silent.close()
    stop.set()
    thread.join(20)


def counts(database: Database) -> Counts:
    kept = editions.find(database, ID)
    assert kept
    with database.read() as connection:
        return deliveries.counts(connection, kept.key)


def test_a_paused_edition_begins_no_call_and_doubts_the_unanswered_after_a_while(
    database: Database, sending: Any, silent: Silent
) -> None:
    editions.move(database, ID, EditionState.PAUSED, before=[EditionState.SENDING])
    began, calls = time.monotonic(), silent.calls

    assert counts(database).unknown == 0
    assert until(lambda: counts(database).unknown)
    assert DRAIN * 0.8 < time.monotonic() - began < DRAIN + 1
    assert until(lambda: sending[1])
    assert silent.calls == calls
    found = counts(database)
    assert (found.submitted, found.unknown) == (calls, 9 * calls)
    assert found.pending == 60 - 10 * calls


def test_an_answer_in_time_is_no_doubt(database: Database, sending: Any, silent: Silent) -> None:
    editions.move(database, ID, EditionState.PAUSED, before=[EditionState.SENDING])
    time.sleep(DRAIN / 2)
    silent.answer.set()

    assert until(lambda: sending[1])
    assert counts(database).unknown == 0
    assert counts(database).submitted == 10 * silent.calls


def test_a_late_answer_takes_a_doubt_away(database: Database, sending: Any, silent: Silent) -> None:
    editions.move(database, ID, EditionState.PAUSED, before=[EditionState.SENDING])
    assert until(lambda: counts(database).unknown)
    silent.answer.set()

    assert until(lambda: sending[1])
    assert until(lambda: counts(database).unknown == 0)


def test_a_sender_that_is_asked_to_stop_ends_though_no_answer_comes(
    database: Database, sending: Any, silent: Silent
) -> None:
    began = time.monotonic()
    sending[0].set()

    assert until(lambda: sending[1])
    assert time.monotonic() - began < DRAIN + 2
    assert counts(database).unknown == 9 * silent.calls
    kept = editions.find(database, ID)
    assert kept
    assert kept.state is EditionState.SENDING


def test_a_cancelled_edition_begins_no_call(
    database: Database, sending: Any, silent: Silent
) -> None:
    calls = silent.calls
    editions.move(database, ID, EditionState.CANCELLED, before=[EditionState.SENDING])
    silent.answer.set()

    assert until(lambda: sending[1])
    assert silent.calls == calls
