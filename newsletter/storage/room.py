"""Room to sort and look up in memory, for what reads or writes a million rows at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

#: What SQLite takes by itself, in megabytes.
NARROW = 2


def widen(connection: Connection, *, megabytes: int) -> None:
    """
    Let the database sort and look up in memory: with SQLite's own 2 MB that takes minutes.

    PostgreSQL forgets it at the end of the transaction; SQLite must be told `NARROW`.
    """
    if connection.dialect.name == "sqlite":
        for schema in ("main", "temp"):
            connection.exec_driver_sql(f"PRAGMA {schema}.cache_size = {-1024 * megabytes}")
    else:
        connection.exec_driver_sql(f"SET LOCAL work_mem = '{megabytes}MB'")
        # Compiling a statement that runs once takes longer than it saves.
        connection.exec_driver_sql("SET LOCAL jit = off")


@contextmanager
def wide(connection: Connection, *, megabytes: int) -> Iterator[None]:
    """Give a transaction room, and take it back at its end."""
    widen(connection, megabytes=megabytes)
    try:
        yield
    finally:
        if connection.dialect.name == "sqlite":
            widen(connection, megabytes=NARROW)
