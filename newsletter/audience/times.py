"""Dates as other systems write them, read as moments in UTC."""

import re
from datetime import UTC, datetime

#: Nobody signed up before there was e-mail: an earlier time is a program's word for none.
_FIRST = datetime(1971, 1, 1, tzinfo=UTC)

#: `2023-03-24 10:23:10 UTC`, `2021-02-04 07:55:20 +0000`.
_ZONE_WORD = re.compile(r"\s*(?:UTC|GMT)$", re.IGNORECASE)
_ZONE_APART = re.compile(r"\s+(?=[+-]\d\d:?\d\d$)")
_PARTS = re.compile(
    r"(\d{1,2})([./-])(\d{1,2})\2(\d{4})"
    r"(?:,?[ T]+(\d{1,2}):(\d\d)(?::(\d\d))?(?:\s*([AP])\.?M\.?)?)?",
    re.IGNORECASE | re.ASCII,
)


def moment(text: str, *, day_first: bool | None = None) -> datetime | None:
    """
    Return a moment in UTC, or None for what cannot be read for certain.

    A time without a zone is taken as UTC. `day_first` says how 04/12/2022 is meant; without it
    such a date is read only where one of the two numbers can be no month.
    """
    try:
        told = _told(text, day_first)
        told = told.astimezone(UTC) if told.tzinfo else told.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    return told if told >= _FIRST else None


def _told(text: str, day_first: bool | None) -> datetime:
    """Read a time, with its zone where it names one. Raises ValueError."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        text = _ZONE_APART.sub("", _ZONE_WORD.sub("", text.strip()[:64]))
        if found := _PARTS.fullmatch(text):
            return _by_parts(found, day_first)
        return datetime.fromisoformat(text)


def _by_parts(found: re.Match[str], day_first: bool | None) -> datetime:
    """Read `12-04-2022 09:30`, `04/12/2022 9:30 PM`, `12.04.2022`. Raises ValueError."""
    one, mark, other, year, hours, minutes, seconds, half = found.groups()
    first, second = int(one), int(other)
    if day_first is None:
        if mark != "." and first != second and max(first, second) <= 12:
            raise ValueError(found[0])
        day_first = mark == "." or first > 12
    day, month = (first, second) if day_first else (second, first)
    hour = _hour(int(hours or 0), half)
    return datetime(int(year), month, day, hour, int(minutes or 0), int(seconds or 0), tzinfo=UTC)


def _hour(hour: int, half: str | None) -> int:
    """Count from midnight what is written as AM or PM. Raises ValueError for 13 PM."""
    if half is None:
        return hour
    if not 1 <= hour <= 12:
        raise ValueError(hour)
    return hour % 12 + (12 if half in "Pp" else 0)
