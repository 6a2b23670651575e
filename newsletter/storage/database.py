"""The database: SQLite on one machine, PostgreSQL for a fleet, the same tables in both."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)

from newsletter.errors import StorageError
from newsletter.storage.migrations import LATEST, upgrade

#: Seconds that a writer waits for another before it gives up.
PATIENCE = 30

#: Any number will do; all processes that migrate one PostgreSQL take the same lock.
_MIGRATION_LOCK = 7_001


#: What PostgreSQL says when a table or a column is not there.
_LACKING = ("42P01", "42703")


class Database:
    """
    Where everything is kept. Thread-safe; open one for each process.

    SQLite runs in WAL mode with `synchronous=FULL`: what is committed is on the disk. Deleted
    content is overwritten (`secure_delete`), so that an erased reader is really gone.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # SQLite lets one write at a time, and who comes too early sleeps for milliseconds.
        self._writing = threading.Lock() if self.is_sqlite else nullcontext()

    @classmethod
    def open(cls, url: str) -> Self:
        """
        Open it, and make its tables where there are none yet.

        Raises:
            StorageError: the address is wrong, the server is away, or the schema is older
                (`newsletter migrate` mends that) or newer than this program.

        """
        database = cls(_engine(url))
        try:
            database._make_ready()
        except StorageError:
            database.close()
            raise
        return database

    @classmethod
    def open_any(cls, url: str) -> Self:
        """Open it whatever its version, to migrate it. Raises StorageError when it is away."""
        return cls(_engine(url))

    def _make_ready(self) -> None:
        version = self.version()
        if version is None:
            self.migrate()
        elif version != LATEST:
            raise wrong_version(version)

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The SQLite file, or None."""
        name = self.engine.url.database
        return Path(name) if self.is_sqlite and name else None

    def version(self) -> str | None:
        """Return the schema's version, or None for an empty database."""
        with self.read() as connection:
            if not inspect(connection).has_table("alembic_version"):
                return None
            found = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
            return found.scalar_one_or_none()

    def migrate(self) -> tuple[str, str]:
        """Bring the schema to this version; safe from several processes. Returns before, after."""
        before = self.version()
        with self.begin() as connection:
            if not self.is_sqlite:
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            upgrade(connection)
        return before or "", LATEST

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Open a transaction that writes: committed at the end, rolled back by an exception."""
        with self._writing, _translated(), self.engine.connect() as connection:
            writing = connection.execution_options(newsletter_writes=True)
            with writing.begin():
                yield writing

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one moment, and waits for no writer."""
        with _translated(), self.engine.connect() as connection:
            level = {} if self.is_sqlite else {"isolation_level": "REPEATABLE READ"}
            reading = connection.execution_options(**level)
            with reading.begin():
                yield reading

    @contextmanager
    def session(self) -> Iterator[Connection]:
        """Open a connection outside the pool, for what lasts as long as it; no transaction."""
        with _translated(), self.engine.connect() as connection:
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            alone.detach()
            yield alone

    def checkpoint(self) -> None:
        """Empty SQLite's write-ahead log into its file, as far as no reader needs it."""
        if self.is_sqlite:
            with self.session() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    @property
    def folder(self) -> Path | None:
        """Where what belongs to an SQLite file lies beside it: `NAME.db.d`; None otherwise."""
        return self.file and self.file.with_name(f"{self.file.name}.d")

    def close(self) -> None:
        """Give the connections back; a closed database is not used again."""
        self.engine.dispose()


def clock(connection: Connection) -> datetime:
    """
    Return the database's own time, in UTC: the one clock that all machines of a fleet share.

    SQLite has none of its own: it would read this machine's.
    """
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    # In the driver's words: it is asked often, and compiling takes longer than asking.
    told: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
    return told.astimezone(UTC)


def _engine(address: str) -> Engine:
    try:
        url = make_url(address)
    except ArgumentError:
        raise StorageError(
            "NEWSLETTER_DATABASE_URL cannot be read.",
            hint="Such as sqlite:///var/newsletter.db or postgresql+psycopg://user@host/name.",
        ) from None
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername == "postgresql+psycopg":
        alive = {
            "connect_timeout": 10,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            # Where nothing is answered, Linux by itself goes on for a quarter of an hour.
            "tcp_user_timeout": 30_000,
        }
        return create_engine(url, hide_parameters=True, connect_args=alive, pool_pre_ping=True)
    if url.drivername != "sqlite" or not url.database or url.database == ":memory:":
        raise StorageError(
            f"A database of kind {url.drivername} is not supported.",
            hint="Use an SQLite file (sqlite:///var/newsletter.db) or postgresql+psycopg://…",
        )
    return _sqlite(url.database)


def _sqlite(file: str) -> Engine:
    try:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{Path(file).parent} cannot be made: {error.strerror}.") from error
    engine = create_engine(
        f"sqlite:///{file}", hide_parameters=True, connect_args={"timeout": PATIENCE}
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    """Take transactions out of the driver's hands: it begins them late, and never as writers."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        "temp_store=FILE",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get("newsletter_writes")
    # A reader that turns writer half-way fails at once when another wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn what the driver says of a database that is away into one sentence of ours."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        raise StorageError(
            f"The database does not answer: {_words(error)}.",
            hint="NEWSLETTER_DATABASE_URL says which one is used.",
        ) from error
    except ProgrammingError as error:
        if getattr(error.orig, "sqlstate", "") not in _LACKING:
            raise
        # Somebody migrates it just now; SQLite says the same by an OperationalError.
        raise StorageError(
            f"The database is not as this program needs it: {_words(error)}.",
            hint="newsletter migrate, by the newest program; older ones end.",
        ) from error


def _words(error: DBAPIError) -> str:
    """Return the driver's first line: it names host and file, never the password."""
    lines = str(error.orig).strip().splitlines() or ["no reason given"]
    return lines[0].rstrip(".:")


def wrong_version(version: str) -> StorageError:
    """Say that the schema is another than this program's, which is older or newer."""
    if version > LATEST:
        return StorageError(
            f"The database is at version {version}, newer than this program's {LATEST}.",
            hint="Update the program.",
        )
    return StorageError(
        f"The database is at version {version}; this program needs {LATEST}.",
        hint="newsletter migrate",
    )
