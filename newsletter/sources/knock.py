"""Looks whether addresses still lead somewhere, without reading what is there."""

import time
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from queue import Empty, SimpleQueue
from threading import Thread
from typing import NamedTuple

from newsletter.errors import FetchError
from newsletter.sources.fetch import Fetcher

#: Addresses that are looked at; further ones are taken to be well.
MOST = 100
#: At once, over all hosts.
AT_ONCE = 8
#: For one address, and for all of them; what has not answered then is taken to be well.
SECONDS, SECONDS_IN_ALL = 6.0, 20.0
MOST_REDIRECTS = 6

#: What tells that there is nothing. All else may be a door that is shut to programs alone: 401,
#: 403, 405, 429, 451, 999, and a server's bad minute.
_GONE: Mapping[int, str] = {404: "Not Found", 410: "Gone"}


def knock(
    urls: Sequence[str],
    *,
    allow_loopback: bool = False,
    seconds: float = SECONDS,
    seconds_in_all: float = SECONDS_IN_ALL,
) -> Mapping[str, str]:
    """
    Return the addresses that lead nowhere, each with why; the others are well, or nobody knows.

    Each is asked by HEAD, and by GET where HEAD does not please. Never raises for an address.
    """
    fetcher = Fetcher(allow_loopback=allow_loopback, seconds=seconds)
    waiting: SimpleQueue[str] = SimpleQueue()
    answers: SimpleQueue[_Answer] = SimpleQueue()
    asked = list(dict.fromkeys(urls))[:MOST]
    for url in asked:
        waiting.put(url)

    def work() -> None:
        while True:
            try:
                url = waiting.get_nowait()
            except Empty:
                return
            answers.put(_answer(fetcher, url, seconds))

    # Not a pool: a program waits for the threads of its pools before it ends.
    for _ in range(min(AT_ONCE, len(asked))):
        Thread(target=work, daemon=True).start()
    found = list(_collected(answers, len(asked), seconds_in_all))
    if len(found) > 2 and not any(one.reached for one in found):
        return {found[0].url: "nothing answers; this machine may be offline"}
    return {one.url: one.why for one in found if one.why}


class _Answer(NamedTuple):
    """What knocking told of one address."""

    url: str
    #: Why it leads nowhere; empty: it is well, or only shut to programs.
    why: str
    #: Somebody answered, whatever it was.
    reached: bool


def _collected(
    answers: "SimpleQueue[_Answer]", count: int, seconds_in_all: float
) -> Iterator[_Answer]:
    end = time.monotonic() + seconds_in_all
    for _ in range(count):
        try:
            yield answers.get(timeout=max(end - time.monotonic(), 0.001))
        except Empty:
            return


def _answer(fetcher: Fetcher, url: str, seconds: float) -> _Answer:
    began = time.monotonic()
    try:
        status = fetcher.knock(url, most=MOST_REDIRECTS)
        if status >= HTTPStatus.BAD_REQUEST:
            # Some servers know no HEAD, and say so in many ways.
            began = time.monotonic()
            status = fetcher.knock(url, method="GET", most=MOST_REDIRECTS)
    except FetchError as error:
        # Some keep programs waiting, and serve people at once.
        slow = time.monotonic() - began >= seconds
        return _Answer(url, "" if slow else str(error).rstrip("."), reached=slow)
    gone = status in _GONE
    return _Answer(url, f"it answers {status}, {_GONE[status]}" if gone else "", reached=True)
