"""The buttons do what they say, to what the editor has seen, and to nothing else."""

import re
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from newsletter.model import EditionState
from newsletter.studio.state import chip
from tests.studio.conftest import LEAVING, Room

STORY = f"articles/{LEAVING}"
HOP = "articles/2026-07-05-why-every-link-in-this-mail-goes-through-our-own-address-first.md"


def signed(room: Room, by: str = "Asha") -> None:
    assert room.do("approve", by=by).status_code == 200


def state(room: Room) -> EditionState:
    return room.newsroom.viewing.standing(room.live.id).state


def test_a_proof_is_the_very_mail_and_touches_nobody(room: Room) -> None:
    answer = room.do("proof", addresses="asha@example.com, ben@example.com")
    (first, second) = sorted((room.folder / "outbox" / "new").glob("*.eml"))
    mail = message_from_bytes(first.read_bytes(), policy=policy.default)

    assert answer.json()["said"].startswith("Proof sent to asha@example.com, ben@example.com.")
    assert {mail["To"], message_from_bytes(second.read_bytes())["To"]} == {
        "asha@example.com",
        "ben@example.com",
    }
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.get_body(("html",)).get_content().count("/c/") == (  # type: ignore[union-attr]
        room.draft.rendition.html.count("/c/")
    )
    assert state(room) is EditionState.DRAFT


@pytest.mark.parametrize(
    "addresses", ["", "nobody", "a@example.com " * 11, "a@b.example\r\nBcc: x"]
)
def test_a_proof_to_what_is_no_address_goes_nowhere(room: Room, addresses: str) -> None:
    assert room.do("proof", addresses=addresses).status_code == 409
    assert not list(room.folder.glob("outbox/new/*"))


def test_an_editor_signs_what_is_shown(room: Room) -> None:
    question = room.do("ask").json()["said"]
    signed(room)

    assert question == "Approve 5 articles for the readers of daily?"
    assert room.live.shown.word.counts
    assert room.live.shown.word.approval.by == "Asha"
    assert (room.folder / "articles/editions/2026-07-05.toml").is_file()
    assert chip(room.live.shown).sentence.startswith("Approved by Asha ")


def test_a_signature_is_for_the_bytes_that_were_seen(room: Room) -> None:
    old = room.hash
    room.edit(STORY, "title: Leaving takes one press", "title: Leaving takes two")
    room.wait(lambda: room.hash != old)

    answer = room.do("approve", by="Asha", hash=old)

    assert answer.status_code == 409
    assert answer.json()["said"] == "The mail has changed while you looked. Look again."
    assert state(room) is EditionState.DRAFT


def test_nobody_signs_without_a_name(room: Room) -> None:
    assert room.do("approve", by="  ").status_code == 409
    assert state(room) is EditionState.DRAFT


def test_an_error_cannot_be_signed(room: Room) -> None:
    room.edit(STORY, "---\n\n", "---\n\nTK is still to be written. ")
    room.wait(lambda: room.draft.errors)

    assert room.do("approve", by="Asha").status_code == 409
    shown = chip(room.live.shown)
    assert (shown.colour, shown.word) == ("red", "Draft, 1 error")
    assert shown.buttons[-1].off == "1 error must be mended first."


def test_a_change_after_signing_says_what_and_asks_again(room: Room) -> None:
    signed(room)
    room.edit(HOP, "title: Why every link in this mail", "title: Why every link in it")
    room.wait(lambda: room.live.shown.is_changed)

    shown = room.live.shown
    assert shown.changes == (f"a headline in {room.folder / HOP}",)
    assert chip(shown).sentence.startswith("One change since Asha approved ")
    assert chip(shown).sentence.endswith(". See it and approve again.")
    assert [button.label for button in chip(shown).buttons][-2:] == ["Approve again", "See changes"]

    signed(room, "Ben")
    assert chip(room.live.shown).word == "Approved"


def test_a_change_that_is_taken_back_is_none(room: Room) -> None:
    signed(room)
    room.edit(STORY, "title: Leaving takes one press", "title: Leaving takes a moment")
    room.wait(lambda: room.live.shown.is_changed)
    room.edit(STORY, "title: Leaving takes a moment", "title: Leaving takes one press")

    room.wait(lambda: not room.live.shown.is_changed)
    assert room.live.shown.changes == ()


def test_what_changed_before_the_studio_was_opened_is_known_too(
    room_with: Callable[..., Room],
) -> None:
    def sign_and_change(folder: Path) -> None:
        from tests.studio.conftest import Room as Other  # noqa: PLC0415

        earlier = Other(folder)
        earlier.start()
        assert earlier.do("approve", by="Asha").status_code == 200
        earlier.stop()
        story = folder / STORY
        story.write_text(story.read_text().replace("Leaving takes one", "Leaving took one"))

    room = room_with(sign_and_change)

    assert room.live.shown.is_changed
    assert room.live.shown.changes == (f"a headline in {room.folder / STORY}",)


def test_an_edition_is_held_with_its_reason_and_released(room: Room) -> None:
    room.do("hold", by="Asha", why="waiting for a quote")
    assert state(room) is EditionState.HELD
    assert chip(room.live.shown).sentence == (
        "Held by Asha: waiting for a quote. Not sent until released; deliver by 8:30."
    )

    room.do("release")
    assert state(room) is EditionState.DRAFT
    assert room.do("release").status_code == 409


def test_giving_up_for_good_needs_the_editions_name(room: Room) -> None:
    assert room.do("cancel", edition="daily").status_code == 409
    assert state(room) is EditionState.DRAFT
    room.do("hold")
    assert room.do("cancel", edition="daily/2026-07-05").status_code == 200
    assert state(room) is EditionState.CANCELLED


def sending(room: Room, readers: int = 4) -> None:
    """Freeze the edition, and have it begun."""
    for number in range(readers):
        room.newsroom.circulation.add(f"r{number}@example.com", "daily", name="", again=False)
    room.newsroom.dispatch.plan(room.draft)
    room.newsroom.dispatch.deliver(
        room.live.id, show=lambda *_: None, stop=lambda: True, patient=False
    )


def test_a_running_edition_is_paused_resumed_and_counted(room: Room) -> None:
    sending(room)
    room.live.look()
    assert chip(room.live.shown).word == "Sending 0 %"
    assert "0 of 4 settled." in chip(room.live.shown).sentence

    room.do("pause")
    assert chip(room.live.shown).word == "Paused at 0 %"
    assert room.do("pause").status_code == 409
    with room.client() as client:
        before = client.get("/report/daily/2026-07-05")
        assert "Editions of The ShiftMaker" in before.text
        assert "style-src 'self'" in before.headers["Content-Security-Policy"]
    room.do("resume")
    room.newsroom.dispatch.deliver(room.live.id, show=lambda *_: None, stop=lambda: False)
    room.live.look()

    assert chip(room.live.shown).sentence == "4 accepted, 0 refused."
    with room.client() as client:
        page = client.get("/editions").text
        assert "sent" in page
        assert 'href="/report/daily/2026-07-05"' in page
        report = client.get("/report/daily/2026-07-05")
        assert "4 of 4 accepted" in report.text
        policy = report.headers["Content-Security-Policy"]
        assert "default-src 'none'; style-src 'unsafe-inline'; frame-src about:;" in policy
        assert "script-src" not in policy
        assert "img-src" not in policy
        assert client.get("/report/daily/2026-07-04").status_code == 404
        assert client.get("/report/daily/never").status_code == 404
        assert client.get("/report/weekly/2026-07-05").status_code == 404


def test_only_a_story_of_the_desk_can_be_opened(room: Room) -> None:
    lead = room.draft.edition.lead.id

    assert room.do("open", article=lead).json()["said"].startswith("Opened ")
    assert room.opened == [str(Path(room.draft.edition.lead.origin).resolve())]
    for wanted in ("", "/etc/passwd", "../../etc/passwd", "https://evil.example/", "no such"):
        assert room.do("open", article=wanted).status_code == 409
    assert len(room.opened) == 1


@pytest.mark.parametrize("kind", ["exe", "..%2F..%2Fetc%2Fpasswd", "EML", "eml%00"])
def test_only_a_copy_of_the_mail_can_be_taken_along(room: Room, kind: str) -> None:
    with room.client() as client:
        assert client.post(f"/copy/{kind}", data={"who": "plain"}).status_code == 404
        kept = client.post("/copy/eml", data={"who": "plain"})

    assert kept.status_code == 200
    assert kept.headers["Content-Type"] == "application/octet-stream"
    assert kept.content.startswith(b"From: ")


def test_an_unknown_button_is_none(room: Room) -> None:
    assert room.do("send").status_code == 404
    assert room.do("__init__").status_code == 404


def test_yesterdays_mail_is_the_one_that_went_out(room_with: Callable[..., Room]) -> None:
    from datetime import date  # noqa: PLC0415

    room = room_with(day=date(2026, 7, 6))
    with room.client() as client:
        would = client.get("/mail/390-light-yesterday").text
    room.newsroom.circulation.add("ann@example.com", "daily", name="", again=False)
    draft = room.newsroom.desk.build(room.newsroom.newsletter(), date(2026, 7, 5))
    room.newsroom.dispatch.plan(draft)  # type: ignore[arg-type]
    room.newsroom.dispatch.deliver(draft.id, show=lambda *_: None, stop=lambda: False)
    with room.client() as client:
        was = client.get("/mail/390-light-yesterday").text

    assert "Sun 5 Jul, as it would have been" in would
    assert "Sun 5 Jul, as it went out" in was
    assert not re.search("MERGE__", was + would)
