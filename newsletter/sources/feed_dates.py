"""The dates of feeds, as they are and not as the standards have them."""

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from babel import Locale

from newsletter.sources import fields

#: Languages whose month names are understood even where a feed does not say its language.
_LANGUAGES = frozenset(
    (  # noqa: SIM905 (one word after another is read more easily)
        "en de fr es it pt nl sv da nb fi pl cs sk hr sl ro hu el tr ru uk bg id vi hi bn ta "
        "te mr gu ur ar fa he et lv lt ca eu gl"
    ).split()
)
#: English habits that no locale names.
_HABITS = {"sept": 9, "june": 6, "july": 7}

#: Zones that mail and feeds name in letters, in hours; the newsletter's own names go first.
_ZONES = {
    "utc": 0, "gmt": 0, "ut": 0, "z": 0, "wet": 0, "west": 1, "bst": 1, "cet": 1, "mez": 1,
    "cest": 2, "mesz": 2, "eet": 2, "sast": 2, "eest": 3, "msk": 3, "gst": 4, "pkt": 5, "ist": 5.5,
    "npt": 5.75, "wib": 7, "ict": 7, "hkt": 8, "sgt": 8, "awst": 8, "pht": 8, "jst": 9, "kst": 9,
    "acst": 9.5, "aest": 10, "acdt": 10.5, "aedt": 11, "nzst": 12, "nzdt": 13, "nst": -3.5,
    "ndt": -2.5, "adt": -3, "brt": -3, "ast": -4, "edt": -4, "est": -5, "cdt": -5, "cst": -6,
    "mdt": -6, "mst": -7, "pdt": -7, "pst": -8, "akdt": -8, "akst": -9, "hst": -10,
}  # fmt: skip

_TIME = re.compile(
    r"[t ,]*(?<!\d)(\d{1,2})[:h.](\d\d)(?:[:.m](\d\d)(?:[.,]\d+)?)?(?:\s*([ap])\.?m\b\.?)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"^(?:utc|gmt|ut|z)?\s*([+\-−])\s*(\d{1,2}):?(\d\d)?\b", re.IGNORECASE)
_LETTERS = re.compile(r"^[a-z]{1,5}\b", re.IGNORECASE)
_EPOCH = re.compile(r"(\d{9,10})(\d{3})?(\.\d+)?")
_YEAR_FIRST = re.compile(r"\b(\d{4})\s*[-/.年년]\s*(\d{1,2})\s*[-/.月월]\s*(\d{1,2})")
_DAY_FIRST = re.compile(r"\b(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b")
_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_][\w.’'\u0300-\u036f\u0900-\u0dff]*")
#: No paper of the web is older, and nobody's clock is right about later.
_YEARS = range(1990, 2101)


class UnknownDate(ValueError):
    """Says, as a part of a sentence, why a date could not be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """When something was, aware."""

    at: datetime
    day_only: bool = False
    #: What had to be guessed, as a part of a sentence; empty when nothing was.
    guessed: str = ""


def read_date(text: str, zone: ZoneInfo, lang: str = "en") -> Moment:
    """
    Read a date in any form that feeds are known to use.

    RFC 822, ISO 8601, seconds since 1970, numbers with the year first, or with the month in the
    words of 40 languages. Without a zone it is the newsletter's. Raises UnknownDate.
    """
    said = _plain(text)
    if not said:
        raise UnknownDate("no date")
    found = _iso(said, zone) or _epoch(said) or _loose(said, zone, lang)
    if found.at.year not in _YEARS:
        raise UnknownDate(f"no date that can be: {said[:60]}")
    return found


def _plain(text: str) -> str:
    """Return it with common digits and signs, and without remarks in brackets."""
    said = unicodedata.normalize("NFKC", text[:200])
    digits = (str(unicodedata.decimal(c)) if c.isdecimal() else c for c in said)
    return " ".join(re.sub(r"\([^()]*\)", " ", "".join(digits)).split())


def _iso(said: str, zone: ZoneInfo) -> Moment | None:
    if not re.match(r"\d{4}-\d\d-\d\d|\d{8}T", said):
        return None
    try:
        at, day_only = fields.moment(said, zone)
    except (ValueError, OverflowError):
        return None
    return Moment(at=at, day_only=day_only)


def _epoch(said: str) -> Moment | None:
    found = _EPOCH.fullmatch(said)
    return Moment(at=datetime.fromtimestamp(int(found[1]), UTC)) if found else None


def _loose(said: str, zone: ZoneInfo, lang: str) -> Moment:
    when = _year_first(said) or _day_first(said)
    clock = _clock(_DAY_FIRST.sub(" ", _YEAR_FIRST.sub(" ", said)) if when else said)
    if when is None:
        when = _named(said[: clock.start] + " " + said[clock.end :] if clock else said, lang)
    try:
        day = date(*when)
        if clock is None:
            return Moment(at=datetime.combine(day, time(), zone), day_only=True)
        return clock.on(day, zone)
    except (ValueError, OverflowError):
        raise UnknownDate(f"no date that can be: {said[:60]}") from None


@dataclass(frozen=True, slots=True)
class _Clock:
    """A time of day, and where it stood."""

    hour: int
    minute: int
    second: int
    #: What follows it: its zone, if any.
    rest: str
    start: int
    end: int

    def on(self, day: date, zone: ZoneInfo) -> Moment:
        """Raises ValueError for 25 o'clock."""
        # 24:00 is the next day's start; a leap second has no place in Python.
        late = self.hour == 24 and self.minute == 0
        told = time(0 if late else self.hour, self.minute, min(self.second, 59))
        naive = datetime.combine(day + timedelta(days=late), told)
        found, guessed = _zone(self.rest, naive, zone)
        return Moment(at=naive.replace(tzinfo=found), guessed=guessed)


def _clock(said: str) -> _Clock | None:
    found = _TIME.search(said)
    if not found:
        return None
    hour, half = int(found[1]), (found[4] or "").lower()
    if half and 1 <= hour <= 12:
        hour = hour % 12 + (12 if half == "p" else 0)
    rest = said[found.end() :].strip()
    return _Clock(hour, int(found[2]), int(found[3] or 0), rest, found.start(), found.end())


def _zone(rest: str, naive: datetime, own: ZoneInfo) -> tuple[tzinfo, str]:
    """Read a zone. Raises ValueError for an offset of more than a day."""
    if offset := _OFFSET.match(rest):
        hours, minutes = int(offset[2]), int(offset[3] or 0)
        length = timedelta(hours=hours, minutes=minutes)
        return timezone(length if offset[1] == "+" else -length), ""
    letters = _LETTERS.match(rest)
    name = letters[0].lower() if letters else ""
    if not name or name in {(own.tzname(naive) or "").lower(), "uhr", "h", "hrs"}:
        return own, ""
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name])), ""
    return own, f"its time zone {name.upper()} is unknown; read as {own.key}"


def _year_first(said: str) -> tuple[int, int, int] | None:
    found = _YEAR_FIRST.search(said)
    return (int(found[1]), int(found[2]), int(found[3])) if found else None


def _day_first(said: str) -> tuple[int, int, int] | None:
    """Read 5.7.2026, and 25/7/2026 or 7/25/2026; 5/7/2026 means two days. Raises UnknownDate."""
    found = _DAY_FIRST.search(said)
    if not found:
        return None
    first, sign, second, year = int(found[1]), found[2], int(found[3]), int(found[4])
    if sign == "." or first > 12 or first == second:
        return year, second, first
    if second > 12:
        return year, first, second
    raise UnknownDate(f"a date with two meanings: {said[:60]}")


def _named(said: str, lang: str) -> tuple[int, int, int]:
    """Read a date whose month is a word. Raises UnknownDate."""
    names = _months(lang.split("-", maxsplit=1)[0].lower()) if lang else {}
    words = [_bare(word) for word in _WORD.findall(said)]
    month = next((names[w] for w in words if w in names), None)
    month = month or next((_months("")[w] for w in words if w in _months("")), None)
    numbers = _NUMBER.findall(said)
    year = next((n for n in numbers if len(n) == 4), None)
    days = [n for n in numbers if n != year and len(n) <= 2]
    if year is None and len(days) == 2:
        year = f"20{days.pop():0>2}"
    if month is None or year is None or not days:
        raise UnknownDate(f"a date that could not be read: {said[:60]}")
    return int(year), month, int(days[0])


@cache
def _months(language: str) -> dict[str, int]:
    """Return a language's month names; without one, all names that mean one month everywhere."""
    meant: defaultdict[str, set[int]] = defaultdict(set)
    for name in _LANGUAGES if not language else _LANGUAGES & {language}:
        months = Locale(name).months
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, word in months[context][width].items():
                    meant[_bare(word)].add(number)
    habits = {} if language else _HABITS
    clear = {word: min(n) for word, n in meant.items() if len(n) == 1 and not word.isdecimal()}
    return habits | clear


def _bare(word: str) -> str:
    return unicodedata.normalize("NFKC", word).casefold().strip(".’'")
