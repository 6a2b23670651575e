"""Notices: somebody is told what became of an edition, and never at the edition's cost."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from newsletter.errors import NewsletterError, TransportError
from newsletter.model import EditionId, Notice, NoticeKind
from newsletter.newsroom.dispatch import Dispatch
from newsletter.newsroom.house import House

if TYPE_CHECKING:
    from newsletter.storage.notices import Untold

#: Notices that are claimed at once.
_AT_ONCE = 10

#: Who dies over a notice has it told by another after this: twice rather than never.
_CLAIM = timedelta(minutes=5)

#: Pauses before a notice is tried again; then it is given up, and stands in the log alone.
PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60))

#: Seconds between two looks, and between two heartbeats.
_LOOK, _HEARTBEAT = 2.0, 60.0

_log = logging.getLogger(__name__)


class NoticeBoard:
    """
    Tells what was written down. One for each process; each notice is told by one of a fleet.

    Nothing here raises into the way that editions take: what cannot be told is logged, and
    tried again a few times.
    """

    def __init__(self, house: House, dispatch: Dispatch) -> None:
        self._house = house
        self._dispatch = dispatch

    def note(
        self,
        id: EditionId,
        kind: NoticeKind,
        *,
        at: datetime,
        facts: Mapping[str, Any] | None = None,
    ) -> bool:
        """Write down what is to be told of an edition; False where it was. Raises StorageError."""
        from newsletter.storage import editions, notices

        with self._house.database.begin() as connection:
            key = editions.ensure(connection, id)
            return notices.note(connection, key, kind, at=at, facts=facts)

    def run(self, stop: Callable[[float], bool]) -> None:
        """Tell, and be heard, until told to stop; `stop` waits so many seconds and answers."""
        silent = 0.0
        while True:
            if silent <= 0:
                self.beat()
                silent = _HEARTBEAT
            self.tell()
            if stop(_LOOK):
                return
            silent -= _LOOK

    def beat(self) -> None:
        """Say that this process lives, where somebody listens. Raises nothing."""
        from newsletter.transports.notices import ask

        if url := self._house.settings.notices.heartbeat_url:
            try:
                ask("GET", url)
            except TransportError as error:
                _log.warning("heartbeat: %s", error)

    def tell(self) -> int:
        """Tell what is due; returns how many notices were looked at. Raises nothing."""
        from newsletter.storage import notices
        from newsletter.storage.database import clock

        try:
            with self._house.database.begin() as connection:
                now = clock(connection)
                found = notices.claim(connection, most=_AT_ONCE, now=now, until=now + _CLAIM)
        except NewsletterError as error:
            _log.warning("notices wait: %s", error)
            return 0
        for one in found:
            self._try(one)
        return len(found)

    def _try(self, untold: "Untold") -> None:
        try:
            self._settle(untold, self._tell(untold))
        except NewsletterError as error:
            _log.warning("%s: the notice %s waits: %s", untold.edition, untold.kind, error)

    def _tell(self, untold: "Untold") -> Mapping[str, str]:
        """Tell one; returns by which ways it did not go, and why. Raises NewsletterError."""
        from newsletter.transports.notices import open_ways

        ways = [way for way in open_ways(self._house.settings) if way.takes(untold.kind)]
        if untold.ways is not None:
            ways = [way for way in ways if way.name in untold.ways]
        notice = self._written(untold)
        left: dict[str, str] = {}
        for way in ways:
            try:
                way.carry(notice)
            except TransportError as error:
                left[way.name] = str(error)
        return left

    def _settle(self, untold: "Untold", left: Mapping[str, str]) -> None:
        from newsletter.storage import notices
        from newsletter.storage.database import clock

        problem = "; ".join(left.values()) or None
        again = None
        with self._house.database.begin() as connection:
            if left and untold.attempts <= len(PAUSES):
                again = clock(connection) + PAUSES[untold.attempts - 1]
            names: Sequence[str] = tuple(left)
            notices.settle(connection, untold.id, left=names, next_try=again, problem=problem)
        if left:
            ending = "tried again later" if again else "given up"
            _log.log(
                logging.WARNING if again else logging.ERROR,
                "%s: the notice %s is %s: %s",
                untold.edition,
                untold.kind,
                ending,
                problem,
                extra={"edition": untold.edition},
            )

    def _written(self, untold: "Untold") -> Notice:
        """Put a notice into words, and take out whatever looks like an address or a secret."""
        from newsletter.monitoring.masks import Mask, secrets_of
        from newsletter.newsroom.notice_words import Told, words

        status = self._dispatch.status(untold.edition)
        newsletter = self._house.newsletter(untold.edition.newsletter)
        schedule, day = newsletter.schedule, untold.edition.day
        told = Told(
            kind=untold.kind,
            edition=untold.edition,
            hour=schedule.hour_on(day),
            deadline=schedule.deadline_on(day),
            facts=untold.facts,
            counts=status.counts,
            began=status.began,
            ended=status.ended,
        )
        subject, text = words(told)
        mask = Mask(secrets_of(self._house.settings))
        return Notice(
            id=f"{untold.edition} {untold.kind} {untold.occasion}".strip(),
            kind=untold.kind,
            edition=untold.edition,
            subject=mask(subject),
            text=mask(text),
            at=untold.at,
            sender=newsletter.sender.address,
            facts={"state": status.state.value, **asdict(status.counts)},
        )
