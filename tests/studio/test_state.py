"""The chip: where an edition stands, what it says, and what can be pressed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newsletter.model import Approval, Choices, Counts, EditionId, EditionState
from newsletter.newsroom.viewing import Standing
from newsletter.studio.faults import Fault
from newsletter.studio.live import Shown
from newsletter.studio.state import Chip, chip
from tests.studio.conftest import DAY, Room, furnish

ID = EditionId("daily", DAY)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    """A good draft with one warning, looked at at half past six on its day."""
    room = Room(furnish(tmp_path_factory.mktemp("state")))
    room.live.refresh()
    zone = room.live.shown.newsletter.schedule.zone
    yield replace(room.live.shown, at=datetime(2026, 7, 5, 6, 31, tzinfo=zone))
    room.studio._socket.close()


def stands(shown: Shown, state: EditionState, **more: Any) -> Chip:
    standing = Standing(id=ID, state=state, **more)
    return chip(replace(shown, standing=standing))


def labels(chip: Chip) -> list[str]:
    return [button.label for button in chip.buttons]


def test_a_draft_says_what_is_to_be_judged_and_when_it_goes(shown: Shown) -> None:
    said = chip(shown)

    assert (said.colour, said.sign, said.word) == ("amber", "!", "Draft, 1 warning")
    assert said.sentence == "Checked at 06:31. 1 warning to judge. It goes at 7:00 IST."
    assert labels(said) == ["Proof", "Hold", "Approve"]


def test_where_an_editor_must_agree_it_does_not_go_by_itself(shown: Shown) -> None:
    asks = shown.newsletter.model_copy(update={"approval": "editor"})

    assert chip(replace(shown, newsletter=asks)).sentence.endswith(
        "It goes at 7:00 IST once it is approved."
    )


def test_nothing_to_judge_is_a_quiet_draft(shown: Shown) -> None:
    assert shown.draft
    clean = replace(shown, made=replace(shown.draft, findings=()))

    assert chip(clean).colour == "grey"
    assert chip(clean).sentence == "Checked at 06:31. Nothing stops it. It goes at 7:00 IST."


def approved(shown: Shown, **changed: str) -> Shown:
    """The same with Asha's word on it, given before some digests changed."""
    draft = shown.draft
    assert draft
    word = Approval(
        by="Asha",
        at=datetime(2026, 7, 5, 1, 18, tzinfo=UTC),
        articles=tuple(draft.names[article.key] for article in draft.selection.ranked),
        lead=draft.names[draft.edition.lead.key],
        subject=draft.edition.subject,
        preheader=draft.edition.preheader,
        digests={**draft.digests, **changed},
    )
    return replace(shown, made=replace(draft, choices=Choices(approval=word)))


def test_an_approved_one_says_who_and_when(shown: Shown) -> None:
    said = chip(approved(shown))

    assert (said.colour, said.word) == ("green", "Approved")
    assert said.sentence == "Approved by Asha at 06:48. It goes at 7:00 IST."
    assert labels(said)[-1] == "Hold"


def test_an_approved_one_says_how_many_it_goes_to_where_that_is_known(shown: Shown) -> None:
    said = chip(replace(approved(shown), readers=48_120))

    assert said.sentence == "Approved by Asha at 06:48. It goes at 7:00 IST to 48,120 readers."


def test_a_frozen_one_says_that_saves_no_longer_count(shown: Shown) -> None:
    said = stands(shown, EditionState.APPROVED, planned=True)

    assert said.word == "Frozen"
    assert "Approve" not in labels(said)


def test_several_changes_are_counted(shown: Shown) -> None:
    said = chip(approved(shown, sponsor="another", audience="others"))

    assert said.sentence == (
        "Two changes since Asha approved at 06:48: the audience, the sponsor."
        " See them and approve again."
    )


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("", "Held. Not sent until released; deliver by 8:30."),
        ("no quote yet", "Held: no quote yet. Not sent until released; deliver by 8:30."),
        ("by Asha", "Held by Asha. Not sent until released; deliver by 8:30."),
    ],
)
def test_a_held_one_says_by_whom_and_why(shown: Shown, reason: str, words: str) -> None:
    said = stands(shown, EditionState.HELD, reason=reason)

    assert (said.colour, said.sentence) == ("amber", words)
    assert labels(said)[-1] == "Release"


def counts(**more: int) -> Counts:
    return Counts(selected=48_120, **more)


def test_a_running_one_says_how_far_and_how_long(shown: Shown) -> None:
    standing = Standing(
        id=ID,
        state=EditionState.SENDING,
        counts=counts(submitted=30_961, refused=6, unknown=50, pending=17_103),
    )
    said = chip(replace(shown, standing=standing, speed=57.0))

    assert (said.colour, said.word) == ("ink", "Sending 64 %")
    assert said.sentence == (
        "31,017 of 48,120 settled. About 5 minutes left. 50 we are not sure about."
    )
    assert labels(said) == ["Cancel", "Pause"]
    nearly = chip(replace(shown, standing=standing, speed=5_000.0)).sentence
    assert "Less than a minute left." in nearly


def test_one_that_goes_out_in_steps_says_what_it_waits_for(shown: Shown) -> None:
    standing = Standing(
        id=ID,
        state=EditionState.SENDING,
        release="10 % sent, watching until 07:06 IST, then all",
        counts=counts(submitted=4_812, pending=43_308),
    )
    said = chip(replace(shown, standing=standing, speed=57.0))

    assert said.sentence == (
        "4,812 of 48,120 settled. 10 % sent, watching until 07:06 IST, then all."
    )


def test_a_pause_says_why(shown: Shown) -> None:
    reason = "21 of the first 1,000 addresses do not exist; look at newsletter report"
    said = stands(shown, EditionState.PAUSED, reason=reason, counts=counts(pending=48_120))

    assert said.sentence == f"{reason}. 0 of 48,120 settled."


def test_a_paused_one_can_go_on(shown: Shown) -> None:
    said = stands(shown, EditionState.PAUSED, counts=counts(pending=48_120))

    assert said.word == "Paused at 0 %"
    assert labels(said) == ["Cancel", "Resume"]


def test_what_is_over_says_what_became_of_it(shown: Shown) -> None:
    sent = stands(shown, EditionState.SENT, counts=counts(submitted=48_093, refused=9))
    assert (sent.sign, sent.sentence) == ("■", "48,093 accepted, 9 refused.")
    assert labels(sent) == ["Report"]
    missed = stands(shown, EditionState.MISSED, reason="nobody approved by 8:30")
    assert (missed.colour, missed.sentence) == ("red", "Not sent: nobody approved by 8:30.")
    assert labels(missed)[-1] == "Send late"
    cancelled = stands(shown, EditionState.CANCELLED)
    assert (cancelled.word, cancelled.buttons) == ("Cancelled", ())


def test_a_skipped_one_says_why_until_there_is_enough(shown: Shown) -> None:
    little = replace(shown, made=None)
    said = stands(little, EditionState.SKIPPED, reason="2 stories, the least is 3")

    assert (said.colour, said.sign, said.word) == ("grey", "–", "Skipped")
    assert said.sentence == "No edition: 2 stories, the least is 3."
    assert labels(said) == ["See why"]
    assert stands(shown, EditionState.SKIPPED).word == "Draft, 1 warning"


def test_what_cannot_be_made_can_be_held_and_not_approved(shown: Shown) -> None:
    broken = replace(shown, fault=Fault(sentence="It is broken.", hint=""))

    assert chip(broken).word == "Cannot be made"
    assert chip(broken).buttons[-1].off
    nothing = replace(broken, made=None)
    assert chip(nothing).sentence == "There is no good mail yet."
    assert chip(nothing).buttons == ()


def test_after_its_hour_nothing_is_promised(shown: Shown) -> None:
    late = replace(shown, at=shown.at + timedelta(hours=1))

    assert chip(late).sentence == "Checked at 07:31. 1 warning to judge."
