"""Four thousand sessions: how many robots are found, and how many people are taken for one."""

import pytest

from newsletter.model import Verdict
from tests.tracking.actors import APART, PEOPLE, ROBOTS
from tests.tracking.sessions import (
    Judging,
    judge,
    mislabelled,
    recalled,
    sessions,
    table,
)

SEEDS = [7, 20260705]


@pytest.mark.parametrize("hard", [False, True], ids=["as it is", "every disguise whole"])
@pytest.mark.parametrize("seed", SEEDS)
def test_robots_are_found_and_people_left(seed: int, hard: bool) -> None:
    made = sessions(seed, hard=hard)
    counted = table(made, judge(made))

    assert len(made) >= 4000
    assert recalled(counted) >= 0.95
    assert mislabelled(counted) <= 0.01


def test_crowds_behind_one_address_are_people() -> None:
    made = sessions(SEEDS[0])
    counted = table(made, judge(made))

    for name in ("a carrier at 7am", "an office"):
        assert counted[name][Verdict.PERSON] >= 0.98 * counted[name].total()


def test_those_who_cannot_be_told_are_among_them() -> None:
    made = sessions(SEEDS[0], hard=True)
    counted = table(made, judge(made))

    assert counted["one link later"][Verdict.PERSON] == counted["one link later"].total() > 10
    assert counted["no Accept-Language"][Verdict.PERSON] == 0


def test_pictures_opened_by_mail_programs_are_peoples_and_apples_are_not() -> None:
    made = sessions(SEEDS[0])
    counted = table(made, judge(made))

    for actor in APART:
        wrong = Verdict.PROBABLE if actor.person else Verdict.PERSON
        assert counted[actor.name][wrong] == 0
    assert counted["Apple opening all"][Verdict.PROBABLE] > 0


@pytest.mark.parametrize(
    ("without", "at_most"),
    [
        (Judging(windows=False, networks=False), 0.3),
        (Judging(networks=False), 0.95),
        (Judging(handed_over=False), 0.94),
    ],
    ids=["one by one", "without networks", "without knowing when"],
)
def test_each_part_is_needed(without: Judging, at_most: float) -> None:
    made = sessions(SEEDS[0], hard=True)

    assert recalled(table(made, judge(made, without))) < at_most


def test_every_actor_has_a_share_and_a_name_of_its_own() -> None:
    actors = [*PEOPLE, *ROBOTS, *APART]

    assert len({actor.name for actor in actors}) == len(actors)
    assert sum(actor.share for actor in PEOPLE) == pytest.approx(100)
    assert sum(actor.share for actor in ROBOTS) == pytest.approx(100)
