"""
Leaving by a link: at once, for good, and undone only by whoever just pressed it.

Many leave in one transaction; see `newsletter.storage.leaving`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from sqlalchemy import Connection

from newsletter.audience.fingerprints import Fingerprints
from newsletter.audience.public_hosts import PUBLIC_HOSTS
from newsletter.storage import consents, leaving, subscribers
from newsletter.storage.consents import Consent
from newsletter.storage.leaving import Burst, Left

#: For so long a press can be taken back by the same link.
UNDO = timedelta(days=1)

#: So many readers of one domain in this time look like a scanner that presses buttons.
BURST, BURST_TIME = 3, timedelta(seconds=60)


#: A press is written within this time, unless it waited in the spool.
_AT_ONCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """One press on a way out, as its token says it."""

    public_id: int
    #: True: the number is a list's, from a letter; False: an edition's.
    by_letter: bool
    number: int
    #: All of it, and not the one list alone.
    everything: bool = False
    #: `one-click`, `page` or `mail`.
    method: str
    #: Why, in a word, where they said so.
    note: str = ""
    #: In UTC.
    at: datetime


def lists_of(connection: Connection, *, by_letter: bool, number: int) -> Sequence[tuple[int, str]]:
    """Return the lists that a link leaves, the main one first; none where it is not known."""
    find = leaving.list_of_letter if by_letter else leaving.lists_of_edition
    return find(connection, number)


def leave(connection: Connection, left: Sequence[Leaving], prints: Fingerprints) -> frozenset[str]:
    """
    Let readers leave, all in one transaction; returns the keys of who was there until now.

    Pressed again, or by somebody who was erased, it changes nothing.
    """
    known = leaving.keys(connection, {one.public_id for one in left})
    left = _not_taken_back(connection, left, known, prints)
    scopes = {
        scope: lists_of(connection, by_letter=scope[0], number=scope[1])
        for scope in {(one.by_letter, one.number) for one in left}
    }
    rows, told = [], []
    for one in left:
        if one.public_id not in known:
            continue
        row, key = known[one.public_id]
        for list_id, name in _scope(one, scopes[one.by_letter, one.number]):
            rows.append(Left(key, row, list_id, one.method, one.at))
            told.append((one, _entry(one, name, prints.of(key))))
    new = leaving.leave(connection, rows)
    fresh = [(row, *said) for row, said, is_new in zip(rows, told, new, strict=True) if is_new]
    consents.add(connection, [entry for _, _, entry in fresh])
    by_edition = [
        (one.number, row.subscriber, one.at) for row, one, _ in fresh if not one.by_letter
    ]
    leaving.note(connection, by_edition)
    return frozenset(row.key for row, _, _ in fresh)


def _not_taken_back(
    connection: Connection,
    left: Sequence[Leaving],
    known: Mapping[int, tuple[int, str]],
    prints: Fingerprints,
) -> Sequence[Leaving]:
    """
    Leave out presses that were taken back before they were written.

    One that waited in the spool comes late; what its reader did since then holds.
    """
    late = datetime.now(UTC) - _AT_ONCE
    waited = [one for one in left if one.at < late and one.public_id in known]
    if not waited:
        return left
    subjects = {one.public_id: prints.of(known[one.public_id][1]) for one in waited}
    first = min(one.at for one in waited)
    back = consents.came_back(connection, set(subjects.values()), since=first)

    def is_over(one: Leaving) -> bool:
        since = back.get(subjects.get(one.public_id, ""))
        return since is not None and since > one.at

    return [one for one in left if not is_over(one)]


def _scope(one: Leaving, lists: Sequence[tuple[int, str]]) -> Iterable[tuple[int | None, str]]:
    """Return what is left: some lists, or everything (also where the lists are not known)."""
    return [(None, "")] if one.everything or not lists else lists


def _entry(one: Leaving, list_name: str, subject: str) -> Consent:
    return Consent(
        at=one.at,
        event="unsubscribed",
        subject=subject,
        list_name=list_name,
        method=one.method,
        note=one.note,
    )


def come_back(
    connection: Connection,
    public_id: int,
    lists: Sequence[tuple[int, str]],
    prints: Fingerprints,
    *,
    now: datetime,
) -> bool:
    """Take a press back, within a day of it; False when there is nothing to take back."""
    known = subscribers.by_public_id(connection, public_id)
    if known is None:
        return False
    ids = [list_id for list_id, _ in lists]
    brought = leaving.bring_back(connection, known.id, known.key, ids, since=now - UNDO, now=now)
    if brought:
        names = " and ".join(name for _, name in lists)
        entry = Consent(
            at=now,
            event="returned",
            subject=prints.of(known.key),
            list_name=names[:64],
            method="undo",
        )
        consents.add(connection, [entry])
    return bool(brought)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Several readers of one domain left within a minute: perhaps a scanner pressed for them."""

    domain: str
    first: datetime
    last: datetime
    readers: tuple[Burst, ...]


def alarms(connection: Connection, *, since: datetime) -> tuple[Alarm, ...]:
    """Find the bursts of leaving since a moment; those of great operators are none."""
    bursts = sorted(leaving.by_link(connection, since=since), key=lambda one: (one.domain, one.at))
    found = []
    for domain, group in groupby(bursts, key=lambda one: one.domain):
        if domain not in PUBLIC_HOSTS:
            found += [_alarm(domain, run) for run in _runs(list(group)) if len(run) >= BURST]
    return tuple(found)


def _alarm(domain: str, run: Sequence[Burst]) -> Alarm:
    return Alarm(domain=domain, first=run[0].at, last=run[-1].at, readers=tuple(run))


def _runs(bursts: Sequence[Burst]) -> Iterator[list[Burst]]:
    """Part a domain's readers where a minute lies between two of them."""
    run: list[Burst] = []
    for one in bursts:
        if run and one.at - run[-1].at > BURST_TIME:
            yield run
            run = []
        run.append(one)
    yield run


def undo(connection: Connection, alarm: Alarm, prints: Fingerprints, *, now: datetime) -> int:
    """Bring the readers of a burst back, by a person's word; returns how many."""
    brought = 0
    for one in alarm.readers:
        back = leaving.restore(connection, one, now=now)
        brought += bool(back)
        if back:
            subject = prints.of(one.key)
            entry = Consent(
                at=now, event="returned", subject=subject, method="command", note="scanner"
            )
            consents.add(connection, [entry])
    return brought
