"""Clicks and opens added up: of a link, of a story, of an edition; and what a place brings."""

from collections.abc import Iterable, Mapping, Sequence

from newsletter.model import Verdict
from newsletter.reports.report import Tally
from newsletter.storage.reactions import Reaction

#: Readers are told apart by a pseudonym, or by their public id.
APART = frozenset({"pseudonymous", "individual"})

#: Fewer editions say nothing about what a place brings.
_LEAST_EDITIONS = 5

#: Nor does an edition of whose stories fewer clicks by people are known.
_LEAST_CLICKS = 20


def tally(reactions: Iterable[Reaction], mode: str) -> Tally:
    """
    Add up by verdict, and count the different readers behind it: each once, whatever they did.

    `mode`: of the edition. A mail that was sent again late has no pseudonym any more, so its
    reader is behind none of `readers`.
    """
    found = list(reactions)
    people, unsure = (_of(found, one) for one in (Verdict.PERSON, Verdict.PROBABLE))
    readers, most = _different(people, unsure) if mode in APART else (None, None)
    return Tally(
        people=_sum(people),
        unsure=_sum(unsure),
        robots=_sum(_of(found, Verdict.CERTAIN)),
        readers=readers,
        readers_most=most,
    )


def _different(people: Sequence[Reaction], unsure: Sequence[Reaction]) -> tuple[int, int]:
    """Count the readers behind some reactions, and behind those or some others."""
    if len(people) + len(unsure) == 1:
        # Of one link: a reader stands there once, and a million need not be put together.
        return sum(len(one.readers) for one in people), len([*people, *unsure][0].readers)
    met: set[int] = set()
    met.update(*(one.readers for one in people))
    surely = len(met)
    met.update(*(one.readers for one in unsure))
    return surely, len(met)


def _of(reactions: Sequence[Reaction], verdict: Verdict) -> list[Reaction]:
    return [one for one in reactions if one.verdict is verdict]


def _sum(reactions: Iterable[Reaction]) -> int:
    return sum(one.many for one in reactions)


def usual(place: int, clicks: int, past: Sequence[Mapping[int, int]]) -> float | None:
    """
    Say how many of an edition's clicks a place would have brought, whatever stood there.

    `clicks`: by people, on all stories of the edition. `past`: the same of earlier editions, by
    place. Each edition's share counts alike, great or small. None while fewer than 5 of them
    had such a place and 20 clicks.
    """
    shares = [
        one[place] / sum(one.values())
        for one in past
        if place in one and sum(one.values()) >= _LEAST_CLICKS
    ]
    if len(shares) < _LEAST_EDITIONS:
        return None
    return clicks * sum(shares) / len(shares)
