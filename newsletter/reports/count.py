"""
Counts what a report says: from ledger, events and lists, each time anew.

A million deliveries and three million events take some seconds. What readers pressed and opened
is read on a second core, in a transaction of its own that begins an instant later; all else is
read in one, and shows one moment. No writer waits for either.
"""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from newsletter.errors import DeliveryError
from newsletter.model import BounceClass, Counts, EditionId
from newsletter.reports.labels import labels
from newsletter.reports.operators import NAMES, operators
from newsletter.reports.past import recall, told
from newsletter.reports.report import Bounces, Growth, Operator, Report
from newsletter.reports.stories import links, stories
from newsletter.reports.tally import APART, tally
from newsletter.reports.times import first_day, growth, midnight, speed
from newsletter.storage import deliveries, fates, reactions, reporting
from newsletter.storage.database import Database
from newsletter.storage.growth import flow
from newsletter.storage.reactions import Reaction
from newsletter.storage.reporting import Reported
from newsletter.storage.room import wide

#: Megabytes in which the database may sort and look up.
_ROOM = 16

#: Different words by which an ESP refused readers; see `storage.reporting.refusals`.
_MOST_WORDS = 50


def count_report(database: Database, id: EditionId, *, now: datetime) -> Report:
    """
    Count what became of an edition, as it is at this moment.

    `now`: aware; its day in the newsletter's zone is the last of `growth`. An edition that was
    never frozen has an empty mail, and no number above 0. Raises DeliveryError where nothing is
    known of it, StorageError.
    """
    with (
        ThreadPoolExecutor(max_workers=1) as second,
        database.read() as connection,
        wide(connection, megabytes=_ROOM),
    ):
        edition = reporting.edition(connection, id)
        if edition is None:
            raise DeliveryError(f"Nothing is known of {id}.", hint="newsletter status")
        return _count(connection, edition, second.submit(_reacted, database, edition), now)


class _Reacted(NamedTuple):
    """What readers did."""

    clicks: Sequence[Reaction]
    opens: Sequence[Reaction]


def _reacted(database: Database, edition: Reported) -> _Reacted:
    key, clicks, opens = edition.key, edition.clicks_mode, edition.opens_mode
    with database.read() as connection, wide(connection, megabytes=_ROOM):
        return _Reacted(
            clicks=reactions.clicks(connection, key, apart=clicks in APART),
            opens=reactions.opens(connection, key, apart=opens in APART),
        )


def _count(
    connection: Connection, edition: Reported, reacted: "Future[_Reacted]", now: datetime
) -> Report:
    key, mode = edition.key, edition.clicks_mode
    counts = deliveries.counts(connection, key)
    skipped = deliveries.reasons(connection, key)
    refused = reporting.refusals(connection, key, most=_MOST_WORDS)
    minutes = reporting.minutes(connection, key)
    kept_by = _operators(connection, key, counts)
    bounces = _bounces(connection, key)
    days = _growth(connection, edition, now)
    past = recall(connection, edition)
    table = reporting.links_now(connection, key)
    carried = reporting.stories(connection, key)
    # From here on the other half is needed.
    clicks, opens = reacted.result()
    counted = links(table, labels(edition.html, table), clicks, mode)
    return Report(
        edition=str(edition.id),
        newsletter=edition.id.newsletter,
        title=edition.title,
        subject=edition.subject,
        day=edition.id.day,
        timezone=edition.timezone,
        state=edition.state,
        began=edition.began,
        finished=edition.finished,
        counts=counts,
        skipped=skipped,
        refused=refused,
        clicks_mode=mode,
        opens_mode=edition.opens_mode,
        clicks=tally(clicks, mode),
        opens=tally(opens, edition.opens_mode),
        left=reactions.left(connection, [key]).get(key, 0),
        complained=counts.complained,
        answers=reactions.answers(connection, key),
        links=counted,
        stories=stories(carried, counted, clicks, mode, past.places),
        speed=speed(minutes),
        operators=kept_by,
        bounces=bounces,
        past=past.editions,
        growth=days,
        html=edition.html,
        counted_at=now,
    )


def _operators(connection: Connection, key: int, counts: Counts) -> tuple[Operator, ...]:
    counted = fates.fates(connection, key, NAMES)
    ours = fates.ours(connection, key, NAMES)
    return operators(counted, ours, told=told(counts))


def _bounces(connection: Connection, key: int) -> tuple[Bounces, ...]:
    return tuple(
        Bounces(
            kind=BounceClass(one.kind),
            reason=one.reason,
            count=one.many,
            status=one.status,
            words=one.words,
        )
        for one in fates.returned(connection, key)
    )


def _growth(connection: Connection, edition: Reported, now: datetime) -> tuple[Growth, ...]:
    if edition.list_key is None:
        return ()
    zone = ZoneInfo(edition.timezone)
    since = midnight(first_day(now, zone), zone)
    return growth(flow(connection, edition.list_key, since=since), now=now, zone=zone)
