"""A sponsor's slot: a small TOML beside the stories."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.model import Problem, Sponsor
from newsletter.sources.front_matter import FrontMatter, Unreadable, parse_toml, text_of
from newsletter.sources.story import name_of, unread
from newsletter.sources.values import Values

_KEYS = ("name", "text", "url", "call", "day", "first", "last")
#: Days alone are read; they are the newsletter's.
_ANY_ZONE = ZoneInfo("UTC")


def read_sponsor(path: Path) -> tuple[Sponsor | None, tuple[Problem, ...]]:
    """
    Read one sponsor's file; what is wrong with it is a problem that names file and line.

        name = "Your name here"
        text = "One plain sentence about what you make."
        url = "https://sponsor.example/"
        call = "Write to us"
        day = 2026-07-05            # or first = …, last = …

    None: it lacks its name, its text, its address or its days.
    """
    origin = name_of(path)
    try:
        found, lines = parse_toml(text_of(path))
    except Unreadable as error:
        return None, (unread(origin, error),)
    values = Values(FrontMatter(values=found, lines=lines), origin, _ANY_ZONE)
    values.expect(_KEYS)
    return _sponsor(values, origin), tuple(values.problems)


def _sponsor(values: Values, origin: str) -> Sponsor | None:
    name, text, call = (values.text(key) for key in ("name", "text", "call"))
    url, days = values.address("url"), _days(values)
    for key in ("name", "text", "url"):
        if not values.text(key):
            values.wrong((key,), f"the sponsor's {key} is missing", f'{key} = "…"')
    if not (name and text and url and days):
        return None
    first, last = days
    return Sponsor(name=name, text=text, url=url, call=call, first=first, last=last, origin=origin)


def _days(values: Values) -> tuple[date, date] | None:
    """Return the first and the last day on which it runs."""
    ends = ("day", "day") if values.at("day") is not None else ("first", "last")
    first, last = (values.moment(key) for key in ends)
    if ends[0] == "day" and (values.at("first") is not None or values.at("last") is not None):
        values.wrong(("day",), "a day, and first or last too", "Keep one of the two.")
    elif all(values.at(key) is None for key in ends) or (not first and not values.at(ends[0])):
        values.wrong(("day",), "the sponsor's days are missing", "day = 2026-07-05")
    elif values.at(ends[1]) is None:
        values.wrong((ends[0],), "the sponsor's last day is missing", "last = 2026-07-06")
    elif first and last and first[0] > last[0]:
        values.wrong(("last",), "the last day is before the first", "Change one of them.")
    elif first and last:
        return first[0].date(), last[0].date()
    return None
