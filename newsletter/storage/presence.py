"""Whether a worker still lives: a lock that the system gives back by itself when it dies."""

import fcntl
import secrets
from contextlib import AbstractContextManager
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection

from newsletter.errors import StorageError
from newsletter.storage.database import Database

#: Seconds after which PostgreSQL asks a silent client whether it lives, between two such
#: questions, and how many may stay unanswered.
_SERVER_ASKS = (
    "tcp_keepalives_idle = 10",
    "tcp_keepalives_interval = 5",
    "tcp_keepalives_count = 3",
)

#: So begins the name of who proves to be alive, and is no worker.
_NO_WORKER = "engine-"

#: What PostgreSQL's list of sessions calls one that proves its worker's life.
_SESSION = "newsletter worker"

_ALIVE = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = %(name)s
"""

_HELD = """
SELECT EXISTS (
    SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint = %(high)s AND objid::bigint = %(low)s
)
"""


class Presence:
    """
    A worker's name, and the lock that it holds for as long as it lives.

    SQLite: an `flock` on a file in `NAME.db.d`. PostgreSQL: an advisory lock of a session of its
    own. Neither needs a time-out, and neither outlives its process; but a frozen process keeps
    both, and PostgreSQL's is lost with the connection.
    """

    def __init__(self, database: Database, *, works: bool = True) -> None:
        """`works`: it hands mail over, and is counted as a worker. Raises StorageError."""
        #: Random, so that no two workers that ever lived have the same.
        self.id = ("" if works else _NO_WORKER) + secrets.token_hex(8)
        self._database = database
        self._works = works
        self._file: IO[str] | None = None
        self._session: AbstractContextManager[Connection] | None = None
        self._holds = True
        if database.folder:
            self._file = _locked(database.folder, self.id)
        else:
            self._connect()
            self._say(f"SELECT pg_advisory_lock({_number(self.id)})")

    def _connect(self) -> None:
        session = self._database.session()
        self._connection = connection = session.__enter__()
        self._session = session
        # The driver's own: another that came in its place would not have the lock.
        self._line: Any = connection.connection.dbapi_connection
        self._lost = connection.dialect.loaded_dbapi.Error
        name = f"application_name = '{_SESSION}'"
        for setting in (*_SERVER_ASKS, name) if self._works else _SERVER_ASKS:
            self._say(f"SET {setting}")

    def _say(self, words: str) -> Any:
        try:
            return self._line.execute(words)
        except self._lost as error:
            raise StorageError(
                "The database does not answer: a worker's session ended.",
                hint="NEWSLETTER_DATABASE_URL says which one is used.",
            ) from error

    def lasts(self) -> bool:
        """Say whether the lock is held still; asked by one thread at a time."""
        if self._file:
            return True
        if self._session is None:
            return False
        try:
            self._say("SELECT 1")
        except StorageError:
            return False
        return self._holds

    def renew(self) -> None:
        """
        Take the lock again under the same name, where it was lost with its connection.

        As long as PostgreSQL has not noticed that the session before is gone, that one proves
        the life of this. Asked by one thread at a time. Raises StorageError.
        """
        if self.lasts():
            return
        self.leave()
        self._connect()
        got = self._say(f"SELECT pg_try_advisory_lock({_number(self.id)})")
        (self._holds,) = got.fetchone()

    def leave(self) -> None:
        """Give the lock back, if it is held."""
        if self._file:
            Path(self._file.name).unlink(missing_ok=True)
            self._file.close()
        session, self._session = self._session, None
        if session:
            # A server notices a closed session late: its successor would wait for nothing.
            try:
                self._say("SELECT pg_advisory_unlock_all()")
            except StorageError:
                self._connection.invalidate()
            session.__exit__(None, None, None)


def is_alive(database: Database, connection: Connection, id: str) -> bool:
    """Say whether the worker of that name lives; asked inside a transaction."""
    if database.folder:
        return _is_locked(database.folder / f"worker-{id}.lock")
    high, low = divmod(_number(id) % 2**64, 2**32)
    return bool(connection.exec_driver_sql(_HELD, {"high": high, "low": low}).scalar())


def count_alive(database: Database, connection: Connection) -> int:
    """Count the workers that live, of the whole fleet; asked inside a transaction."""
    if database.folder:
        locks = database.folder.glob("worker-*.lock")
        return sum(
            _is_held(lock) for lock in locks if not lock.name.startswith(f"worker-{_NO_WORKER}")
        )
    return int(connection.exec_driver_sql(_ALIVE, {"name": _SESSION}).scalar_one())


def _number(id: str) -> int:
    """Make 64 bits of a name: what advisory locks are called."""
    return int.from_bytes(blake2b(id.encode(), digest_size=8).digest(), signed=True)


def _locked(folder: Path, id: str) -> IO[str]:
    folder.mkdir(exist_ok=True)
    lock = (folder / f"worker-{id}.lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _is_held(path: Path) -> bool:
    """Look at a lock, and remove nothing: its file may be so new that it is not locked yet."""
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        pass
    return False


def _is_locked(path: Path) -> bool:
    """Try the lock; the file of one who died is removed by whoever notices."""
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            path.unlink(missing_ok=True)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
