"""
The consent ledger: who asked for what, when, in answer to which words, and who left.

Each entry names the hash of the one before it, so that none can be changed, taken out or put in
between without a trace; triggers refuse all but adding. It holds fingerprints, never addresses.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, and_, func, insert, or_, select, text

from newsletter.storage.tables import consents, subscribers, subscriptions, suppressions, wordings

#: Taken by whoever adds on PostgreSQL, so that entries follow one upon the other.
_LOCK = 7_003

#: What the first entry names as the one before it.
_BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """One entry."""

    #: In UTC.
    at: datetime
    #: `asked`, `letter`, `confirmed`, `imported`, `added`, `unsubscribed`, `returned`, …
    event: str
    #: Fingerprint of the reader; None for what is about many.
    subject: str | None = None
    #: Empty: of all lists, or of none.
    list_name: str = ""
    #: Hash of the words that were shown; None where there were none.
    wording: str | None = None
    #: An address without its query, or a file's hash.
    source: str = ""
    message_id: str = ""
    #: `page`, `api`, `one-click`, `command`, `file`, …
    method: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An entry as it is read back, with the words that were shown."""

    id: int
    consent: Consent
    form: str
    lang: str
    text: str


def add(connection: Connection, entries: Sequence[Consent]) -> list[int]:
    """Add entries in their order; returns their numbers."""
    if not entries:
        return []
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
    newest = select(consents.c.id, consents.c.hash).order_by(consents.c.id.desc()).limit(1)
    last, before = connection.execute(newest).one_or_none() or (0, _BEGINNING)
    rows = []
    for number, entry in enumerate(entries, last + 1):
        made = _hash(before, number, entry)
        rows.append({"id": number, **asdict(entry), "previous": before, "hash": made})
        before = made
    connection.execute(insert(consents), rows)
    return [row["id"] for row in rows]


def _hash(before: str, number: int, entry: Consent) -> str:
    said = [before, number, entry.at.astimezone(UTC).isoformat(timespec="microseconds")]
    said += [value for name, value in asdict(entry).items() if name != "at"]
    return sha256(json.dumps(said, ensure_ascii=True).encode("ascii")).hexdigest()


_KEEP_WORDING = text(
    "INSERT INTO wordings (hash, form, lang, text) VALUES (:hash, :form, :lang, :text)"
    " ON CONFLICT (hash) DO NOTHING"
)


def wording_hash(form: str, lang: str, words: str) -> str:
    """Name what a form says."""
    return sha256(f"{form}\0{lang}\0{words}".encode()).hexdigest()


def keep_wording(connection: Connection, form: str, lang: str, words: str) -> str:
    """Keep what a form says, once; returns its hash."""
    named = wording_hash(form, lang, words)
    values = {"hash": named, "form": form, "lang": lang, "text": words}
    connection.execute(_KEEP_WORDING, values)
    return named


def about(connection: Connection, key: str, subjects: Collection[str]) -> tuple[Shown, ...]:
    """Return what is written about a reader, the files included that brought or took them."""
    who = select(subscribers.c.id).where(subscribers.c.key == key).scalar_subquery()
    ids = select(subscriptions.c.consent_id).where(
        subscriptions.c.subscriber_id == who, subscriptions.c.consent_id.is_not(None)
    )
    # A file that said that they had left wrote its suppressions at its own entry's moment.
    taken = select(suppressions.c.at).where(suppressions.c.key == key, suppressions.c.method == "")
    by_file = and_(consents.c.event == "imported", consents.c.at.in_(taken))
    mine = or_(consents.c.subject.in_(list(subjects)), consents.c.id.in_(ids), by_file)
    query = (
        select(consents, wordings.c.form, wordings.c.lang, wordings.c.text)
        .outerjoin_from(consents, wordings, wordings.c.hash == consents.c.wording)
        .where(mine)
        .order_by(consents.c.id)
    )
    return tuple(_shown(row) for row in connection.execute(query))


def came_back(
    connection: Connection, subjects: Collection[str], *, since: datetime
) -> Mapping[str, datetime]:
    """Return when readers came back, or confirmed anew, since a moment: the last time of each."""
    c = consents.c
    query = (
        select(c.subject, c.at)
        .where(c.subject.in_(list(subjects)), c.event.in_(("returned", "confirmed")), c.at >= since)
        .order_by(c.id)
    )
    return {row.subject: row.at for row in connection.execute(query)}


def _shown(row: Any) -> Shown:
    return Shown(
        id=row.id,
        consent=_consent(row),
        form=row.form or "",
        lang=row.lang or "",
        text=row.text or "",
    )


def _consent(row: Any) -> Consent:
    return Consent(**{name: getattr(row, name) for name in Consent.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class Recount:
    """The ledger, read from its first entry to its last."""

    entries: int
    #: How many there are of each event.
    events: Mapping[str, int]
    #: Numbers of entries that do not follow from the one before.
    broken: tuple[int, ...]


def recount(connection: Connection) -> Recount:
    """Read the whole ledger again."""
    c = consents.c
    counted = select(c.event, func.count().label("many")).group_by(c.event).order_by(c.event)
    events = {row.event: row.many for row in connection.execute(counted)}
    return Recount(entries=sum(events.values()), events=events, broken=tuple(broken(connection)))


def broken(connection: Connection) -> Iterator[int]:
    """Yield the numbers of entries that do not follow from the one before."""
    before, expected = _BEGINNING, 1
    rows = connection.execution_options(yield_per=1000).execute(
        select(consents).order_by(consents.c.id)
    )
    for row in rows:
        right = row.previous == before and row.id == expected
        if not right or row.hash != _hash(before, row.id, _consent(row)):
            yield row.id
        before, expected = row.hash, row.id + 1
