"""Who may or may not have been mailed: named, and settled by a person alone."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from newsletter.storage import pace
from newsletter.storage.database import Database
from newsletter.storage.tables import deliveries, editions, events

SUNDAY = ("--date", "2026-07-05")
ID = "daily/2026-07-05"

Command = Callable[..., Any]


@pytest.fixture
def doubt(desk: Path, story: Callable[..., Path], newsletter: Command) -> Callable[..., None]:
    """Bring the edition's one reader into doubt, as a line that went dead would have."""
    story("one")
    newsletter("send", *SUNDAY, "--yes")
    (mail,) = (desk / "var/outbox/new").iterdir()
    mail.unlink()
    # What is put back here by hand must not look like an old backup.
    (desk / "var/newsletter.db.d/sent.mark").unlink()

    def put(*, ago: timedelta = timedelta(hours=1)) -> None:
        database = Database.open(f"sqlite:///{desk}/var/newsletter.db")
        with database.begin() as connection:
            began = datetime.now(UTC) - ago
            connection.execute(update(deliveries).values(state="unknown", intent_at=began))
            connection.execute(update(editions).values(state="sending"))
        database.close()

    put()
    return put


def counts(newsletter: Command) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(newsletter("status", ID, "--json").out)
    return found


@pytest.mark.usefixtures("doubt")
def test_a_doubt_is_named_with_its_call_and_time(newsletter: Command) -> None:
    said = newsletter("status", ID, "--unknown")
    facts = json.loads(newsletter("status", ID, "--unknown", "--json").out)

    assert said.out.startswith("ann@example.com  call ")
    assert [fact["address"] for fact in facts] == ["ann@example.com"]


@pytest.mark.usefixtures("doubt")
def test_a_send_mails_no_doubt_again_and_says_how_to_settle_it(
    desk: Path, newsletter: Command
) -> None:
    result = newsletter("send", *SUNDAY, "--yes")

    assert result.code == 4
    assert f"newsletter resolve {ID}" in result.out
    assert list((desk / "var/outbox/new").iterdir()) == []


@pytest.mark.usefixtures("doubt")
def test_what_was_accepted_by_a_persons_word_closes_the_edition(newsletter: Command) -> None:
    result = newsletter("resolve", ID, "--accepted")

    assert result.code == 0
    found = counts(newsletter)
    assert (found["state"], found["submitted"], found["unknown"]) == ("sent", 1, 0)


@pytest.mark.usefixtures("doubt")
def test_what_was_not_accepted_is_mailed_by_the_next_send(desk: Path, newsletter: Command) -> None:
    newsletter("resolve", ID, "--resend")
    result = newsletter("send", *SUNDAY, "--yes")

    assert result.code == 0
    assert len(list((desk / "var/outbox/new").iterdir())) == 1
    assert counts(newsletter)["state"] == "sent"


def test_nothing_is_mailed_again_while_it_may_still_be_accepted(
    doubt: Callable[..., None], newsletter: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    doubt(ago=timedelta(minutes=9))
    monkeypatch.setenv("NEWSLETTER_TRANSPORT", "smtp")

    refused = newsletter("resolve", ID, "--resend")

    assert refused.code == 1
    assert "may still be accepted" in refused.err
    assert counts(newsletter)["unknown"] == 1
    doubt(ago=timedelta(minutes=11))
    assert newsletter("resolve", ID, "--resend").code == 0


@pytest.mark.usefixtures("doubt")
@pytest.mark.parametrize("words", [(), ("--accepted", "--resend"), ("--evidence", "--accepted")])
def test_a_settlement_says_one_thing(newsletter: Command, words: tuple[str, ...]) -> None:
    assert newsletter("resolve", ID, *words).code == 2
    assert counts(newsletter)["unknown"] == 1


@pytest.mark.usefixtures("doubt")
def test_an_event_settles_a_doubt_and_without_one_it_stays(desk: Path, newsletter: Command) -> None:
    without = newsletter("resolve", ID, "--evidence")
    assert without.code == 0
    assert "0 readers" in without.out
    assert "1 reader still unknown" in without.out
    database = Database.open(f"sqlite:///{desk}/var/newsletter.db")
    with database.begin() as connection:
        event = {"edition_id": 1, "position": 1, "kind": "delivered", "at": datetime.now(UTC)}
        connection.execute(events.insert().values(**event, data={}))
    database.close()

    settled = newsletter("resolve", ID, "--evidence")

    assert "1 reader of" in settled.out
    assert counts(newsletter)["state"] == "sent"


# ── Proofs ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("doubt")
def test_a_ledger_that_agrees_is_proven(newsletter: Command) -> None:
    said = newsletter("prove", ID)
    facts = json.loads(newsletter("prove", ID, "--json").out)

    assert said.code == 0
    assert "Everything agrees." in said.out
    assert "1 unknown, 0 of them proven by events" in said.out
    assert facts["holds"]
    assert {proof["name"] for proof in facts["proofs"]} >= {"audience", "equation", "mail"}


@pytest.mark.usefixtures("doubt")
def test_a_ledger_that_contradicts_itself_ends_with_5(desk: Path, newsletter: Command) -> None:
    database = Database.open(f"sqlite:///{desk}/var/newsletter.db")
    with database.begin() as connection:
        connection.execute(update(deliveries).values(subscriber_id=77))
    database.close()

    said = newsletter("prove", ID)

    assert said.code == 5
    assert "x audience" in said.out
    assert json.loads(newsletter("prove", ID, "--json").out)["holds"] is False


# ── What is waited for ──────────────────────────────────────────────────────────────────────


def test_one_try_at_a_relay_that_is_away_says_what_is_waited_for(
    story: Callable[..., Path], newsletter: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    story("one")
    for name, value in {"TRANSPORT": "smtp", "SMTP__PORT": "1", "SMTP__TLS": "none"}.items():
        monkeypatch.setenv(f"NEWSLETTER_{name}", value)

    tried = newsletter("send", *SUNDAY, "--yes", "--no-wait")
    status = newsletter("status", ID)
    facts = counts(newsletter)

    assert tried.code == 4
    assert "cannot be reached" in status.out
    assert "next try" in status.out
    assert (facts["pending"], facts["deferred"]) == (1, 1)
    assert "cannot be reached" in facts["waits_for"]


def test_a_domain_that_takes_less_is_named(
    desk: Path, story: Callable[..., Path], newsletter: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    story("one")
    for name, value in {"TRANSPORT": "smtp", "SMTP__PORT": "1", "SMTP__TLS": "none"}.items():
        monkeypatch.setenv(f"NEWSLETTER_{name}", value)
    newsletter("send", *SUNDAY, "--yes", "--no-wait")
    database = Database.open(f"sqlite:///{desk}/var/newsletter.db")
    with database.begin() as connection:
        soon = datetime.now(UTC) + timedelta(minutes=10)
        pace.narrow(connection, "gmail.example", reason="421 4.7.28 slow down", until=soon)
    database.close()

    assert "gmail.example takes less: 421 4.7.28 slow down" in newsletter("status", ID).out
    assert counts(newsletter)["crowded"] == ["gmail.example"]
