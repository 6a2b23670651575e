"""Who lives is seen to live, and who died is seen to be dead, at once."""

import multiprocessing
import time
from multiprocessing.connection import Connection as Pipe

from newsletter.storage.database import Database
from newsletter.storage.presence import Presence, is_alive


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
    latest = time.monotonic() + 10
    while lives(database, name) and time.monotonic() < latest:
        time.sleep(0.01)
    assert not lives(database, name)


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
