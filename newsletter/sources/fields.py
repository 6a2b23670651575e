"""What single fields of a story may be, whoever wrote them."""

import re
import unicodedata
from datetime import date, datetime, time, timedelta
from hashlib import sha256
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

from newsletter.sources.clean_characters import printable
from newsletter.sources.clean_links import absolute

#: Of a slug alone: the newsroom cuts there, in the middle of a word if need be.
SLUG_LENGTH = 80

#: Years that a newsroom can mean; others are slips of the keyboard.
_YEARS = range(1900, 3000)
_ORDINAL = re.compile(r"(\d{4})-?(\d{3})", re.ASCII)
#: A moment as people and YAML 1.1 write it: `2026-07-05t06:00 -5`, with a true minus sign.
_LOOSE = re.compile(r"(.*?[\d.])\s*(?:([+−-])(\d{1,2}|\d\d:?\d\d)|([Zz]))")
#: The end of a day: `T24:00`.
_MIDNIGHT = re.compile(r"(?<=[T ])24(?=(:?00){0,2}([.,]0+)?\s*([+−Zz-]|$))")

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8})*")

#: Joiners, soft hyphens and emoji's variation selectors: no letters, and nothing that parts words.
_WITHIN = re.compile("[\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f]")


def one_line(text: str) -> str:
    """Return a text without what no reader can see, its white space folded to single spaces."""
    return " ".join(printable(text).split())


def quoted(value: object) -> str:
    """Return what somebody wrote, short enough to stand in a sentence."""
    text = one_line(str(value)[:200])
    return f"{text[:60]}…" if len(text) > 60 else text


def truth(value: object) -> bool | None:
    """Read a yes or no, as TOML or YAML 1.1 has it; None: it is neither."""
    if isinstance(value, bool):
        return value
    return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(
        str(value).strip().lower()
    )


def moment(text: str, zone: ZoneInfo) -> tuple[datetime, bool]:
    """
    Read an ISO 8601 date or time, of any form; no zone means the newsletter's.

    Returns the moment, aware, and whether only a day was given (then its start). Raises
    ValueError, also for years that no newsroom means.
    """
    text = text.strip().replace("t", "T")
    if day := _day(text):
        return datetime.combine(day, time(), zone), True
    at_end = _MIDNIGHT.search(text)
    found = datetime.fromisoformat(_zoned(_MIDNIGHT.sub("00", text)))
    found = found + timedelta(days=1) if at_end else found
    if found.year not in _YEARS:
        raise ValueError(text)
    return (found if found.tzinfo else found.replace(tzinfo=zone)), False


def _day(text: str) -> date | None:
    if ordinal := _ORDINAL.fullmatch(text):
        found = date(int(ordinal[1]), 1, 1) + timedelta(days=int(ordinal[2]) - 1)
        if found.year != int(ordinal[1]):
            raise ValueError(text)
    else:
        try:
            found = date.fromisoformat(text)
        except ValueError:
            return None
    if found.year not in _YEARS:
        raise ValueError(text)
    return found


def _zoned(text: str) -> str:
    """Write a zone as the standard does: ` -5` is `-05`, and a lower z is Z."""
    day, rest = text[:10], text[10:]
    found = _LOOSE.fullmatch(rest)
    if not found:
        return text
    if found[4]:
        return f"{day}{found[1]}Z"
    sign = "+" if found[2] == "+" else "-"
    return f"{day}{found[1]}{sign}{found[3]:0>2}"


def slug(title: str) -> str:
    """
    Make the newsroom's slug: small letters and digits, all else a hyphen, 80 characters.

    Letters and marks of every script stay, since without its marks Hindi is another word; a
    title of nothing but signs becomes a short hash, so that it still has a name.
    """
    plain = unicodedata.normalize("NFC", _WITHIN.sub("", title)).lower()
    kept = ""
    for char in plain:
        kind = unicodedata.category(char)[0]
        is_kept = kind in "LN" or (kind == "M" and kept[-1:] not in {"", "-"})
        kept += char if is_kept else "-"
    short = re.sub(r"-+", "-", kept).strip("-")[:SLUG_LENGTH].strip("-")
    return short or sha256(title.encode("utf-8", "replace")).hexdigest()[:12]


def made_id(title: str, day: date) -> str:
    """Make an id like the newsroom's own: `2026-07-05-` and the slug."""
    return f"{day.isoformat()}-{slug(title)}"


def web_address(text: str) -> str:
    """Return a full http or https address that a reader can open, or an empty string."""
    found = absolute(text)
    return found if found[:4].lower() == "http" else ""


def is_language(text: str) -> bool:
    """Say whether this is shaped like a BCP 47 tag (RFC 5646)."""
    return bool(_LANGUAGE.fullmatch(text)) and len(text) <= 35


def direction(lang: str) -> Literal["ltr", "rtl"]:
    """Return the direction in which a language is written; an unknown one left to right."""
    parts = lang.replace("-", "_").split("_")
    for length in range(len(parts), 0, -1):
        try:
            order = Locale.parse("_".join(parts[:length])).character_order
        except (UnknownLocaleError, ValueError):
            continue
        return "rtl" if order == "right-to-left" else "ltr"
    return "ltr"


def seconds(value: object) -> int:
    """
    Read a duration below a day: seconds, `m:ss`, `h:mm:ss` or ISO 8601 `PT1M5S`.

    Raises ValueError.
    """
    text = "" if isinstance(value, bool) else str(value).strip().upper()
    clock = re.fullmatch(r"(?:(?:(\d{1,6}):)?(\d{1,6}):)?(\d{1,6})(?:\.\d+)?", text)
    iso = re.fullmatch(r"PT(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})(?:\.\d+)?S)?", text)
    found = clock or iso
    if not found or text == "PT":
        raise ValueError(text)
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    total = hours * 3600 + minutes * 60 + rest
    if total >= 86_400 or (clock and ":" in text and rest >= 60):
        raise ValueError(text)
    return total
