"""Statements that run thousands of times a second: handed to the database's driver itself."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection

from newsletter.errors import StorageError

_NAMED = re.compile(r"(?<!:):(\w+)")


class Swift:
    """
    One statement, with values by their names (`:name`), inside a transaction of the house.

    SQLAlchemy prepares, compiles and wraps each execution anew, which takes several times as
    long as the statement. Moments may be given; what comes back is as the driver has it.
    """

    def __init__(self, statement: str, *, postgresql: str = "") -> None:
        """`postgresql`: the same in its words, where they differ."""
        self.sqlite = statement
        self.postgresql = _NAMED.sub(r"%(\1)s", postgresql or statement)

    def run(self, connection: Connection, values: Mapping[str, object]) -> Any:
        """Run it; returns the driver's cursor. Raises StorageError."""
        driver: Any = connection.connection.dbapi_connection
        try:
            if connection.dialect.name == "sqlite":
                return driver.execute(self.sqlite, _plain(values))
            return driver.execute(self.postgresql, values)
        except connection.dialect.loaded_dbapi.Error as error:
            if getattr(driver, "closed", False):
                connection.invalidate(error)
            lines = str(error).strip().splitlines() or ["no reason given"]
            raise StorageError(
                f"The database does not answer: {lines[0].rstrip('.:')}.",
                hint="NEWSLETTER_DATABASE_URL says which one is used.",
            ) from error


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Write moments as SQLAlchemy writes them into SQLite."""
    return {
        name: moment(value) if isinstance(value, datetime) else value
        for name, value in values.items()
    }


def moment(value: datetime) -> str:
    """Write a moment in UTC, to microseconds: so it is compared as text."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
