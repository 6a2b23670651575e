"""What a bounce says is found, measured on real ones; what is no bounce is not taken for one."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from newsletter.model import BounceClass
from newsletter.tracking.bounces import Failure, Kind, Returned, read_returned

CORPUS = Path(__file__).parents[1] / "data" / "bounces"

#: What Sisimai calls what has to do with us or the mail.
AGAINST_US = frozenset(
    [
        "authfailure",
        "badreputation",
        "blocked",
        "contenterror",
        "norelaying",
        "notcompliantrfc",
        "policyviolation",
        "rejected",
        "requireptr",
        "securityerror",
        "spamdetected",
        "virusdetected",
    ]
)
NO_BOUNCE = frozenset({"vacation", "delivered", "feedback"})


class Expected(NamedTuple):
    file: str
    address: str
    reason: str
    hard: bool
    feedback: str


def rows(name: str) -> list[dict[str, str]]:
    with (CORPUS / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


SISIMAI = [
    Expected(
        row["file"],
        row["address"],
        row["reason"],
        hard=row["hard"] == "true",
        feedback=row["feedback"],
    )
    for row in rows("expected_sisimai.csv")
]
FLUFL = rows("expected_flufl.csv")


def read(path: str) -> Returned:
    return read_returned((CORPUS / path).read_bytes())


def told(returned: Returned) -> tuple[Failure, ...]:
    return returned.failures + returned.delays


def judged() -> Iterator[tuple[Expected, Failure]]:
    """Each expected bounce with ours of the same address, or the first of its mail."""
    for expected in SISIMAI:
        found = told(read(f"sisimai/{expected.file}"))
        if expected.reason not in NO_BOUNCE and found:
            same = [f for f in found if f.address.lower() == expected.address.lower()]
            yield expected, (same or list(found))[0]


def test_ninety_two_of_a_hundred_addresses_are_found() -> None:
    wanted = [
        (f"sisimai/{row.file}", row.address) for row in SISIMAI if row.reason not in NO_BOUNCE
    ] + [(f"flufl/{row['file']}", a) for row in FLUFL for a in row["addresses"].split()]

    found = [
        address.lower() in {f.address.lower() for f in told(read(file))} for file, address in wanted
    ]

    assert len(found) > 55
    assert sum(found) / len(found) >= 0.92


def test_what_is_hard_is_what_sisimai_calls_hard() -> None:
    same = [(ours.bounce is BounceClass.HARD) == theirs.hard for theirs, ours in judged()]

    assert len(same) > 40
    assert sum(same) / len(same) >= 0.96


def test_what_they_have_against_us_is_never_hard() -> None:
    against = [(theirs, ours) for theirs, ours in judged() if theirs.reason in AGAINST_US]

    assert len(against) >= 8
    assert [theirs.file for theirs, ours in against if ours.bounce is BounceClass.HARD] == []


@pytest.mark.parametrize("row", [r for r in SISIMAI if r.feedback], ids=lambda r: r.file)
def test_every_feedback_is_known_by_its_type(row: Expected) -> None:
    returned = read(f"sisimai/{row.file}")

    assert returned.feedback == row.feedback
    assert (returned.kind is Kind.COMPLAINT) == (row.feedback == "abuse")
    assert told(returned) == ()


@pytest.mark.parametrize(
    "row", [r for r in SISIMAI if r.reason == "vacation"], ids=lambda r: r.file
)
def test_a_holiday_notice_is_no_bounce(row: Expected) -> None:
    returned = read(f"sisimai/{row.file}")

    assert returned.kind is Kind.AUTO_REPLY
    assert told(returned) == ()


@pytest.mark.parametrize("row", [r for r in FLUFL if not r["addresses"]], ids=lambda r: r["file"])
def test_nobody_is_reported_as_failed_by_other_mail(row: dict[str, str]) -> None:
    assert told(read(f"flufl/{row['file']}")) == ()


def test_a_mail_that_was_delivered_did_not_fail() -> None:
    assert told(read("sisimai/lhost-amazonses-13.eml")) == ()


def test_a_delay_is_no_failure() -> None:
    returned = read("flufl/dsn_08.txt")

    assert returned.kind is Kind.DELAYED
    assert returned.failures == ()
    assert returned.delays[0].bounce is BounceClass.SOFT


def test_words_never_tell_whom_they_are_about() -> None:
    for file in sorted(CORPUS.glob("*/*")):
        for failure in told(read_returned(file.read_bytes())):
            local = failure.address.partition("@")[0].lower()
            assert "@" not in failure.words
            assert len(failure.words) <= 300
            assert len(local) < 3 or local not in failure.words.lower().split()


# ── Shapes of which no corpus has enough ────────────────────────────────────────────────────

REPORT = b"""\
Return-Path: <>
Delivered-To: bounces@news.example.com
From: Mail Delivery System <MAILER-DAEMON@mx.example.org>
To: bounces@news.example.com
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Date: Mon, 6 Jul 2026 07:00:05 +0530
Message-ID: <1@mx.example.org>
Content-Type: multipart/report; report-type=delivery-status; boundary=b

--b
Content-Type: text/plain

Your mail could not be delivered.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Original-Recipient: rfc822;ann@example.org
Final-Recipient: rfc822; ann@inner.example.org
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <ann@inner.example.org>: Recipient address
    rejected: User unknown in virtual mailbox table

--b
Content-Type: message/rfc822

From: The Paper <daily@news.example.com>
To: ann@example.org
Message-ID: <EAAHAAAAAAABoFgDV4Y4Wl-sEKtB@news.example.com>
List-Unsubscribe: <https://news.example.com/u/abc>

Hello
--b--
"""


def test_a_report_is_read_whole() -> None:
    returned = read_returned(REPORT)

    assert returned.kind is Kind.BOUNCE
    assert returned.at == datetime(2026, 7, 6, 1, 30, 5, tzinfo=UTC)
    assert returned.came_to == ("bounces@news.example.com",)
    assert returned.original == "EAAHAAAAAAABoFgDV4Y4Wl-sEKtB@news.example.com"
    assert returned.original_leave == "<https://news.example.com/u/abc>"
    assert returned.failures == (
        Failure(
            address="ann@example.org",
            bounce=BounceClass.HARD,
            status="5.1.1",
            reply="550",
            reason="user unknown",
            words="550 5.1.1 [address] Recipient address rejected: "
            "User unknown in virtual mailbox table",
        ),
    )


def test_the_same_mail_has_the_same_id_however_it_was_carried() -> None:
    relayed = b"Received: from a by b; Mon, 6 Jul 2026 07:00:06 +0530\n" + REPORT

    assert read_returned(REPORT.replace(b"\n", b"\r\n")).id == read_returned(relayed).id
    assert read_returned(REPORT.replace(b"<1@", b"<2@")).id != read_returned(REPORT).id


def test_two_mails_without_a_message_id_are_two() -> None:
    bare = REPORT.replace(b"Message-ID: <1@mx.example.org>\n", b"")

    assert read_returned(bare).id == read_returned(bare).id
    assert read_returned(bare).id != read_returned(bare.replace(b"07:00:05", b"07:00:06")).id


def test_a_report_in_utf_8_is_read_alike() -> None:
    """RFC 6533: for addresses outside ASCII."""
    mail = (
        REPORT.replace(b"message/delivery-status", b"message/global-delivery-status")
        .replace(b"rfc822;ann@example.org", "utf-8;राम@example.org".encode())
        .replace(b"message/rfc822", b"message/global")
    )

    assert [failure.address for failure in read_returned(mail).failures] == ["राम@example.org"]


def test_a_report_of_success_is_nothing() -> None:
    mail = REPORT.replace(b"Action: failed", b"Action: relayed").replace(b"5.1.1", b"2.0.0")

    assert read_returned(mail).kind is Kind.OTHER
    assert told(read_returned(mail)) == ()


def mail(headers: str, text: str = "Hello.") -> bytes:
    return f"{headers}\nTo: bounces@news.example.com\n\n{text}\n".encode()


@pytest.mark.parametrize(
    "headers",
    [
        "From: ann@example.org\nAuto-Submitted: auto-replied\nSubject: Re: The Paper",
        "From: ann@example.org\nAuto-Submitted: auto-generated\nSubject: Ticket 7",
        "From: ann@example.org\nX-Autoreply: yes\nSubject: Re: The Paper",
        "From: ann@example.org\nX-Autorespond: The Paper\nSubject: Thanks",
        "From: ann@example.org\nPrecedence: auto_reply\nSubject: Thanks",
        "From: ann@example.org\nX-Auto-Response-Suppress: All\nSubject: Automatic reply: The Paper",
        "From: ann@example.org\nSubject: Out of Office: The Paper",
        "From: ann@example.org\nSubject: =?utf-8?q?Abwesenheitsnotiz=3A_The_Paper?=",
        "Return-Path: <>\nFrom: ann@example.org\nAuto-Submitted: auto-replied\nSubject: Away",
    ],
)
def test_machines_that_answer_for_people_are_known(headers: str) -> None:
    answer = "I am away until May 5. In urgent cases write to bob@example.org, please."

    returned = read_returned(mail(headers, answer))

    assert returned.kind is Kind.AUTO_REPLY
    assert told(returned) == ()


def test_a_bounce_that_calls_itself_an_automatic_reply_is_a_bounce() -> None:
    headers = (
        "Return-Path: <>\nFrom: MAILER-DAEMON@example.org\nAuto-Submitted: auto-replied\n"
        "X-Failed-Recipients: ann@example.org\nSubject: Mail delivery failed"
    )
    text = "  ann@example.org\n    after RCPT TO: 550 5.1.1 user unknown"

    assert read_returned(mail(headers, text)).failures[0].bounce is BounceClass.HARD


@pytest.mark.parametrize("subject", ["unsubscribe", "Unsubscribe", "Re: unsubscribe me"])
def test_who_asks_to_leave_is_heard(subject: str) -> None:
    assert read_returned(mail(f"From: ann@example.org\nSubject: {subject}")).kind is Kind.LEAVE


@pytest.mark.parametrize(
    "subject", ["Re: The Paper", "A story for you", "Re: the error in your mail of Monday"]
)
def test_a_persons_mail_is_a_persons(subject: str) -> None:
    headers = f"From: Ann <ann@example.org>\nSubject: {subject}\nIn-Reply-To: <1@news.example.com>"
    text = (
        "I could not open the link.\n\n-----Original Message-----\n"
        "From: daily@news.example.com\nTo: ann@example.org\nMessage-ID: <1@news.example.com>\n"
    )

    assert read_returned(mail(headers, text)).kind is Kind.REPLY


def test_a_bounce_that_names_nobody_still_says_why() -> None:
    """The return path says who it was."""
    headers = "Return-Path: <>\nFrom: postmaster@example.org\nSubject: Undeliverable: The Paper"

    (failure,) = read_returned(mail(headers, "The mailbox is full.")).failures

    assert (failure.address, failure.reason) == ("", "mailbox full")


FEEDBACK = """\
Feedback-Type: abuse
User-Agent: Somebody/1.0
Version: 1
Original-Mail-From: <bounces@news.example.com>
"""


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        ("abuse", Kind.COMPLAINT),
        ("fraud", Kind.COMPLAINT),
        ("not-spam", Kind.OTHER),
        ("auth-failure", Kind.OTHER),
        ("opt-out", Kind.LEAVE),
    ],
)
@pytest.mark.parametrize("carried", ["message/feedback-report", "text/plain"])
def test_feedback_is_weighed_by_its_type(type: str, kind: Kind, carried: str) -> None:
    report = FEEDBACK.replace("abuse", type)
    text = f"--b\nContent-Type: {carried}\n\n{report}\n--b--"
    headers = "From: fbl@example.org\nSubject: FW\nContent-Type: multipart/mixed; boundary=b"

    returned = read_returned(mail(headers, text))

    assert (returned.kind, returned.feedback) == (kind, type)


def test_microsofts_forwarded_complaint_is_one() -> None:
    text = (
        "--b\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: ann@example.org\n"
        "Message-ID: <x@news.example.com>\nSubject: The Paper\n\nHello\n--b--"
    )
    headers = "From: staff@hotmail.com\nSubject: mail\nContent-Type: multipart/mixed; boundary=b"

    returned = read_returned(mail(headers, text))

    assert (returned.kind, returned.original) == (Kind.COMPLAINT, "x@news.example.com")


def test_a_bounce_wrapped_by_a_gateway_is_unwrapped() -> None:
    wrapped = (
        b"From: postmaster@gate.example.org\nTo: bounces@news.example.com\nMessage-ID: <9@gate>\n"
        b"Content-Type: multipart/mixed; boundary=out\n\n--out\nContent-Type: message/rfc822\n\n"
        + REPORT
        + b"--out--\n"
    )

    returned = read_returned(wrapped)

    assert [failure.reason for failure in returned.failures] == ["user unknown"]
    assert returned.original.startswith("EAAHAAAAAAABoFgDV4Y4Wl-sEKtB@")
