"""Control: a person's hand on an edition that waits, is being sent, or is in doubt."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from newsletter.errors import DeliveryError
from newsletter.model import DeliveryState, EditionId, EditionState
from newsletter.newsroom.house import House

if TYPE_CHECKING:
    from newsletter.storage.deliveries import Doubt
    from newsletter.storage.editions import Kept

#: How long after a call was begun its mail may still be accepted: a request in a socket's buffer
#: outlives the process that wrote it. RFC 5321 4.5.3.2.6 gives an SMTP server ten minutes.
QUIET = {
    "outbox": timedelta(0),
    "sendgrid": timedelta(minutes=3),
    "smtp": timedelta(minutes=10),
}

#: Nothing of it has gone out yet.
_WAITING = (
    EditionState.DRAFT,
    EditionState.APPROVED,
    EditionState.SKIPPED,
    EditionState.MISSED,
    EditionState.HELD,
)

#: There is something left to give up.
_STOPPABLE = (
    EditionState.DRAFT,
    EditionState.APPROVED,
    EditionState.HELD,
    EditionState.SENDING,
    EditionState.PAUSED,
)


class Control:
    """Moves editions between their states, and settles what no machine may settle."""

    def __init__(self, house: House) -> None:
        self._house = house

    def hold(self, id: EditionId, *, reason: str) -> None:
        """Keep an edition back until it is released. Raises DeliveryError once sending began."""
        self._move(id, EditionState.HELD, _WAITING, reason=reason)

    def release(self, id: EditionId) -> None:
        """Give a held edition back, approved if it was. Raises DeliveryError."""
        kept = self._kept(id)
        ready = kept.planned or kept.approved_hash
        back = EditionState.APPROVED if ready else EditionState.DRAFT
        self._move(id, back, (EditionState.HELD,), reason="")

    def pause(self, id: EditionId) -> None:
        """Stop handing over: no call is begun after this. Raises DeliveryError."""
        self._kept(id)
        self._move(id, EditionState.PAUSED, (EditionState.SENDING,))

    def resume(self, id: EditionId) -> None:
        """Let a paused edition go on, by whoever sends it next. Raises DeliveryError."""
        self._kept(id)
        self._move(id, EditionState.SENDING, (EditionState.PAUSED,))

    def cancel(self, id: EditionId) -> int:
        """
        Give an edition up for good; returns how many readers do not get it.

        Who was mailed already stays mailed, and what is unknown stays unknown.
        """
        from newsletter.storage import deliveries

        kept = self._kept(id)
        self._move(id, EditionState.CANCELLED, _STOPPABLE)
        with self._house.database.begin() as connection:
            return deliveries.cancel(connection, kept.key, now=datetime.now(UTC))

    def doubts(self, id: EditionId) -> "Sequence[Doubt]":
        """Name every reader who may or may not have been mailed. Raises DeliveryError."""
        from newsletter.storage import deliveries

        kept = self._kept(id)
        with self._house.database.read() as connection:
            return deliveries.doubts(connection, kept.key)

    def resolve(self, id: EditionId, *, accepted: bool) -> int:
        """
        Settle what is unknown, by a person's word; returns how many readers those were.

        Accepted: they count as mailed. Else they are mailed again by the next send, which is
        refused until no call of theirs can be accepted any more. Raises DeliveryError.
        """
        from newsletter.delivery.ledger import Ledger
        from newsletter.storage import deliveries

        kept, now = self._kept(id), datetime.now(UTC)
        over = now - QUIET[self._house.settings.transport]
        late = [doubt for doubt in self.doubts(id) if doubt.began > over]
        if late and not accepted:
            when = max(doubt.began for doubt in late) + (now - over)
            raise DeliveryError(
                f"{len(late)} of {id} may still be accepted.",
                hint=f"Ask again after {when:%H:%M:%S} UTC, when that is over.",
            )
        state = DeliveryState.SUBMITTED if accepted else DeliveryState.DEFERRED
        with self._house.database.begin() as connection:
            settled = deliveries.resolve(connection, kept.key, state, before=now)
        Ledger(self._house.database, id).close()
        return settled

    def _kept(self, id: EditionId) -> "Kept":
        from newsletter.storage import editions

        kept = editions.find(self._house.database, id)
        if kept is None:
            raise DeliveryError(f"Nothing is known of {id}.", hint="newsletter status")
        return kept

    def _move(
        self, id: EditionId, state: EditionState, before: Collection[EditionState], **more: str
    ) -> None:
        from newsletter.storage import editions

        if not editions.move(self._house.database, id, state, before=before, **more):
            now = self._kept(id).state
            raise DeliveryError(f"{id} is {now}, so it cannot become {state}.")
