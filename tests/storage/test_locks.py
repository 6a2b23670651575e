"""One sender at a time, and no sender is kept away by one that is done."""

from contextlib import ExitStack

import pytest

from newsletter.errors import StorageError
from newsletter.storage.database import Database
from newsletter.storage.locks import sole_sender


def test_a_second_sender_is_told_that_it_is_not_alone(database: Database) -> None:
    with sole_sender(database) as first, sole_sender(database) as second:
        assert (first, second) == (True, False)


def test_the_lock_is_free_at_once_when_its_holder_is_done(database: Database) -> None:
    for _ in range(20):
        with ExitStack() as busy:
            for _ in range(5):
                busy.enter_context(database.read())
        # Connections stand ready, so that the next comes quicker than a session ends.
        for _ in range(5):
            with sole_sender(database) as alone:
                assert alone


def test_a_sender_that_was_refused_takes_nothing_from_the_first(database: Database) -> None:
    with sole_sender(database):
        with sole_sender(database):
            pass
        with sole_sender(database) as third:
            assert not third


def test_a_lock_lost_with_its_session_keeps_nobody_away(database: Database) -> None:
    def cut() -> None:
        with database.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
            )

    with sole_sender(database) as alone:
        assert alone
        if not database.is_sqlite:
            cut()

    with sole_sender(database) as again:
        assert again


def test_a_server_that_is_away_is_one_sentence() -> None:
    away = Database.open_any("postgresql+psycopg://desk@127.0.0.1:1/newsletter")

    with pytest.raises(StorageError, match="does not answer"), sole_sender(away):
        pass
