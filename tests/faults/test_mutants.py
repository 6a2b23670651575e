"""Mutation controls: without any one of the promises, the judge turns red."""

import random
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.house import SUNDAY, House, house
from tests.faults.mutants import MUTANTS
from tests.faults.provider import Mood
from tests.waiting import until

#: Accepts, and takes its time to say so: the moment in which a kill makes a doubt.
HESITANT = Mood(slow=0.05)


def kill_and_finish(run: House, kills: int = 4) -> None:
    chance = random.Random(3)  # noqa: S311 - the same each time
    for _ in range(kills):
        run.kill_one(chance)
    run.finish()


def defer_some(run: House) -> None:
    """Have a few readers tried a second time, among many who were mailed."""
    people = tuple(f"r{n}" for n in range(5, 100, 7))
    run.other_side.feel(Mood(greylisted=people))
    run.finish("send", "--date", "2026-07-05", "--yes", "--no-wait")
    run.finish()


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("", kill_and_finish),
        ("cursor at fetch", kill_and_finish),
        ("blind retry", kill_and_finish),
        ("intent after send", kill_and_finish),
        ("", defer_some),
        ("claim of any state", defer_some),
    ],
)
def test_a_fault_put_in_by_hand_turns_the_judge_red(
    tmp_path: Path, name: str, act: Callable[[House], None]
) -> None:
    url = f"sqlite:///{tmp_path}/n.db"
    with house(tmp_path / "run", url, "smtp", readers=300, mood=HESITANT) as run:
        run.mutant = name
        act(run)

        assert run.judge().green is (name == "")


@pytest.mark.parametrize("mutated", [False, True], ids=["whole", "mutated"])
def test_without_a_quiet_period_a_late_mail_comes_twice(tmp_path: Path, mutated: bool) -> None:
    url = f"sqlite:///{tmp_path}/n.db"
    late = Mood(late=2.5)
    with house(tmp_path / "run", url, "sendgrid", readers=40, mood=late) as run:
        run.mutant = "no quiet period" if mutated else ""
        sender = run.start()
        assert until(lambda: bool(run.other_side.requests), 10)
        sender.kill()
        sender.join()
        # The dead one's readers become doubts, which somebody wants mailed again at once.
        run.other_side.feel(Mood())
        run.finish()
        resent = run.finish("resolve", str(SUNDAY), "--resend")
        run.finish()
        # What lay in the other side's hands is accepted only now.
        until(lambda: len(run.other_side.accepted) >= (80 if mutated else 40), 5)

        assert (resent == 0) is mutated
        assert run.judge().green is not mutated


def test_every_mutant_has_its_control() -> None:
    controlled = {"cursor at fetch", "blind retry", "intent after send", "claim of any state"}

    assert controlled | {"no quiet period"} == set(MUTANTS)
