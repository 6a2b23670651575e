"""
Judging clicks again, by what they say together: verdicts first, then the secret is destroyed.

While an edition's secret is there, a pseudonym can still be compared with when its mail was handed
over: a click before anybody could have read is a scanner's. That is why it is done once more just
before the secret goes. No name comes out of it: what is written is a verdict.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from newsletter.storage import hits
from newsletter.storage.database import Database, clock
from newsletter.storage.hits import Frame, Pressed
from newsletter.tracking.tokens import pseudonym
from newsletter.tracking.windows import Hit, rejudge

#: So far back a reader's clicks are looked at together.
WINDOW = timedelta(minutes=13)

#: A mail that was handed over so long before a click says nothing about it.
_FRESH = timedelta(minutes=2)


def judge(connection: Connection, edition: int, *, now: datetime) -> int:
    """Judge an edition's newest clicks again; returns how many more are a robot's."""
    frame = hits.frame(connection, edition)
    pressed = hits.pressed(connection, edition, since=now - WINDOW)
    if not pressed or frame.began is None:
        return 0
    changes = rejudge(
        (Hit(*one) for one in pressed),
        links=frame.links,
        began=frame.began,
        handed_over=_handed_over(connection, edition, frame, pressed),
    )
    hits.strengthen(connection, ((row, *judged) for row, judged in changes.items()))
    return len(changes)


def judge_last(database: Database, edition: int) -> int:
    """Judge an edition's clicks while its secret is still there; returns how many changed."""
    with database.begin() as connection:
        return judge(connection, edition, now=clock(connection))


def _handed_over(
    connection: Connection, edition: int, frame: Frame, pressed: Sequence[Pressed]
) -> Mapping[int, datetime]:
    """Return when the mails of who pressed were handed over, as far as that can be told."""
    readers = {one.reader for one in pressed} - {0}
    since = min(one.at for one in pressed) - _FRESH
    if not readers or frame.mode not in {"individual", "pseudonymous"}:
        return {}
    if frame.mode == "individual":
        ids = sorted(readers)
        return dict(hits.handed_over(connection, edition, since=since, public_ids=ids))
    if frame.secret is None:
        return {}
    secret = frame.secret
    everyone = hits.handed_over(connection, edition, since=since, public_ids=None)
    hidden = ((pseudonym(secret, public_id), at) for public_id, at in everyone)
    return {reader: at for reader, at in hidden if reader in readers}
