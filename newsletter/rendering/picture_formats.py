"""What pictures are made for; apart, because what makes them loads slowly."""

from dataclasses import dataclass
from enum import Enum


class Undevelopable(Exception):
    """No picture can be made of this file; the message says why, after its name."""


@dataclass(frozen=True, slots=True)
class Format:
    """What a picture is made for. Pixels are twice what the mail shows."""

    width: int
    height: int
    #: Bytes that it may have.
    target: int
    play: bool = False


class Role(Enum):
    LEAD = Format(1200, 675, 90_000)
    SQUARE = Format(144, 144, 12_000)
    POSTER = Format(1104, 621, 80_000, play=True)
