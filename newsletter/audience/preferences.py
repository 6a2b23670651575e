"""What a reader chooses: which lists, how often, in which language, counted or not."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Connection

from newsletter.audience.fingerprints import Fingerprints
from newsletter.audience.rows import clean_name
from newsletter.model import SubscriberState
from newsletter.storage import choices, consents, leaving, subscribers
from newsletter.storage.consents import Consent
from newsletter.storage.leaving import Left


class Frequency(StrEnum):
    DAILY = "daily"
    #: Nothing on Saturdays and Sundays; those editions are skipped, and say so.
    WEEKDAYS = "weekdays"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What one reader has chosen."""

    #: As on the wire.
    address: str
    name: str
    #: Of pages and letters; empty: the newsletter's.
    lang: str
    frequency: Frequency
    #: The first day on which they want mail again; None: no pause.
    paused_until: date | None
    #: False: neither clicks nor opens of theirs are counted.
    counted: bool
    #: By the list's name.
    lists: Mapping[str, SubscriberState]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a reader asks for, all of it."""

    name: str
    lang: str
    frequency: Frequency
    paused_until: date | None
    counted: bool
    #: The lists that they want to stay on; the others that they are on are left.
    lists: frozenset[str]


def read(connection: Connection, public_id: int) -> Preferences | None:
    """Return what a reader has chosen; None for one who is unknown or erased."""
    row = choices.read(connection, public_id)
    if row is None:
        return None
    return Preferences(
        address=row.address,
        name=row.name,
        lang=row.lang,
        frequency=Frequency(row.frequency),
        paused_until=row.paused_until,
        counted=row.counted,
        lists=choices.lists_of(connection, row.id),
    )


def save(
    connection: Connection, public_id: int, wish: Wish, prints: Fingerprints, *, now: datetime
) -> frozenset[str]:
    """
    Write a reader's choice down; returns the lists that they want and are not on.

    Those need a letter first: who was passed a mail on could else join for its reader. Raises
    AudienceError for a name that is too long.
    """
    before, known = read(connection, public_id), subscribers.by_public_id(connection, public_id)
    if before is None or known is None:
        return frozenset()
    choices.write(
        connection,
        known.id,
        name=clean_name(wish.name),
        lang=wish.lang,
        frequency=wish.frequency.value,
        paused_until=wish.paused_until,
        counted=wish.counted,
    )
    on = {name for name, state in before.lists.items() if state is SubscriberState.ACTIVE}
    rows = []
    for name in sorted(on - wish.lists):
        list_id, _ = subscribers.find_or_make_list(connection, name)
        rows.append(Left(known.key, known.id, list_id, "page", now))
    leaving.leave(connection, rows)
    consents.add(connection, _entries(before, wish, sorted(on), prints.of(known.key), now))
    return wish.lists - on


def _entries(
    before: Preferences, wish: Wish, on: list[str], subject: str, now: datetime
) -> list[Consent]:
    """Name what is a matter of consent: lists that are left, and being counted."""
    entries = [
        Consent(at=now, event="unsubscribed", subject=subject, list_name=name, method="preferences")
        for name in on
        if name not in wish.lists
    ]
    if before.counted != wish.counted:
        word = "counting-on" if wish.counted else "counting-off"
        entries.append(Consent(at=now, event=word, subject=subject, method="preferences"))
    return entries
