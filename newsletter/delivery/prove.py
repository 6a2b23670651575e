"""Proves an edition: recounts it from the ledger, the frozen audience and the evidence."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from newsletter.errors import DeliveryError
from newsletter.model import Counts, EditionId, EditionState
from newsletter.storage import deliveries, editions, evidence, snapshot
from newsletter.storage.database import Database
from newsletter.storage.editions import Kept


class Proof(NamedTuple):
    """One thing that must be so."""

    name: str
    holds: bool
    #: What was counted, in a few words.
    words: str


def prove(database: Database, id: EditionId) -> tuple[Proof, ...]:
    """
    Recount a planned edition, all of it seen at one moment; nothing is changed.

    Raises:
        DeliveryError: it is not planned.

    """
    kept = editions.find(database, id)
    if kept is None or not kept.planned:
        raise DeliveryError(f"{id} is not planned, so there is nothing to prove.")
    with database.read() as connection:
        return tuple(_proofs(connection, kept))


def _proofs(connection: Connection, kept: Kept) -> Iterator[Proof]:
    key = kept.key
    counts = deliveries.counts(connection, key)
    yield from _sums(connection, key, counts)
    twice = evidence.count_twice(connection, key)
    yield Proof("once", not twice, f"{twice:,} readers stand in it more than once")
    whole = evidence.covered(connection, key)
    yield Proof("batches", whole, f"every row is in {'one batch' if whole else 'no one batch'}")
    unlike = evidence.count_unlike(connection, key)
    yield Proof("rows", not unlike, f"{unlike:,} rows contradict themselves")
    yield _state(kept, counts)
    against = evidence.count_contradicted(connection, key)
    yield Proof("events", not against, f"{against:,} readers had mail that the ledger denies")
    proven = evidence.count_proven(connection, key)
    words = f"{counts.unknown:,} unknown, {proven:,} of them proven by events"
    # A doubt is no contradiction: it is named, and nobody claims to know.
    yield Proof("doubts", holds=True, words=words)


def _sums(connection: Connection, key: int, counts: Counts) -> Iterator[Proof]:
    selected, audience_hash, content_hash = evidence.frozen_sums(connection, key)
    recounted = snapshot.audience_hash(connection, key)
    # An edition of the version before has no hash of its audience.
    same = recounted.hash == (audience_hash or recounted.hash)
    yield Proof(
        "audience",
        same and recounted.selected == selected,
        f"{recounted.selected:,} of {selected:,} readers, {'the' if same else 'not the'} same ones",
    )
    parts = (counts.submitted, counts.refused, counts.skipped, counts.pending, counts.unknown)
    equation = f"{counts.selected:,} = {' + '.join(f'{part:,}' for part in parts)}"
    yield Proof("equation", counts.balanced and counts.selected == selected, equation)
    unchanged = editions.frozen(connection, key).rendition.hash == content_hash
    yield Proof("mail", unchanged, f"what was frozen is {'unchanged' if unchanged else 'changed'}")


def _state(kept: Kept, counts: Counts) -> Proof:
    open_ = counts.pending + counts.unknown
    holds = kept.state is not EditionState.SENT or not open_
    return Proof("state", holds, f"{kept.state}, with {open_:,} open")
