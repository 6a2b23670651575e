"""One sender at a time: a lock that the system gives back by itself when its holder dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from newsletter.storage.database import Database

#: Any number will do; all senders of one PostgreSQL take the same lock.
_SENDER_LOCK = 7_003


@contextmanager
def sole_sender(database: Database) -> Iterator[bool]:
    """
    Hold the sender's lock; yields False when another process holds it.

    SQLite: an `flock` in the folder `NAME.db.d` beside the file. PostgreSQL: a session's
    advisory lock. Neither needs a time-out, and neither outlives its process.
    """
    taking = _file_lock(database.file) if database.file else _session_lock(database)
    with taking as taken:
        yield taken


@contextmanager
def _file_lock(file: Path) -> Iterator[bool]:
    folder = file.with_name(f"{file.name}.d")
    folder.mkdir(exist_ok=True)
    with (folder / "sender.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


@contextmanager
def _session_lock(database: Database) -> Iterator[bool]:
    with database.session() as session:
        asked = f"SELECT pg_try_advisory_lock({_SENDER_LOCK})"
        taken = bool(session.exec_driver_sql(asked).scalar())
        try:
            yield taken
        finally:
            # A server notices a closed session late: the next sender would find itself locked out.
            if taken:
                _unlock(session)


def _unlock(session: Connection) -> None:
    # When the session is lost, so is its lock.
    with suppress(DBAPIError):
        session.exec_driver_sql(f"SELECT pg_advisory_unlock({_SENDER_LOCK})")
