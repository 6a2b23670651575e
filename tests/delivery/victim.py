"""A sender that is made to be killed, in a process of its own."""

import os
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

from sqlalchemy import Connection

from newsletter.delivery import deliver, plan
from newsletter.delivery.ledger import Ledger
from newsletter.model import (
    Answer,
    Article,
    Call,
    Edition,
    EditionId,
    Headers,
    Receipt,
    Rendition,
    Selection,
)
from newsletter.settings import Newsletter, Sender
from newsletter.storage import plans
from newsletter.storage.database import Database
from newsletter.tracking.tokens import Keyring

ID = EditionId("daily", date(2026, 7, 5))
SECRET = b"a canary that is long enough to be one"


class SlowJournal:
    """Accepts mail slowly, and writes down whose on the disk before it says so."""

    name = "journal"
    largest_call = 20
    calls_at_once = 1

    def __init__(self, file: Path, *, idempotent: bool) -> None:
        self.file = file
        self.idempotent = idempotent

    def send(self, call: Call) -> Iterator[Receipt]:
        with self.file.open("ab", buffering=0) as journal:
            for envelope in call.envelopes:
                time.sleep(0.0005)
                # Accepted the moment it is on the disk; one line for one mail.
                journal.write(f"{envelope.address} {envelope.tokens.message_id}\n".encode())
                os.fsync(journal)
                yield Receipt(envelope.delivery, Answer.SUBMITTED)

    def probe(self) -> None:
        """All is well."""

    def close(self) -> None:
        """Nothing is held."""


def send(url: str, journal: Path, *, idempotent: bool) -> None:
    """Deliver the edition as `newsletter send` would."""
    database = Database.open(url)
    deliver(
        database,
        ID,
        transport=SlowJournal(journal, idempotent=idempotent),
        keyring=Keyring(SECRET),
    )
    database.close()


def send_blindly(url: str, journal: Path, *, idempotent: bool) -> None:
    """The same with a fault put in: what a dead sender left is simply tried again."""
    careful = Ledger._settle_abandoned
    Ledger._settle_abandoned = (  # type: ignore[method-assign]
        lambda self, connection, lease, **_: careful(self, connection, lease, repeatable=True)
    )
    send(url, journal, idempotent=idempotent)


def plan_and_wait(url: str, ready: Event) -> None:
    """Plan the edition, and stop before the commit, to be killed there."""
    freeze = plans.freeze

    def freeze_and_wait(connection: Connection, key: int, plan: plans.Plan) -> int:
        selected = freeze(connection, key, plan)
        ready.set()
        time.sleep(60)
        return selected

    plans.freeze = freeze_and_wait
    cutoff = datetime(2026, 7, 5, 7, tzinfo=UTC)
    article = Article(id="a", title="A story", url="https://news.example/a", published=cutoff)
    plan(
        Database.open(url),
        newsletter=Newsletter(
            name="daily",
            title="The ShiftMaker",
            sender=Sender(name="The ShiftMaker", address="desk@news.example"),
            postal_address="1 Example Street",
        ),
        edition=Edition(id=ID, subject="A", preheader="", lead=article, cutoff=cutoff),
        selection=Selection(choices=(), since=cutoff, until=cutoff),
        rendition=Rendition(subject="A", preheader="", html="<p>A</p>", text="A"),
        headers=Headers(
            sender_name="A",
            sender_address="desk@news.example",
            list_id="daily.news.example",
            list_name="A",
            unsubscribe="https://news.example/u/",
            domain="news.example",
        ),
    )
