"""Upkeep: what has to be done from time to time, by any one process of those that never end."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from newsletter.errors import NewsletterError
from newsletter.newsroom.ageing import Ageing
from newsletter.newsroom.house import House
from newsletter.newsroom.inbox import Inbox
from newsletter.newsroom.notices import NoticeBoard
from newsletter.newsroom.returns import Returns

#: What could not be read is kept so long for a person to look at.
_SET_ASIDE = timedelta(days=7)

#: After this a chore that failed is tried again, or sooner where it is due more often.
_AGAIN = timedelta(minutes=5)

#: Events that are looked through for clicks to judge, when a process begins: more than come in
#: the minutes that clicks are judged in.
_MOST_AT_FIRST = 500_000

#: Seconds between two looks for something to do.
_LOOK = 1.0

_log = logging.getLogger(__name__)


class Chore(NamedTuple):
    """Work that is done every so often."""

    name: str
    every: timedelta
    do: Callable[[], object]


class Upkeep:
    """
    Does what is due of a house. Several processes may run it: each thing is done by one.

    `chores` are done here. `errands` ask other machines, which may take their time or be away: they
    have a loop of their own, and hold no chore up.
    """

    def __init__(self, house: House, returns: Returns, inbox: Inbox, notices: NoticeBoard) -> None:
        self._house = house
        #: The newest event that this process has judged again.
        self._judged = 0
        ageing = Ageing(house)
        self.chores: tuple[Chore, ...] = (
            Chore("parcels", timedelta(seconds=1), inbox.read_parcels),
            Chore("brakes", timedelta(seconds=5), returns.look_after),
            Chore("evidence", timedelta(minutes=1), returns.settle_doubts),
            Chore("verdicts", timedelta(minutes=1), self.judge_again),
            Chore("secrets", timedelta(minutes=10), self.forget_secrets),
            Chore("purge", timedelta(days=1), self.purge),
            Chore("sums", timedelta(minutes=1), ageing.count),
            Chore("ledgers", timedelta(minutes=1), ageing.purge),
        )
        self.errands: tuple[Chore, ...] = (
            Chore("notices", timedelta(seconds=5), notices.tell),
            Chore("boxes", timedelta(seconds=house.settings.bounces.seconds), inbox.read_boxes),
            Chore("lists", timedelta(days=1), inbox.pull_lists),
        )

    def run(self, stop: Callable[[float], bool]) -> None:
        """Do chores until told to stop; `stop` waits so many seconds and then answers."""
        self._loop(self.chores, stop)

    def run_errands(self, stop: Callable[[float], bool]) -> None:
        """Run errands until told to stop, as `run` does chores."""
        self._loop(self.errands, stop)

    def _loop(self, chores: tuple[Chore, ...], stop: Callable[[float], bool]) -> None:
        due = dict.fromkeys(chores, datetime.min.replace(tzinfo=UTC))
        while True:
            for chore in chores:
                now = datetime.now(UTC)
                if now >= due[chore]:
                    due[chore] = now + (
                        chore.every if self._try(chore) else min(chore.every, _AGAIN)
                    )
            if stop(_LOOK):
                return

    def _try(self, chore: Chore) -> bool:
        """Do a chore if it is ours to do now; False where it failed, and is to be done again."""
        try:
            if self._is_mine(chore):
                chore.do()
        except NewsletterError as error:
            _log.warning("%s: %s", chore.name, error)
            self._give_back(chore)
            return False
        return True

    def _give_back(self, chore: Chore) -> None:
        """Let any process do a chore again soon that was begun and came to nothing."""
        from newsletter.storage import chores
        from newsletter.storage.database import clock

        try:
            with self._house.database.begin() as connection:
                soon = clock(connection) - chore.every + min(chore.every, _AGAIN)
                chores.put_back(connection, chore.name, at=soon)
        except NewsletterError:
            # The database is away: nothing was begun.
            return

    def _is_mine(self, chore: Chore) -> bool:
        """Say whether no other process did it just now."""
        from newsletter.storage import chores
        from newsletter.storage.database import clock

        with self._house.database.begin() as connection:
            # A little less: two clocks never tick together.
            every = chore.every * 0.9
            return chores.begin(connection, chore.name, every=every, now=clock(connection))

    def judge_again(self) -> int:
        """Judge what was clicked since the last time, together; returns how many are a robot's."""
        from newsletter.delivery.judging import judge
        from newsletter.storage import hits
        from newsletter.storage.database import clock

        with self._house.database.begin() as connection:
            newest, now = hits.newest(connection), clock(connection)
            since = self._judged or newest - _MOST_AT_FIRST
            clicked = hits.clicked_since(connection, since)
            found = sum(judge(connection, edition, now=now) for edition in clicked)
        self._judged = newest
        return found

    def forget_secrets(self) -> int:
        """Destroy the secrets behind pseudonyms, a day after sending began; returns how many."""
        from newsletter.delivery.ledger import SECRETS_LAST
        from newsletter.storage import retention
        from newsletter.storage.database import clock

        with self._house.database.begin() as connection:
            before = clock(connection) - SECRETS_LAST
            return retention.forget_secrets(connection, before=before)

    def purge(self) -> int:
        """Delete events that are older than they may be kept; returns how many."""
        from newsletter.storage import retention

        now = datetime.now(UTC)
        before, total = now - timedelta(days=self._house.settings.keep_days), 0
        while True:
            with self._house.database.begin() as connection:
                gone = retention.forget_events(connection, before=before)
                retention.forget_parcels(connection, before=now - _SET_ASIDE)
            if not gone:
                return total
            total += gone
