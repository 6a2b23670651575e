"""
Windows: what a reader's clicks on one edition say together.

A scanner with a browser's name is given away by its haste: it presses before anybody could have
read, or many links at once. People open stories in tabs too, three in a few seconds; what no hand
does is three links in one second, or nearly all of a mail. Why these figures: decision 0013.

Pure, and it knows neither agent nor network: it judges what is stored, as often as one likes.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import NamedTuple

from newsletter.model import Verdict
from newsletter.tracking.robots import Judged, is_stronger


class Hit(NamedTuple):
    """A click as it is stored."""

    id: int
    #: In any zone.
    at: datetime
    #: A pseudonym or public id; 0 for nobody in particular, whose clicks say nothing together.
    reader: int
    #: By its number in the mail.
    link: int
    verdict: Verdict
    #: By which the verdict came; empty for a person.
    rule: str


class Burst(NamedTuple):
    """So many different links within so many seconds."""

    seconds: float
    links: int
    verdict: Verdict
    #: Whether a link's second press within it is judged too. Over a minute or more it may well
    #: be the reader's, whose mail was scanned before.
    again: bool = True


#: No mail travels and is read in less, counted from when it was handed over.
_CERTAINLY_TOO_SOON = timedelta(seconds=5)
_PROBABLY_TOO_SOON = timedelta(seconds=10)

#: While a mail is as new as this, few have it open, and whoever scans it is at work.
_NEW = timedelta(seconds=60)
_WHILE_NEW = Burst(10, 3, Verdict.PROBABLE)

#: Faster than a hand; no rule asks for fewer links.
_AT_ONCE = Burst(1, 3, Verdict.PROBABLE)
_HASTE = Burst(10, 6, Verdict.PROBABLE)

#: A reader's own browser fetches in advance what it may never show: that is no haste of theirs.
_OF_THE_BROWSER = "prefetch"


def rejudge(
    hits: Iterable[Hit],
    *,
    links: int,
    began: datetime,
    handed_over: Mapping[int, datetime],
) -> dict[int, Judged]:
    """
    Return which clicks on an edition are more probably a robot's than is stored, by their ids.

    `hits`: clicks on one edition, in any order, each once, the judged ones too; of each reader
    at least the ten minutes before what is new. `links`: how many numbers its link table has.
    `began`: when its sending began. `handed_over`: by reader, the earliest moment at which the mail
    can have been accepted, where that is known: the intent of its call, not when its answer was
    written. A click before it comes from an earlier copy, and is not judged by it.

    A verdict is never weakened; what is returned and stored is not returned again.
    """
    readers: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits:
        readers[hit.reader].append(hit)
    found: dict[int, Judged] = {}
    for reader, theirs in readers.items():
        theirs.sort(key=lambda hit: (hit.at, hit.id))
        for hit, judged in _judge(theirs, links, began, handed_over.get(reader)):
            known = found[hit.id].verdict if hit.id in found else hit.verdict
            if is_stronger(judged.verdict, known):
                found[hit.id] = judged
    return found


def _judge(
    hits: Sequence[Hit], links: int, began: datetime, handed_over: datetime | None
) -> Iterator[tuple[Hit, Judged]]:
    """Yield every rule's word on a reader's clicks, in their order of time."""
    yield from _too_soon(hits, began, handed_over)
    if hits[0].reader == 0:
        return
    pressed = [hit for hit in hits if hit.rule != _OF_THE_BROWSER]
    different = len({hit.link for hit in pressed})
    if different < _AT_ONCE.links:
        return
    for burst in bursts(links):
        if different >= burst.links:
            yield from _in(burst, pressed)
    if handed_over:
        new = [hit for hit in pressed if timedelta() <= hit.at - handed_over <= _NEW]
        yield from _in(_WHILE_NEW, new)


def _too_soon(
    hits: Sequence[Hit], began: datetime, handed_over: datetime | None
) -> Iterator[tuple[Hit, Judged]]:
    for hit in hits:
        if hit.at < began:
            yield hit, Judged(Verdict.CERTAIN, "too-soon")
        elif handed_over is None or hit.at < handed_over:
            continue
        elif hit.at < handed_over + _CERTAINLY_TOO_SOON:
            yield hit, Judged(Verdict.CERTAIN, "too-soon")
        elif hit.at < handed_over + _PROBABLY_TOO_SOON:
            yield hit, Judged(Verdict.PROBABLE, "too-soon")


def bursts(links: int) -> Iterator[Burst]:
    """Yield what is no person's haste in a mail of so many links."""
    if links >= 5:
        yield Burst(10, links, Verdict.CERTAIN)
    if links >= 4:
        yield Burst(5, links, Verdict.PROBABLE)
    yield _AT_ONCE
    yield _HASTE
    yield Burst(60, max(8, ceil(0.6 * links)), Verdict.PROBABLE, again=False)
    yield Burst(600, max(10, ceil(0.8 * links)), Verdict.PROBABLE, again=False)


def _in(burst: Burst, hits: Sequence[Hit]) -> Iterator[tuple[Hit, Judged]]:
    """Yield every click of every window that holds a burst, each once; in one pass."""
    width, judged = timedelta(seconds=burst.seconds), Judged(burst.verdict, "many-links")
    earlier = _earlier_presses(hits)
    held: Counter[int] = Counter()
    first = told = 0
    for last, hit in enumerate(hits):
        held[hit.link] += 1
        while hit.at - hits[first].at > width:
            _let_go(held, hits[first].link)
            first += 1
        if len(held) >= burst.links:
            for place in range(max(first, told), last + 1):
                if burst.again or earlier[place] < first:
                    yield hits[place], judged
            told = last + 1


def _earlier_presses(hits: Sequence[Hit]) -> list[int]:
    """Return for each click the place of the one before it on the same link, or -1."""
    seen: dict[int, int] = {}
    found = []
    for place, hit in enumerate(hits):
        found.append(seen.get(hit.link, -1))
        seen[hit.link] = place
    return found


def _let_go(held: Counter[int], link: int) -> None:
    held[link] -= 1
    if not held[link]:
        del held[link]
