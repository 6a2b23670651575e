"""Settles what is unknown: by evidence, or by a person's word; never by a guess."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from newsletter.delivery.ledger import Ledger
from newsletter.errors import DeliveryError
from newsletter.model import DeliveryState, EditionId
from newsletter.settings import Settings
from newsletter.storage import deliveries, editions, evidence, leases
from newsletter.storage.database import Database, clock

#: How long after a call was begun its mail may still be accepted: a request in a socket's buffer
#: outlives the process that wrote it. RFC 5321 4.5.3.2.6 gives an SMTP server ten minutes.
QUIET = {
    "outbox": timedelta(0),
    "sendgrid": timedelta(minutes=3),
    "smtp": timedelta(minutes=10),
}


class Word(StrEnum):
    """How doubts are settled."""

    #: They were mailed, says a person.
    ACCEPTED = "accepted"
    #: They were not: they are to be mailed again, says a person.
    RESEND = "resend"
    #: By events that name the delivery or its call; who has none stays unknown.
    EVIDENCE = "evidence"


def quiet_period(settings: Settings) -> timedelta:
    """Return how long nothing that is unknown is settled by a machine, nor sent again."""
    told = settings.delivery.quiet_seconds
    return QUIET[settings.transport] if told is None else timedelta(seconds=told)


def resolve(database: Database, id: EditionId, word: Word, *, quiet: timedelta) -> int:
    """
    Settle what is unknown; returns how many readers those were.

    A missing event proves nothing. Sending again is refused while a call of theirs may still be
    accepted; evidence is looked at for the calls for which that is over.

    Raises:
        DeliveryError: nothing is known of the edition, or it is too early.

    """
    kept = editions.find(database, id)
    if kept is None:
        raise DeliveryError(f"Nothing is known of {id}.", hint="newsletter status")
    with database.begin() as connection:
        now = clock(connection)
        if word is Word.EVIDENCE:
            before = now - quiet
            settled = evidence.accept_proven(connection, kept.key, before=before, now=now)
        elif word is Word.ACCEPTED:
            state = DeliveryState.SUBMITTED
            settled = deliveries.resolve(connection, kept.key, state, now=now)
        else:
            _refuse_while_open(deliveries.doubts(connection, kept.key), id, quiet, now)
            state = DeliveryState.DEFERRED
            settled = deliveries.resolve(connection, kept.key, state, now=now)
            leases.reopen(connection, kept.key, all_of_it=True)
    Ledger(database, id).close()
    return settled


def _refuse_while_open(
    doubts: Sequence[deliveries.Doubt], id: EditionId, quiet: timedelta, now: datetime
) -> None:
    late = [doubt for doubt in doubts if doubt.began > now - quiet]
    if late:
        when = max(doubt.began for doubt in late) + quiet
        raise DeliveryError(
            f"{len(late)} of {id} may still be accepted.",
            hint=f"Ask again after {when:%H:%M:%S} UTC, when that is over.",
        )
