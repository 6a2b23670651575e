"""A correction is delivered as an edition is: killed anywhere, nobody gets it twice."""

import random
from pathlib import Path

from newsletter.storage.database import Database
from tests.faults.house import SUNDAY, house
from tests.faults.judge import judge
from tests.faults.provider import Mood

KILLS = 6
CORRECT = ("correct", "daily/2026-07-05", "--yes")


def test_a_correction_that_is_killed_again_and_again_reaches_everybody_once(
    database_url: str, tmp_path: Path
) -> None:
    chance = random.Random(database_url[:6])  # noqa: S311 - the same each time
    with house(tmp_path / "run", database_url, "smtp", readers=600, mood=Mood(slow=0.004)) as run:
        assert run.finish(seconds=120) == 0
        before = len(run.other_side.accepted)
        story = run.folder / "articles" / "2026-07-05-killed.md"
        story.write_text(story.read_text().replace("in a paragraph", "in a few words"))
        for _ in range(KILLS):
            run.kill_one(chance, *CORRECT)
        code = run.finish(*CORRECT, seconds=120)
        database = Database.open(run.url)
        right = SUNDAY._replace(revision=2)
        found = judge(database, right, run.other_side.accepted[before:], run.audience)
        database.close()

    # 1: an earlier one had sent it all, and said so.
    assert code in {0, 1, 4}, run.log[-2000:]
    assert found.faults == ()
    assert found.counts.submitted + found.counts.unknown == 600
