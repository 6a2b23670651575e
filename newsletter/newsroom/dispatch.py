"""Dispatch: freezing an edition, handing it over, and counting what became of it."""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from newsletter.errors import DeliveryError, PreflightError
from newsletter.model import Call, Counts, EditionId, EditionState, Envelope, Receipt
from newsletter.monitoring.traces import span
from newsletter.newsroom.draft import Draft, NoEdition
from newsletter.newsroom.house import House
from newsletter.newsroom.restoring import Restoring
from newsletter.newsroom.word import lost, word_on
from newsletter.settings import Newsletter, Rule

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
    #: Where its release stands: `1 % sent, watching until 07:06 IST, then 10 %`; empty where it
    #: goes out in one, or its last step is open.
    release: str = ""


class Dispatch:
    """Sends editions, once."""

    def __init__(self, house: House, restoring: Restoring) -> None:
        self._house = house
        self._restoring = restoring

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
        if datetime.now(UTC) >= deadline.astimezone(UTC):
            raise DeliveryError(
                f"It is past {deadline:%H:%M %Z}: {id} is not sent by itself any more.",
                hint="newsletter send --late sends it all the same.",
            )

    def refuse_if_not_approved(self, draft: Draft, rule: Rule | None = None) -> None:
        """
        Raise DeliveryError when an editor's word is asked for, and not given to what would go out.

        `rule` is who of the lists would get it, where that is not newsletter.toml's own.
        """
        if draft.newsletter.approval == "automatic":
            return
        word = word_on(draft, rule)
        if not word.counts:
            raise DeliveryError(
                f"{draft.id} is not sent. {word.sentence}.",
                hint=f"newsletter approve {draft.newsletter.name} --date {draft.id.day}",
            )

    def plan(self, draft: Draft, rule: Rule | None = None) -> int:
        """
        Freeze an edition and its audience; returns how many readers were selected.

        `rule` picks part of the newsletter's lists; None: as newsletter.toml says.

        Raises:
            PreflightError: an error stands in it.
            DeliveryError: it is not approved, it is held or cancelled, or the database is older
                than what was sent.

        """
        from newsletter import delivery

        if draft.errors:
            raise PreflightError(
                f"{draft.id} has {len(draft.errors)} errors and is not sent.",
                hint="newsletter check names them.",
            )
        self.refuse_if_not_approved(draft, rule)
        self._restoring.refuse_if_behind()
        word = word_on(draft, rule)
        with span("plan", edition=draft.id) as tell:
            selected = delivery.plan(
                self._house.database,
                newsletter=draft.newsletter,
                edition=draft.edition,
                selection=draft.selection,
                rendition=draft.rendition,
                headers=draft.headers,
                rule=rule or draft.newsletter.rule(),
                approval=word.approval if word.counts else None,
            )
            tell(readers=selected)
        self._appoint(draft)
        return selected

    def _appoint(self, draft: Draft) -> None:
        """
        Have SendGrid hold it until its hour, where that is wanted and still ahead.

        What is released step by step is not held: nothing would come back to be watched.
        """
        from newsletter.storage import editions
        from newsletter.transports import sendgrid_account

        hour = draft.newsletter.schedule.hour_on(draft.id.day)
        settings = self._house.settings
        wanted = settings.transport == "sendgrid" and settings.sendgrid.schedule
        stepwise = draft.newsletter.release.steps or draft.newsletter.release.first
        if wanted and not stepwise and hour > datetime.now(UTC):
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
            DeliveryError: the edition is held, paused or cancelled, or the database is older than
                what was sent.
            PermanentFailure: the fault is ours; the edition is paused.

        """
        from newsletter import delivery
        from newsletter.delivery.retry import Rules
        from newsletter.transports import open_transport

        settings = self._house.settings
        self._restoring.refuse_if_behind()
        self._restoring.keep()
        remember = self._restoring.now_and_then()

        def shown(counts: Counts, waiting: "Waiting | None") -> None:
            show(counts, waiting)
            remember()

        transport = open_transport(settings)
        try:
            delivery.deliver(
                self._house.database,
                id,
                transport=transport,
                keyring=self._house.keyring,
                rules=Rules.of(settings.delivery, settings.max_rate),
                show=shown,
                stop=stop,
                patient=patient,
            )
        finally:
            transport.close()
            self._restoring.keep()
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

    def skip(self, none: NoEdition, *, at: datetime | None = None) -> bool:
        """
        Write down that there is no edition on that day, and why; `at`: when that was decided.

        False when there is one already. Raises DeliveryError where one was approved, and its
        stories are lost.
        """
        from newsletter.storage import editions

        if names := lost(none):
            raise DeliveryError(
                f"{none.id} was approved, and these stories are missing: {', '.join(names)}.",
                hint="Did all of the articles come along?",
            )
        return editions.move(
            self._house.database,
            none.id,
            EditionState.SKIPPED,
            before=(EditionState.DRAFT, EditionState.SKIPPED, EditionState.MISSED),
            reason=none.reason,
            finished_at=at or datetime.now(UTC),
        )

    def status(self, id: EditionId | None = None) -> Status:
        """Count an edition's ledger, of the latest one by default. Raises DeliveryError."""
        from newsletter.delivery.release import standing
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
            released = standing(connection, kept.key)
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
                release=released.words(kept.timezone or "UTC") if released else "",
            )


def _local(when: datetime | None, zone: str) -> datetime | None:
    return when.astimezone(ZoneInfo(zone)) if when and zone else when
