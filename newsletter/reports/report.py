"""
What a report says: numbers by their names, derived each time and never stored.

Every rate is over `delivered`, and never over opens: some mail programs open by themselves, and
others never do.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

from newsletter.model import BounceClass, Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Clicks or opens, by who was behind them. People may be as few as `people`, or `most`."""

    #: Surely by people.
    people: int = 0
    #: They look like people's, and may be scanners': the verdict `probable`.
    unsure: int = 0
    #: Surely by machines.
    robots: int = 0
    #: Different readers with one of `people`; None where nobody can be told apart.
    readers: int | None = None
    #: Different readers with one of `people` or `unsure`.
    readers_most: int | None = None

    @property
    def most(self) -> int:
        return self.people + self.unsure


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkClicks:
    """One link of the mail, and who pressed it."""

    #: As in `/c/{token}/{number}`.
    number: int
    #: Where it leads now; a correction may have pointed it anew.
    url: str
    #: `title`, `button`, `share` …: as in the edition's link table.
    role: str
    #: The story's id; empty where it belongs to none.
    article: str
    #: What readers see of it.
    label: str
    clicks: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryClicks:
    """One story of the edition, with all of its links, sharing left out."""

    article: str
    title: str
    #: 1 is the lead.
    position: int
    clicks: Tally
    #: Clicks that its place alone would have brought, by the newsletter's past editions; None
    #: while there are too few of them.
    usual: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """How much was handed over in one minute."""

    #: Its beginning, in UTC.
    at: datetime
    submitted: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """Who keeps the readers' boxes, and what became of the mail there."""

    #: `Gmail`, `Yahoo`, `Microsoft`, `Apple`, `Other`; `Erased` where nobody knows any more.
    name: str
    submitted: int = 0
    delivered: int = 0
    bounced: int = 0
    #: Bounces that are our fault: part of `bounced`.
    ours: int = 0
    complained: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounces:
    """The bounces of one kind and reason."""

    kind: BounceClass
    #: `user unknown`, `mailbox full` …; empty where nobody knows.
    reason: str
    count: int
    #: RFC 3463, of one of them; may be empty.
    status: str = ""
    #: The receiving server's words, of one of them, without any address.
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """One of the newsletter's editions, in the few numbers that are compared."""

    edition: str
    day: date
    submitted: int
    #: As in `Report.delivered`.
    delivered: int
    clicks: Tally
    left: int
    complained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """A day of the newsletter's main list, in the newsletter's zone."""

    day: date
    joined: int
    left: int
    #: Active at its end.
    active: int


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of one edition. Times are in UTC; `timezone` is the newsletter's."""

    #: `daily/2026-07-05`.
    edition: str
    newsletter: str
    #: As the newsletter calls itself.
    title: str
    subject: str
    day: date
    timezone: str
    #: As in architecture: `sending`, `sent` …
    state: str
    began: datetime | None
    finished: datetime | None
    #: The ledger's: selected = submitted + refused + skipped + pending + unknown.
    counts: Counts
    #: Readers by why they were skipped, the most first.
    skipped: Mapping[str, int]
    #: Readers by the ESP's words, the most first.
    refused: Mapping[str, int]
    #: As frozen: `off`, `aggregate`, `pseudonymous`, `individual`.
    clicks_mode: str
    opens_mode: str
    clicks: Tally
    opens: Tally
    #: Who unsubscribed by this edition's links or header.
    left: int
    complained: int
    #: Mails by which people answered it, as far as they come to a box that we read.
    answers: int = 0
    #: By number.
    links: tuple[LinkClicks, ...]
    #: By position.
    stories: tuple[StoryClicks, ...]
    #: Every minute from the first to the last in which something went out.
    speed: tuple[Minute, ...]
    #: The greatest first.
    operators: tuple[Operator, ...]
    #: The most first.
    bounces: tuple[Bounces, ...]
    #: The newsletter's last 30 before this one, the newest last.
    past: tuple[Past, ...]
    #: The last 30 days, the newest last.
    growth: tuple[Growth, ...]
    #: The mail as it was frozen, its sentinels and links in place: what the click map is drawn on.
    html: str
    #: When this was counted, in UTC.
    counted_at: datetime

    @cached_property
    def knows_delivered(self) -> bool:
        """Somebody told us of deliveries: an ESP does, a plain SMTP relay never."""
        return self.counts.delivered > 0 or self.counts.complained > 0

    @cached_property
    def delivered(self) -> int:
        """
        Return how many were delivered, the base of every rate.

        A complaint was delivered too. Where nobody tells: what was submitted and did not bounce.
        """
        if self.knows_delivered:
            return self.counts.delivered + self.counts.complained
        return self.counts.submitted - self.counts.bounced
