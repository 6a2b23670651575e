"""
The process that parses one feed and ends: `python -m newsletter.sources.feed_child`.

Reads a line of JSON and the feed's bytes; writes what it found, or why not, as JSON. It has no
network, no secrets and little time: whoever wrote the feed can make a parser run for hours.
"""

import contextlib
import json
import signal
import sys
from collections.abc import Callable
from typing import BinaryIO
from zoneinfo import ZoneInfo

from newsletter.errors import NewsletterError
from newsletter.sources.feed_answer import GATHERED, REFUSED
from newsletter.sources.feed_entry import Feed
from newsletter.sources.feed_parse import read_feed

#: The part of its time after which it begins no other entry, and says what it has.
_SOON = 0.6
#: Bytes; a feed of 5 MB needs a fifth of it.
_MEMORY = 1 << 30


def limit(seconds: float) -> None:
    """End this process, in whatever it is, after so much work of the processor's."""
    if not hasattr(signal, "setitimer"):
        return  # Windows: the parent's clock alone.
    signal.setitimer(signal.ITIMER_PROF, seconds)
    import resource  # noqa: PLC0415 (not there on Windows)

    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, hard))


def answer(asked: BinaryIO, said: BinaryIO, bound: Callable[[float], None] = limit) -> int:
    """Parse what is asked, write the answer, and return the exit code."""
    line = json.loads(asked.readline())
    body = asked.read()
    feed = Feed(zone=ZoneInfo(line["zone"]), **line["feed"])
    bound(line["seconds"])
    try:
        gathered = read_feed(
            body, charset=line["charset"], feed=feed, seconds=_SOON * line["seconds"]
        )
    except NewsletterError as error:
        said.write(json.dumps({"sentence": str(error), "hint": error.hint}).encode())
        return REFUSED
    said.write(GATHERED.dump_json(gathered))
    return 0


if __name__ == "__main__":
    sys.exit(answer(sys.stdin.buffer, sys.stdout.buffer))
