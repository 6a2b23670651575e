"""What the engine hands out: one batch of one edition."""

from typing import NamedTuple


class Job(NamedTuple):
    """A batch that has something to hand over, and that nobody works on."""

    #: `daily/2026-07-05`.
    edition: str
    batch: int
