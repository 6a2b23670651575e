"""Kills at random, as many as asked for: shared by the short test and `make torture`."""

import random
from dataclasses import dataclass
from pathlib import Path

from tests.faults.house import House, house
from tests.faults.judge import Judgement
from tests.faults.provider import Mood


@dataclass(frozen=True)
class Setting:
    """What a round of kills is run with."""

    transport: str
    readers: int
    mood: Mood
    #: Messages a second: keeps calls small, so that a round has many.
    rate: int
    #: The most that one kill may leave in doubt.
    doubt: int
    #: Per cent of the audience after which the release takes a breath; none: it goes out in one.
    steps: tuple[int, ...] = ()


#: A round lasts one to two seconds without kills.
SETTINGS = {
    # Two calls of fifty in flight.
    "smtp": Setting("smtp", 1_500, Mood(slow=0.004), 0, 100),
    # Four threads, a call of fifty each.
    "sendgrid": Setting("sendgrid", 1_500, Mood(slow=0.02), 1_000, 4 * 50),
    "smtp in steps": Setting("smtp", 1_500, Mood(slow=0.004), 0, 100, steps=(10, 30, 60)),
}


def kill_until_over(run: House, kills: int, chance: random.Random) -> None:
    """Kill senders of one edition until so many were, or nothing is left to be sent."""
    while run.kills < kills and not run.is_over:
        run.kill_one(chance)


def round_of_kills(
    folder: Path, url: str, setting: Setting, kills: int, chance: random.Random, mutant: str = ""
) -> tuple[House, Judgement]:
    """Kill the senders of one edition up to so many times, let one finish, and judge."""
    with house(folder, url, setting.transport, readers=setting.readers, mood=setting.mood) as run:
        run.mutant = mutant
        if setting.steps:
            run.release_in(setting.steps)
        if setting.rate:
            run.more["NEWSLETTER_MAX_RATE"] = str(setting.rate)
        kill_until_over(run, kills, chance)
        code = run.finish(seconds=120)
        assert code in {0, 4}, f"ended with {code}: {run.log[-2000:]}"
        return run, run.judge()
