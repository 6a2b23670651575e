"""What is due now, from a day's moments and what the database says. Pure."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from newsletter.model import EditionId, EditionState, NoticeKind
from newsletter.schedule.timeline import Timeline
from newsletter.storage.timetables import Begun, Standing

#: Who looked last longer ago than this was away: what is late then goes on by a person's word.
AWAY = timedelta(minutes=30)

_UNDECIDED = (EditionState.DRAFT, EditionState.APPROVED)


class Step(StrEnum):
    """What there is to do."""

    #: Make it, look it over, and tell the editors.
    ANNOUNCE = "announce"
    #: Make it, freeze it, and begin to send; where an editor's word is missing, ask for it.
    BEGIN = "begin"
    #: Say that nothing of that day goes out by itself any more.
    MISS = "miss"
    #: Stop what was begun and left half done, and is late by now.
    STOP = "stop"
    #: Say that some may or may not have been mailed.
    DOUBT = "doubt"


class Due(NamedTuple):
    """One thing that is due."""

    step: Step
    edition: EditionId
    #: Why it was missed or is stopped; else empty.
    reason: str = ""


class Look(NamedTuple):
    """A look at the clock."""

    newsletter: str
    now: datetime
    #: The look before.
    since: datetime
    #: There was none before; `since` is when the day began.
    first: bool = False


def due(
    look: Look, timelines: tuple[Timeline, ...], standings: Mapping[date, Standing]
) -> Iterator[Due]:
    """
    Yield what is due of editions that are not begun, oldest first.

    An edition begins between its hour and its deadline, and at no other time: so days that were
    missed never go out in a bunch, wherever the clock jumps.
    """
    for day in timelines:
        if found := _step(look, day, standings.get(day.day, _NOTHING)):
            yield Due(found[0], EditionId(look.newsletter, day.day), found[1])


def due_of_begun(look: Look, begun: Begun, deadline: datetime) -> Due | None:
    """
    Say what is due of an edition that is being sent.

    It goes on for as long as it takes, also after its deadline; but not by itself where nobody
    was there for a while.
    """
    if not begun.open:
        return None if begun.doubted else Due(Step.DOUBT, begun.id)
    was_away = not look.first and look.now - look.since >= AWAY
    if was_away and look.now >= deadline and not begun.busy:
        return Due(Step.STOP, begun.id, "nobody went on with it, and its deadline has passed")
    return None


#: A day that the database knows nothing of.
_NOTHING = Standing(state=EditionState.DRAFT, decided_at=None, noted=frozenset())


def _step(look: Look, day: Timeline, standing: Standing) -> tuple[Step, str] | None:
    if standing.state is EditionState.HELD:
        # An editor's hold stays; that it cost the day is told.
        is_over = look.since < day.give_up <= look.now
        return (Step.MISS, "it is held") if is_over else None
    if standing.state not in _UNDECIDED and not _is_void(look, day, standing):
        return None
    if look.now >= day.give_up:
        return Step.MISS, _why_missed(look, day, standing)
    if look.now >= day.send:
        return Step.BEGIN, ""
    return None if NoticeKind.GOING_OUT in standing.noted else (Step.ANNOUNCE, "")


def _is_void(look: Look, day: Timeline, standing: Standing) -> bool:
    """
    Say whether a day was decided too early, or by a clock that was ahead.

    Somebody who asked for tomorrow's edition and found it empty has not decided tomorrow.
    """
    earliest = {EditionState.SKIPPED: day.send, EditionState.MISSED: day.give_up}
    valid_from = earliest.get(standing.state)
    if valid_from is None or standing.decided_at is None:
        return False
    return not valid_from <= standing.decided_at <= look.now


def _why_missed(look: Look, day: Timeline, standing: Standing) -> str:
    if NoticeKind.BLOCKED in standing.noted:
        return "it could not go out as it stood"
    if NoticeKind.UNAPPROVED in standing.noted:
        return "it was not approved in time"
    if look.since < day.send:
        return "nothing was running at its hour"
    return "it was not ready in time"
