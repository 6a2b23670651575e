"""What an editor does at the desk is kept in the day's file, and never over another's save."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from newsletter.model import Choices
from newsletter.studio.desk import candidates, slots
from newsletter.studio.moves import BY_DAY
from tests.studio.conftest import DAY, LEAVING, Room

FILE = "articles/editions/2026-07-05.toml"


def names(room: Room) -> list[str]:
    """What is in, as the file calls it, in the order of the mail."""
    return [room.draft.names[article.key] for article in room.draft.edition.articles]


def choose(room: Room, move: str, *, seen: str | None = None, **fields: str) -> httpx.Response:
    version = room.draft.version if seen is None else seen
    return room.do("choose", move=move, seen=version, **fields)


def kept(room: Room) -> Choices:
    return room.newsroom.choices.read(room.live.shown.newsletter, DAY)[0]


def save(room: Room, **changed: Any) -> str:
    """Save as somebody else does, on another machine."""
    choices, version = room.newsroom.choices.read(room.live.shown.newsletter, DAY)
    changed_ones = replace(choices, **changed)
    return room.newsroom.choices.save(room.live.shown.newsletter, DAY, changed_ones, seen=version)


def test_a_story_is_taken_out_and_put_in_again(room: Room) -> None:
    before = names(room)
    story = before[1]

    assert choose(room, "leave", story=story).status_code == 200
    assert kept(room).out == (story,)
    assert story not in names(room)
    assert choose(room, "take", story=story).status_code == 200
    assert kept(room).out == ()
    assert names(room) == before


def test_an_order_of_ones_own_is_a_list_in_the_file(room: Room) -> None:
    first, second = names(room)[1:3]

    said = choose(room, "order", story=second, beside=first, side="before").json()["said"]

    assert "now stands before" in said
    assert names(room)[1:3] == [second, first]
    listed = kept(room).articles
    assert listed
    assert listed[0] == names(room)[0]
    assert set(listed) == set(names(room))


def test_a_story_is_pinned_and_let_go(room: Room) -> None:
    lead, other = names(room)[:2]

    choose(room, "pin", story=other)
    assert names(room)[0] == other
    assert kept(room).lead == other
    choose(room, "pin", story=other)
    assert kept(room).lead == ""
    assert names(room)[0] == lead


def test_words_of_ones_own_reach_the_inbox_and_empty_ones_follow_the_rule(room: Room) -> None:
    by_rule = room.draft.rendition.subject
    choose(room, "words", subject="  Alibaba bans\n Claude Code ")
    assert room.draft.rendition.subject == "Alibaba bans Claude Code"
    choose(room, "words", preheader="From July 10.")
    assert room.draft.rendition.preheader == "From July 10."
    choose(room, "words", subject="")
    assert room.draft.rendition.subject == by_rule


def test_the_slot_is_given_taken_and_left_to_the_calendar(room: Room) -> None:
    sponsor = room.draft.edition.sponsor
    assert sponsor
    choose(room, "sponsor", sponsor="")
    assert room.draft.edition.sponsor is None
    assert [one.label for one in slots(room.draft) if one.chosen] == ["None"]
    choose(room, "sponsor", sponsor=sponsor.name)
    assert kept(room).sponsor == sponsor.name
    choose(room, "sponsor", sponsor=BY_DAY)
    assert kept(room).sponsor is None
    assert room.draft.edition.sponsor == sponsor
    assert choose(room, "sponsor", sponsor="Nobody we know").status_code == 409


def test_every_save_is_taken_back_one_by_one(room: Room) -> None:
    story = names(room)[1]
    choose(room, "leave", story=story)
    choose(room, "words", subject="A subject")

    assert room.do("undo").status_code == 200
    assert (kept(room).subject, kept(room).out) == ("", (story,))
    assert room.do("undo").status_code == 200
    assert kept(room) == Choices()
    assert room.do("undo").json()["said"] == "There is nothing to undo."


def test_a_save_over_a_newer_one_is_refused_with_what_differs(room: Room) -> None:
    seen = room.draft.version
    newer = save(room, subject="Theirs")
    before = (room.folder / FILE).read_bytes()

    answer = choose(room, "words", seen=seen, subject="Ours")

    assert answer.status_code == 409
    assert "subject: theirs “Theirs”, ours “Ours”" in answer.json()["said"]
    assert answer.json()["version"] == newer
    assert (room.folder / FILE).read_bytes() == before
    assert choose(room, "words", seen=newer, preheader="Ours").status_code == 200
    assert (kept(room).subject, kept(room).preheader) == ("Theirs", "Ours")


def test_undoing_never_undoes_what_somebody_else_saved(room: Room) -> None:
    choose(room, "words", subject="Ours")
    save(room, subject="Theirs")

    assert room.do("undo").status_code == 409
    assert kept(room).subject == "Theirs"


def test_a_story_is_withdrawn_and_the_approval_stays_good(room: Room) -> None:
    assert room.do("approve", by="Asha").status_code == 200
    story = names(room)[1]

    answer = room.do("withdraw", story=story, seen=room.draft.version)

    assert answer.status_code == 200
    assert story not in names(room)
    assert room.live.shown.word.counts
    assert choose(room, "take", story=story).status_code == 409
    assert room.do("undo").status_code == 200
    assert story in names(room)


def test_a_withdrawal_that_looked_at_an_old_file_is_refused(room: Room) -> None:
    seen = room.draft.version
    save(room, subject="Theirs")

    assert room.do("withdraw", story=names(room)[1], seen=seen).status_code == 409
    assert kept(room).withdrawals == ()


def test_what_was_saved_is_taken_back_after_the_studio_was_opened_again(
    room: Room, tmp_path: Path
) -> None:
    choose(room, "words", subject="One")
    choose(room, "words", subject="Two")
    again = Room(tmp_path)
    again.start()
    try:
        assert again.do("undo").status_code == 200
        assert kept(room).subject == "One"
        assert again.do("undo").status_code == 200
        assert kept(room) == Choices()
        assert again.do("undo").status_code == 409
    finally:
        again.stop()


@pytest.mark.parametrize("kept_as", ["", "[[1]]", "{", '[["subject = ", "x"]]', "[null]"])
def test_a_memory_that_cannot_be_read_is_as_good_as_none(
    room: Room, tmp_path: Path, kept_as: str
) -> None:
    choose(room, "words", subject="One")
    (file,) = tmp_path.glob("newsletter.db.d/undo-daily-2026-07-05.json")
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_text(kept_as)

    steps = room.newsroom.choices.steps(room.live.shown.newsletter, DAY)

    assert steps.last is None


def test_a_signature_is_not_taken_back_by_a_key(room: Room) -> None:
    choose(room, "words", subject="A subject")
    room.do("approve", by="Asha")

    assert room.do("undo").status_code == 409
    assert kept(room).approval


def test_what_is_chosen_after_an_approval_asks_for_a_new_one(room: Room) -> None:
    room.do("approve", by="Asha")
    choose(room, "words", subject="Another subject")

    assert room.live.shown.changes == ("the subject",)


def test_what_nobody_can_choose_has_no_name_on_the_desk(room: Room) -> None:
    table = candidates(room.live.shown.made)
    drafts = [one for one in table.left if one.reason == "draft"]
    late = [one for one in table.left if one.reason.startswith("after the cut-off")]

    assert drafts
    assert late
    assert {one.name for one in (*drafts, *late)} == {""}


@pytest.mark.parametrize("move", ["", "steal", "__init__"])
def test_there_are_no_other_moves(room: Room, move: str) -> None:
    assert choose(room, move, story=names(room)[1]).status_code == 409
    assert not (room.folder / FILE).exists()


@pytest.mark.parametrize("story", ["", "no such", "../../etc/passwd"])
def test_only_a_story_of_the_desk_can_be_moved(room: Room, story: str) -> None:
    for move in ("take", "leave", "order", "pin"):
        assert choose(room, move, story=story, beside=names(room)[1]).status_code == 409
    assert not (room.folder / FILE).exists()


def test_another_page_can_choose_nothing(room: Room) -> None:
    fields = {"move": "leave", "story": names(room)[1], "seen": ""}
    foreign: tuple[dict[str, str], ...] = (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Host": "evil.example"},
    )
    for headers in foreign:
        for act in ("choose", "withdraw", "undo"):
            with room.client(**headers) as client:
                assert client.post(f"/do/{act}", data=fields).status_code == 403
    assert not Path(room.folder / FILE).exists()


def test_a_file_that_cannot_be_understood_is_left_as_it_is(room: Room) -> None:
    story = names(room)[1]
    file = room.folder / FILE
    file.parent.mkdir()
    file.write_text("subject = [")

    assert choose(room, "leave", story=story).status_code == 409
    assert file.read_text() == "subject = ["


def test_stories_keep_the_names_of_their_files_when_a_headline_changes(room: Room) -> None:
    story = next(name for name in names(room) if name == LEAVING or "leaving" in name)
    choose(room, "pin", story=story)
    room.edit(f"articles/{LEAVING}", "title: Leaving takes one press", "title: Going takes one")
    room.wait(lambda: room.draft.edition.lead.title == "Going takes one")

    assert names(room)[0] == story
