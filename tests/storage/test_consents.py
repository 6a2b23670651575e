"""The consent ledger: nothing in it can be changed, taken out or put in between unseen."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from newsletter.storage import consents
from newsletter.storage.consents import Consent
from newsletter.storage.database import Database

AT = datetime(2026, 7, 5, 1, 30, 0, 123456, tzinfo=UTC)
ENTRY = Consent(at=AT, event="asked", subject="fingerprint:0:ab", list_name="daily", method="page")


def add(database: Database, *entries: Consent) -> list[int]:
    with database.begin() as connection:
        return consents.add(connection, entries)


def broken(database: Database) -> list[int]:
    with database.read() as connection:
        return list(consents.broken(connection))


def unseal(database: Database) -> None:
    """What only who owns the database can do."""
    with database.begin() as connection:
        if database.is_sqlite:
            for change in ("update", "delete"):
                connection.exec_driver_sql(f"DROP TRIGGER consents_no_{change}")
        else:
            connection.exec_driver_sql("DROP TRIGGER consents_sealed ON consents")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consents SET note = 'never asked'",
        "DELETE FROM consents",
        "UPDATE wordings SET text = 'other words'",
        "DELETE FROM wordings",
    ],
)
def test_the_database_refuses_every_change(database: Database, change: str) -> None:
    with database.begin() as connection:
        words = consents.keep_wording(connection, "join", "en", "Get it by mail.")
        consents.add(connection, [replace(ENTRY, wording=words)])

    with pytest.raises(DBAPIError, match="never changed"), database.begin() as connection:
        connection.execute(text(change))


def test_a_whole_chain_is_whole(database: Database) -> None:
    assert add(database, ENTRY, replace(ENTRY, event="confirmed")) == [1, 2]
    assert add(database, replace(ENTRY, event="unsubscribed")) == [3]
    assert broken(database) == []


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ("UPDATE consents SET note = 'x' WHERE id = 2", [2]),
        ("UPDATE consents SET at = '2020-01-01 00:00:00' WHERE id = 2", [2]),
        ("UPDATE consents SET subject = 'fingerprint:0:cd' WHERE id = 3", [3]),
        ("DELETE FROM consents WHERE id = 2", [3]),
        ("DELETE FROM consents WHERE id = 1", [2]),
    ],
)
def test_a_change_by_who_owns_the_database_shows(
    database: Database, change: str, shown: list[int]
) -> None:
    add(database, *[replace(ENTRY, note=str(n)) for n in range(4)])
    unseal(database)
    with database.begin() as connection:
        connection.execute(text(change))

    assert broken(database)[:1] == shown


def test_words_are_kept_once_and_shown_again(database: Database) -> None:
    with database.begin() as connection:
        first = consents.keep_wording(connection, "join", "hi", "मुझे भेजिए")
        assert consents.keep_wording(connection, "join", "hi", "मुझे भेजिए") == first
        consents.add(connection, [replace(ENTRY, wording=first)])
        (shown,) = consents.about(connection, "ann@example.com", ["fingerprint:0:ab"])

    assert (shown.text, shown.lang, shown.form) == ("मुझे भेजिए", "hi", "join")
    assert shown.consent.at == AT


def test_many_at_once_make_one_chain(database: Database) -> None:
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: add(database, replace(ENTRY, note=str(n))), range(40)))

    assert broken(database) == []
    with database.read() as connection:
        assert connection.execute(text("SELECT max(id) FROM consents")).scalar() == 40
