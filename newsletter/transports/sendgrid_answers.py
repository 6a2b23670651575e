"""
What an answer of SendGrid proves.

Pure. The safest reading: only what cannot have been accepted is ever tried again, and
whatever this table does not know is unknown.
"""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from enum import Enum, auto
from http import HTTPStatus
from typing import Any, NamedTuple

from newsletter.errors import PermanentFailure, TemporaryFailure, TransportError, UnknownOutcome
from newsletter.transports.headers import one_line

#: Longest wait that is believed, in seconds; SendGrid's windows are of a minute or an hour.
LONGEST_RETRY = 3600

#: Characters of an answer's words that are looked at, and that a person will read.
_MOST_READ = 1200
_LONGEST_WORDS = 300

_ADDRESS = re.compile(r"\S+(?:@|%40|＠)\S+", re.IGNORECASE)
_KEY = re.compile(r"SG\.[\w.-]+|Bearer\s+\S+", re.IGNORECASE)
_READER = re.compile(r"personalizations\.(\d{1,4})\.to(?:\..*)?", re.ASCII)


class Meaning(Enum):
    ACCEPTED = auto()
    #: Proven not accepted, and nobody's fault.
    TRY_AGAIN = auto()
    #: Proven not accepted; half of it may be.
    TOO_LARGE = auto()
    #: Proven not accepted, nor will be until something is mended.
    REFUSED = auto()
    DOUBTFUL = auto()


#: By status, and below that by its first digit. RFC 9110 says of 408 that the request never came
#: in whole.
_STATUSES: Mapping[int, Meaning] = {
    408: Meaning.TRY_AGAIN,
    413: Meaning.TOO_LARGE,
    429: Meaning.TRY_AGAIN,
}
_CLASSES: Mapping[int, Meaning] = {2: Meaning.ACCEPTED, 4: Meaning.REFUSED}

_HINTS: Mapping[int, str] = {
    401: "NEWSLETTER_SENDGRID__API_KEY is wrong, or was revoked.",
    403: "The API key may not send mail, the sender is not verified, or SendGrid has blocked it.",
    413: "Shorten the edition.",
    404: "NEWSLETTER_SENDGRID__HOST names something else than SendGrid's API.",
}


class Answer(NamedTuple):
    """One answer of SendGrid's, as it came."""

    status: int
    #: Names in small letters.
    headers: Mapping[str, str]
    #: Its beginning: enough for an error's words. Empty where it was accepted.
    body: bytes = b""


def meaning(status: int) -> Meaning:
    return _STATUSES.get(status) or _CLASSES.get(status // 100, Meaning.DOUBTFUL)


def message_id(answer: Answer) -> str:
    """Return what SendGrid calls the request, or nothing: events bear it up to their first dot."""
    told = answer.headers.get("x-message-id", "")
    return told if re.fullmatch(r"[!-~]{1,100}", told) else ""


def batch_id(answer: Answer) -> str:
    """Return the name of a batch. Raises UnknownOutcome when the answer holds none."""
    try:
        told = str(json.loads(answer.body)["batch_id"])
    except (ValueError, TypeError, KeyError):
        told = ""
    if not re.fullmatch(r"[!-~]{1,100}", told):
        raise UnknownOutcome("SendGrid named no batch for scheduled mails.")
    return told


def readers_named(answer: Answer, count: int) -> dict[int, str]:
    """
    Return the readers whose address was all that was wrong: the words, by place in the request.

    Empty when anything else was wrong too: then the fault is ours, and no reader is refused.
    """
    named = {}
    for error in _errors(answer) if answer.status == HTTPStatus.BAD_REQUEST else []:
        found = _READER.fullmatch(str(error.get("field")))
        if not found or int(found[1]) >= count:
            return {}
        named[int(found[1])] = _harmless(str(error.get("message")))
    return named


def failure(answer: Answer, now: float) -> TransportError:
    """Return what may be done next; `now` is in seconds of the epoch."""
    said = f"SendGrid answers {answer.status}: {words(answer)}"
    kind = meaning(answer.status)
    if kind is Meaning.TRY_AGAIN:
        return TemporaryFailure(said, retry_after=_retry_after(answer, now))
    if kind is Meaning.DOUBTFUL:
        return UnknownOutcome(said)
    if kind is Meaning.TOO_LARGE:
        said = "One reader's mail alone is larger than SendGrid takes (30 MB)."
    error = PermanentFailure(said)
    error.hint = _HINTS.get(answer.status, "")
    return error


def words(answer: Answer) -> str:
    """Return the answer's own words in one line; never an address, never a key."""
    told = "; ".join(str(error.get("message") or "") for error in _errors(answer)[:5])
    return _harmless(told) or _phrase(answer.status)


def seconds_to_reset(headers: Mapping[str, str], now: float) -> float | None:
    """Return how long X-RateLimit-Reset (seconds of the epoch) is away; at most an hour."""
    reset = headers.get("x-ratelimit-reset", "")
    if not re.fullmatch(r"\d{1,12}", reset, re.ASCII):
        return None
    return min(max(0.0, int(reset) - now), LONGEST_RETRY)


def _retry_after(answer: Answer, now: float) -> timedelta | None:
    """Read Retry-After where a gateway says it, else SendGrid's own header."""
    told = answer.headers.get("retry-after", "")
    if re.fullmatch(r"\d{1,9}", told, re.ASCII):
        return timedelta(seconds=min(int(told), LONGEST_RETRY))
    wait = seconds_to_reset(answer.headers, now)
    return None if wait is None else timedelta(seconds=wait)


def _errors(answer: Answer) -> list[dict[str, Any]]:
    """Read `{"errors": [{"message", "field", "help"}]}`; whatever else it is says nothing."""
    try:
        told = json.loads(answer.body)
    except (ValueError, RecursionError):
        return []
    errors = told.get("errors") if isinstance(told, dict) else None
    return [e for e in errors if isinstance(e, dict)] if isinstance(errors, list) else []


def _harmless(told: str) -> str:
    # Cut first: what comes in is as long as who wrote it likes. No word is cut in two, since
    # half an address is no longer seen to be one.
    line = one_line(told[:_MOST_READ])
    if len(told) > _MOST_READ:
        line = line.rpartition(" ")[0]
    line = _KEY.sub("[key]", _ADDRESS.sub("[address]", line))
    return line[:_LONGEST_WORDS]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "and says no more"
