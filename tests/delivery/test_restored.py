"""A database that was restored from an old backup mails nobody a second time."""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, Engine, event, insert, make_url

from newsletter.model import EditionId
from newsletter.newsroom import Draft, Newsroom
from newsletter.storage import marks
from newsletter.storage.database import Database
from newsletter.storage.tables import batches, editions, newsletters

ID = "daily/2026-07-05"
SUNDAY = ("--date", "2026-07-05", "--yes")
MONDAY = ("--date", "2026-07-06", "--yes")
READERS = 30

Command = Callable[..., Any]


class Backup:
    """Takes a copy of a database as it stands, and puts it back in its place."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._kept = url, folder / "backup.db"

    def take(self) -> None:
        if self._url.startswith("sqlite"):
            with closing(sqlite3.connect(self._url.removeprefix("sqlite:///"))) as live:
                live.execute("VACUUM INTO ?", (str(self._kept),))
            return
        self._copy(self._name, f"{self._name}_kept")

    def restore(self) -> None:
        if self._url.startswith("sqlite"):
            file = self._url.removeprefix("sqlite:///")
            for end in ("", "-wal", "-shm"):
                Path(file + end).unlink(missing_ok=True)
            shutil.copy(self._kept, file)
            return
        self._copy(f"{self._name}_kept", self._name)

    @property
    def _name(self) -> str:
        return make_url(self._url).database or ""

    @property
    def _server(self) -> str:
        url = make_url(self._url).set(drivername="postgresql", database="postgres")
        return url.render_as_string(hide_password=False)

    def _copy(self, source: str, target: str) -> None:
        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {target} WITH (FORCE)")
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
                (source,),
            )
            connection.execute(f"CREATE DATABASE {target} TEMPLATE {source}")

    def forget(self) -> None:
        if not self._url.startswith("sqlite"):
            with psycopg.connect(self._server, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS {self._name}_kept WITH (FORCE)")


@pytest.fixture
def newsletter(newsletter: Command) -> Iterator[Command]:
    """Type a command, and give its connections back, as the end of its process would."""
    used: set[Engine] = set()

    def remember(connection: Connection) -> None:
        used.add(connection.engine)

    def run(*words: str) -> Any:
        result = newsletter(*words)
        for engine in used:
            engine.dispose()
        return result

    event.listen(Engine, "engine_connect", remember)
    yield run
    event.remove(Engine, "engine_connect", remember)
    for engine in used:
        engine.dispose()


@pytest.fixture
def backup(
    desk: Path,
    story: Callable[..., Path],
    database_url: str,
    newsletter: Command,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Backup]:
    """A house with readers and a story for each of two days, and a copy of it before it sends."""
    monkeypatch.setenv("NEWSLETTER_DATABASE_URL", database_url)
    lines = "".join(f"reader{n}@example.com\n" for n in range(READERS))
    (desk / "subscribers/daily.csv").write_text(f"email\n{lines}")
    story("one")
    story("two", published="2026-07-06T06:00+05:30")
    newsletter("subscribers", "import", "subscribers/daily.csv", "--list", "daily", "--yes")
    made = Backup(database_url, desk)
    yield made
    made.forget()


@pytest.fixture
def mails(desk: Path) -> Callable[[], int]:
    return lambda: len(list((desk / "var/outbox/new").glob("*")))


def state(newsletter: Command) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(newsletter("status", ID, "--json").out)
    return found


def plan_sunday() -> None:
    """Freeze it, and hand nothing over yet."""
    newsroom = Newsroom.open()
    made = newsroom.desk.build(newsroom.newsletter(), date(2026, 7, 5))
    assert isinstance(made, Draft)
    newsroom.dispatch.plan(made)


def test_a_backup_of_before_an_edition_is_not_sent_from(
    backup: Backup, newsletter: Command, mails: Callable[[], int]
) -> None:
    backup.take()
    assert newsletter("send", *SUNDAY).code == 0
    backup.restore()

    for words in (("send", *SUNDAY), ("send", *MONDAY), ("worker",), ("run",)):
        refused = newsletter(*words)
        assert refused.code == 1
        assert f"({ID}): it was restored from a backup" in refused.err
        assert "hint: newsletter reconcile" in refused.err
    assert mails() == READERS


def test_an_edition_that_a_backup_lacks_is_never_mailed_again(
    backup: Backup, newsletter: Command, mails: Callable[[], int]
) -> None:
    backup.take()
    newsletter("send", *SUNDAY)
    backup.restore()
    assert newsletter("reconcile").code == 2
    done = newsletter("reconcile", "--yes")
    again = newsletter("send", *SUNDAY)
    monday = newsletter("send", *MONDAY)

    assert done.code == 0
    assert f"{ID} is cancelled" in done.out
    assert again.code == 1
    assert "is cancelled" in again.err
    assert monday.code == 0
    assert mails() == 2 * READERS
    assert state(newsletter)["state"] == "cancelled"


def test_the_number_of_a_lost_edition_stays_taken(backup: Backup, newsletter: Command) -> None:
    backup.take()
    newsletter("send", *SUNDAY)
    backup.restore()
    newsletter("reconcile", "--yes")
    newsletter("send", *MONDAY)

    database = Database.open(Newsroom.open().settings.database_url)
    with database.read() as connection:
        numbers = {str(mark.edition): mark.number for mark in marks.look(connection)}
    database.close()
    assert numbers == {ID: 1, "daily/2026-07-06": 2}


def test_whoever_a_backup_takes_for_unmailed_is_in_doubt_until_a_person_says(
    backup: Backup, newsletter: Command, mails: Callable[[], int]
) -> None:
    plan_sunday()
    backup.take()
    newsletter("send", *SUNDAY)
    backup.restore()
    assert newsletter("send", *SUNDAY).code == 1
    done = json.loads(newsletter("reconcile", "--yes", "--json").out)

    assert done["editions"] == [{"edition": ID, "lack": "behind", "unknown": READERS, "proven": 0}]
    assert newsletter("send", *SUNDAY).code == 4
    assert mails() == READERS
    assert newsletter("prove", ID).code == 0
    assert newsletter("resolve", ID, "--accepted").code == 0
    assert state(newsletter)["state"] == "sent"
    assert newsletter("send", *MONDAY).code == 0
    assert mails() == 2 * READERS


def test_by_a_persons_word_they_are_mailed_again(
    backup: Backup, newsletter: Command, mails: Callable[[], int]
) -> None:
    plan_sunday()
    backup.take()
    newsletter("send", *SUNDAY)
    backup.restore()
    newsletter("reconcile", "--yes")
    newsletter("resolve", ID, "--resend")

    assert newsletter("send", *SUNDAY).code == 0
    assert state(newsletter)["submitted"] == READERS
    # The outbox takes a mail that comes twice for one.
    assert mails() == READERS


def test_a_second_machine_that_remembers_goes_on_too_once_it_is_settled(
    backup: Backup, newsletter: Command
) -> None:
    plan_sunday()
    backup.take()
    newsletter("send", *SUNDAY)
    database = Database.open(Newsroom.open().settings.database_url)
    place = marks.place(database)
    database.close()
    other = marks.read(place)
    backup.restore()
    newsletter("reconcile", "--yes")
    marks.write(place, other)

    assert newsletter("resolve", ID, "--resend").code == 0
    assert newsletter("send", *SUNDAY).code == 0


def test_without_a_mark_the_same_backup_would_mail_everybody_twice(
    backup: Backup, desk: Path, newsletter: Command
) -> None:
    backup.take()
    newsletter("send", *SUNDAY)
    first = {path.name for path in (desk / "var/outbox/new").iterdir()}
    backup.restore()
    database = Database.open(Newsroom.open().settings.database_url)
    marks.place(database).unlink()
    database.close()
    shutil.rmtree(desk / "var/outbox")

    assert newsletter("send", *SUNDAY).code == 0
    assert len(list((desk / "var/outbox/new").iterdir())) == len(first)


def test_a_database_that_was_not_restored_is_sent_from(
    backup: Backup, newsletter: Command, mails: Callable[[], int]
) -> None:
    backup.take()
    for _ in range(2):
        assert newsletter("send", *SUNDAY).code == 0
        assert newsletter("send", *MONDAY).code == 0

    assert mails() == 2 * READERS
    assert "knows all that was sent" in newsletter("reconcile").out


def test_a_mark_that_cannot_be_read_keeps_everything_back(
    backup: Backup, newsletter: Command
) -> None:
    backup.take()
    newsletter("send", *SUNDAY)
    database = Database.open(Newsroom.open().settings.database_url)
    place = marks.place(database)
    database.close()
    place.write_text('{"editions": [{"edition": "')

    refused = newsletter("send", *MONDAY)
    assert refused.code == 1
    assert "cannot be read" in refused.err
    place.unlink()
    assert newsletter("send", *MONDAY).code == 0


def test_an_old_edition_that_was_never_finished_is_no_sign_of_a_backup(
    database: Database,
) -> None:
    def add(number: int, state: str) -> None:
        day = date(2026, 1, 1) + timedelta(number)
        values = {"newsletter_id": 1, "day": day, "revision": 1, "number": number, "state": state}
        with database.begin() as connection:
            connection.execute(insert(editions).values(id=number, **values))
            batch = {"edition_id": number, "number": 1, "first": 1, "last": 9, "attempt": 3}
            connection.execute(insert(batches).values(**batch, open=state == "paused"))

    with database.begin() as connection:
        connection.execute(insert(newsletters).values(id=1, name="daily"))
    add(1, "paused")
    for number in range(2, marks.MOST + 1):
        add(number, "sent")
    with database.read() as connection:
        before = marks.look(connection)
    add(marks.MOST + 1, "approved")
    with database.read() as connection:
        after = marks.look(connection)
        assert [str(one.mark.edition) for one in marks.lost(connection, before)] == []
        higher = [replace(before[-1], leases=4)]
        assert [one.lack for one in marks.lost(connection, higher)] == [marks.Lack.BEHIND]

    assert (before[-1].number, after[-1].number) == (1, 2)


def test_marks_are_what_was_written(tmp_path: Path) -> None:
    kept = (
        marks.Mark(edition=EditionId.parse(ID), number=7, leases=3, done=True),
        marks.Mark(edition=EditionId.parse(f"{ID}-r2"), number=8, leases=0, done=False),
    )
    marks.write(tmp_path / "below" / "sent.mark", kept)

    assert marks.read(tmp_path / "below" / "sent.mark") == kept
    assert [path.name for path in (tmp_path / "below").iterdir()] == ["sent.mark"]
