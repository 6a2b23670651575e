"""Who lives is seen to live, and who died is seen to be dead, at once."""

import multiprocessing
from multiprocessing.connection import Connection as Pipe

import pytest
from sqlalchemy import create_engine

from newsletter.errors import StorageError
from newsletter.storage.database import Database
from newsletter.storage.presence import Presence, _number, is_alive
from tests.waiting import until


def lives(database: Database, name: str) -> bool:
    with database.read() as connection:
        return is_alive(database, connection, name)


def test_a_worker_lives_until_it_leaves(database: Database) -> None:
    presence = Presence(database)

    assert lives(database, presence.id)
    assert presence.lasts()
    presence.leave()
    assert not lives(database, presence.id)


def test_two_workers_of_one_process_live_apart(database: Database) -> None:
    first, second = Presence(database), Presence(database)
    first.leave()

    assert not lives(database, first.id)
    assert lives(database, second.id)
    second.leave()


def test_a_name_that_nobody_ever_had_is_dead(database: Database) -> None:
    assert not lives(database, "0123456789abcdef")


def test_looking_does_not_disturb_who_lives(database: Database) -> None:
    presence = Presence(database)
    for _ in range(50):
        assert lives(database, presence.id)

    assert presence.lasts()
    presence.leave()


def arrive(url: str, told: Pipe) -> None:
    presence = Presence(Database.open(url))
    told.send(presence.id)
    told.recv()


def test_who_is_killed_is_dead_at_once(database: Database) -> None:
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    url = database.engine.url.render_as_string(hide_password=False)
    process = spawn.Process(target=arrive, args=[url, there], daemon=True)
    process.start()
    name = here.recv()
    assert lives(database, name)

    process.kill()
    process.join()

    # PostgreSQL gives a lock back as soon as it sees that the connection is closed.
    assert until(lambda: not lives(database, name), 10)


def test_a_lock_that_is_lost_with_its_connection_is_noticed(database: Database) -> None:
    presence = Presence(database)
    if database.is_sqlite:
        # An flock lasts as long as its file is open.
        assert presence.lasts()
        presence.leave()
        return
    with database.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
        )

    assert not presence.lasts()
    presence.leave()
    assert not lives(database, presence.id)


def end_sessions(database: Database) -> None:
    """Let PostgreSQL end whatever session holds a lock, as it does when it is started anew."""
    with database.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE locktype = 'advisory'"
        )


def test_who_lost_the_lock_takes_it_again_under_the_same_name(database: Database) -> None:
    presence = Presence(database, works=False)
    name = presence.id
    if not database.is_sqlite:
        end_sessions(database)
        assert not lives(database, name)

    presence.renew()
    assert presence.id == name
    assert lives(database, name)
    assert presence.lasts()
    presence.leave()
    assert not lives(database, name)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_while_the_lost_session_still_proves_its_life_nobody_waits_for_it(
    database: Database,
) -> None:
    presence = Presence(database, works=False)
    end_sessions(database)
    # To the server the session lives: it was the network between that was cut.
    with database.session() as ghost:
        ghost.exec_driver_sql(f"SELECT pg_advisory_lock({_number(presence.id)})")
        presence.renew()
        assert lives(database, presence.id)
        assert not presence.lasts()

    # A server gives a lock back a moment after its session ended.
    def holds_it_again() -> bool:
        presence.renew()
        return presence.lasts()

    assert until(holds_it_again, 10)
    assert lives(database, presence.id)
    presence.leave()


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_database_that_is_away_is_said_so_and_asked_again(database: Database) -> None:
    presence = Presence(database, works=False)
    end_sessions(database)
    engine, database.engine = database.engine, create_engine("postgresql+psycopg://127.0.0.1:9/x")

    with pytest.raises(StorageError):
        presence.renew()
    assert not presence.lasts()
    database.engine.dispose()
    database.engine = engine
    presence.renew()
    assert lives(database, presence.id)
    presence.leave()
