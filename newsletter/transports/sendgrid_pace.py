"""Keeps to the pace that SendGrid asks for, in its X-RateLimit headers."""

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta

from newsletter.errors import TemporaryFailure
from newsletter.transports.sendgrid_answers import seconds_to_reset

#: Seconds that a call may be held back. Its intent is written already, so a longer wait is
#: better spent where nothing is in flight.
LONGEST_WAIT = 20.0


class Pace:
    """
    Lets requests through until SendGrid says that none is left, then waits for its reset.

    One for all threads of a transport. Clocks of other machines are not believed for longer
    than `LONGEST_WAIT`.
    """

    def __init__(
        self,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._sleep, self._now = sleep, now
        self._until = 0.0
        self._lock = threading.Lock()

    def wait(self) -> None:
        """
        Return when a request may go out.

        Raises TemporaryFailure, at once, when that is further away than a call can wait.
        """
        with self._lock:
            wait = self._until - self._now()
        if wait > LONGEST_WAIT:
            raise TemporaryFailure(
                f"SendGrid takes nothing more for {wait:.0f} seconds.",
                retry_after=timedelta(seconds=wait),
            )
        if wait > 0:
            self._sleep(wait)

    def learn(self, headers: Mapping[str, str]) -> None:
        """Remember when the next request may go out; names of headers in small letters."""
        now = self._now()
        spent = headers.get("x-ratelimit-remaining", "").strip() == "0"
        wait = seconds_to_reset(headers, now) if spent else None
        with self._lock:
            self._until = now + wait if wait else 0.0
