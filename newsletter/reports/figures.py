"""How a number is written: with separators, of what, and no more exact than it is."""

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

#: Keeps a number and its sign on one line.
_THIN = "\u00a0"

#: Below so many delivered a rate says more of chance than of readers.
RATES_FROM = 200


def number(value: int) -> str:
    return f"{value:,}"


def counted(count: int, one: str, many: str = "") -> str:
    """`1 click`, `1,204 clicks`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def span(low: int, high: int) -> str:
    """`5,210 to 5,690`, and `5,210` where nothing is unsure."""
    return number(low) if low == high else f"{number(low)} to {number(high)}"


def scaled(part: int, whole: int, times: int, digits: int = 0) -> str:
    """
    Write a share in parts of `times`, and never round something to nothing or to all.

    `scaled(1, 48_000, 100, 1)` is `less than 0.1`. An empty whole has no share: `0`.
    """
    if whole <= 0 or part <= 0:
        return "0"
    if part == whole:
        return number(times)
    least = 10**-digits
    value = round(times * part / whole, digits)
    if value < least:
        return f"less than {least:.{digits}f}"
    if value >= times and part < whole:
        return f"more than {times - least:,.{digits}f}"
    return f"{value:,.{digits}f}"


def scaled_span(low: int, high: int, whole: int, times: int, digits: int = 0) -> str:
    """`109 to 120`; one number where both are written alike."""
    ends = [scaled(low, whole, times, digits), scaled(high, whole, times, digits)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def percent(part: int, whole: int, digits: int = 1) -> str:
    """`98.9 %`."""
    return f"{scaled(part, whole, 100, digits)}{_THIN}%"


def percent_span(low: int, high: int, whole: int) -> str:
    """`8.4 to 9.0 %`."""
    return f"{scaled_span(low, high, whole, 100, 1)}{_THIN}%"


def short(text: str, most: int) -> str:
    """Cut a text at so many characters, between words if it can be, and say so with `…`."""
    clean = " ".join(text.split())
    if len(clean) <= most:
        return clean
    cut = clean[: most - 1]
    words = cut.rpartition(" ")[0]
    return (words if len(words) > most // 2 else cut).rstrip() + "…"


def zone(name: str) -> tzinfo:
    """Return the newsletter's zone; UTC before it is known."""
    return ZoneInfo(name) if name else UTC


def day(value: date) -> str:
    """`Sunday 5 July 2026`."""
    return f"{value:%A} {value.day} {value:%B %Y}"


def short_day(value: date) -> str:
    """`5 Jul`."""
    return f"{value.day} {value:%b}"


def clock(at: datetime, timezone: str, *, seconds: bool = False) -> str:
    """`07:00`, in the newsletter's zone."""
    local = at.astimezone(zone(timezone))
    return f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"


def span_of_time(first: datetime, last: datetime, timezone: str) -> tuple[str, str]:
    """`07:00` and `07:16`; the days as well where they differ."""
    days = [at.astimezone(zone(timezone)).date() for at in (first, last)]
    before = ["", ""] if days[0] == days[1] else [f"{short_day(one)} " for one in days]
    return before[0] + clock(first, timezone), before[1] + clock(last, timezone)


def zone_name(at: datetime, timezone: str) -> str:
    """`IST`; `UTC+05:45` where a zone has no letters of its own."""
    name = f"{at.astimezone(zone(timezone)):%Z}"
    if name[:1] not in "+-":
        return name
    minutes = name[3:5]
    return f"UTC{name[:3]}" + (f":{minutes}" if minutes else "")


def moment(at: datetime, timezone: str) -> str:
    """`5 July 2026, 09:40 IST`."""
    local = at.astimezone(zone(timezone))
    return f"{local.day} {local:%B %Y, %H:%M} {zone_name(at, timezone)}"
