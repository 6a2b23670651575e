"""When an edition must not go on."""

import pytest

from newsletter.settings import Brakes
from newsletter.tracking.brakes import Came, brake


@pytest.mark.parametrize(
    ("tried", "hard", "stops"),
    [
        (1000, 20, False),
        (1000, 21, True),
        # More than 2 % of 1,000, whether or not the 1,000 are out.
        (400, 21, True),
        # A tenth of a first small step is too much, but four are chance.
        (100, 10, False),
        (100, 11, True),
        (20, 4, False),
    ],
)
def test_too_many_of_the_first_thousand_do_not_exist(tried: int, hard: int, stops: bool) -> None:
    assert bool(brake(Came(tried=tried, hard=hard), Came(tried=10**6), Brakes())) is stops


@pytest.mark.parametrize(
    ("came", "words"),
    [
        (Came(tried=100_000, hard=2_000), ""),
        (Came(tried=100_000, hard=2_001), "2,001 of 100,000 addresses do not exist"),
        (Came(tried=100, hard=19), ""),
        (Came(tried=1_000, ours=5), ""),
        (Came(tried=1_000, ours=6), "receivers do not want it"),
        (Came(tried=10, ours=4), ""),
        (Came(tried=10_000, complained=30), ""),
        (Came(tried=10_000, complained=31), "31 of 10,000 were marked as spam"),
        (Came(tried=10, complained=4), ""),
        (Came(tried=10_000, pressed=95, lost=5), ""),
        (Came(tried=10_000, pressed=94, lost=6), "6 of 100 readers who pressed a link"),
        (Came(tried=10_000, pressed=0, lost=4), ""),
    ],
)
def test_an_edition_stops_when_more_comes_back_than_can_be_chance(came: Came, words: str) -> None:
    said = brake(Came(), came, Brakes())

    assert words in said
    assert bool(said) is bool(words)


def test_a_newsletter_sets_its_own_brakes() -> None:
    came = Came(tried=1_000, complained=6)

    assert brake(Came(), came, Brakes(complaints=0.5))
    assert not brake(Came(), came, Brakes(complaints=1))
