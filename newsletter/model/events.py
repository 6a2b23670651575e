"""What comes back of a mail from outside: from the ESP, or to the bounce box."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class EventKind(StrEnum):
    #: The ESP took it for delivery.
    ACCEPTED = "accepted"
    #: The ESP will not try: it knows of an earlier bounce, or the address is none.
    REFUSED = "refused"
    #: The receiving server asked to try later; the ESP does.
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    OPENED = "opened"
    CLICKED = "clicked"
    #: A word of theirs that we do not know yet: kept, and without consequence.
    OTHER = "other"


class BounceClass(StrEnum):
    """What a bounce says of the address, and so what follows from it."""

    #: There is no such box, and there will be none: it is suppressed at once.
    HARD = "hard"
    #: Full, slow or away for now: suppressed only when it goes on for days.
    SOFT = "soft"
    #: They do not want our mail, or the mail is at fault: never the reader's, so nobody is
    #: suppressed, and the editor is called.
    OURS = "ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that somebody outside says of one mail."""

    kind: EventKind
    #: In UTC.
    at: datetime
    #: Theirs, with who they are before it: `sendgrid:…`. Told many times, it is one event.
    id: str
    #: `daily/2026-07-05`; empty where it does not say.
    edition: str = ""
    #: The call that the mail was in; empty where it does not say.
    call: str = ""
    #: The delivery's position in its edition; None where it does not say.
    delivery: int | None = None
    #: The reader's public id, from a token of ours whose tag was right; None where there is none.
    reader: int | None = None
    #: Whom it is about, as they write it. Never kept.
    address: str = ""
    #: Of a bounce; else None.
    bounce: BounceClass | None = None
    #: RFC 3463: `5.1.1`; empty where it does not say.
    status: str = ""
    #: Why, as a short name of ours: `user unknown`, `mailbox full`; empty where nobody knows.
    reason: str = ""
    #: The other side's words, without any address, 300 characters at most.
    words: str = ""
    #: Their own word for what happened, as it came.
    term: str = ""
