"""Readers, and what becomes of each one's mail."""

import math
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from newsletter.model.renditions import Rendition


class SubscriberState(StrEnum):
    #: Asked, and has not confirmed yet.
    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"


class SuppressionReason(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"
    MANUAL = "manual"


class DeliveryState(StrEnum):
    PLANNED = "planned"
    #: In a call; its intent is written, its answer is not.
    CLAIMED = "claimed"
    SUBMITTED = "submitted"
    REFUSED = "refused"
    #: Proven not accepted, to be tried again.
    DEFERRED = "deferred"
    #: May or may not have been accepted; never sent again by machine.
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    # What became of a submitted one:
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Answer(StrEnum):
    """What a transport says of one envelope."""

    SUBMITTED = "submitted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"


class Tokens(NamedTuple):
    """One reader's tokens for one edition; each is 28 ASCII characters."""

    click: str
    open: str
    view: str
    door: str
    #: The part of the Message-ID before the @: the same when a delivery is tried again.
    message_id: str


class Envelope(NamedTuple):
    """One reader's address, and what only that reader's copy says."""

    #: The delivery's id in the ledger.
    delivery: int
    #: As on the wire: the domain in A-labels.
    address: str
    #: Stands in `To` alone; may be empty.
    name: str
    tokens: Tokens
    #: Where what cannot be delivered comes back to; empty: the sender's own address.
    return_path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """What stands above an edition's mail, the same for every reader."""

    sender_name: str
    sender_address: str
    #: A watched box, or empty.
    reply_to: str = ""
    #: Without angle brackets: `daily.news.example.com`, and the words before it.
    list_id: str
    list_name: str
    #: `{site}/u/`; the door token follows. Empty: a letter that answers one person, and says so.
    unsubscribe: str
    archive: str = ""
    help: str = ""
    #: The part after the @ of every Message-ID.
    domain: str
    feedback_id: str = ""
    #: The bounce box, to which a reader's token is added; empty: there is none.
    bounces: str = ""
    #: Offer to leave by a mail to it as well.
    leave_by_mail: bool = False


class Appointment(NamedTuple):
    """When an ESP is to send what it is handed now, and by what name it can be called off."""

    id: str
    #: Aware.
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The deliveries handed to a transport at once, and what goes into them."""

    id: str
    rendition: Rendition
    headers: Headers
    envelopes: tuple[Envelope, ...]
    #: The real time of the attempt: the Date header.
    at: datetime
    #: The edition's id, for who sorts what comes back by it; empty for a letter or a proof.
    edition: str = ""
    #: By `transports.uptime`: an envelope of which nothing was said by then is deferred. A
    #: process that was frozen must not go on where others have taken over.
    begin_by: float = math.inf
    #: Only for a transport that keeps appointments; None: at once.
    appointment: Appointment | None = None


class Receipt(NamedTuple):
    """What became of one envelope."""

    delivery: int
    answer: Answer
    #: The receiver's words, or ours; never an address.
    reply: str = ""
    #: What the other side calls it.
    provider_id: str = ""
    #: Of a deferred one: the receiving domain wants less mail of us, so others there wait too.
    crowded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """
    An edition's ledger in numbers.

    Always: selected = submitted + refused + skipped + pending + unknown. `deferred` is a part
    of pending; `delivered`, `bounced` and `complained` are parts of submitted.
    """

    selected: int = 0
    submitted: int = 0
    refused: int = 0
    skipped: int = 0
    pending: int = 0
    unknown: int = 0
    deferred: int = 0
    delivered: int = 0
    bounced: int = 0
    complained: int = 0

    @property
    def balanced(self) -> bool:
        settled = self.submitted + self.refused + self.skipped
        return self.selected == settled + self.pending + self.unknown
