"""Forgetting: nothing of an address is left anywhere, and it stays away."""

import itertools
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from newsletter.audience.erasure import dossier, forget
from newsletter.audience.fingerprints import Fingerprints, mailbox_key
from newsletter.audience.importer import import_subscribers
from newsletter.audience.lists import Added, add, remove
from newsletter.storage.database import Database
from newsletter.storage.tables import metadata
from tests.audience.readers import PRINTS, show

ADDRESS = "ann.unmistakable@example.com"


def everything(database: Database) -> str:
    """All that a dump of the database would hold."""
    with database.read() as connection:
        tables = inspect(connection).get_table_names()
        rows = itertools.chain.from_iterable(
            connection.execute(text(f"SELECT * FROM {name}"))  # noqa: S608 - our own tables
            for name in tables
        )
        return "\n".join(str(tuple(row)) for row in rows)


def test_an_erased_address_occurs_nowhere_not_even_in_the_file(
    database: Database, tmp_path: Path
) -> None:
    add(database, ADDRESS, "daily", PRINTS, name="Ann Unmistakable")
    add(database, "ben@example.com", "daily", PRINTS)
    remove(database, ADDRESS, PRINTS, list_name="daily")
    assert ADDRESS in everything(database)

    assert forget(database, ADDRESS, PRINTS, method="command")

    assert "unmistakable" not in everything(database).lower()
    assert "ben@example.com" in everything(database)
    if database.is_sqlite:
        for path in tmp_path.glob("newsletter.db*"):
            if path.is_file():
                assert b"nmistakable" not in path.read_bytes(), path


def test_a_file_cannot_bring_an_erased_address_back(database: Database, tmp_path: Path) -> None:
    add(database, ADDRESS, "daily", PRINTS)
    forget(database, ADDRESS, PRINTS, method="command")
    path = tmp_path / "more.csv"
    path.write_text(f"email\n{ADDRESS.upper()}\nnew@example.com\n")

    report = import_subscribers(database, path, "daily", prints=PRINTS, apply=True)

    assert (report.read, report.new, report.suppressed) == (2, 1, 1)
    assert show(database, ADDRESS) is None
    assert "unmistakable" not in everything(database).lower()


def test_an_erased_address_comes_back_only_by_its_owners_wish(database: Database) -> None:
    forget(database, ADDRESS, PRINTS, method="command")

    assert add(database, ADDRESS, "daily", PRINTS) is Added.SUPPRESSED
    assert add(database, ADDRESS, "daily", PRINTS, again=True) is Added.NEW


def test_forgetting_who_is_not_known_keeps_them_away_all_the_same(database: Database) -> None:
    assert not forget(database, ADDRESS, PRINTS, method="command")
    assert dossier(database, ADDRESS, PRINTS).erased


def test_what_is_told_of_a_reader_names_every_table_that_knows_them(database: Database) -> None:
    """A table with readers in it that a dossier leaves out would be a hole."""
    told = {"subscribers", "subscriptions", "suppressions", "deliveries", "letters", "consents"}
    # The subject of an edition, or of a correction, is a line and no reader.
    readers = [
        table for table in metadata.tables.values() if table.name not in {"editions", "corrections"}
    ]
    knows = {
        table.name
        for table in readers
        if {"subscriber_id", "address", "subject", "mailbox", "public_id"} & set(table.c.keys())
    }

    assert knows <= told
    add(database, ADDRESS, "daily", PRINTS)
    facts = dossier(database, ADDRESS, PRINTS).facts()
    assert {"address", "lists", "suppressions", "deliveries", "letters", "consents"} <= set(facts)


def test_a_fingerprint_needs_the_secret_and_outlives_its_change() -> None:
    old = Fingerprints(b"old secret", key=0)
    new = Fingerprints(b"new secret", key=1, old={0: b"old secret"})

    assert old.of("a@b.example") != Fingerprints(b"other").of("a@b.example")
    assert old.of("a@b.example") in new.all_of("a@b.example")
    assert new.of("a@b.example") != old.of("a@b.example")


@pytest.mark.parametrize(
    ("key", "box"),
    [
        ("an.na+news@gmail.com", "anna@gmail.com"),
        ("anna@gmail.com", "anna@gmail.com"),
        ("+@x.example", "+@x.example"),
    ],
)
def test_one_box_has_one_limit_whatever_its_spelling(key: str, box: str) -> None:
    assert mailbox_key(key) == box
