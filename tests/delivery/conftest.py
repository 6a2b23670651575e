"""An edition with readers, and a transport that writes down what it was handed."""

import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert

from newsletter import delivery
from newsletter.delivery.fleet import Fleet
from newsletter.delivery.retry import Rules
from newsletter.delivery.worker import Worker
from newsletter.errors import TransportError
from newsletter.model import (
    Answer,
    Approval,
    Article,
    Call,
    Choice,
    Edition,
    EditionId,
    Headers,
    Link,
    Picture,
    Receipt,
    Rendition,
    Selection,
)
from newsletter.settings import Newsletter, Sender
from newsletter.storage.database import Database
from newsletter.storage.tables import lists, subscribers, subscriptions, suppressions
from newsletter.tracking.tokens import Keyring

IST = ZoneInfo("Asia/Kolkata")
NOW = datetime(2026, 7, 5, 1, tzinfo=UTC)
CUTOFF = datetime(2026, 7, 5, 7, tzinfo=IST)
ID = EditionId("daily", date(2026, 7, 5))

DAILY = Newsletter(
    name="daily",
    title="The ShiftMaker",
    sender=Sender(name="The ShiftMaker", address="desk@news.example"),
    postal_address="1 Example Street",
)

ARTICLE = Article(id="a", title="A story", url="https://news.example/a", published=NOW)
DRAFT = Article(id="d", title="A draft", url="https://news.example/d", published=NOW)

PICTURE = Picture(hash="ab" * 32, media_type="image/png", data=b"png", width=1, height=1)

RENDITION = Rendition(
    subject="A story",
    preheader="Of today",
    html="<p>Hello</p>",
    text="Hello",
    links=(Link(number=1, url="https://news.example/a", role="lead", article="a"),),
    pictures=(PICTURE,),
)

HEADERS = Headers(
    sender_name="The ShiftMaker",
    sender_address="desk@news.example",
    list_id="daily.news.example",
    list_name="The ShiftMaker",
    unsubscribe="https://news.example/u/",
    domain="news.example",
)

Plan = Callable[..., int]


def edition_on(day: date) -> Edition:
    cutoff = datetime(day.year, day.month, day.day, 7, tzinfo=IST)
    return Edition(
        id=EditionId("daily", day), subject="A story", preheader="", lead=ARTICLE, cutoff=cutoff
    )


@pytest.fixture
def keyring() -> Keyring:
    return Keyring(b"a canary that is long enough to be one")


@pytest.fixture
def plan(database: Database) -> Plan:
    """Plan the edition of a day: `plan()`, `plan(date(2026, 7, 6))`."""

    def run(
        day: date = ID.day,
        into: Database = database,
        approval: Approval | None = None,
        newsletter: Newsletter = DAILY,
    ) -> int:
        edition = edition_on(day)
        choices = (
            Choice(article=ARTICLE, included=True, reason="lead", place="lead", considered=True),
            Choice(article=DRAFT, included=False, reason="draft"),
        )
        return delivery.plan(
            into,
            newsletter=newsletter,
            edition=edition,
            selection=Selection(choices=choices, since=CUTOFF, until=edition.cutoff),
            rendition=RENDITION,
            headers=HEADERS,
            approval=approval,
        )

    return run


@pytest.fixture
def readers(database: Database) -> Callable[..., None]:
    """Put readers r1, r2 … on the list, some suppressed or gone."""

    def add(count: int, *, suppressed: Sequence[int] = (), gone: Sequence[int] = ()) -> None:
        people = [
            {
                "id": n,
                "public_id": n,
                "address": f"r{n}@example.com",
                "key": f"r{n}@example.com",
                "name": "",
                "attributes": {},
                "created_at": NOW,
            }
            for n in range(1, count + 1)
        ]
        states = dict.fromkeys(gone, "unsubscribed")
        with database.begin() as connection:
            connection.execute(insert(lists).values(id=1, name="daily", created_at=NOW))
            connection.execute(insert(subscribers), people)
            rows = [
                {"list_id": 1, "subscriber_id": n, "state": states.get(n, "active"), "since": NOW}
                for n in range(1, count + 1)
            ]
            connection.execute(insert(subscriptions), rows)
            for n in suppressed:
                row = {"key": f"r{n}@example.com", "reason": "complained", "at": NOW}
                connection.execute(insert(suppressions).values(row))

    return add


class Journal:
    """
    A transport at the border: it accepts mail, and writes down whose before it says so.

    The file is the judge of kill tests: what stands in it was accepted, whatever the ledger
    came to know of it.
    """

    name = "journal"

    def __init__(self, file: Path, *, idempotent: bool = False, call: int = 10) -> None:
        self.file = file
        self.idempotent = idempotent
        self.largest_call = call
        self.calls_at_once = 1
        #: What a probe says: None is that all is well.
        self.trouble: TransportError | None = None
        self.probes = 0
        #: By address: an answer other than "submitted", or an error to raise.
        self.answers: dict[str, Answer | TransportError | BaseException] = {}
        self.calls: list[Call] = []
        #: By address: a receipt of its own; None is the ordinary one.
        self.says: Callable[[str], Receipt | None] = lambda _: None
        #: Run before each call.
        self.before: Callable[[], None] = lambda: None

    def send(self, call: Call) -> Iterator[Receipt]:
        self.before()
        self.calls.append(call)
        with self.file.open("ab", buffering=0) as journal:
            for envelope in call.envelopes:
                if said := self.says(envelope.address):
                    yield said._replace(delivery=envelope.delivery)
                    continue
                answer = self.answers.get(envelope.address, Answer.SUBMITTED)
                if isinstance(answer, BaseException):
                    raise answer
                if answer is Answer.SUBMITTED:
                    journal.write(f"{envelope.address}\n".encode())
                    os.fsync(journal)
                yield Receipt(envelope.delivery, answer, "said so", f"id-{envelope.delivery}")

    def probe(self) -> None:
        self.probes += 1
        if self.trouble:
            raise self.trouble

    def close(self) -> None:
        """Nothing is held."""

    @property
    def accepted(self) -> list[str]:
        return self.file.read_text(encoding="utf-8").split() if self.file.exists() else []


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal")


@pytest.fixture
def idempotent(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal", idempotent=True)


@pytest.fixture
def fleet(database: Database, keyring: Keyring, journal: "Journal") -> Iterator[Fleet]:
    with Worker(database, journal, keyring, rules=Rules(), stop=lambda: False) as worker:
        running = Fleet(database, worker)
        yield running
        running.leave()
