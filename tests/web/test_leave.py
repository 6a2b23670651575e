"""Leaving, as RFC 8058 says line by line, and as a person does."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from newsletter.audience.leaving import Leaving
from newsletter.tracking.tokens import Keyring, Purpose, TokenType
from tests.web.conftest import SECRET, Site, form_of

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def way_out(site: Site) -> str:
    """The way out that stands in an edition's mail to a reader."""
    reader = site.reader("ann@example.com", "weekly")
    return f"/u/{site.door(reader, site.edition())}"


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
def test_a_mail_programs_press_leaves_at_once_in_both_encodings(
    site: Site, browser_like: httpx.Client, way_out: str, encoding: str
) -> None:
    sent = {"data": ONE_CLICK} if encoding == "urlencoded" else {"files": _multipart()}
    answer = browser_like.post(way_out, **sent)

    assert answer.status_code == 200
    assert "location" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert site.states() == {
        "ann@example.com daily": "unsubscribed",
        "ann@example.com weekly": "active",
    }
    assert site.rows("SELECT method FROM suppressions") == [("one-click",)]


def _multipart() -> dict[str, tuple[None, str]]:
    return {name: (None, value) for name, value in ONE_CLICK.items()}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "PATCH"])
def test_nothing_but_a_post_changes_anything(
    site: Site, browser_like: httpx.Client, way_out: str, method: str
) -> None:
    browser_like.request(method, way_out)

    assert site.states()["ann@example.com daily"] == "active"
    assert site.rows("SELECT 1 FROM suppressions") == []


@pytest.mark.parametrize("body", [b"", b"\x00\xff", b"List-Unsubscribe=One-Click&x=" + b"y" * 900])
def test_whatever_a_press_says_it_is_one(
    site: Site, browser_like: httpx.Client, way_out: str, body: bytes
) -> None:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}

    assert browser_like.post(way_out, content=body, headers=kind).status_code == 200
    assert site.states()["ann@example.com daily"] == "unsubscribed"


def test_pressing_again_and_after_being_forgotten_is_answered_alike(
    site: Site, browser_like: httpx.Client, way_out: str
) -> None:
    first = browser_like.post(way_out, data=ONE_CLICK)
    again = browser_like.post(way_out, data=ONE_CLICK)
    site.newsroom.circulation.forget("ann@example.com")
    gone = browser_like.post(way_out, data=ONE_CLICK)

    assert first.content == again.content == gone.content
    assert [first.status_code, again.status_code, gone.status_code] == [200, 200, 200]
    assert len(site.rows("SELECT 1 FROM consents WHERE event = 'unsubscribed'")) == 1


def test_who_left_is_no_part_of_the_next_edition(
    site: Site, browser_like: httpx.Client, way_out: str
) -> None:
    site.reader("ben@example.com")
    browser_like.post(way_out, data=ONE_CLICK)
    number = site.edition("2026-07-06")

    assert site.rows(
        "SELECT s.key FROM deliveries d JOIN editions e ON e.id = d.edition_id"
        " JOIN subscribers s ON s.id = d.subscriber_id WHERE e.number = :n",
        n=number,
    ) == [("ben@example.com",)]


def test_the_page_has_one_button_and_leaving_by_it_keeps_the_reason(
    site: Site, browser_like: httpx.Client, way_out: str
) -> None:
    page = browser_like.get(way_out).text
    fields = form_of(page) | {"scope": "list", "reason": "too-many"}

    left = browser_like.post(way_out, data=fields)

    assert "a•••@example.com" in page
    assert "ann@" not in page
    assert "We will not write to you again" in left.text
    assert site.rows("SELECT method, note FROM consents WHERE event = 'unsubscribed'") == [
        ("page", "too-many")
    ]


def test_stopping_everything_leaves_every_list(
    site: Site, browser_like: httpx.Client, way_out: str
) -> None:
    browser_like.post(way_out, data={"action": "leave", "scope": "all"})

    assert set(site.states().values()) == {"unsubscribed"}
    assert site.rows("SELECT list_id, reason FROM suppressions") == [(None, "unsubscribed")]


@pytest.mark.parametrize("scope", ["list", "all"])
def test_a_press_is_taken_back_by_the_same_link_within_a_day(
    site: Site, browser_like: httpx.Client, way_out: str, scope: str
) -> None:
    before = site.states()
    browser_like.post(way_out, data={"action": "leave", "scope": scope})
    back = browser_like.post(way_out, data={"action": "undo"})

    assert "It goes on as before" in back.text
    assert site.states() == before
    assert site.rows("SELECT 1 FROM suppressions") == []


def test_an_edition_knows_how_many_left_by_it_until_they_take_it_back(
    site: Site, browser_like: httpx.Client, way_out: str
) -> None:
    for _ in range(2):
        browser_like.post(way_out, data=ONE_CLICK)
    (row,) = site.rows("SELECT edition_id, position FROM events WHERE kind = 'unsubscribed'")
    assert tuple(row) == (1, 1)

    browser_like.post(way_out, data={"action": "undo"})
    assert site.rows("SELECT 1 FROM events") == []


def test_the_page_of_who_has_left_offers_to_take_it_back(
    site: Site, browser_like: httpx.Client, way_out: str
) -> None:
    assert "Stop these mails?" in browser_like.get(way_out).text
    browser_like.post(way_out, data=ONE_CLICK)

    page = browser_like.get(way_out).text
    assert "We will not write to you again" in page
    browser_like.post(way_out, data=form_of(page))
    assert site.states()["ann@example.com daily"] == "active"


def test_after_a_day_nothing_is_taken_back(
    site: Site, browser_like: httpx.Client, way_out: str
) -> None:
    browser_like.post(way_out, data=ONE_CLICK)
    with site.database.begin() as connection:
        connection.exec_driver_sql("UPDATE suppressions SET at = '2020-01-01 00:00:00'")

    assert "nothing to undo" in browser_like.post(way_out, data={"action": "undo"}).text
    assert site.states()["ann@example.com daily"] == "unsubscribed"


def test_a_complaint_is_not_undone_by_a_link(
    site: Site, browser_like: httpx.Client, way_out: str
) -> None:
    from newsletter.model import SuppressionReason  # noqa: PLC0415

    browser_like.post(way_out, data=ONE_CLICK)
    site.newsroom.circulation.suppress("ann@example.com", SuppressionReason.COMPLAINED)
    browser_like.post(way_out, data={"action": "undo"})

    assert ("complained",) in site.rows("SELECT reason FROM suppressions")


def test_a_proofs_way_out_touches_nobody(site: Site, browser_like: httpx.Client) -> None:
    reader = site.reader()
    token = site.token(Purpose.DOOR, 0, reader, type=TokenType.PROOF)

    page = browser_like.post(f"/u/{token}", data=ONE_CLICK)

    assert page.status_code == 200
    assert "changes nothing" in page.text
    assert site.states() == {"ann@example.com daily": "active"}


def test_a_link_signed_with_an_old_secret_still_works(site_with: Callable[..., Site]) -> None:
    old = "the secret of before, 32 characters."
    site = site_with(secret_id=1, old_secrets={0: old})
    token = Keyring(old.encode()).mint(Purpose.DOOR, TokenType.EDITION, 1, site.reader())
    with httpx.Client(base_url=site.url) as client:
        assert client.post(f"/u/{token}", data=ONE_CLICK).status_code == 200

    assert site.states() == {"ann@example.com daily": "unsubscribed"}


def test_a_leaked_secret_makes_pages_and_leaves_only_by_their_button(
    site_with: Callable[..., Site],
) -> None:
    site = site_with(secret_id=1, old_secrets={0: SECRET[::-1]}, leaked_secrets=[0])
    token = Keyring(SECRET[::-1].encode()).mint(Purpose.DOOR, TokenType.EDITION, 1, site.reader())
    with httpx.Client(base_url=site.url) as client:
        forged = client.post(f"/u/{token}", data=ONE_CLICK)
        assert forged.status_code == 200
        assert site.states() == {"ann@example.com daily": "active"}
        assert client.get(f"/preferences/{token}").status_code == 404
        client.post(f"/u/{token}", data=form_of(forged.text))

    assert site.states() == {"ann@example.com daily": "unsubscribed"}


def test_a_goodbye_is_written_only_where_it_is_wanted(site_with: Callable[..., Site]) -> None:
    site = site_with(web={"goodbye": True})
    door = f"/u/{site.door(site.reader(), site.edition())}"
    with httpx.Client(base_url=site.url) as client:
        client.post(door, data={"action": "leave", "scope": "list"})
        site.newsroom.postroom.write()
        last = site.mails()[-1]
        assert "Subject: You have left The ShiftMaker" in last
        back = client.post(site.link(last, "u"), data={"action": "undo"})

    assert "It goes on as before" in back.text
    assert site.states() == {"ann@example.com daily": "active"}


def test_three_of_one_company_within_a_minute_are_an_alarm_and_can_be_brought_back(
    site: Site, browser_like: httpx.Client
) -> None:
    readers = [site.reader(f"r{n}@corp.example") for n in range(3)]
    others = [site.reader(f"r{n}@gmail.com") for n in range(4)]
    number = site.edition()
    for reader in (*readers, *others):
        browser_like.post(f"/u/{site.door(reader, number)}", data=ONE_CLICK)

    (alarm,) = site.newsroom.circulation.alarms(days=1)
    assert (alarm.domain, len(alarm.readers)) == ("corp.example", 3)
    assert site.newsroom.circulation.undo(alarm) == 3
    assert [state for who, state in site.states().items() if "corp" in who] == ["active"] * 3
    assert site.newsroom.circulation.alarms(days=1) == ()


def test_with_the_database_away_a_press_is_kept_and_answered_and_written_later(
    site_with: Callable[..., Site], tmp_path: Path
) -> None:
    site = site_with(web={"spool_dir": tmp_path / "spool"})
    door = f"/u/{site.door(site.reader(), site.edition())}"
    with httpx.Client(base_url=site.url, timeout=30) as client:
        with site.database.begin() as connection:
            # Another writer holds the database for longer than anybody waits.
            connection.exec_driver_sql("UPDATE lists SET name = name")
            if not site.database.is_sqlite:
                connection.exec_driver_sql("LOCK TABLE subscriptions, suppressions")
            answer = client.post(door, data=ONE_CLICK)
        assert answer.status_code == 200
    assert list((tmp_path / "spool").glob("leaving.jsonl"))
    assert "ann@" not in (tmp_path / "spool" / "leaving.jsonl").read_text()

    assert site.newsroom.reception.replay() == 1
    deadline = time.monotonic() + 20
    while site.states() != {"ann@example.com daily": "unsubscribed"}:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert site.newsroom.reception.replay() == 0


def test_a_press_that_waited_in_the_spool_does_not_undo_what_its_reader_did_since(
    site: Site, browser_like: httpx.Client, way_out: str
) -> None:
    reader = int(site.rows("SELECT public_id FROM subscribers")[0][0])
    pressed = datetime.now(UTC) - timedelta(seconds=30)
    kept = Leaving(public_id=reader, by_letter=False, number=1, method="one-click", at=pressed)
    browser_like.post(way_out, data=ONE_CLICK)
    browser_like.post(way_out, data={"action": "undo"})

    assert site.newsroom.reception.leave([kept]) == frozenset()
    assert site.states()["ann@example.com daily"] == "active"
    # One that came after it holds.
    later = replace(kept, at=datetime.now(UTC))
    assert site.newsroom.reception.leave([later]) == {"ann@example.com"}
