"""An editor's word: a proof, an approval, a hold; and the desk's hand on what is being sent."""

import email
import json
from collections.abc import Callable
from datetime import date
from email import policy
from pathlib import Path
from typing import Any

import pytest

from newsletter.model import EditionId, EditionState
from newsletter.newsroom import Newsroom
from newsletter.settings import Settings
from newsletter.storage import editions
from newsletter.storage.database import Database

SUNDAY = ("--date", "2026-07-05")
ID = "daily/2026-07-05"

Command = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("story")


def outbox(desk: Path) -> list[Path]:
    folder = desk / "var/outbox/new"
    return sorted(folder.iterdir()) if folder.exists() else []


def state(newsletter: Command) -> str:
    return str(json.loads(newsletter("status", ID, "--json").out)["state"])


def put(desk: Path, state: EditionState) -> None:
    """Bring the edition into a state, as another process might."""
    database = Database.open(f"sqlite:///{desk}/var/newsletter.db")
    every = list(EditionState)
    assert editions.move(database, EditionId("daily", date(2026, 7, 5)), state, before=every)
    database.close()


@pytest.fixture
def by_editor(desk: Path) -> None:
    path = desk / "templates/daily/newsletter.toml"
    text = path.read_text(encoding="utf-8")
    assert 'approval = "automatic"' in text
    path.write_text(text.replace('"automatic"', '"editor"'), encoding="utf-8")


# ── Proof ───────────────────────────────────────────────────────────────────────────────────


def test_a_proof_goes_to_the_newsroom_and_stands_in_no_ledger(
    desk: Path, newsletter: Command
) -> None:
    result = newsletter("proof", "asha@example.com", "desk@example.com", *SUNDAY)

    assert result.code == 0, result.err
    mails = [email.message_from_bytes(f.read_bytes(), policy=policy.default) for f in outbox(desk)]
    assert {mail["To"] for mail in mails} == {"asha@example.com", "desk@example.com"}
    assert newsletter("status", ID).code == 1


def test_two_proofs_are_two_mails(desk: Path, newsletter: Command) -> None:
    for _ in range(2):
        newsletter("proof", "asha@example.com", *SUNDAY)

    assert len(outbox(desk)) == 2


def test_a_proof_to_what_is_no_address_is_one_sentence(newsletter: Command) -> None:
    result = newsletter("proof", "asha", *SUNDAY)

    assert result.code == 1
    assert "there is no @" in result.err


def test_there_is_no_proof_of_an_empty_day(newsletter: Command) -> None:
    result = newsletter("proof", "asha@example.com", "--date", "2026-08-01")

    assert result.code == 1
    assert "0 stories" in result.err


# ── Approve ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("by_editor")
def test_without_an_editors_word_nothing_is_sent(desk: Path, newsletter: Command) -> None:
    refused = newsletter("send", *SUNDAY, "--yes")

    assert refused.code == 1
    assert "newsletter approve" in refused.err
    assert outbox(desk) == []


@pytest.mark.usefixtures("by_editor")
def test_what_an_editor_approved_is_sent(desk: Path, newsletter: Command) -> None:
    assert "approved daily/2026-07-05" in newsletter("approve", *SUNDAY, "--by", "Asha").out

    assert newsletter("send", *SUNDAY, "--yes").code == 0
    assert len(outbox(desk)) == 1


@pytest.mark.usefixtures("by_editor")
def test_what_changed_after_the_approval_needs_signing_again(
    newsletter: Command, story: Callable[..., Path]
) -> None:
    newsletter("approve", *SUNDAY, "--by", "Asha")
    story(title="Other words")

    refused = newsletter("send", *SUNDAY, "--yes")

    assert refused.code == 1
    assert "One change since Asha approved" in refused.err
    assert "a headline in articles/one.md" in refused.err


@pytest.mark.usefixtures("by_editor")
def test_an_approval_makes_no_database_and_says_what_travels(
    desk: Path, newsletter: Command
) -> None:
    done = newsletter("approve", *SUNDAY)

    assert "articles/editions/2026-07-05.toml" in done.out
    assert not (desk / "var").exists()


@pytest.mark.usefixtures("by_editor")
def test_check_says_whose_word_there_is(newsletter: Command) -> None:
    assert "Nobody has approved it yet" in newsletter("check", *SUNDAY).out

    newsletter("approve", *SUNDAY, "--by", "Asha")

    assert "Approved by Asha" in newsletter("check", *SUNDAY).out
    facts = json.loads(newsletter("check", *SUNDAY, "--json").out)
    assert (facts["approved"], facts["approved_by"], facts["changes"]) == (True, "Asha", [])


@pytest.mark.usefixtures("by_editor")
def test_an_edition_that_is_sent_cannot_be_approved(newsletter: Command) -> None:
    newsletter("approve", *SUNDAY)
    newsletter("send", *SUNDAY, "--yes")

    refused = newsletter("approve", *SUNDAY)

    assert refused.code == 1
    assert "is sent already" in refused.err


@pytest.mark.usefixtures("by_editor")
def test_only_who_may_approve_approves(desk: Path, newsletter: Command) -> None:
    path = desk / "templates/daily/newsletter.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("approvers = []", 'approvers = ["Asha"]'), encoding="utf-8")

    refused = newsletter("approve", *SUNDAY, "--by", "Ravi")

    assert refused.code == 1
    assert "Ravi may not approve daily: Asha may." in refused.err
    assert newsletter("approve", *SUNDAY, "--by", "asha").code == 0


@pytest.mark.usefixtures("by_editor")
def test_a_part_of_those_who_were_approved_needs_no_new_word(newsletter: Command) -> None:
    newsletter("approve", *SUNDAY)

    assert newsletter("send", *SUNDAY, "--yes", "--percent", "50").code == 0


# ── Withdraw ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("by_editor")
def test_a_story_is_withdrawn_after_the_approval_in_one_command(
    desk: Path, newsletter: Command, story: Callable[..., Path]
) -> None:
    story("two")
    newsletter("approve", *SUNDAY, "--by", "Asha")

    done = newsletter("withdraw", "articles/two.md", *SUNDAY, "--by", "Ravi")

    assert done.code == 0, done.err
    assert "Approved by Asha" in done.out
    assert newsletter("send", *SUNDAY, "--yes").code == 0
    assert "Story two" not in outbox(desk)[0].read_text(encoding="utf-8")


def test_what_is_being_sent_cannot_be_withdrawn_from(newsletter: Command) -> None:
    newsletter("send", *SUNDAY, "--yes")

    refused = newsletter("withdraw", "articles/one.md", *SUNDAY)

    assert refused.code == 1
    assert "newsletter pause daily/2026-07-05" in refused.err


def test_with_too_few_stories_left_there_is_no_edition(newsletter: Command) -> None:
    done = newsletter("withdraw", "articles/one.md", *SUNDAY)

    assert "no edition: 0 stories, the least is 1" in done.out


def test_what_is_not_in_the_edition_cannot_be_withdrawn(newsletter: Command) -> None:
    refused = newsletter("withdraw", "nothing", *SUNDAY)

    assert refused.code == 1
    assert "nothing is not in daily/2026-07-05" in refused.err


def test_a_file_of_choices_that_cannot_be_read_stops_that_day(
    desk: Path, newsletter: Command
) -> None:
    folder = desk / "articles/editions"
    folder.mkdir()
    (folder / "2026-07-05.toml").write_text('subject = "a"\nlead = [\n')

    refused = newsletter("send", *SUNDAY, "--yes")

    assert refused.code == 1
    assert "articles/editions/2026-07-05.toml:2: not TOML" in refused.err
    assert outbox(desk) == []
    assert newsletter("build", "--date", "2026-07-06").code == 0


def test_an_error_cannot_be_approved(desk: Path, newsletter: Command) -> None:
    path = desk / "articles/one.md"
    path.write_text(path.read_text(encoding="utf-8") + "\nTK the number.\n", encoding="utf-8")

    assert newsletter("approve", *SUNDAY).code == 3


# ── Hold and release ────────────────────────────────────────────────────────────────────────


def test_what_is_held_is_not_sent_until_it_is_released(desk: Path, newsletter: Command) -> None:
    newsletter("hold", *SUNDAY, "--why", "waiting for a quote")

    held = newsletter("send", *SUNDAY, "--yes")
    assert held.code == 1
    assert "held: waiting for a quote" in held.err
    assert outbox(desk) == []

    assert newsletter("release", *SUNDAY).code == 0
    assert newsletter("send", *SUNDAY, "--yes").code == 0
    assert len(outbox(desk)) == 1


@pytest.mark.usefixtures("by_editor")
def test_a_hold_takes_no_approval_away(newsletter: Command) -> None:
    newsletter("approve", *SUNDAY)
    newsletter("hold", *SUNDAY)
    newsletter("release", *SUNDAY)

    assert state(newsletter) == "draft"
    assert newsletter("send", *SUNDAY, "--yes").code == 0


def test_what_is_sent_cannot_be_held(newsletter: Command) -> None:
    newsletter("send", *SUNDAY, "--yes")

    result = newsletter("hold", *SUNDAY)

    assert result.code == 1
    assert "is sent" in result.err


# ── Pause, resume, cancel ───────────────────────────────────────────────────────────────────


def test_a_paused_edition_goes_on_when_it_is_resumed(desk: Path, newsletter: Command) -> None:
    newsroom = Newsroom(Settings.load())
    made = newsroom.desk.build(newsroom.newsletter(), date(2026, 7, 5))
    newsroom.circulation.readers(made.newsletter)
    newsroom.dispatch.plan(made)  # type: ignore[arg-type]
    put(desk, EditionState.SENDING)

    assert newsletter("pause", ID).code == 0
    paused = newsletter("send", *SUNDAY, "--yes")
    assert paused.code == 1
    assert "is paused" in paused.err

    assert newsletter("resume", ID).code == 0
    assert newsletter("send", *SUNDAY, "--yes").code == 0
    assert len(outbox(desk)) == 1


def test_a_cancelled_edition_mails_nobody_and_says_how_many(
    desk: Path, newsletter: Command
) -> None:
    newsroom = Newsroom(Settings.load())
    made = newsroom.desk.build(newsroom.newsletter(), date(2026, 7, 5))
    newsroom.circulation.readers(made.newsletter)
    newsroom.dispatch.plan(made)  # type: ignore[arg-type]

    assert "1 reader not mailed" in newsletter("cancel", ID, "--yes").out

    assert newsletter("send", *SUNDAY, "--yes").code == 1
    assert outbox(desk) == []
    counts = json.loads(newsletter("status", ID, "--json").out)
    assert (counts["selected"], counts["skipped"]) == (1, 1)
    assert counts["reasons"] == {"cancelled": 1}


@pytest.mark.parametrize("command", ["pause", "resume", "cancel"])
def test_an_edition_that_is_not_known_cannot_be_stopped(newsletter: Command, command: str) -> None:
    yes = ["--yes"] if command == "cancel" else []
    result = newsletter(command, "daily/1999-01-01", *yes)

    assert result.code == 1
    assert "Nothing is known of daily/1999-01-01" in result.err


def test_what_is_no_edition_is_wrong_usage(newsletter: Command) -> None:
    assert newsletter("pause", "yesterday").code == 2
