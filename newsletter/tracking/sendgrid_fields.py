"""
Single values of SendGrid's, made ours.

Pure. A field may hold anything: what is absurd counts as not said, but for the moment, without
which an event is none.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from newsletter.model import EditionId

#: The parts of RFC 5321: 64 before the at sign, 255 after it.
_LONGEST_ADDRESS = 320

#: The ledger numbers deliveries in 32 bits.
_LAST_POSITION = 2**31 - 1

#: Seconds of the epoch that are believed: up to 2100. SendGrid's are seconds, but for single sends
#: and some imitations, which say milliseconds.
_END_OF_TIME = 4_102_444_800
_MILLISECONDS = 100_000_000_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"\d{1,13}(?:\.\d{1,9})?", re.ASCII)
_POSITION = re.compile(r"\d{1,10}", re.ASCII)
_CALL = re.compile(r"[\w-]{1,32}", re.ASCII)


class NotOurs(ValueError):
    """This cannot be read as an event. The sentence says why, and repeats nothing of it."""


def moment(told: object) -> datetime:
    """Read seconds or milliseconds of the epoch, as a number or text. Raises NotOurs."""
    number = _number(told)
    if number is not None and number >= _MILLISECONDS:
        number /= 1000
    if number is None or not 1 <= number < _END_OF_TIME:
        raise NotOurs("says no moment that can be")
    return _EPOCH + timedelta(seconds=number)


def _number(told: object) -> float | None:
    if isinstance(told, str) and _NUMBER.fullmatch(told.strip()):
        told = float(told)
    return told if isinstance(told, int | float) and not isinstance(told, bool) else None


def text(told: object) -> str:
    """Return text as it came; whatever else stands there says nothing."""
    return told if isinstance(told, str) else ""


def address(told: object) -> str:
    """Return an address as they write it, or nothing when it cannot be looked up safely."""
    written = text(told).strip()
    return written if len(written) <= _LONGEST_ADDRESS and written.isprintable() else ""


def edition(told: object, categories: object) -> str:
    """Return the edition that our argument names, else the first that a category names."""
    named = [categories] if isinstance(categories, str) else categories
    candidates = [told, *(named[:10] if isinstance(named, list) else ())]
    return next(filter(None, map(_edition, candidates)), "")


def _edition(told: object) -> str:
    short = isinstance(told, str) and "/" in told and len(told) <= 100
    return _parsed(str(told)) if short else ""


@lru_cache(maxsize=64)
def _parsed(name: str) -> str:
    """Read an edition's id; a post names one or two of them a thousand times."""
    try:
        return str(EditionId.parse(name))
    except ValueError:
        return ""


def call(told: object) -> str:
    written = str(told) if isinstance(told, int) and not isinstance(told, bool) else text(told)
    return written if _CALL.fullmatch(written) else ""


def position(told: object) -> int | None:
    """Return a delivery's position, 1 at least; SendGrid keeps arguments as text."""
    if isinstance(told, str) and _POSITION.fullmatch(told):
        told = int(told)
    if isinstance(told, bool) or not isinstance(told, int):
        return None
    return told if 1 <= told <= _LAST_POSITION else None
