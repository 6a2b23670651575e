"""What passes between a worker and the ledger, from one call to the next."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from newsletter.storage.claims import Claimed
from newsletter.storage.leases import Lease
from newsletter.storage.settling import Settled


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a worker asks for: readers for one call."""

    #: The worker's name.
    worker: str
    transport: str
    #: Id of the call to be made.
    call: str
    #: 0: none, only write down what is known and give the lease back.
    most: int
    lease: timedelta
    #: A doubtful mail may go again: it would be no second one.
    repeatable: bool
    #: Of this batch alone; None: of any.
    batch: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What became of a call."""

    call: str
    readers: Sequence[Settled]
    #: Domains that want less, each with its words.
    crowded: Mapping[str, str] = field(default_factory=dict)
    #: How long nothing goes to them.
    crowded_pause: timedelta = timedelta(0)
    #: It had readers of crowded domains, whom they took.
    eased: bool = False


class Turn(NamedTuple):
    """Readers for one call, claimed; or none, and why."""

    lease: Lease | None = None
    #: Id of the call to be made.
    call: str = ""
    claimed: Sequence[Claimed] = ()
    #: The transport takes nothing at this time.
    broken: bool = False
    #: It is the one small call that follows a probe.
    trial: bool = False
    #: It may have readers of domains that take less than all.
    crowded: bool = False
    #: When it was, on the database's clock.
    at: datetime | None = None
    #: Nothing of the call is begun later; on the clock of `transports.uptime`.
    begin_by: float = math.inf


class Waiting(NamedTuple):
    """Why nothing can be handed over now, and when it is tried again."""

    #: In the other side's words; empty where readers were deferred one by one.
    reason: str
    #: UTC.
    until: datetime
    #: Nothing is wrong: a step of the release is watched, and the reason says for how long.
    watched: bool = False
