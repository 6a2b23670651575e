"""When an edition must not go on, by what came of it so far. Pure."""

from typing import NamedTuple

from newsletter.settings import Brakes

#: What came of so many is looked at apart: later ones would drown it.
FIRST = 1_000

#: Fewer are chance. Hard bounces of the whole: so many, because lists lose boxes every day.
FEWEST, FEWEST_HARD = 5, 20

#: Before there are 1,000, this share of addresses that do not exist is too much as well.
_STEEP = 10.0

_LOOK = "look at newsletter report before you resume"


class Came(NamedTuple):
    """What came of the mails that are out."""

    #: Taken or refused: everybody of whom there is an answer.
    tried: int = 0
    #: Addresses that do not exist, whether told at once or by a bounce.
    hard: int = 0
    #: Sent back because receivers do not want this mail.
    ours: int = 0
    complained: int = 0
    #: Readers who pressed a link of it; and those whose link the edition does not have.
    pressed: int = 0
    lost: int = 0


def brake(first: Came, whole: Came, most: Brakes) -> str:
    """Say why an edition must not go on, by its first 1,000 and all of it; empty: it may."""
    return (
        _hard(first, most.hard)
        or _share(whole.hard, whole.tried, most.hard, FEWEST_HARD, "addresses do not exist")
        or _share(whole.ours, whole.tried, most.ours, FEWEST, "came back: receivers do not want it")
        or _share(whole.complained, whole.tried, most.complaints, FEWEST, "were marked as spam")
        or _share(
            whole.lost,
            whole.pressed + whole.lost,
            most.lost_clicks,
            FEWEST,
            "readers who pressed a link were led nowhere",
        )
    )


def _hard(came: Came, most: float) -> str:
    many = came.hard * 100 > most * FIRST
    steep = came.tried < FIRST and came.hard * 100 > max(most, _STEEP) * came.tried
    if came.hard < FEWEST or not (many or steep):
        return ""
    return f"{came.hard:,} of the first {came.tried:,} addresses do not exist; {_LOOK}"


def _share(part: int, whole: int, most: float, fewest: int, words: str) -> str:
    if part < fewest or part * 100 <= most * whole:
        return ""
    return f"{part:,} of {whole:,} {words}; {_LOOK}"
