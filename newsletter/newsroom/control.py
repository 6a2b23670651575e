"""Control: a person's hand on an edition that waits, is being sent, or is in doubt."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from newsletter.errors import DeliveryError
from newsletter.model import EditionId, EditionState
from newsletter.newsroom.house import House

if TYPE_CHECKING:
    from newsletter.delivery.prove import Proof
    from newsletter.delivery.reconcile import Word
    from newsletter.storage.deliveries import Doubt
    from newsletter.storage.editions import Kept
    from newsletter.transports.sendgrid import SendGridTransport

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
        """Give a held edition back as it was: frozen, or a draft. Raises DeliveryError."""
        kept = self._kept(id)
        back = EditionState.APPROVED if kept.planned else EditionState.DRAFT
        self._move(id, back, (EditionState.HELD,), reason="")

    def pause(self, id: EditionId) -> None:
        """
        Stop handing over: no call is begun after this.

        What waits at SendGrid for its hour is paused there too. Raises DeliveryError;
        TransportError when SendGrid does not hear of it: then only our own side is paused.
        """
        kept = self._kept(id)
        self._move(id, EditionState.PAUSED, (EditionState.SENDING,), reason="a person paused it")
        if kept.appointment:
            self._account.put_off(kept.appointment)

    def resume(self, id: EditionId) -> None:
        """
        Let a paused edition go on, by whoever sends it next. Raises as `pause` does.

        It is a person's word on what came back so far: brakes look at what follows.
        """
        from newsletter.storage import brakes

        kept = self._kept(id)
        if kept.state is EditionState.PAUSED:
            with self._house.database.begin() as connection:
                brakes.look_on_from_here(connection, kept.key)
        self._move(id, EditionState.SENDING, (EditionState.PAUSED,), reason="")
        if kept.appointment:
            self._account.keep(kept.appointment)

    @property
    def _account(self) -> "SendGridTransport":
        from newsletter.transports import sendgrid_account

        return sendgrid_account(self._house.settings)

    def cancel(self, id: EditionId) -> int:
        """
        Give an edition up for good; returns how many readers do not get it.

        Who was mailed already stays mailed, and what is unknown stays unknown. What waits at
        SendGrid for its hour is called off there too. Raises as `pause` does.
        """
        from newsletter.delivery.ledger import Ledger
        from newsletter.storage import deliveries

        kept = self._kept(id)
        self._move(id, EditionState.CANCELLED, _STOPPABLE)
        if kept.planned:
            ledger = Ledger(self._house.database, id)
            # Who has no row yet gets one: it says why nothing came.
            while ledger.write_part():
                pass
        with self._house.database.begin() as connection:
            given_up = deliveries.cancel(connection, kept.key, now=datetime.now(UTC))
        if kept.appointment:
            self._account.call_off(kept.appointment)
        return given_up

    def doubts(self, id: EditionId) -> "Sequence[Doubt]":
        """Name every reader who may or may not have been mailed. Raises DeliveryError."""
        from newsletter.storage import deliveries

        kept = self._kept(id)
        with self._house.database.read() as connection:
            return deliveries.doubts(connection, kept.key)

    def resolve(self, id: EditionId, word: "Word") -> int:
        """
        Settle what is unknown; returns how many readers those were.

        Raises DeliveryError while it is too early.
        """
        from newsletter.delivery import reconcile

        quiet = reconcile.quiet_period(self._house.settings)
        return reconcile.resolve(self._house.database, id, word, quiet=quiet)

    def prove(self, id: EditionId) -> "tuple[Proof, ...]":
        """Recount an edition from ledger, audience and evidence. Raises DeliveryError."""
        from newsletter.delivery.prove import prove

        return prove(self._house.database, id)

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
