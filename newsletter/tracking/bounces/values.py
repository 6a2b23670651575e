"""What a mail that came back says, frozen."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from newsletter.model import BounceClass


class Kind(StrEnum):
    """What came to the box."""

    #: The mail could not be delivered to somebody.
    BOUNCE = "bounce"
    #: It was not delivered yet, and is still tried.
    DELAYED = "delayed"
    #: The reader pressed "spam" (RFC 5965).
    COMPLAINT = "complaint"
    #: The reader's mail program asks to unsubscribe (RFC 2369).
    LEAVE = "leave"
    #: Away from the desk, and the like (RFC 3834).
    AUTO_REPLY = "auto-reply"
    #: A person writes.
    REPLY = "reply"
    #: Anything else: delivered, a report on authentication, "not spam", nothing legible.
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One address that was not reached, and why."""

    #: As they write it; may be another one than ours, where mail is forwarded. Never kept.
    address: str
    bounce: BounceClass
    #: RFC 3463: `5.1.1`; empty where it does not say.
    status: str = ""
    #: What SMTP answered: `550`; empty where it does not say.
    reply: str = ""
    #: A short name of ours: `user unknown`, `mailbox full`; empty where nobody knows.
    reason: str = ""
    #: Their words, without any address, 300 characters at most.
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """One mail of the bounce box, read."""

    #: Its Message-ID, else a hash of it: the same for the same mail, however often it is read.
    id: str
    kind: Kind
    #: In UTC: its Date; None where there is none that can be read.
    at: datetime | None = None
    #: Of a bounce.
    failures: tuple[Failure, ...] = ()
    #: Of a delay, and of a bounce that tells of delays too: no failures.
    delays: tuple[Failure, ...] = ()
    #: Where it was delivered, the surest first: the VERP address is among them, if there is one.
    came_to: tuple[str, ...] = ()
    #: Message-ID of the mail of ours that it is about or answers, without angle brackets; or empty.
    original: str = ""
    #: List-Unsubscribe of that mail, as it stands there; or empty.
    original_leave: str = ""
    #: RFC 5965 Feedback-Type, `abuse`; empty where it is no feedback.
    feedback: str = ""
