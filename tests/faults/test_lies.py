"""The other side breaks off, stalls, refuses for a while, or does not say what it took."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults.house import SEND, House, house
from tests.faults.provider import Mood
from tests.waiting import until

#: Of these nobody can know: each leaves doubts, and no second mail.
DOUBTFUL = [
    ("sendgrid", Mood("500 after", 0.3)),
    ("sendgrid", Mood("502 before", 0.3)),
    ("sendgrid", Mood("504 after", 0.3)),
    ("sendgrid", Mood("reset after", 0.3)),
    ("sendgrid", Mood("half after", 0.3)),
    ("sendgrid", Mood("silence after", 0.3)),
    ("smtp", Mood("reset after", 0.01)),
    ("smtp", Mood("half after", 0.01)),
    ("smtp", Mood("silence after", 0.01)),
]

#: These prove that nothing was taken: everybody is mailed in the end.
PROVEN = [
    ("sendgrid", Mood("429", 0.9)),
    ("smtp", Mood("421", 0.05)),
    ("smtp", Mood("close after 5")),
]

Named = Callable[[Any], str]


def named(value: object) -> str:
    return value.misdeed if isinstance(value, Mood) else str(value)


def send(run: House, mood: Mood, seconds: float) -> None:
    """Let a sender meet a mood, and another finish when it is over."""
    run.more["NEWSLETTER_MAX_RATE"] = "1000"
    run.other_side.feel(mood)
    once = (*SEND, "--no-wait")
    until(lambda: run.finish(*once) == 0, seconds)
    assert run.other_side.misdeeds, "it behaved well all the time"
    run.other_side.feel(Mood())
    # Each tries at once whom the last one had to put off.
    until(lambda: run.finish(*once) == 0, seconds)


@pytest.mark.parametrize(("transport", "mood"), DOUBTFUL, ids=named)
def test_what_nobody_can_know_is_a_doubt_and_never_a_second_mail(
    tmp_path: Path, transport: str, mood: Mood
) -> None:
    with house(tmp_path / "run", f"sqlite:///{tmp_path}/n.db", transport, readers=400) as run:
        send(run, mood, 3)
        found = run.judge()

    assert found.faults == ()
    assert found.counts.pending == 0
    assert found.counts.unknown > 0


@pytest.mark.parametrize(("transport", "mood"), PROVEN, ids=named)
def test_what_was_surely_not_taken_is_sent_again_until_it_is(
    tmp_path: Path, transport: str, mood: Mood
) -> None:
    with house(tmp_path / "run", f"sqlite:///{tmp_path}/n.db", transport, readers=200) as run:
        send(run, mood, 3)
        found = run.judge()

    assert found.faults == ()
    assert found.counts.submitted == 200


def test_while_it_answers_503_it_is_hardly_asked_and_it_goes_on_soon_after(
    tmp_path: Path,
) -> None:
    with house(tmp_path / "run", f"sqlite:///{tmp_path}/n.db", "sendgrid", readers=400) as run:
        run.more["NEWSLETTER_MAX_RATE"] = "1000"
        run.other_side.feel(Mood("503"))
        sender = run.start()
        sender.join(8)
        assert sender.is_alive()
        asked = len(run.other_side.requests)
        run.other_side.feel(Mood())
        sender.join(35)
        found = run.judge()

    # Four calls of fifty were in flight; then probes alone, ever more seldom.
    assert asked <= 10
    assert sender.exitcode == 4
    assert found.faults == ()
    assert found.counts.unknown <= 200
    assert found.counts.submitted == 400 - found.counts.unknown
