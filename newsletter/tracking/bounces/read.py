"""The way from bytes to what they say."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from hashlib import blake2s

from newsletter.tracking.bounces.copies import Copy, copy_in
from newsletter.tracking.bounces.failing import MOST, failure
from newsletter.tracking.bounces.feedback import COMPLAINTS, LEAVES, feedback_type
from newsletter.tracking.bounces.kinds import (
    answers_by_itself,
    asks_to_leave,
    box_addresses,
    is_a_persons,
    looks_bounced,
)
from newsletter.tracking.bounces.paper import LARGEST, header, opened, within
from newsletter.tracking.bounces.reports import Action, Line, report_lines
from newsletter.tracking.bounces.values import Failure, Kind, Returned
from newsletter.tracking.bounces.wording import addresses_in, failures_in, words_of


def read_returned(raw: bytes) -> Returned:
    """
    Read one mail that came to the box.

    It never raises: what cannot be read is `Kind.OTHER`. Of 5 MB the beginning is read, 200 parts
    and 50 failures at most, and in two seconds.
    """
    outer = opened(raw)
    message = within(outer)
    copy = copy_in(message)
    blank = Returned(
        id=_identity(outer, raw),
        kind=Kind.OTHER,
        at=_written_at(outer),
        came_to=box_addresses(outer),
        original=copy.message_id or header(message, "In-Reply-To")[:300].strip(" <>"),
        original_leave=copy.list_unsubscribe,
    )
    if feedback := feedback_type(message):
        return replace(blank, kind=_kind_of_feedback(feedback), feedback=feedback)
    return _bounced(message, copy, blank) or replace(blank, kind=_kind(message, blank.came_to))


def _bounced(message: Message, copy: Copy, blank: Returned) -> Returned | None:
    words = words_of(message)
    if lines := report_lines(message, words, copy.to):
        return _of_lines(lines, blank)
    if not looks_bounced(message, words):
        return None
    found = addresses_in(message, words, copy)
    if not found.failed and not found.delayed:
        # The return path says who it was; the words say why.
        return replace(blank, kind=Kind.BOUNCE, failures=(failure("", words),))
    return _sorted(failures_in(words, found.failed), failures_in(words, found.delayed), blank)


def _of_lines(lines: tuple[Line, ...], blank: Returned) -> Returned:
    failed = _once(line.failure for line in lines if line.action is Action.FAILED)
    delayed = _once(line.failure for line in lines if line.action is Action.DELAYED)
    return _sorted(failed, delayed, blank)


def _sorted(failed: tuple[Failure, ...], delayed: tuple[Failure, ...], blank: Returned) -> Returned:
    kind = Kind.BOUNCE if failed else Kind.DELAYED if delayed else Kind.OTHER
    return replace(blank, kind=kind, failures=failed[:MOST], delays=delayed[:MOST])


def _once(failures: Iterable[Failure | None]) -> tuple[Failure, ...]:
    """Keep the first that is said of an address."""
    kept: dict[str, Failure] = {}
    for one in failures:
        if one is not None:
            kept.setdefault(one.address.lower(), one)
    return tuple(kept.values())


def _kind_of_feedback(feedback: str) -> Kind:
    if feedback in LEAVES:
        return Kind.LEAVE
    return Kind.COMPLAINT if feedback in COMPLAINTS else Kind.OTHER


def _kind(message: Message, came_to: tuple[str, ...]) -> Kind:
    if asks_to_leave(message, came_to):
        return Kind.LEAVE
    if answers_by_itself(message):
        return Kind.AUTO_REPLY
    return Kind.REPLY if is_a_persons(message) else Kind.OTHER


def _identity(message: Message, raw: bytes) -> str:
    """Hash the Message-ID, which may hold an address, or else the mail."""
    named = header(message, "Message-ID").encode("utf-8", "surrogateescape")
    return blake2s(named or raw[:LARGEST], digest_size=16).hexdigest()


def _written_at(message: Message) -> datetime | None:
    try:
        written = parsedate_to_datetime(header(message, "Date")[:100])
        return written.replace(tzinfo=written.tzinfo or UTC).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
