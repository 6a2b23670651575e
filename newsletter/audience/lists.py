"""Lists and who is on them: one reader at a time, and the first readers of a fresh clone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter.audience.address import Address, parse
from newsletter.audience.fingerprints import Fingerprints
from newsletter.audience.importer import import_first
from newsletter.audience.report import ImportReport
from newsletter.audience.rows import clean_name
from newsletter.errors import AudienceError
from newsletter.model import SubscriberState, SuppressionReason
from newsletter.settings import Rule
from newsletter.storage import consents, list_counts, subscribers
from newsletter.storage.consents import Consent
from newsletter.storage.database import Database
from newsletter.storage.list_counts import ListCounts
from newsletter.storage.segments import condition


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
    prints: Fingerprints,
    *,
    name: str = "",
    state: SubscriberState = SubscriberState.ACTIVE,
    again: bool = False,
) -> Added:
    """
    Put a reader on a list, which is made by its first use.

    Who left or was erased comes back only with `again`, which says that they asked to; a bounce,
    a complaint and the other suppressions stand even then. Raises AudienceError for what is no
    address.
    """
    parsed, name = parse(address), clean_name(name)
    subscribers.check_list_name(list_name)
    now = datetime.now(UTC)
    with database.begin() as connection:
        list_id, _ = subscribers.find_or_make_list(connection, list_name)
        if again:
            subscribers.readmit(connection, parsed.key, list_id)
            subscribers.remember_again(connection, prints.all_of(parsed.key))
        if away := _kept_away(connection, parsed, list_id, prints):
            return away
        before = subscribers.state_on(connection, parsed.key, list_id)
        if before is SubscriberState.UNSUBSCRIBED and not again:
            return Added.UNSUBSCRIBED
        if before in {SubscriberState.ACTIVE, SubscriberState.PENDING}:
            return Added.KNOWN
        who = subscribers.enrol(connection, parsed.key, parsed.text, name, now=now)
        (number,) = consents.add(connection, [_by_command("added", parsed, list_name, prints, now)])
        subscribers.subscribe(connection, who, list_id, state, now=now, consent=number)
    return Added.NEW


def _kept_away(
    connection: Connection, address: Address, list_id: int, prints: Fingerprints
) -> Added | None:
    if subscribers.is_erased(connection, prints.all_of(address.key)):
        return Added.SUPPRESSED
    held = subscribers.suppressed(connection, address.key, list_id)
    if held is None:
        return None
    left = held is SuppressionReason.UNSUBSCRIBED
    return Added.UNSUBSCRIBED if left else Added.SUPPRESSED


def _by_command(
    event: str, address: Address, list_name: str, prints: Fingerprints, now: datetime
) -> Consent:
    subject = prints.of(address.key)
    return Consent(at=now, event=event, subject=subject, list_name=list_name, method="command")


def remove(database: Database, address: str, prints: Fingerprints, *, list_name: str = "") -> bool:
    """
    Take a reader off a list, or off all; they stay away whatever a file says later.

    Returns False when they were not on it. Raises AudienceError for a list that is not known.
    """
    parsed, now = parse(address), datetime.now(UTC)
    with database.begin() as connection:
        list_id = subscribers.find_list(connection, list_name) if list_name else None
        if list_name and list_id is None:
            raise AudienceError(
                f"There is no list {list_name!r}.", hint="newsletter subscribers lists"
            )
        ended = subscribers.unsubscribe(connection, parsed.key, list_id, now=now)
        reason = SuppressionReason.UNSUBSCRIBED
        subscribers.suppress(connection, parsed.key, list_id, reason, now=now, method="command")
        entry = _by_command("unsubscribed", parsed, list_name, prints, now)
        consents.add(connection, [entry])
    return bool(ended)


def suppress(
    database: Database,
    address: str,
    prints: Fingerprints,
    reason: SuppressionReason = SuppressionReason.MANUAL,
) -> None:
    """Let an address get nothing any more, from any list. Raises AudienceError."""
    parsed, now = parse(address), datetime.now(UTC)
    with database.begin() as connection:
        subscribers.suppress(connection, parsed.key, None, reason, now=now, method="command")
        entry = _by_command(f"suppressed-{reason}"[:24], parsed, "", prints, now)
        consents.add(connection, [entry])


def lists(database: Database) -> tuple[ListCounts, ...]:
    """Count every list by state."""
    with database.read() as connection:
        return list_counts.counts(connection)


def reachable(
    database: Database, list_names: Sequence[str], rule: Rule | None, zone: ZoneInfo
) -> int:
    """Count who would get mail of any of some lists now; `rule` picks part of them."""
    with database.read() as connection:
        found = (subscribers.find_list(connection, name) for name in list_names)
        ids = [list_id for list_id in found if list_id is not None]
        only = condition(rule, zone) if rule else None
        return list_counts.reachable(connection, ids, only) if ids else 0


def fill_empty_list(
    database: Database, folder: Path, list_name: str, prints: Fingerprints
) -> ImportReport | None:
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
    away = suppressed if suppressed.is_file() else None
    return import_first(database, readers, away, list_name, prints)


#: Readers that are looked at to tell where all of them have their mailbox, and the fewest that do.
SAMPLED, TELLING = 2_000, 100


def operators(database: Database, list_names: Sequence[str]) -> Mapping[str, float]:
    """
    Return which part of some lists' readers, 0 to 1, has a mailbox at each domain.

    Empty below 100 readers: so few tell nothing, and each of them something of oneself.
    """
    with database.read() as connection:
        found = list_counts.sampled_domains(connection, list_names, most=SAMPLED)
    total = sum(count for _, count in found)
    return {domain: count / total for domain, count in found} if total >= TELLING else {}
