"""Putting right what has gone out wrong: to whom, once, and for good."""

import json
import re
from collections.abc import Callable
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import text

from newsletter.newsroom import Newsroom
from newsletter.newsroom.correcting import Wish
from newsletter.storage.database import Database
from tests.newsroom_fixtures import Command

WRONG, RIGHT = "daily/2026-07-05", "daily/2026-07-05-r2"
SEND = ("send", "--date", "2026-07-05", "--yes")
CORRECT = ("correct", WRONG, "--yes")

pytestmark = pytest.mark.usefixtures("five_readers", "story")


@pytest.fixture
def five_readers(desk: Path) -> None:
    readers = [f"r{n}@example.com" for n in range(1, 6)]
    (desk / "subscribers" / "daily.csv").write_text("\n".join(["email", *readers, ""]))


@pytest.fixture
def sent(newsletter: Command, story: object, five_readers: None) -> None:  # noqa: ARG001
    assert newsletter(*SEND).code == 0


@pytest.fixture
def mended(desk: Path, sent: None) -> Path:  # noqa: ARG001 - it is out before
    """The edition is out, and its article is put right since."""
    path = desk / "articles" / "one.md"
    text_ = path.read_text().replace("The story itself, in a paragraph.", "The story as it is.")
    path.write_text(text_)
    return path


def query(statement: str) -> list[tuple[object, ...]]:
    database: Database = Newsroom.open()._house.database
    with database.read() as connection:
        found = [tuple(row) for row in connection.execute(text(statement))]
    database.close()
    return found


def change(statement: str) -> None:
    database: Database = Newsroom.open()._house.database
    with database.begin() as connection:
        connection.execute(text(statement))
    database.close()


def mails(desk: Path, subject: str) -> list[str]:
    """To whom a mail went whose subject begins so."""
    found = []
    for path in (desk / "var" / "outbox" / "new").iterdir():
        mail = message_from_bytes(path.read_bytes(), policy=policy.default)
        if str(mail["Subject"]).startswith(subject):
            found.append(str(mail["To"].addresses[0].addr_spec))
    return sorted(found)


@pytest.mark.usefixtures("mended")
def test_a_correction_goes_to_who_may_have_read_the_wrong_one_and_still_wants_mail(
    desk: Path, newsletter: Command
) -> None:
    newsletter("subscribers", "remove", "r1@example.com")
    newsletter("subscribers", "suppress", "r2@example.com")
    newsletter("subscribers", "add", "new@example.com", "--list", "daily")
    change("UPDATE deliveries SET state = 'bounced' WHERE position = 3")
    change("UPDATE deliveries SET state = 'unknown' WHERE position = 4")

    done = newsletter(*CORRECT)

    assert done.code == 0, done.err
    assert mails(desk, "Correction: Story one") == ["r4@example.com", "r5@example.com"]
    assert newsletter("prove", RIGHT).code == 0
    assert query("SELECT count(*) FROM deliveries WHERE reason = 'suppressed'") == [(1,)]


@pytest.mark.usefixtures("mended")
def test_all_get_it_where_that_is_asked_for(desk: Path, newsletter: Command) -> None:
    newsletter("subscribers", "add", "new@example.com", "--list", "daily")

    assert newsletter(*CORRECT, "--all").code == 0
    assert len(mails(desk, "Correction: ")) == 6
    assert "new@example.com" in mails(desk, "Correction: ")


@pytest.mark.usefixtures("mended")
def test_it_quotes_what_was_wrong_and_what_is_right(newsletter: Command) -> None:
    shown = newsletter("correct", WRONG, "--dry-run").out

    assert "5 readers: who may have read daily/2026-07-05" in shown
    assert "Correction: Story one" in shown
    assert "We wrote: “The story itself, in a paragraph.”" in shown
    assert "It is: “The story as it is.”" in shown


@pytest.mark.usefixtures("mended")
def test_a_dry_run_stores_nothing_and_tells_a_program_all(newsletter: Command) -> None:
    facts = json.loads(newsletter("correct", WRONG, "--dry-run", "--json").out)

    assert (facts["edition"], facts["corrects"], facts["readers"]) == (RIGHT, WRONG, 5)
    assert facts["note"].startswith("We wrote: “The story itself")
    assert "It is: “The story as it is.”" in facts["text"]
    assert query("SELECT count(*) FROM editions") == [(1,)]


@pytest.mark.usefixtures("mended")
def test_the_desks_own_words_stand_in_the_place_of_quotes(newsletter: Command) -> None:
    done = newsletter("correct", WRONG, "--dry-run", "--note", "We wrote two presses; it is one.")

    assert "We wrote two presses; it is one." in done.out
    assert "We wrote: “" not in done.out


def test_an_update_of_the_afternoon_is_no_correction_of_the_morning(
    desk: Path, mended: Path, newsletter: Command
) -> None:
    update = mended.read_text().replace("The story as it is.", "And what came of it.")
    later = "id: 2026-07-05-story-one\nupdated: 2026-07-05T16:40\nupdate_note: More."
    update = update.replace("sources:", f"{later}\nsources:")
    (desk / "articles" / "one-later.md").write_text(update)

    shown = newsletter("correct", WRONG, "--dry-run").out

    assert "It is: “The story as it is.”" in shown
    assert "And what came of it" not in shown


def test_a_correction_keeps_the_words_and_the_order_that_an_editor_chose(
    desk: Path, newsletter: Command, story: Callable[..., Path]
) -> None:
    story("two")
    chosen = desk / "articles" / "editions" / "2026-07-05.toml"
    chosen.parent.mkdir()
    chosen.write_text('subject = "Sunday\'s words"\narticles = ["two.md", "one.md"]\n')
    assert newsletter(*SEND).code == 0
    article = desk / "articles" / "one.md"
    article.write_text(article.read_text().replace("in a paragraph", "as it is"))

    assert newsletter(*CORRECT, "--whole").code == 0

    assert len(mails(desk, "Correction: Sunday's words")) == 5
    ((page,),) = query("SELECT html FROM corrections")
    headings = re.findall(r"<h[123].*?(Story \w+)", str(page), re.DOTALL)
    assert headings == ["Story two", "Story one"]


@pytest.mark.usefixtures("mended")
def test_the_whole_edition_may_go_out_again(desk: Path, newsletter: Command) -> None:
    assert newsletter(*CORRECT, "--whole").code == 0

    (path,) = (
        p
        for p in (desk / "var/outbox/new").iterdir()
        if b"To: r1@" in p.read_bytes() and b"Subject: Correction" in p.read_bytes()
    )
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    said = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert said.index("What we got wrong") < said.index("FEATURED")


@pytest.mark.usefixtures("mended")
def test_correcting_again_mails_nobody_a_second_time(desk: Path, newsletter: Command) -> None:
    newsletter(*CORRECT)

    again = newsletter(*CORRECT)

    assert again.code == 1
    assert f"{WRONG} was corrected by {RIGHT}" in again.err
    assert f"newsletter correct {RIGHT}" in again.err
    assert len(mails(desk, "Correction: ")) == 5


@pytest.mark.usefixtures("mended")
def test_what_was_planned_and_not_sent_is_gone_on_with(desk: Path, newsletter: Command) -> None:
    room = Newsroom.open()
    wrong = room.dispatch.status().id
    room.correcting.plan(room.correcting.propose(wrong, Wish()))
    # Here the machine dies. What is mended meanwhile does not change what was frozen.
    room._house.database.close()
    newsletter("subscribers", "add", "new@example.com", "--list", "daily")

    assert newsletter(*CORRECT, "--all").code == 0
    assert len(mails(desk, "Correction: ")) == 5
    assert query("SELECT count(*) FROM editions") == [(2,)]


def test_a_correction_can_be_corrected(desk: Path, newsletter: Command, mended: Path) -> None:
    newsletter(*CORRECT)
    mended.write_text(mended.read_text().replace("as it is.", "as it really is."))

    done = newsletter("correct", RIGHT, "--yes")

    assert done.code == 0, done.err
    assert len(mails(desk, "Correction: ")) == 10
    notes = query("SELECT correction FROM editions ORDER BY revision")
    assert notes[2] == ("We wrote: “The story as it is.” It is: “The story as it really is.”",)
    assert newsletter("prove", "daily/2026-07-05-r3").code == 0


@pytest.mark.usefixtures("sent")
def test_where_nothing_has_changed_the_desk_must_say_what_was_wrong(newsletter: Command) -> None:
    nothing = newsletter(*CORRECT)

    assert nothing.code == 1
    assert "Nothing of daily/2026-07-05 has changed" in nothing.err
    assert newsletter(*CORRECT, "--note", "The picture shows another desk.").code == 0


def test_what_has_not_gone_out_is_not_corrected_but_sent(newsletter: Command) -> None:
    assert "nothing to correct" in newsletter(*CORRECT).err


@pytest.mark.usefixtures("mended")
def test_while_readers_may_still_get_what_is_wrong_nothing_is_corrected(
    newsletter: Command,
) -> None:
    change("UPDATE editions SET state = 'paused'")
    change("UPDATE deliveries SET state = 'planned' WHERE position > 2")

    early = newsletter(*CORRECT)
    assert early.code == 1
    assert "3 readers have yet to get it" in early.err
    assert f"newsletter cancel {WRONG}" in early.err

    newsletter("cancel", WRONG, "--yes")
    assert newsletter(*CORRECT).code == 0
    assert query(
        "SELECT count(*) FROM deliveries d JOIN editions e ON e.id = d.edition_id"
        " WHERE e.revision = 2"
    ) == [(2,)]


def test_a_story_that_became_a_draft_is_taken_back(
    newsletter: Command, story: Callable[..., Path]
) -> None:
    other = story("two", published="2026-07-05T05:10+05:30")
    newsletter(*SEND)
    other.write_text(other.read_text().replace("title:", "draft: true\ntitle:", 1))

    shown = newsletter("correct", WRONG, "--dry-run").out

    assert "Story two" in shown
    assert "We withdraw this story." in shown
    assert newsletter(*CORRECT).code == 0


def test_a_story_that_cannot_be_found_is_not_said_to_be_taken_back(
    newsletter: Command, story: Callable[..., Path]
) -> None:
    other = story("two", published="2026-07-05T05:10+05:30")
    newsletter(*SEND)
    other.write_text("---\ntitle: [\n---\n")

    refused = newsletter(*CORRECT)

    assert refused.code == 1
    assert "The sources do not have “Story two” any more" in refused.err
    assert "draft: true" in refused.err


@pytest.mark.usefixtures("sent")
def test_when_no_story_is_left_there_is_no_page_to_make(desk: Path, newsletter: Command) -> None:
    one = desk / "articles" / "one.md"
    one.write_text(one.read_text().replace("title:", "draft: true\ntitle:", 1))

    assert "No story of daily/2026-07-05 is left" in newsletter(*CORRECT).err


def test_links_whose_story_moved_are_named_and_pointed_anew_when_asked(
    newsletter: Command, mended: Path
) -> None:
    moved = "url: https://theshiftmaker.example/right\n"
    mended.write_text(mended.read_text().replace("title:", f"{moved}title:", 1))

    shown = newsletter("correct", WRONG, "--dry-run").out
    assert "link 1 of daily/2026-07-05 could lead to https://theshiftmaker.example/right" in shown
    assert "right" not in newsletter("links", WRONG).out

    assert newsletter(*CORRECT, "--point").code == 0
    assert "https://theshiftmaker.example/right" in newsletter("links", WRONG).out


@pytest.mark.usefixtures("mended")
def test_tomorrow_does_not_tell_the_corrected_story_again(
    newsletter: Command, story: Callable[..., Path]
) -> None:
    newsletter(*CORRECT)
    story("next", published="2026-07-06T06:00+05:30")

    explained = newsletter("build", "--date", "2026-07-06", "--explain").out

    assert "sent on 5 Jul, unchanged" in explained


@pytest.mark.usefixtures("mended")
def test_a_domain_that_is_warming_up_does_not_correct_to_all(
    newsletter: Command, desk: Path
) -> None:
    toml = desk / "templates" / "daily" / "newsletter.toml"
    toml.write_text(toml.read_text() + "\n[release]\nwarm_up = { start = 2 }\n")

    refused = newsletter(*CORRECT, "--all")
    assert refused.code == 1
    assert "warms its domain up" in refused.err
    assert newsletter(*CORRECT).code == 0


@pytest.mark.usefixtures("mended")
def test_the_archive_shows_the_day_as_it_is_right_and_says_for_good_that_it_was_corrected(
    newsletter: Command, mended: Path
) -> None:
    newsletter(*CORRECT)
    mended.write_text(mended.read_text().replace("as it is.", "as it really is."))
    newsletter("correct", RIGHT, "--yes")

    page = Newsroom.open().archive.page("daily", date(2026, 7, 5))

    assert page
    assert page.issued.subject == "Story one"
    assert "as it really is." in page.html
    assert "MERGE" not in page.html
    assert [one.correction[:40] for one in page.corrections] == [
        "We wrote: “The story as it is.” It is: “",
        "We wrote: “The story itself, in a paragr",
    ]


def test_there_must_be_a_terminal_or_a_yes(newsletter: Command) -> None:
    assert newsletter("correct", WRONG).code == 2


@pytest.mark.usefixtures("mended")
def test_when_nobody_knows_any_more_who_got_the_wrong_one_it_goes_to_all_or_to_nobody(
    desk: Path, newsletter: Command
) -> None:
    change(
        "INSERT INTO ledger_sums (edition_id, version, counted, accepted, unknown, states, details,"
        " sealed_at) VALUES (1, 1, 1, 5, 0, '{}', '{}', '2026-10-03 01:30:00.000000')"
    )
    change("DELETE FROM deliveries")

    refused = newsletter(*CORRECT)
    assert refused.code == 1
    assert f"Who got {WRONG} is not known since 2026-10-03: its ledger was old." in refused.err
    assert "--all" in refused.err
    assert mails(desk, "Correction:") == []

    assert newsletter(*CORRECT, "--all").code == 0
    assert mails(desk, "Correction:") == [f"r{n}@example.com" for n in range(1, 6)]
