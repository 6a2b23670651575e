"""Somebody is told: by mail, by webhook, by a dead man's switch; once, and at nobody's cost."""

import json
import logging
import socket
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from hmac import compare_digest, digest
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import ValidationError

from newsletter.errors import TemporaryFailure
from newsletter.model import Counts, EditionId, EditionState, Notice, NoticeKind
from newsletter.newsroom import Newsroom
from newsletter.newsroom.notice_words import Told, words
from newsletter.newsroom.notices import PAUSES
from newsletter.settings import NoticeSettings
from newsletter.storage import editions, notices
from newsletter.storage.database import Database
from newsletter.transports.notices import Ping, Relayed, Webhook

SUNDAY = EditionId("daily", date(2026, 7, 5))
AT = datetime(2026, 7, 5, 1, 30, tzinfo=UTC)
SECRET = "whsec_" + b64encode(b"between the two of us").decode()

NOTICE = Notice(
    id="daily/2026-07-05 finished",
    kind=NoticeKind.FINISHED,
    edition=SUNDAY,
    subject="daily/2026-07-05: sent to 3 readers",
    text="Sent, नमस्ते.\n",
    at=AT,
    sender="desk@news.example",
    facts={"submitted": 3},
)


class Listener(HTTPServer):
    """A web server on this machine that writes down what it is asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.heard: list[tuple[str, str, dict[str, str], bytes]] = []
        self.status = 204

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Answer(BaseHTTPRequestHandler):
    server: Listener

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.heard.append((self.command, self.path, dict(self.headers), body))
        self.send_response(self.server.status)
        if self.server.status == 302:
            self.send_header("Location", f"{self.server.url}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET  # noqa: N815 - as http.server calls it

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def listener() -> Iterator[Listener]:
    with Listener() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def newsroom(desk: Path) -> Iterator[Newsroom]:
    del desk
    opened = Newsroom.open()
    yield opened
    opened._house.database.close()


def written(desk: Path) -> list[EmailMessage]:
    folder = desk / "var/outbox/notices/new"
    files = sorted(folder.iterdir()) if folder.exists() else []
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


# ── The ways ────────────────────────────────────────────────────────────────────────────────


class Box:
    """Keeps what a relay took."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(  # noqa: N802 - as aiosmtpd calls it
        self, _server: Any, _session: Any, envelope: Any
    ) -> str:
        self.mails.append(envelope)
        return "250 OK"


def test_a_mail_goes_through_a_relay_of_its_own() -> None:
    box = Box()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    relay = Controller(box, hostname="127.0.0.1", port=port)
    relay.start()
    try:
        settings = NoticeSettings(
            to="a@desk.example, b@desk.example",
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_tls="none",
        )
        Relayed(settings).carry(NOTICE)
        Relayed(settings).carry(NOTICE)
    finally:
        relay.stop()

    first, again = (message_from_bytes(one.content, policy=policy.default) for one in box.mails)
    assert box.mails[0].rcpt_tos == ["a@desk.example", "b@desk.example"]
    assert first["Subject"] == NOTICE.subject
    assert first["Auto-Submitted"] == "auto-generated"
    # A mailbox that gets it twice shows it once.
    assert first["Message-ID"] == again["Message-ID"]
    assert "नमस्ते" in first.get_content()


def test_a_relay_that_is_away_is_a_failure_that_names_no_address() -> None:
    settings = NoticeSettings(
        to="a@desk.example", smtp_host="127.0.0.1", smtp_port=9, smtp_tls="none"
    )

    with pytest.raises(TemporaryFailure) as failed:
        Relayed(settings).carry(NOTICE)

    assert "desk.example" not in str(failed.value)


def test_a_webhook_gets_the_facts_signed(listener: Listener) -> None:
    Webhook(f"{listener.url}/hook", SECRET).carry(NOTICE)

    ((method, path, headers, body),) = listener.heard
    told = json.loads(body)
    assert (method, path) == ("POST", "/hook")
    assert told["text"].startswith(NOTICE.subject)
    assert (told["kind"], told["edition"]) == ("finished", "daily/2026-07-05")
    assert told["facts"] == {"submitted": 3}
    low = {name.lower(): value for name, value in headers.items()}
    signed = f"{low['webhook-id']}.{low['webhook-timestamp']}.".encode() + body
    right = digest(b64decode(SECRET.removeprefix("whsec_")), signed, "sha256")
    version, _, signature = low["webhook-signature"].partition(",")
    assert version == "v1"
    assert compare_digest(b64decode(signature), right)


def test_a_redirect_is_not_followed(listener: Listener) -> None:
    listener.status = 302

    with pytest.raises(TemporaryFailure, match="302"):
        Webhook(listener.url).carry(NOTICE)

    assert len(listener.heard) == 1


def test_a_web_server_that_says_nothing_is_not_waited_for() -> None:
    with Listener() as silent, pytest.raises(TemporaryFailure):
        Webhook(silent.url, patience=0.2).carry(NOTICE)


def test_the_switch_is_asked_for_when_all_is_well_alone(listener: Listener) -> None:
    switch = Ping(f"{listener.url}/ping/{{newsletter}}")

    switch.carry(NOTICE)

    assert [(method, path) for method, path, *_ in listener.heard] == [("GET", "/ping/daily")]
    assert {kind for kind in NoticeKind if switch.takes(kind)} == {
        NoticeKind.FINISHED,
        NoticeKind.SKIPPED,
    }


@pytest.mark.parametrize(
    "wrong",
    [
        {"webhook_url": "http://hooks.example.com/x"},
        {"webhook_url": "https://user:pass@hooks.example.com/x"},
        {"ping_url": "ftp://hc.example.com"},
        {"to": "nobody"},
        {"smtp_host": "relay.example.com"},
        {"to": "a@b.example", "smtp_host": "relay.example.com", "smtp_tls": "none"},
    ],
)
def test_ways_that_others_could_listen_to_are_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        NoticeSettings.model_validate(wrong)


# ── The board ───────────────────────────────────────────────────────────────────────────────


def test_what_becomes_of_an_edition_is_told_once(newsroom: Newsroom, desk: Path) -> None:
    database = newsroom._house.database
    for _ in range(2):
        editions.move(
            database,
            SUNDAY,
            EditionState.SKIPPED,
            before=(EditionState.DRAFT, EditionState.SKIPPED),
            reason="2 stories, the least is 3",
        )

    assert [newsroom.notices.tell(), newsroom.notices.tell()] == [1, 0]
    (mail,) = written(desk)
    assert mail["Subject"] == "daily/2026-07-05: no edition today"
    assert "2 stories, the least is 3" in mail.get_content()


def test_each_pause_is_told(newsroom: Newsroom, desk: Path) -> None:
    database = newsroom._house.database
    editions.move(database, SUNDAY, EditionState.SENDING, before=(EditionState.DRAFT,))
    newsroom.control.pause(SUNDAY)
    newsroom.control.resume(SUNDAY)
    newsroom.control.pause(SUNDAY)

    newsroom.notices.tell()

    told = [mail for mail in written(desk) if mail["Subject"].endswith("is paused")]
    assert len(told) == 2
    assert all("a person paused it" in mail.get_content() for mail in told)


def test_many_tellers_tell_each_notice_once(database: Database) -> None:
    with database.begin() as connection:
        for day in range(1, 21):
            key = editions.ensure(connection, EditionId("daily", date(2026, 7, day)))
            assert notices.note(connection, key, NoticeKind.LATE, at=AT)
            assert not notices.note(connection, key, NoticeKind.LATE, at=AT)
    claimed: list[int] = []

    def claim() -> None:
        for _ in range(5):
            with database.begin() as connection:
                until = AT + timedelta(minutes=5)
                found = notices.claim(connection, most=3, now=AT, until=until)
            claimed.extend(one.id for one in found)

    threads = [threading.Thread(target=claim) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(claimed) == len(set(claimed)) == 20


def test_one_way_that_fails_costs_the_others_nothing_and_is_tried_again(
    desk: Path,
    listener: Listener,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("NEWSLETTER_NOTICES__WEBHOOK_URL", listener.url)
    listener.status = 500
    newsroom = Newsroom.open()
    newsroom.notices.note(SUNDAY, NoticeKind.LATE, at=AT, facts={"minutes": 7})

    with caplog.at_level(logging.WARNING):
        newsroom.notices.tell()
    listener.status = 204
    _make_due(newsroom)
    newsroom.notices.tell()
    _make_due(newsroom)

    assert newsroom.notices.tell() == 0
    assert len(written(desk)) == 1
    assert len(listener.heard) == 2
    assert "127.0.0.1 answered 500" in caplog.text
    newsroom._house.database.close()


def test_what_cannot_be_told_is_given_up_in_the_end(
    desk: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    del desk
    monkeypatch.setenv("NEWSLETTER_NOTICES__WEBHOOK_URL", listener.url)
    listener.status = 500
    newsroom = Newsroom.open()
    newsroom.notices.note(SUNDAY, NoticeKind.LATE, at=AT)

    for _ in range(len(PAUSES) + 3):
        newsroom.notices.tell()
        _make_due(newsroom)

    assert len(listener.heard) == len(PAUSES) + 1
    newsroom._house.database.close()


def _make_due(newsroom: Newsroom) -> None:
    """Let the pause before the next try be over."""
    with newsroom._house.database.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE notices SET next_try = '2026-01-01 00:00:00' WHERE next_try IS NOT NULL"
        )


def test_no_notice_names_an_address(newsroom: Newsroom, desk: Path) -> None:
    why = "550 5.7.1 <ann@example.com> says no; password=hunter2hunter2"
    newsroom.notices.note(SUNDAY, NoticeKind.BLOCKED, at=AT, facts={"why": why})

    newsroom.notices.tell()

    (mail,) = written(desk)
    assert "550 5.7.1" in mail.get_content()
    assert "ann@" not in mail.get_content()
    assert "hunter2" not in mail.get_content()


def test_a_heart_beats_where_somebody_listens(
    desk: Path, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    del desk
    monkeypatch.setenv("NEWSLETTER_NOTICES__HEARTBEAT_URL", f"{listener.url}/alive")
    waits: list[float] = []

    def stop(seconds: float) -> bool:
        waits.append(seconds)
        return sum(waits) >= 120

    newsroom = Newsroom.open()
    newsroom.notices.run(stop)

    assert [path for _, path, *_ in listener.heard] == ["/alive", "/alive"]
    newsroom._house.database.close()


# ── The words ───────────────────────────────────────────────────────────────────────────────

FACTS: dict[NoticeKind, list[dict[str, Any]]] = {
    NoticeKind.GOING_OUT: [
        {"mail": "A story", "stories": ["A story"], "readers": 3, "warnings": ["too long"]},
        {"mail": "A story", "errors": ["no unsubscribe link"], "readers": 3},
        {"mail": "A story", "asks": True, "approved": False, "readers": 3},
        {"empty": "no story", "problems": ["feed: away"]},
        {"why": "A template is wrong."},
    ],
    NoticeKind.LATE: [{"minutes": 1}, {"minutes": 12}],
    NoticeKind.PAUSED: [{"reason": "The account is suspended"}, {}],
}


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_notice_is_short_and_names_the_next_step(kind: NoticeKind) -> None:
    for facts in FACTS.get(kind, [{}]):
        told = Told(
            kind=kind,
            edition=SUNDAY,
            hour=AT,
            deadline=AT + timedelta(minutes=90),
            facts=facts,
            counts=Counts(selected=3, submitted=2, unknown=1),
            began=AT,
            ended=AT,
        )

        subject, text = words(told)

        assert subject.startswith("daily/2026-07-05: ")
        assert len(subject) < 78
        assert "newsletter " in text
        assert all(len(line) <= 100 for line in text.splitlines())
        assert len(text.splitlines()) < 20


def test_what_goes_out_says_what_and_to_how_many(
    newsroom: Newsroom, story: Callable[..., Path], desk: Path
) -> None:
    story("fresh", title="Fresh news", published="2026-07-05T06:30+05:30")
    daily = newsroom.newsletter()

    newsroom.publishing.announce(daily, SUNDAY, at=AT)
    newsroom.notices.tell()

    (mail,) = written(desk)
    assert mail["Subject"] == "daily/2026-07-05: goes out at 07:00 IST"
    text = mail.get_content()
    assert "  - Fresh news" in text
    assert "Readers   1" in text
    assert "ann@example.com" not in text
