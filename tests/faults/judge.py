"""The judge: compares what the other side took with what the ledger says."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from newsletter.delivery.prove import prove
from newsletter.model import Counts, EditionId
from newsletter.storage import deliveries, editions
from newsletter.storage.database import Database
from newsletter.storage.tables import deliveries as rows
from newsletter.storage.tables import subscribers

#: States in which a reader may or may not have been mailed, or was not; never "was".
_NOT_SAID = frozenset({"planned", "claimed", "deferred", "unknown", "refused", "skipped"})


@dataclass(frozen=True)
class Judgement:
    """What was found, in numbers and in words."""

    recipients: int
    duplicates: int
    #: Readers of whom nothing is known: neither mailed, nor said not to be, nor in doubt.
    lost: int
    #: Said to be mailed, and not.
    lies: int
    counts: Counts
    faults: tuple[str, ...]

    @property
    def green(self) -> bool:
        return not self.faults


def judge(
    database: Database, edition: EditionId, accepted: Sequence[str], audience: set[str]
) -> Judgement:
    """Compare the other side's log with the ledger of an edition whose senders have ended."""
    states = _states(database, edition)
    mails = Counter(accepted)
    counts = _counts(database, edition)
    twice = [address for address, number in mails.items() if number > 1]
    missing = [address for address in audience if address not in states]
    lies = [
        address
        for address, state in states.items()
        if state not in _NOT_SAID and address not in mails
    ]
    faults = tuple(_faults(database, edition, counts, twice, missing, lies, set(mails) - audience))
    return Judgement(len(audience), len(twice), len(missing) + len(lies), len(lies), counts, faults)


def _faults(
    database: Database,
    edition: EditionId,
    counts: Counts,
    twice: Sequence[str],
    missing: Sequence[str],
    lies: Sequence[str],
    strangers: set[str],
) -> Iterator[str]:
    if twice:
        yield f"{len(twice)} mailed twice, such as {twice[0]}"
    if missing:
        yield f"{len(missing)} in no row of the ledger, such as {missing[0]}"
    if lies:
        yield f"{len(lies)} said to be mailed and not, such as {lies[0]}"
    if strangers:
        yield f"{len(strangers)} mailed who never asked"
    if not counts.balanced:
        yield f"the equation does not hold: {counts}"
    if _doubts(database, edition) != counts.unknown:
        yield "not every doubt is named"
    for proof in prove(database, edition):
        if not proof.holds:
            yield f"proof of {proof.name} fails: {proof.words}"


def _states(database: Database, edition: EditionId) -> Mapping[str, str]:
    query = (
        select(subscribers.c.address, rows.c.state)
        .join(rows, rows.c.subscriber_id == subscribers.c.id)
        .where(rows.c.edition_id == _key(database, edition))
    )
    with database.read() as connection:
        return dict(connection.execute(query).all())


def _counts(database: Database, edition: EditionId) -> Counts:
    with database.read() as connection:
        return deliveries.counts(connection, _key(database, edition))


def _doubts(database: Database, edition: EditionId) -> int:
    with database.read() as connection:
        return len(deliveries.doubts(connection, _key(database, edition)))


def _key(database: Database, edition: EditionId) -> int:
    kept = editions.find(database, edition)
    assert kept, f"{edition} was never planned"
    return kept.key
