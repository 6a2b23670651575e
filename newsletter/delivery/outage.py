"""Patience with a database that is away for a while: what is known is kept until it is back."""

import logging
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

from newsletter.delivery.retry import Rules
from newsletter.errors import StorageError

#: Seconds between two tries.
PAUSE = 0.2

_Found = TypeVar("_Found")

_log = logging.getLogger(__name__)


class Outage:
    """
    Swallows that the database is away, until it was for longer than the rules allow.

    Use it as a context, again and again: one that ends well begins the time anew.
    """

    def __init__(self, rules: Rules) -> None:
        self._longest = rules.outage
        self._since: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        now = time.monotonic()
        if not isinstance(error, StorageError):
            self._since = None
            return False
        if self._since is None:
            # Said once, on stderr where nobody has set up a log: a silent wait looks like a hang.
            _log.warning("%s It is waited for, %.0f seconds at most.", error, self._longest)
            self._since = now
        return now - self._since < self._longest


def through_outage(rules: Rules, act: Callable[[], _Found]) -> _Found:
    """Do what may be done twice, as often as it takes. Raises StorageError after too long."""
    away = Outage(rules)
    while True:
        with away:
            return act()
        time.sleep(PAUSE)
