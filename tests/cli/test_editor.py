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
    newsletter("approve", *SUNDAY)
    story(title="Other words")

    refused = newsletter("send", *SUNDAY, "--yes")

    assert refused.code == 1
    assert "has changed since it was approved" in refused.err


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
def test_a_release_gives_the_approval_back(newsletter: Command) -> None:
    newsletter("approve", *SUNDAY)
    newsletter("hold", *SUNDAY)
    newsletter("release", *SUNDAY)

    assert state(newsletter) == "approved"
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
