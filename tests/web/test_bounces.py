"""The bounce box: each copy names its own way back, and what comes there is acted on."""

import email
import io
import re
from collections.abc import Callable, Iterator
from email.message import Message
from pathlib import Path

import pytest

from newsletter.newsroom import Newsroom
from newsletter.settings import Settings
from newsletter.tracking.boxes import PipedLetter
from tests.transports.relay import ScriptedRelay, Taken
from tests.web.conftest import Site

BOX = "bounces@news.theshiftmaker.example"


@pytest.fixture
def relayed(
    settings_of: Callable[..., Settings], tmp_path: Path
) -> Iterator[tuple[Site, list[Taken]]]:
    """A newsroom that sent an edition to three readers through a relay, and what that took."""
    for room in ("new", "cur", "tmp"):
        (tmp_path / "box" / room).mkdir(parents=True)
    with ScriptedRelay().open() as relay:
        settings = settings_of(
            transport="smtp",
            smtp={"host": "127.0.0.1", "port": relay.port, "tls": "none"},
            bounces={"address": BOX, "maildir": tmp_path / "box"},
        )
        site = Site(Newsroom(settings), tmp_path)
        for name in ("ann", "ben", "cleo"):
            site.reader(f"{name}@example.com")
        site.edition()
    taken = [one._replace(sender=_address(one.sender)) for one in relay.taken]
    yield site, sorted(taken, key=lambda one: one.recipient)
    site.database.close()


def _address(argument: str) -> str:
    """What stands in the angle brackets of MAIL FROM."""
    return argument.partition("<")[2].partition(">")[0]


def returned(taken: Taken, status: str, reply: str, *, to: str = "", original: str = "") -> bytes:
    """A delivery report (RFC 3464) of a mail, as a receiving server writes it."""
    mail = email.message_from_bytes(taken.content)
    return f"""Return-Path: <>
To: {to or taken.sender}
From: MAILER-DAEMON@mx.example.com
Message-ID: <{status}.{taken.recipient}>
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

It did not work.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; {taken.recipient}
Action: failed
Status: {status}
Diagnostic-Code: smtp; {reply}

--b
Content-Type: text/rfc822-headers

Message-ID: {original or mail["Message-ID"]}
Subject: {mail["Subject"]}

--b--
""".replace("\n", "\r\n").encode()


def complaint(taken: Taken) -> bytes:
    """A complaint (RFC 5965), as Yahoo passes it on: to the domain's own box."""
    head, _, _ = taken.content.partition(b"\r\n\r\n")
    return (
        b"""To: fbl@theshiftmaker.example\r
From: feedback@arf.mail.yahoo.com\r
Message-ID: <complaint@arf.mail.yahoo.com>\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=feedback-report; boundary="b"\r
\r
--b\r
Content-Type: text/plain\r
\r
A complaint.\r
--b\r
Content-Type: message/feedback-report\r
\r
Feedback-Type: abuse\r
User-Agent: Yahoo!-Mail-Feedback/2.0\r
Version: 0.1\r
\r
--b\r
Content-Type: message/rfc822\r
\r
"""
        + head
        + b"\r\n\r\nHello\r\n--b--\r\n"
    )


def put(site: Site, *mails: bytes) -> None:
    for number, mail in enumerate(mails):
        (site.folder / "box" / "new" / f"17{number:08}.M{number}.mx").write_bytes(mail)


def states(site: Site) -> dict[str, str]:
    return {
        row.key.partition("@")[0]: row.state
        for row in site.rows(
            "SELECT s.key, d.state FROM deliveries d JOIN subscribers s ON s.id = d.subscriber_id"
        )
    }


def suppressed(site: Site) -> dict[str, str]:
    rows = site.rows("SELECT key, reason FROM suppressions")
    return {row.key.partition("@")[0]: row.reason for row in rows}


def test_each_copy_names_its_own_way_back_and_says_nothing_of_its_reader(
    relayed: tuple[Site, list[Taken]],
) -> None:
    _, taken = relayed
    ways = {one.sender for one in taken}

    assert len(ways) == 3
    for way in ways:
        assert re.fullmatch(r"bounces\+[a-z2-7]{34}@news\.theshiftmaker\.example", way)
        assert len(way.partition("@")[0]) <= 64
    # What readers see is the newsroom's address, and the one way out that receivers ask for.
    for one in taken:
        mail: Message = email.message_from_bytes(one.content)
        assert "desk@theshiftmaker.example" in mail["From"]
        assert mail["List-Unsubscribe"].count("<") == 1


def test_what_comes_back_moves_deliveries_and_keeps_dead_boxes_away(
    relayed: tuple[Site, list[Taken]],
) -> None:
    site, (ann, ben, cleo) = relayed
    put(
        site,
        returned(ann, "5.1.1", "550 5.1.1 <ann@example.com>: no such user"),
        returned(ben, "5.7.1", "550 5.7.1 Message rejected as spam by content filtering"),
        complaint(cleo),
    )

    assert site.newsroom.inbox.read_boxes() == 3
    assert states(site) == {"ann": "bounced", "ben": "bounced", "cleo": "complained"}
    # That our mail is not wanted somewhere is no fault of the reader's.
    assert suppressed(site) == {"ann": "bounced", "cleo": "complained"}
    assert site.newsroom.inbox.read_boxes() == 0
    assert len(list((site.folder / "box" / "cur").iterdir())) == 3
    assert not [row for row in site.rows("SELECT data FROM events") if "ann@" in str(row)]


def test_a_full_box_is_no_reason_to_write_to_nobody_again(
    relayed: tuple[Site, list[Taken]],
) -> None:
    site, (ann, *_) = relayed
    put(site, returned(ann, "4.2.2", "452 4.2.2 mailbox full"))
    site.newsroom.inbox.read_boxes()

    assert (states(site)["ann"], suppressed(site)) == ("bounced", {})


def test_a_bounce_that_somebody_made_up_is_about_nobody(
    relayed: tuple[Site, list[Taken]],
) -> None:
    site, (ann, ben, _) = relayed
    forged = ann.sender[:9] + ("a" if ann.sender[9] != "a" else "b") + ann.sender[10:]
    nobody = "<AAAAAAAAAAAAAAAAAAAAAAAAAAAA@theshiftmaker.example>"
    put(
        site,
        returned(ann, "5.1.1", "550 5.1.1 no such user", to=forged, original=nobody),
        returned(ben, "5.1.1", "550 5.1.1 no such user", to=BOX, original=nobody),
    )

    assert site.newsroom.inbox.read_boxes() == 2
    assert set(states(site).values()) == {"submitted"}
    assert suppressed(site) == {}


def test_a_bounce_of_which_only_the_way_back_is_left_is_still_known(
    relayed: tuple[Site, list[Taken]],
) -> None:
    site, (ann, *_) = relayed
    nobody = "<gone@mx.example.com>"
    put(site, returned(ann, "5.1.1", "550 5.1.1 no such user", original=nobody))
    site.newsroom.inbox.read_boxes()

    assert suppressed(site) == {"ann": "bounced"}


def test_answers_are_counted_for_their_edition_and_for_nobody_in_particular(
    relayed: tuple[Site, list[Taken]],
) -> None:
    site, (ann, ben, _) = relayed
    ours = [email.message_from_bytes(one.content)["Message-ID"] for one in (ann, ben)]
    away = "Subject: Out of office\r\nAuto-Submitted: auto-replied\r\n"
    for number, (message_id, more) in enumerate(
        zip(ours, ("Subject: Re: Today\r\n", away), strict=True)
    ):
        letter = (
            f"From: r@example.com\r\nTo: desk@theshiftmaker.example\r\n{more}"
            f"Message-ID: <{number}@example.com>\r\nIn-Reply-To: {message_id}\r\n\r\nThanks!\r\n"
        )
        site.newsroom.inbox.read_box(PipedLetter(io.BytesIO(letter.encode())))

    assert site.newsroom.reporting.report().answers == 1
    assert {row.position for row in site.rows("SELECT position FROM events")} == {None}
    assert set(states(site).values()) == {"submitted"}


def test_the_same_mail_read_twice_is_one_event(relayed: tuple[Site, list[Taken]]) -> None:
    site, (ann, *_) = relayed
    mail = returned(ann, "5.1.1", "550 5.1.1 no such user")
    for _ in range(2):
        assert site.newsroom.inbox.read_box(PipedLetter(io.BytesIO(mail))) == 1

    assert len(site.rows("SELECT id FROM events")) == 1


def test_a_mail_server_hands_a_bounce_over_by_a_pipe(
    relayed: tuple[Site, list[Taken]], tmp_path: Path
) -> None:
    site, (ann, *_) = relayed
    mail = tmp_path / "mail"
    mail.write_bytes(returned(ann, "5.1.1", "550 5.1.1 no such user"))

    assert site.command("bounce", str(mail)).code == 0
    assert suppressed(site) == {"ann": "bounced"}
    # A database that is away is no reason to lose it.
    nowhere = "postgresql+psycopg://127.0.0.1:1/nowhere"
    assert site.command("bounce", str(mail), DATABASE_URL=nowhere).code == 75


def test_readers_may_leave_by_mail_where_that_is_offered(
    settings_of: Callable[..., Settings], tmp_path: Path
) -> None:
    with ScriptedRelay().open() as relay:
        settings = settings_of(
            transport="smtp",
            smtp={"host": "127.0.0.1", "port": relay.port, "tls": "none"},
            bounces={"address": BOX, "leave_by_mail": True},
        )
        site = Site(Newsroom(settings), tmp_path)
        site.reader("ann@example.com", "weekly")
        site.edition()
    (taken,) = relay.taken
    offered = email.message_from_bytes(taken.content)["List-Unsubscribe"]
    found = re.search(r"<mailto:([^?>]+)\?subject=unsubscribe>", offered)
    assert found
    assert offered.startswith("<http")

    letter = (
        f"From: ann@example.com\r\nTo: {found[1]}\r\nMessage-ID: <1@example.com>\r\n"
        "Subject: unsubscribe\r\n\r\n"
    )
    site.newsroom.inbox.read_box(PipedLetter(io.BytesIO(letter.encode())))
    assert site.states() == {
        "ann@example.com daily": "unsubscribed",
        "ann@example.com weekly": "active",
    }
    site.database.close()
