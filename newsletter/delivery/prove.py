"""Proves an edition: recounts it from the ledger, the frozen audience and the evidence."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from newsletter.errors import DeliveryError
from newsletter.model import Counts, EditionId, EditionState
from newsletter.storage import deliveries, editions, evidence, snapshot, sums
from newsletter.storage.database import Database
from newsletter.storage.editions import Kept
from newsletter.storage.sums import Sealed


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
        return tuple(proofs(connection, kept))


def proofs(connection: Connection, kept: Kept) -> Iterator[Proof]:
    """Yield what must be so of a planned edition, in a transaction of the caller's."""
    if sealed := sums.sealed(connection, kept.key):
        yield from _remembered(connection, kept, sealed)
        return
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


def _remembered(connection: Connection, kept: Kept, sealed: Sealed) -> Iterator[Proof]:
    """Yield what can be proven yet of an edition whose rows were deleted: their sums."""
    counts = deliveries.counts(connection, kept.key)
    selected, _, content_hash = evidence.frozen_sums(connection, kept.key)
    words = f"its rows were deleted after {sealed.at:%Y-%m-%d}; who they were is not kept"
    yield Proof("ledger", holds=True, words=words)
    before = "proven while they were there: " + ", ".join(sealed.details.proven)
    yield Proof("rows", holds=True, words=before)
    yield from _equation_and_mail(connection, kept.key, counts, selected, content_hash)
    yield _state(kept, counts)
    yield Proof("doubts", holds=True, words=f"{counts.unknown:,} unknown, and for good")


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
    yield from _equation_and_mail(connection, key, counts, selected, content_hash)


def _equation_and_mail(
    connection: Connection, key: int, counts: Counts, selected: int, content_hash: str
) -> Iterator[Proof]:
    parts = (counts.submitted, counts.refused, counts.skipped, counts.pending, counts.unknown)
    equation = f"{counts.selected:,} = {' + '.join(f'{part:,}' for part in parts)}"
    yield Proof("equation", counts.balanced and counts.selected == selected, equation)
    unchanged = editions.frozen(connection, key).rendition.hash == content_hash
    yield Proof("mail", unchanged, f"what was frozen is {'unchanged' if unchanged else 'changed'}")


def _state(kept: Kept, counts: Counts) -> Proof:
    open_ = counts.pending + counts.unknown
    holds = kept.state is not EditionState.SENT or not open_
    return Proof("state", holds, f"{kept.state}, with {open_:,} open")
