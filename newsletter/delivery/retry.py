"""When a reader is tried again, and when no more. Pure: no clock, no database."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from newsletter.model import Answer, DeliveryState, Receipt
from newsletter.settings import DeliverySettings
from newsletter.storage.claims import Claimed
from newsletter.storage.pace import Receiver
from newsletter.storage.settling import Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a worker keeps to; durations in seconds where nothing else is said."""

    #: Without a sign of life for so long, a worker loses its batches.
    lease: timedelta = timedelta(seconds=60)
    #: How long after sending began a reader is tried again.
    limit: timedelta = timedelta(hours=4)
    #: Before the second try; doubled with each further one, up to the longest.
    first_pause: float = 60.0
    longest_pause: float = 1800.0
    #: How long nothing goes to a domain that wants less (support.google.com/mail/answer/81126
    #: asks for ten minutes).
    crowded_pause: timedelta = timedelta(minutes=10)
    #: Before the first probe of a transport that failed, and the longest between two.
    first_probe: float = 1.0
    longest_probe: float = 30.0
    #: Who must stop waits so long for an answer that is on its way.
    drain: float = 8.0
    #: How long the database may be away before a worker gives up.
    outage: float = 120.0
    #: Messages a second over the fleet; None: as many as the other side takes.
    rate: int | None = None

    @classmethod
    def of(cls, settings: DeliverySettings, rate: int | None) -> Self:
        return cls(
            lease=timedelta(seconds=settings.lease_seconds),
            limit=timedelta(hours=settings.retry_hours),
            rate=rate,
        )

    def largest(self, transport: int) -> int:
        """
        Return the most readers for one call, where a transport takes so many.

        What goes out in one moment overshoots the rate by a call: a twentieth of a second's.
        """
        return transport if self.rate is None else max(1, min(transport, self.rate // 20))


def doubled(first: float, longest: float, times: int) -> float:
    """Return a pause in seconds that doubles with every failure after the first."""
    return min(longest, first * 2.0 ** min(times - 1, 30))


def settled(
    receipt: Receipt, reader: Claimed, *, now: datetime, began: datetime, rules: Rules
) -> Settled:
    """
    Say what is written of a reader, by what the transport said.

    Who is deferred comes again after a pause that doubles, shifted by chance so that not all
    come at once; past the limit the last answer stands, and the reader is refused.
    """
    state, words = DeliveryState(receipt.answer.value), receipt.reply
    if receipt.answer is not Answer.DEFERRED:
        return Settled(reader.position, state, words, receipt.provider_id)
    if now - began >= rules.limit:
        hours = rules.limit / timedelta(hours=1)
        given_up = f"not accepted within {hours:g} hours: {words}"
        return Settled(reader.position, DeliveryState.REFUSED, given_up, receipt.provider_id)
    pause = doubled(rules.first_pause, rules.longest_pause, reader.attempts)
    shifted = timedelta(seconds=pause * random.uniform(0.75, 1.25))  # noqa: S311 - no secret
    again = now + (rules.crowded_pause if receipt.crowded else shifted)
    return Settled(reader.position, state, words, receipt.provider_id, again)


def domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower()


def choose(
    waiting: Sequence[tuple[int, str]],
    crowded: Mapping[str, Receiver],
    *,
    most: int,
    now: datetime,
) -> tuple[list[int], set[str]]:
    """
    Choose who goes into a call while some domains take less than all.

    `waiting` are positions and addresses. Returns the positions chosen, and the crowded domains
    among theirs: each only when its pause is over, with no more readers than it takes.
    """
    chosen: list[int] = []
    room = {name: r.width if r.next_try <= now else 0 for name, r in crowded.items()}
    used: set[str] = set()
    for position, address in waiting:
        if len(chosen) == most:
            break
        domain = domain_of(address)
        if domain in room:
            if not room[domain]:
                continue
            room[domain] -= 1
            used.add(domain)
        chosen.append(position)
    return chosen, used
