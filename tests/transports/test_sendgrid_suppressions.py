"""SendGrid's suppression lists, read from a server on this machine that counts and misbehaves."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from newsletter.errors import PermanentFailure, SettingsError, TemporaryFailure, TransportError
from newsletter.model import EventKind
from newsletter.settings import Settings
from newsletter.settings.environment import SendGridSettings
from newsletter.tracking import sendgrid_lists
from newsletter.tracking.sendgrid_lists import read_list
from newsletter.transports import sendgrid_suppressions
from newsletter.transports.sendgrid_suppressions import (
    LISTS,
    MOST_WAITS,
    Page,
    SuppressionLists,
    open_lists,
)
from tests.transports.sendgrid_stub import (
    KEY,
    Reply,
    SendGridStub,
    cut,
    errors,
    raw,
    says,
    sendgrid_stub,
)

SINCE = datetime(2026, 7, 5, tzinfo=UTC)
UNTIL = SINCE + timedelta(days=1)
FIRST, LAST = int(SINCE.timestamp()), int(UNTIL.timestamp())

#: What the test's clock says; resets are told in its time.
NOW = 1_783_300_000.0


@pytest.fixture
def stub() -> Iterator[SendGridStub]:
    with sendgrid_stub() as running:
        yield running


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def lists(stub: SendGridStub, slept: list[float]) -> SuppressionLists:
    return SuppressionLists(KEY, stub.url, timeout=5, sleep=slept.append, now=lambda: NOW)


def entries(count: int, at: int = FIRST) -> list[dict[str, Any]]:
    gone = "550 5.1.1 User unknown " + "x" * 300
    return [
        {"created": at + n, "email": f"reader{n}@example.com", "reason": gone, "status": "5.1.1"}
        for n in range(count)
    ]


def addresses(pages: Iterator[Page]) -> list[object]:
    return [entry["email"] for page in pages for entry in page.entries if isinstance(entry, dict)]


@pytest.mark.parametrize("count", [0, 1, 499, 500, 501, 1203])
def test_every_entry_of_a_list_is_read(
    stub: SendGridStub, lists: SuppressionLists, count: int
) -> None:
    stub.lists["bounces"] = entries(count)
    pages = lists.pages(SINCE, UNTIL, ["bounces"])
    assert addresses(pages) == [f"reader{n}@example.com" for n in range(count)]


def test_all_lists_are_read_and_mean_something(stub: SendGridStub, lists: SuppressionLists) -> None:
    for name in LISTS:
        stub.lists[name] = entries(2)
    pages = list(lists.pages(SINCE, UNTIL))
    assert [page.name for page in pages] == list(LISTS)
    assert set(LISTS) == set(sendgrid_lists.KINDS)
    told = [read_list(page.name, page.entries, secret=b"ours") for page in pages]
    kinds = {event.kind for events, _ in told for event in events}
    assert kinds == {EventKind.BOUNCED, EventKind.COMPLAINED, EventKind.UNSUBSCRIBED}
    assert len({event.id for events, _ in told for event in events}) == 10


def test_only_what_is_of_the_time_is_asked_for(stub: SendGridStub, lists: SuppressionLists) -> None:
    stub.lists["blocks"] = [*entries(1, FIRST - 1), *entries(1), *entries(1, LAST + 1)]
    assert len(addresses(lists.pages(SINCE, UNTIL, ["blocks"]))) == 1
    asked = {"start_time": FIRST, "end_time": LAST, "limit": 500}
    assert stub.asked == [("blocks", asked | {"offset": 0}), ("blocks", asked | {"offset": 1})]


def test_smaller_pages_than_were_asked_for_are_no_end(
    stub: SendGridStub, lists: SuppressionLists
) -> None:
    stub.script.extend([says(200, entries(100)), says(200, entries(100, LAST - 200))])
    assert len(addresses(lists.pages(SINCE, UNTIL, ["bounces"]))) == 200


def test_a_list_that_knows_no_pages_is_read_once(
    stub: SendGridStub, lists: SuppressionLists
) -> None:
    stub.script.extend([says(200, entries(700))] * 2)
    assert len(addresses(lists.pages(SINCE, UNTIL, ["bounces"]))) == 700


def test_a_list_without_end_is_given_up(
    stub: SendGridStub, lists: SuppressionLists, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sendgrid_suppressions, "MOST_PAGES", 3)
    stub.script.extend([says(200, entries(1, FIRST + n)) for n in range(10)])
    with pytest.raises(PermanentFailure, match="bounces hold more than 3 entries") as failed:
        list(lists.pages(SINCE, UNTIL, ["bounces"]))
    assert failed.value.hint == "Ask for a shorter time."
    assert len(stub.asked) == 3


# ── Patience ────────────────────────────────────────────────────────────────────────────────


def busy(seconds: float) -> Reply:
    return errors(429, ("too many requests", None), X_RateLimit_Reset=str(int(NOW + seconds)))


def test_a_reset_that_is_soon_is_waited_for(
    stub: SendGridStub, lists: SuppressionLists, slept: list[float]
) -> None:
    stub.lists["bounces"] = entries(1)
    stub.script.extend([busy(30), busy(0)])
    assert len(addresses(lists.pages(SINCE, UNTIL, ["bounces"]))) == 1
    assert slept == [30, 1]


def test_a_reset_that_is_far_away_is_told(
    stub: SendGridStub, lists: SuppressionLists, slept: list[float]
) -> None:
    stub.script.append(busy(600))
    with pytest.raises(TemporaryFailure, match="SendGrid answers 429") as failed:
        list(lists.pages(SINCE, UNTIL))
    assert failed.value.retry_after == timedelta(seconds=600)
    assert slept == []


def test_nobody_waits_for_ever(
    stub: SendGridStub, lists: SuppressionLists, slept: list[float]
) -> None:
    stub.script.extend([busy(60)] * 20)
    with pytest.raises(TemporaryFailure):
        list(lists.pages(SINCE, UNTIL))
    assert len(slept) == MOST_WAITS


# ── What goes wrong ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "reply",
    [
        cut,
        raw(b""),
        raw(b"HTTP/1.1 2"),
        raw(b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n[{"email": "ann.lee@exam'),
        says(200, b""),
        says(200, b"<html>"),
        says(200, b"[" * 100_000),
        says(200, {"email": "ann.lee@example.com"}),
        errors(500, ("ann.lee@example.com broke us", None)),
        errors(503, ("busy", None)),
        errors(429, ("no reset", None)),
        says(302, Location="http://127.0.0.1:1/"),
    ],
)
def test_what_was_not_read_may_be_asked_for_again(
    stub: SendGridStub, lists: SuppressionLists, reply: Reply
) -> None:
    stub.script.append(reply)
    with pytest.raises(TemporaryFailure) as failed:
        list(lists.pages(SINCE, UNTIL, ["spam_reports"]))
    assert "ann" not in str(failed.value)
    assert KEY not in str(failed.value)


@pytest.mark.parametrize(
    ("status", "hint"),
    [(401, "NEWSLETTER_SENDGRID__API_KEY is wrong"), (403, "read access to Suppressions")],
)
def test_a_key_that_may_not_read_is_told(
    stub: SendGridStub, lists: SuppressionLists, status: int, hint: str
) -> None:
    stub.script.append(errors(status, (f"access forbidden for {KEY}", None)))
    with pytest.raises(PermanentFailure) as failed:
        list(lists.pages(SINCE, UNTIL))
    assert hint in failed.value.hint
    assert KEY not in str(failed.value)


def test_what_came_before_a_failure_is_not_lost(
    stub: SendGridStub, lists: SuppressionLists
) -> None:
    stub.script.extend([says(200, entries(2)), errors(500)])
    pages = lists.pages(SINCE, UNTIL)
    assert len(next(pages).entries) == 2
    with pytest.raises(TransportError):
        next(pages)


def test_a_bad_byte_does_not_hide_a_list(stub: SendGridStub, lists: SuppressionLists) -> None:
    told = b'[{"created": 1, "email": "ann@example.com", "reason": "caf\xe9"}]'
    stub.script.append(says(200, told))
    assert addresses(lists.pages(SINCE, UNTIL, ["bounces"])) == ["ann@example.com"]


def test_the_key_is_told_to_sendgrid_alone(
    stub: SendGridStub, lists: SuppressionLists, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stub.lists["bounces"] = entries(1)
    list(lists.pages(SINCE, UNTIL))
    assert {head["Authorization"] for head in stub.headers} == {f"Bearer {KEY}"}
    assert {head["Accept"] for head in stub.headers} == {"application/json"}
    assert KEY not in caplog.text
    assert "reader0" not in caplog.text


def test_closed_lists_ask_nothing(stub: SendGridStub, lists: SuppressionLists) -> None:
    lists.close()
    with pytest.raises(TemporaryFailure):
        list(lists.pages(SINCE, UNTIL))
    assert stub.asked == []


def test_the_account_of_the_settings_is_read(stub: SendGridStub) -> None:
    account = SendGridSettings.model_validate({"api_key": KEY, "host": stub.url})
    stub.lists["unsubscribes"] = entries(3)
    assert len(addresses(open_lists(Settings(sendgrid=account)).pages(SINCE, UNTIL))) == 3
    with pytest.raises(SettingsError):
        open_lists(Settings())
