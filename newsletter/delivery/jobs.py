"""What the engine hands out: one batch of one edition, and the hour of a newsletter."""

from typing import NamedTuple


class Job(NamedTuple):
    """A batch that has something to hand over, and that nobody works on."""

    #: `daily/2026-07-05`.
    edition: str
    batch: int


class Hour(NamedTuple):
    """When a newsletter goes out, every day."""

    newsletter: str
    #: Five fields of cron: `0 7 * * *`.
    cron: str
    #: IANA name.
    timezone: str
