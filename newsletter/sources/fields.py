"""What single fields of a story may be, whoever wrote them."""

import re
import unicodedata
from datetime import date, datetime, time
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError

#: Of a slug alone: the newsroom cuts there, in the middle of a word if need be.
SLUG_LENGTH = 80

_DAY = re.compile(r"\d{4}-\d\d-\d\d")

#: C0 and C1 controls, and marks that turn the direction of what follows.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]+")


def one_line(text: str) -> str:
    """Return a text without controls, its white space folded to single spaces."""
    return " ".join(_CONTROLS.sub(" ", text.encode("utf-8", "replace").decode()).split())


def moment(text: str, zone: ZoneInfo) -> tuple[datetime, bool]:
    """
    Read an ISO 8601 date or time; no zone means the newsletter's.

    Returns the moment, aware, and whether only a day was given (then its start). Raises
    ValueError.
    """
    text = text.strip()
    if _DAY.fullmatch(text):
        return datetime.combine(date.fromisoformat(text), time(), zone), True
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=zone)), False


def slug(title: str) -> str:
    """
    Make the newsroom's slug: small letters and digits, all else a hyphen, 80 characters.

    Letters and marks of every script stay, since without its marks Hindi is another word; a
    title of nothing but signs becomes a short hash, so that it still has a name.
    """
    plain = unicodedata.normalize("NFC", title).lower()
    kept = "".join(c if unicodedata.category(c)[0] in "LMN" else "-" for c in plain)
    short = re.sub(r"-+", "-", kept).strip("-")[:SLUG_LENGTH].strip("-")
    return short or sha256(title.encode("utf-8", "replace")).hexdigest()[:12]


def made_id(title: str, day: date) -> str:
    """Make an id like the newsroom's own: `2026-07-05-` and the slug."""
    return f"{day.isoformat()}-{slug(title)}"


def public_url(text: str) -> bool:
    """Say whether this is a full http or https address that a reader can open."""
    try:
        parts = urlsplit(text)
        named = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        return False
    clean = text.isprintable() and " " not in text and "\\" not in text
    return clean and named and parts.scheme in {"http", "https"}


def direction(lang: str) -> Literal["ltr", "rtl"]:
    """Return the direction in which a language is written; an unknown one left to right."""
    try:
        order = Locale.parse(lang.replace("-", "_")).character_order
    except (UnknownLocaleError, ValueError):
        return "ltr"
    return "rtl" if order == "right-to-left" else "ltr"


def seconds(value: object) -> int:
    """Read a duration: seconds, `m:ss`, `h:mm:ss` or ISO 8601 `PT1M5S`. Raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0:
        return round(value)
    text = str(value).strip()
    if re.fullmatch(r"\d+(:[0-5]\d){0,2}", text):
        total = 0
        for part in text.split(":"):
            total = total * 60 + int(part)
        return total
    iso = re.fullmatch(r"PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?", text)
    if not iso or text == "PT":
        raise ValueError(text)
    hours, minutes, rest = (int(part or 0) for part in iso.groups())
    return hours * 3600 + minutes * 60 + rest
