"""Dispatch: freezing an edition, handing it over, and counting what became of it."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newsletter.errors import DeliveryError, PreflightError
from newsletter.model import Call, Counts, EditionId, EditionState, Envelope, Receipt
from newsletter.newsroom.desk import Draft, NoEdition
from newsletter.newsroom.house import House
from newsletter.settings import Newsletter

if TYPE_CHECKING:
    from newsletter.delivery.turns import Waiting
    from newsletter.storage.pace import Breaker, Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What the ledger says of an edition."""

    id: EditionId
    state: EditionState
    #: Why it is held, skipped or missed; else empty.
    reason: str
    counts: Counts
    #: Why readers were skipped, and how many.
    reasons: Mapping[str, int]
    #: When the first call was begun and the edition was closed, in the newsletter's zone.
    began: datetime | None
    ended: datetime | None
    #: Workers that have a batch of it now.
    workers: int = 0
    #: When what waits is tried again, in the newsletter's zone; None: nothing waits.
    next_try: datetime | None = None
    #: The transport takes nothing at this time, and why; None: it is in order.
    breaker: "Breaker | None" = None
    #: Receiving domains that take less than all at this time.
    crowded: "tuple[Receiver, ...]" = ()


class Dispatch:
    """Sends editions, once."""

    def __init__(self, house: House) -> None:
        self._house = house

    @property
    def carrier(self) -> str:
        """Name what mails go through: `outbox var/outbox`."""
        settings = self._house.settings
        where = {"outbox": str(settings.outbox.dir), "smtp": settings.smtp.host}
        return f"{settings.transport} {where.get(settings.transport, '')}".strip()

    def is_planned(self, id: EditionId) -> bool:
        """Say whether its rendition and audience are frozen already."""
        from newsletter.storage import editions

        kept = editions.find(self._house.database, id)
        return kept is not None and kept.planned

    def has_begun(self, id: EditionId) -> bool:
        """Say whether anything of it was handed over, so that finishing it is not sending late."""
        from newsletter.storage import editions

        kept = editions.find(self._house.database, id)
        return kept is not None and kept.sending_began_at is not None

    def refuse_if_late(self, newsletter: Newsletter, id: EditionId) -> None:
        """Raise DeliveryError when nothing of that day may be mailed by itself any more."""
        deadline = newsletter.schedule.deadline_on(id.day)
        if deadline and datetime.now(UTC) > deadline:
            raise DeliveryError(
                f"It is past {deadline:%H:%M %Z}: {id} is not sent by itself any more.",
                hint="newsletter send --late sends it all the same.",
            )

    def refuse_if_not_approved(self, draft: Draft) -> None:
        """Raise DeliveryError when an editor's word is asked for, and not given to these bytes."""
        from newsletter.storage import editions

        if draft.newsletter.approval == "automatic":
            return
        kept = editions.find(self._house.database, draft.id)
        if kept is None or kept.approved_hash != draft.rendition.hash:
            changed = "has changed since it was approved" if kept and kept.approved_hash else ""
            raise DeliveryError(
                f"{draft.id} {changed or 'is not approved yet'}.",
                hint=f"newsletter approve --date {draft.id.day}",
            )

    def plan(self, draft: Draft) -> int:
        """
        Freeze an edition and its audience; returns how many readers were selected.

        Raises:
            PreflightError: an error stands in it.
            DeliveryError: it is not approved, or it is held or cancelled.

        """
        from newsletter import delivery

        if draft.errors:
            raise PreflightError(
                f"{draft.id} has {len(draft.errors)} errors and is not sent.",
                hint="newsletter check names them.",
            )
        self.refuse_if_not_approved(draft)
        selected = delivery.plan(
            self._house.database,
            newsletter=draft.newsletter,
            edition=draft.edition,
            selection=draft.selection,
            rendition=draft.rendition,
            headers=draft.headers,
        )
        self._appoint(draft)
        return selected

    def _appoint(self, draft: Draft) -> None:
        """Have SendGrid hold it until its hour, where that is wanted and still ahead."""
        from newsletter.storage import editions
        from newsletter.transports import sendgrid_account

        hour = draft.newsletter.schedule.hour_on(draft.id.day)
        settings = self._house.settings
        wanted = settings.transport == "sendgrid" and settings.sendgrid.schedule
        if wanted and hour > datetime.now(UTC):
            appointment = sendgrid_account(settings).make_appointment(hour)
            with self._house.database.begin() as connection:
                editions.appoint(connection, draft.id, appointment)

    def deliver(
        self,
        id: EditionId,
        *,
        show: "Callable[[Counts, Waiting | None], None]",
        stop: Callable[[], bool],
        patient: bool = True,
    ) -> Status:
        """
        Deliver what is not delivered yet of a planned edition.

        `show` is told how far it is; once `stop` says so, no further call is begun. It stays
        while anything is pending, unless it is not `patient`.

        Raises:
            DeliveryError: the edition is held, paused or cancelled.
            PermanentFailure: the fault is ours; the edition is paused.

        """
        from newsletter import delivery
        from newsletter.delivery.retry import Rules
        from newsletter.transports import open_transport

        settings = self._house.settings

        transport = open_transport(settings)
        try:
            delivery.deliver(
                self._house.database,
                id,
                transport=transport,
                keyring=self._house.keyring,
                rules=Rules.of(settings.delivery, settings.max_rate),
                show=show,
                stop=stop,
                patient=patient,
            )
        finally:
            transport.close()
        return self.status(id)

    def proof(self, draft: Draft, addresses: Iterable[str]) -> tuple[Receipt, ...]:
        """
        Mail a draft to the newsroom, to nobody on a list; in no ledger and no report.

        Its links open pages that change nothing. Raises InvalidAddress, TransportError.
        """
        from newsletter.audience.address import parse
        from newsletter.tracking.tokens import EditionMint
        from newsletter.transports import open_transport

        mint = EditionMint(self._house.keyring, 0, draft.newsletter.tracking, None)
        envelopes = tuple(
            Envelope(number, parse(address).text, "", mint.proof_tokens(secrets.randbits(48)))
            for number, address in enumerate(addresses, 1)
        )
        call = Call(
            id=f"proof-{secrets.token_hex(8)}",
            rendition=draft.rendition,
            headers=draft.headers,
            envelopes=envelopes,
            at=datetime.now(UTC),
        )
        transport = open_transport(self._house.settings)
        try:
            return tuple(transport.send(call))
        finally:
            transport.close()

    def skip(self, none: NoEdition) -> None:
        """Write down that there is no edition on that day, and why."""
        from newsletter.storage import editions

        states = (EditionState.DRAFT, EditionState.SKIPPED)
        editions.move(
            self._house.database, none.id, EditionState.SKIPPED, before=states, reason=none.reason
        )

    def status(self, id: EditionId | None = None) -> Status:
        """Count an edition's ledger, of the latest one by default. Raises DeliveryError."""
        from newsletter.storage import deliveries, editions, leases, pace
        from newsletter.storage.database import clock

        named = id or editions.latest(self._house.database)
        kept = editions.find(self._house.database, named) if named else None
        if kept is None:
            raise DeliveryError(
                f"Nothing is known of {named}." if named else "There is no edition yet.",
                hint="newsletter send makes and sends one.",
            )
        with self._house.database.read() as connection:
            left = leases.left(connection, kept.key, now=clock(connection))
            breaker = pace.breaker(connection, self._house.settings.transport)
            again = breaker.next_try if breaker else left.next_try
            return Status(
                id=kept.id,
                state=kept.state,
                reason=kept.reason,
                counts=deliveries.counts(connection, kept.key),
                reasons=deliveries.reasons(connection, kept.key),
                began=_local(kept.sending_began_at, kept.timezone),
                ended=_local(kept.finished_at, kept.timezone),
                workers=left.workers,
                next_try=_local(again, kept.timezone),
                breaker=breaker,
                crowded=tuple(pace.crowded(connection).values()),
            )


def _local(when: datetime | None, zone: str) -> datetime | None:
    return when.astimezone(ZoneInfo(zone)) if when and zone else when
