"""What all pages share: the newsroom, how pages are made, and what is written in groups."""

import logging
import time
from collections import deque
from collections.abc import Sequence

from newsletter.audience.joining import Asked
from newsletter.audience.leaving import BURST, BURST_TIME, Leaving
from newsletter.audience.public_hosts import PUBLIC_HOSTS
from newsletter.newsroom import Newsroom
from newsletter.web.commits import Commits
from newsletter.web.limits import Limits
from newsletter.web.pages import Pages

_log = logging.getLogger("newsletter.web")


class WebDesk:
    """One for each process."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        self.settings = newsroom.settings
        self.pages = Pages(newsroom)
        web = newsroom.settings.web
        self.limits = Limits(per_hour=web.joins_per_hour, per_minute=web.joins_per_minute)
        self.joining: Commits[Asked] = Commits(newsroom.reception.ask, what="joining")
        keep = newsroom.reception.spool().keep
        self.leaving: Commits[Leaving] = Commits(self._leave, keep, "leaving")
        self._watch = Watch()

    def _leave(self, left: Sequence[Leaving]) -> None:
        for key in self.newsroom.reception.leave(left):
            self._watch.note(key.rpartition("@")[2])


class Watch:
    """Says so when several readers of one domain leave within a minute: it may be a scanner."""

    def __init__(self) -> None:
        self._seen: dict[str, deque[float]] = {}

    def note(self, domain: str) -> bool:
        """Count one who has left; True when that is the one too many."""
        if domain in PUBLIC_HOSTS:
            return False
        now = time.monotonic()
        times = self._seen.setdefault(domain, deque())
        times.append(now)
        while times[0] < now - BURST_TIME.total_seconds():
            times.popleft()
        if len(self._seen) > 10_000:
            self._seen = {domain: times}
        if len(times) != BURST:
            return False
        _log.warning(
            "%s readers at %s left within a minute; it may be a scanner that presses buttons."
            " newsletter subscribers alarms",
            BURST,
            domain,
        )
        return True
