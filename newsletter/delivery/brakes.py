"""Brakes: an edition of which too much comes back is paused until a person has looked."""

from collections import Counter
from typing import TYPE_CHECKING

from newsletter.model import BounceClass, EditionState
from newsletter.settings import Brakes
from newsletter.storage import brakes, editions
from newsletter.storage.database import Database
from newsletter.storage.editions import Kept
from newsletter.tracking.brakes import FIRST, Came, brake

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: As if nobody else had been tried: what is no reason even then, is none.
_AT_WORST = 1


def pull(database: Database, kept: Kept) -> str:
    """Pause an edition that must not go on; returns why, and an empty text where it may."""
    with database.read() as connection:
        reason = look(connection, kept.key)
    sending = (EditionState.SENDING,)
    if reason and editions.move(
        database, kept.id, EditionState.PAUSED, before=sending, reason=reason
    ):
        return reason
    return ""


def look(connection: "Connection", edition: int) -> str:
    """
    Say why an edition must not go on; empty: it may.

    Only what was handed over since a person's last word counts (`newsletter resume`). The whole
    ledger is counted only where that could matter.
    """
    marks = brakes.marks(connection, edition)
    most = Brakes.model_validate(marks.brakes)
    first, whole = _first(connection, edition, marks.after), _whole(connection, edition, marks)
    if not brake(first, whole, most):
        return ""
    tried = brakes.tried(connection, edition, after=marks.after)
    pressed = brakes.pressed(connection, edition, event=marks.event)
    return brake(first, whole._replace(tried=tried, pressed=pressed), most)


def _first(connection: "Connection", edition: int, after: int) -> Came:
    """Return what came of the first 1,000, those included whom a server refused at once."""
    number, last = brakes.first(connection, edition, after=after, most=FIRST)
    back = Counter(brakes.came_back(connection, edition, after=after, last=last))
    said = brakes.refusals(connection, edition, after=after, last=last)
    back.update(map(_class_of, said))
    return Came(tried=number, hard=back[BounceClass.HARD], ours=back[BounceClass.OURS])


def _class_of(reply: str) -> str:
    # It takes a while to load, and most editions have nobody refused.
    from newsletter.tracking.bounces.failing import failure  # noqa: PLC0415

    return failure("", reply).bounce.value


def _whole(connection: "Connection", edition: int, marks: brakes.Marks) -> Came:
    back = Counter(brakes.came_back(connection, edition, after=marks.after))
    return Came(
        tried=_AT_WORST,
        hard=back[BounceClass.HARD],
        ours=back[BounceClass.OURS],
        complained=back["complained"],
        lost=brakes.lost(connection, edition, event=marks.event),
    )
