"""Moments as minutes: what is drawn over time is counted by the database, a minute a row."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, String, func, literal_column, type_coerce


def minute(connection: Connection, moment: ColumnElement[datetime]) -> ColumnElement[Any]:
    """Return a moment's minute, as an expression to group by; `by_minute` reads it."""
    if connection.dialect.name == "sqlite":
        # Moments are text there: `2026-07-05 01:30:00.000000`.
        return func.substr(type_coerce(moment, String), literal_column("1"), literal_column("16"))
    in_utc = func.timezone(literal_column("'UTC'"), moment)
    return func.date_trunc(literal_column("'minute'"), in_utc)


def by_minute(connection: Connection, counted: Select[Any]) -> Mapping[datetime | None, int]:
    """Run a query for minutes and how many there were in each; minutes are in UTC."""
    return {_read(at): int(number) for at, number in connection.execute(counted)}


def _read(at: Any) -> datetime | None:
    if at is None:
        return None
    read = datetime.fromisoformat(at) if isinstance(at, str) else at
    return read.replace(tzinfo=UTC)
