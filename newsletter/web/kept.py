"""Pages that are everybody's are made once, and shown for a moment to all who come."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

from starlette.responses import Response

#: Seconds for which a page is shown as it is: a new edition is there after that.
FRESH = 2.0

_MOST = 512


class Kept:
    """Answers by their key. Thread-safe: whoever comes while one is made waits for it."""

    def __init__(self, fresh: float = FRESH) -> None:
        self._fresh = fresh
        self._answers: OrderedDict[Hashable, tuple[float, Response]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._own = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], Response]) -> Response:
        """Return the answer to a request, made anew where it is not fresh."""
        if found := self._fresh_one(key):
            return found
        with self._own:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            if found := self._fresh_one(key):
                return found
            made = make()
            with self._own:
                self._answers[key] = (time.monotonic(), made)
                self._answers.move_to_end(key)
                self._making.pop(key, None)
                while len(self._answers) > _MOST:
                    self._answers.popitem(last=False)
            return made

    def _fresh_one(self, key: Hashable) -> Response | None:
        at, answer = self._answers.get(key, (-self._fresh, None))
        return answer if time.monotonic() - at < self._fresh else None
