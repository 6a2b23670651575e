"""Lists and who is on them: one reader at a time, and the first readers of a fresh clone."""

from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

from newsletter.audience.address import parse
from newsletter.audience.importer import ImportReport, import_first
from newsletter.audience.rows import clean_name
from newsletter.errors import AudienceError
from newsletter.model import SubscriberState, SuppressionReason
from newsletter.storage import list_counts, subscribers
from newsletter.storage.database import Database
from newsletter.storage.list_counts import ListCounts
from newsletter.storage.subscribers import Subscriber


class Added(StrEnum):
    """What became of adding an address."""

    NEW = "new"
    #: On the list already, in whatever state but unsubscribed; nothing changed.
    KNOWN = "known"
    #: Left this list earlier; not added.
    UNSUBSCRIBED = "unsubscribed"
    #: Gets nothing (bounced, complained, erased, manual); not added.
    SUPPRESSED = "suppressed"


def add(
    database: Database,
    address: str,
    list_name: str,
    *,
    name: str = "",
    state: SubscriberState = SubscriberState.ACTIVE,
    again: bool = False,
) -> Added:
    """
    Put a reader on a list, which is made by its first use.

    Who left comes back only with `again`, which says that they asked to; a bounce, a complaint
    and the other suppressions stand even then. Raises AudienceError for what is no address.
    """
    parsed, name = parse(address), clean_name(name)
    subscribers.check_list_name(list_name)
    now = datetime.now(UTC)
    with database.begin() as connection:
        list_id, _ = subscribers.find_or_make_list(connection, list_name)
        if again:
            subscribers.readmit(connection, parsed.key, list_id)
        before = subscribers.state_on(connection, parsed.key, list_id)
        held = subscribers.suppressed(connection, parsed.key, list_id)
        if held is not None:
            left = held is SuppressionReason.UNSUBSCRIBED
            return Added.UNSUBSCRIBED if left else Added.SUPPRESSED
        if before is SubscriberState.UNSUBSCRIBED and not again:
            return Added.UNSUBSCRIBED
        if before in {SubscriberState.ACTIVE, SubscriberState.PENDING}:
            return Added.KNOWN
        who = subscribers.enrol(connection, parsed.key, parsed.text, name, now=now)
        subscribers.subscribe(connection, who, list_id, state, now=now)
    return Added.NEW


def remove(database: Database, address: str, list_name: str = "") -> bool:
    """
    Take a reader off a list, or off all; they stay away whatever a file says later.

    Returns False when they were not on it. Raises AudienceError for a list that is not known.
    """
    key, now = parse(address).key, datetime.now(UTC)
    with database.begin() as connection:
        list_id = subscribers.find_list(connection, list_name) if list_name else None
        if list_name and list_id is None:
            raise AudienceError(f"There is no list {list_name!r}.")
        ended = subscribers.unsubscribe(connection, key, list_id, now=now)
        reason = SuppressionReason.UNSUBSCRIBED
        subscribers.suppress(connection, key, list_id, reason, now=now)
    return bool(ended)


def suppress(
    database: Database,
    address: str,
    reason: SuppressionReason = SuppressionReason.MANUAL,
) -> None:
    """Let an address get nothing any more, from any list."""
    key, now = parse(address).key, datetime.now(UTC)
    with database.begin() as connection:
        subscribers.suppress(connection, key, None, reason, now=now)


def show(database: Database, address: str) -> Subscriber | None:
    """Return all that is held of an address; None when that is nothing."""
    key = parse(address).key
    with database.read() as connection:
        return subscribers.find(connection, key)


def lists(database: Database) -> tuple[ListCounts, ...]:
    """Count every list by state."""
    with database.read() as connection:
        return list_counts.counts(connection)


def reachable(database: Database, list_name: str) -> int:
    """Count who would get mail of a list now."""
    with database.read() as connection:
        list_id = subscribers.find_list(connection, list_name)
        return 0 if list_id is None else list_counts.reachable(connection, list_id)


def fill_empty_list(database: Database, folder: Path, list_name: str) -> ImportReport | None:
    """
    Import `LIST.csv` and `suppressed.csv` of a folder while the list is still empty.

    So a fresh clone has readers; from then on the database is the truth. Returns None when there
    was nothing to do. Raises AudienceError when a row of either cannot be used: nobody is let in.
    """
    subscribers.check_list_name(list_name)
    readers, suppressed = folder / f"{list_name}.csv", folder / "suppressed.csv"
    with database.read() as connection:
        if not readers.is_file() or not subscribers.is_empty(connection, list_name):
            return None
    return import_first(database, readers, suppressed if suppressed.is_file() else None, list_name)
