"""Notices: what the people who answer for a newsletter are told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from newsletter.model.editions import EditionId


class NoticeKind(StrEnum):
    """What happened. Each is told once an edition; a pause, each time."""

    #: What goes out at its hour, and what preflight found.
    GOING_OUT = "going-out"
    #: It is time, and the editor's word is missing.
    UNAPPROVED = "unapproved"
    #: It is time, and it cannot go out as it stands.
    BLOCKED = "blocked"
    #: It was begun well after its hour.
    LATE = "late"
    PAUSED = "paused"
    #: Nothing is pending, but some may or may not have been mailed.
    UNKNOWN = "unknown"
    #: It is sent.
    FINISHED = "finished"
    #: There is none on that day.
    SKIPPED = "skipped"
    #: It is past `deliver_by`, and nothing goes out by itself.
    MISSED = "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell, ready to be carried. No reader's address is in it."""

    #: The same each time that it is tried: `daily/2026-07-05 finished`.
    id: str
    kind: NoticeKind
    edition: EditionId
    subject: str
    #: Plain text: what happened, and the next step.
    text: str
    #: When it happened; aware.
    at: datetime
    #: Whom a mail of it is from, unless the settings say.
    sender: str
    #: The same for a program: `{"submitted": 3, …}`.
    facts: Mapping[str, Any] = field(default_factory=dict)
