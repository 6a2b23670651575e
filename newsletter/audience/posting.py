"""
Whether a letter may be written, and to whom: decided when it is claimed, not when it is wanted.

Nobody can have our letters poured into somebody's box: one of a kind a day, and three letters to
confirm in all until one is followed (Spamhaus reported boxes with 81,000 of them in 2016).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from newsletter.audience.address import parse
from newsletter.audience.fingerprints import Fingerprints
from newsletter.model import SubscriberState, SuppressionReason
from newsletter.storage import letters, subscribers
from newsletter.storage.letters import Claimed, Wanted

#: One letter of a kind to a box in this time.
EVERY = timedelta(days=1)

#: Letters to confirm in all, until one of them is followed.
IN_ALL = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A letter that may be written now."""

    id: int
    kind: str
    address: str
    public_id: int
    subscriber: int
    newsletter: str
    list_name: str
    #: Stands in the tokens of its links.
    list_id: int
    lang: str
    attempts: int


class Dropped(NamedTuple):
    """A letter that is not written, and why."""

    id: int
    reason: str


def prepare(
    connection: Connection, claimed: Claimed, prints: Fingerprints, *, now: datetime
) -> Ready | Dropped:
    """Look a letter over: the limits, the suppressions, and whose it is."""
    letter = claimed.wanted
    if reason := _too_many(connection, claimed, now):
        return Dropped(claimed.id, reason)
    address = parse(letter.address)
    list_id, _ = subscribers.find_or_make_list(connection, letter.list_name)
    if _unwanted(connection, address.key, list_id, letter, prints):
        return Dropped(claimed.id, "suppressed")
    row = letter.subscriber
    if row is None:
        row = subscribers.enrol(connection, address.key, address.text, "", now=now)
        if subscribers.state_on(connection, address.key, list_id) is None:
            subscribers.subscribe(connection, row, list_id, SubscriberState.PENDING, now=now)
    return Ready(
        id=claimed.id,
        kind=letter.kind,
        address=address.text,
        public_id=subscribers.public_id_of(connection, row),
        subscriber=row,
        newsletter=letter.newsletter,
        list_name=letter.list_name,
        list_id=list_id,
        lang=letter.lang,
        attempts=claimed.attempts,
    )


def _too_many(connection: Connection, claimed: Claimed, now: datetime) -> str:
    if claimed.wanted.kind == "welcome":
        return ""
    earlier = letters.written_to(
        connection, claimed.wanted.mailbox, claimed.wanted.kind, before=claimed.id
    )
    if any(at > now - EVERY for at in earlier):
        return "written to today"
    if claimed.wanted.kind == "confirm" and len(earlier) >= IN_ALL:
        return "written to three times"
    return ""


def _unwanted(
    connection: Connection, key: str, list_id: int, letter: Wanted, prints: Fingerprints
) -> bool:
    """Say whether nothing may be sent there, not even a letter that was asked for."""
    if subscribers.is_erased(connection, prints.all_of(key)):
        return True
    held = subscribers.suppressed(connection, key, list_id)
    if held is SuppressionReason.UNSUBSCRIBED:
        # They may come back, say goodbye, see their data and be forgotten; not be welcomed.
        return letter.kind == "welcome"
    return held is not None
