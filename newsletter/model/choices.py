"""What an editor chose for one day by hand, and whose word stands behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """A story that was taken away; taking away needs no new approval."""

    #: The story's name, as in `Choices.articles`.
    article: str
    #: Who and when; empty and None where somebody wrote it into the file by hand.
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An editor's word, and exactly what it was given to."""

    by: str
    #: Aware, in the newsletter's zone.
    at: datetime
    #: The stories by their names, in the order in which they were chosen; the lead by its own.
    articles: tuple[str, ...]
    lead: str
    #: As the inbox showed them.
    subject: str
    preheader: str
    #: What was approved, as hashes by name; see `newsletter.edition.digests`.
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """
    What an editor chose for one edition. Without any, the newsletter's rules choose.

    A story is named by its id, or by its file where a new headline would make a new id; by
    `id@2026-07-05` where several have one id; also by its address.
    """

    #: What goes in, in this order; None: the rules choose.
    articles: tuple[str, ...] | None = None
    #: What stays out, for good.
    out: tuple[str, ...] = ()
    #: What leads; empty: the first.
    lead: str = ""
    #: Empty: by the newsletter's rule.
    subject: str = ""
    preheader: str = ""
    #: A sponsor by its name or its file. None: the one whose day it is; empty: none.
    sponsor: str | None = None
    withdrawals: tuple[Withdrawal, ...] = ()
    approval: Approval | None = None

    @property
    def listed(self) -> tuple[str, ...] | None:
        """The stories that go in: the editor's list, else what was approved; None: by rule."""
        if self.articles is None and self.approval:
            return self.approval.articles
        return self.articles

    @property
    def withdrawn(self) -> tuple[str, ...]:
        """The names of what was taken away."""
        return tuple(one.article for one in self.withdrawals)
