"""
Four thousand sessions of people and robots, judged by all that there is: request, window, network.

`python -m tests.tracking.sessions` prints who was taken for what, kind by kind.
"""

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from newsletter.model import Verdict
from newsletter.tracking.networks import Crowds
from newsletter.tracking.robots import Judged, is_stronger, judge_click, judge_open
from newsletter.tracking.windows import Hit, rejudge
from tests.tracking.actors import APART, PEOPLE, ROBOTS, Actor, Request, Stage, counts, one_tap

BEGAN = datetime(2026, 7, 5, 1, 30, tzinfo=UTC)

#: How many links the mails have: a short one, the sample's, a long one.
MAILS = (4, 8, 14, 14, 30)

#: Of readers whose mail is scanned, how many also press themselves.
_ALSO_READ = 0.3


class Session(NamedTuple):
    actor: Actor
    mail: int
    reader: int
    handed_over: float
    requests: Sequence[Request]


def sessions(seed: int = 7, total: int = 4000, *, hard: bool = False) -> list[Session]:
    """Make sessions of every actor: three people to two robots, and some apart."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    plans = [*counts(PEOPLE, total * 3 // 5), *counts(ROBOTS, total * 2 // 5), *counts(APART, 100)]
    made: list[Session] = []
    for actor, count in plans:
        for first in range(0, count, actor.crowd):
            made += _crowd(actor, chance, 1 + len(made), min(actor.crowd, count - first), hard)
    return made


def _crowd(
    actor: Actor, chance: random.Random, reader: int, count: int, hard: bool
) -> Iterator[Session]:
    """Make the sessions of readers who come together, most of them one alone."""
    mail, moment = chance.randrange(len(MAILS)), chance.uniform(0, 300)
    network = f"{chance.randrange(1, 224)}.{chance.randrange(256)}.{chance.randrange(256)}"
    for number in range(count):
        # A company's or a carrier's readers stand together on no list, but get it about then.
        spread = chance.uniform(0, 300) if count == 1 else moment - chance.uniform(0, 30)
        stage = Stage(
            random=chance,
            links=MAILS[mail],
            handed_over=max(0.0, spread),
            address=f"{network}.{chance.randrange(1, 255)}",
            moment=moment,
            hard=hard,
        )
        yield Session(actor, mail, reader + 2 * number, stage.handed_over, actor.make(stage))
        if not actor.person and not actor.apart and chance.random() < _ALSO_READ:
            own = one_tap(stage)
            yield Session(PEOPLE[0], mail, reader + 2 * number, stage.handed_over, own)


class Judging(NamedTuple):
    """What is known at a place: whether over TLS, who was handed what when, and networks."""

    tls: bool = True
    handed_over: bool = True
    windows: bool = True
    networks: bool = True


ALL = Judging()


def judge(made: Sequence[Session], how: Judging = ALL) -> list[list[Judged]]:
    """Return the last word on every counted request of every session."""
    found = [[_alone(request, how) for request in one.requests] for one in made]
    if how.networks:
        _by_network(made, found)
    if how.windows:
        for mail in range(len(MAILS)):
            _by_windows(made, found, mail, how)
    return [
        [judged for judged, request in zip(words, one.requests, strict=True) if _counts(request)]
        for one, words in zip(made, found, strict=True)
    ]


def _counts(request: Request) -> bool:
    return request.method == "GET"


def _alone(request: Request, how: Judging) -> Judged:
    visit = request.visit
    if not how.tls:
        visit = visit._replace(mode=None, brands="", platform="")
    return judge_click(visit) if request.link is not None else judge_open(visit)


def _clicks(made: Sequence[Session]) -> list[tuple[float, int, int]]:
    """Return every counted click's time and place, in the order in which they came."""
    return sorted(
        (request.at, number, place)
        for number, one in enumerate(made)
        for place, request in enumerate(one.requests)
        if _counts(request) and request.link is not None
    )


def _by_network(made: Sequence[Session], found: list[list[Judged]]) -> None:
    crowds = Crowds()
    for at, number, place in _clicks(made):
        request = made[number].requests[place]
        own = f"{number} {place}"
        told = crowds.take(request.address, made[number].reader, request.link or 0, own, at)
        for earlier, judged in told.items():
            n, p = map(int, earlier.split())
            if is_stronger(judged.verdict, found[n][p].verdict):
                found[n][p] = judged


def _by_windows(
    made: Sequence[Session], found: list[list[Judged]], mail: int, how: Judging
) -> None:
    places = [(at, n, p) for at, n, p in _clicks(made) if made[n].mail == mail]
    hits = [
        Hit(
            number,
            BEGAN + timedelta(seconds=at),
            made[n].reader,
            made[n].requests[p].link or 0,
            *found[n][p],
        )
        for number, (at, n, p) in enumerate(places)
    ]
    handed = {
        one.reader: BEGAN + timedelta(seconds=one.handed_over) for one in made if one.mail == mail
    }
    known = handed if how.handed_over else {}
    changes = rejudge(hits, links=MAILS[mail], began=BEGAN, handed_over=known)
    for one, judged in changes.items():
        _, number, place = places[one]
        found[number][place] = judged


def taken_for(words: Sequence[Judged]) -> Verdict:
    """Return what a robot was taken for: found is one of which no click is left a person's."""
    return min((word.verdict for word in words), key=_order, default=Verdict.CERTAIN)


def mistaken_for(words: Sequence[Judged]) -> Verdict:
    """Return what a person was taken for: one click that is a robot's is a mistake."""
    return max((word.verdict for word in words), key=_order, default=Verdict.PERSON)


def _order(verdict: Verdict) -> int:
    return list(Verdict).index(verdict)


Table = Mapping[str, Counter[Verdict]]


def table(made: Sequence[Session], words: Sequence[Sequence[Judged]]) -> Table:
    """Count, by actor, what its sessions were taken for."""
    found: dict[str, Counter[Verdict]] = defaultdict(Counter)
    for one, said in zip(made, words, strict=True):
        verdict = mistaken_for(said) if one.actor.person else taken_for(said)
        found[one.actor.name][verdict] += 1
    return found


def recalled(counted: Table) -> float:
    """Return the share of robots' sessions of which no click is left as a person's."""
    return 1 - _share(counted, [one.name for one in ROBOTS])


def mislabelled(counted: Table) -> float:
    """Return the share of people's sessions with a click that is taken for a robot's."""
    return 1 - _share(counted, [one.name for one in PEOPLE])


def _share(counted: Table, names: Sequence[str]) -> float:
    people = sum(counted[name][Verdict.PERSON] for name in names)
    return people / sum(counted[name].total() for name in names)


_VARIANTS = {
    "all that there is": (ALL, False),
    "every disguise whole (hard)": (ALL, True),
    "hard, and nobody knows what was handed over when": (Judging(handed_over=False), True),
    "hard, without networks": (Judging(networks=False), True),
    "without windows and networks": (Judging(windows=False, networks=False), False),
    "hard, without windows and networks": (Judging(windows=False, networks=False), True),
}


def _print_actors(made: Sequence[Session], how: Judging) -> None:
    counted = table(made, judge(made, how))
    print(f"{'':24}{'sessions':>9}{'person':>8}{'probable':>9}{'certain':>8}")
    for actor in (*PEOPLE, *ROBOTS, *APART):
        row = counted[actor.name]
        cells = f"{row.total():>9}" + "".join(
            f"{row[v]:>{w}}" for v, w in zip(Verdict, (8, 9, 8), strict=True)
        )
        print(f"{actor.name:24}{cells}   {'' if actor.person else 'robot'}")


def main(seeds: Sequence[int]) -> None:
    for name, (how, hard) in _VARIANTS.items():
        worst, most = 1.0, 0.0
        for seed in seeds:
            made = sessions(seed, hard=hard)
            counted = table(made, judge(made, how))
            worst, most = min(worst, recalled(counted)), max(most, mislabelled(counted))
        print(
            f"{name}: robots recalled {worst:.1%} or more, people mislabelled {most:.2%} or fewer"
        )
        if name in list(_VARIANTS)[:2]:
            _print_actors(sessions(seeds[0], hard=hard), how)


if __name__ == "__main__":
    main([int(word) for word in sys.argv[1:]] or [7, 8, 9])
