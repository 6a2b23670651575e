"""Sixty kills at random moments, over both transports and both databases."""

import random
from pathlib import Path

import pytest

from tests.faults.torture import SETTINGS, round_of_kills

KILLS = 15


@pytest.mark.parametrize("transport", SETTINGS)
def test_killed_anywhere_nobody_is_mailed_twice_and_nobody_is_lost(
    transport: str, database_url: str, tmp_path: Path
) -> None:
    setting = SETTINGS[transport]
    chance = random.Random(f"{transport} {database_url[:6]}")  # noqa: S311 - the same each time
    kills, rounds, unknown = 0, 0, 0
    while kills < KILLS:
        folder = tmp_path / f"round{rounds}"
        # Each further round needs a database of its own: the first one's edition is sent.
        url = database_url if rounds == 0 else f"sqlite:///{folder}/n.db"
        run, found = round_of_kills(folder, url, setting, KILLS - kills, chance)
        assert found.faults == ()
        assert found.counts.unknown <= setting.doubt * run.kills
        kills, rounds, unknown = kills + run.kills, rounds + 1, unknown + found.counts.unknown

    assert kills == KILLS
    # It did come to doubts, so the kills were in the middle of calls.
    assert unknown > 0
