"""What a bounce says of its address: hard only where it is certain."""

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.model import BounceClass
from newsletter.tracking.sendgrid_bounces import judge_bounce, status_of

#: The machine may be busy with other tests.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

#: What was told, and why it is what it is: by the table of the bounce box.
HARD = {
    "550 5.1.1 The email account that you tried to reach does not exist.": "user unknown",
    "550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in virtual alias table": (
        "user unknown"
    ),
    "554 delivery error: dd This user doesn't have a yahoo.com account": "user unknown",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup": (
        "user unknown"
    ),
    # How Exchange Online says it.
    "550 5.4.1 Recipient address rejected: Access denied": "user unknown",
    "550 No such user here": "user unknown",
    "500 unknown recipient": "user unknown",
    "550 5.1.2 Bad destination host": "host unknown",
    "5.4.4 Host or domain name not found. Name service error for name=b.example": "host unknown",
    "556 5.1.10 Recipient address has null MX": "takes no mail",
    "556 5.1.10 No": "takes no mail",
    "551 5.1.6 not our user": "moved",
    "550 Ann has moved to another company": "moved",
    "Mail domain mentioned in email address is unknown": "user unknown",
}
SOFT = {
    "550 Requested action not taken: mailbox unavailable": "user unknown",
    "550-5.2.1 The email account that you tried to reach is inactive. For more": "mailbox closed",
    "452 4.2.2 The email account that you tried to reach is over quota": "mailbox full",
    "552 5.2.2 The recipient's inbox is out of storage space and inactive.": "mailbox full",
    "550 5.2.1 The user you are trying to contact is receiving mail at a rate": "too fast",
    "450 4.2.1 The user you are trying to contact is receiving mail at a rate": "too fast",
    "450 4.1.1 <a@b.example>: Recipient address rejected: User unknown": "user unknown",
    "421 5.1.1 User unknown": "user unknown",
    "450 4.1.2 Recipient address rejected: Domain not found": "host unknown",
    "451 4.7.0 Try again later": "server trouble",
    "421 4.7.28 unusual rate of unsolicited mail": "too fast",
    "421 4.7.26 No": "not now",
    "unable to get mx info: failed to get IPs from PTR record: lookup <nil>": "unreachable",
    "error dialing remote address: dial tcp 10.57.152.165:25: no route to host": "unreachable",
    "": "",
}
OURS = {
    "550 5.7.1 Message rejected due to content": "policy",
    "550-5.7.26 This mail is unauthenticated": "authentication",
    "550 5.7.27 Sender address has null MX": "sender refused",
    "550 5.6.0 Lone CR or LF in body": "content",
    "552 5.3.4 Message size exceeds fixed limit": "too large",
    "550 5.5.2 Syntax error": "protocol",
    "550 5.1.8 Sender address rejected: Domain not found": "sender refused",
    "550 Sender address rejected: Domain not found": "sender refused",
    "554 Service unavailable; Client host [192.0.2.1] blocked using zen.example": "blocked",
    "550 SC-001 Mail rejected for policy reasons: user unknown to our reputation list": "blocked",
    "550 5.1.1 Your IP is on our blocklist": "blocked",
}
ALL = [
    (told, bounce, reason)
    for table, bounce in (
        (HARD, BounceClass.HARD),
        (SOFT, BounceClass.SOFT),
        (OURS, BounceClass.OURS),
    )
    for told, reason in table.items()
]


@pytest.mark.parametrize(("told", "bounce", "reason"), ALL)
def test_a_server_says_whose_fault_it_is(told: str, bounce: BounceClass, reason: str) -> None:
    assert judge_bounce(status=status_of("", told), text=told) == (bounce, reason)


@pytest.mark.parametrize(
    ("classification", "status", "bounce"),
    [
        ("Reputation", "5.1.1", BounceClass.OURS),
        ("Content", "5.0.0", BounceClass.OURS),
        ("Frequency or Volume Too High", "4.7.0", BounceClass.OURS),
        ("Frequency or Volume Too High", "4.2.1", BounceClass.SOFT),
        ("Invalid Address", "", BounceClass.HARD),
        ("Invalid Address", "5.0.0", BounceClass.HARD),
        ("invalid address ", "5.7.1", BounceClass.OURS),
        ("Invalid Address", "4.0.0", BounceClass.SOFT),
        ("Mailbox Unavailable", "5.2.0", BounceClass.SOFT),
        ("Mailbox Unavailable", "5.1.1", BounceClass.HARD),
        ("Mailbox Unavailable", "5.2.2", BounceClass.SOFT),
        ("Technical Failure", "5.4.4", BounceClass.HARD),
        ("Unclassified", "", BounceClass.SOFT),
        ("A Word To Come", "5.1.1", BounceClass.HARD),
    ],
)
def test_sendgrids_classification_is_heard(
    classification: str, status: str, bounce: BounceClass
) -> None:
    assert judge_bounce(status=status, text="", classification=classification).bounce is bounce


@pytest.mark.parametrize(
    ("told", "bounce"),
    [
        ("550 Requested action not taken: mailbox unavailable", BounceClass.HARD),
        ("450 No such user here", BounceClass.SOFT),
        ("550 Mailbox full", BounceClass.SOFT),
        ("550 Your IP is on our blocklist", BounceClass.OURS),
    ],
)
def test_an_address_that_sendgrid_calls_invalid_is_gone_where_the_words_leave_it_open(
    told: str, bounce: BounceClass
) -> None:
    judged = judge_bounce(status="", text=told, classification="Invalid Address")
    assert judged.bounce is bounce


@PATIENT
@given(
    st.sampled_from([told for told, _, _ in ALL]) | st.text(),
    st.sampled_from(["", "5.1.1", "5.7.1", "4.0.0"]),
    st.sampled_from(["", "Invalid Address", "Reputation"]) | st.text(),
)
def test_what_is_blocked_is_never_hard(text: str, status: str, classification: str) -> None:
    judged = judge_bounce(status=status, text=text, classification=classification, blocked=True)
    assert judged.bounce is not BounceClass.HARD


@PATIENT
@given(st.sampled_from([told for told, _, _ in ALL]), st.integers(400, 499))
def test_what_may_pass_is_never_hard(text: str, reply: int) -> None:
    assert judge_bounce(status="5.1.1", text=f"{reply} {text}").bounce is not BounceClass.HARD


@PATIENT
@given(st.text())
def test_no_words_are_an_error(text: str) -> None:
    judge_bounce(status=status_of(text, text), text=text, classification=text)


@pytest.mark.parametrize("word", ["sender", "user", "domain", "unknown", "quota", "x" * 400])
def test_no_words_take_long(word: str) -> None:
    begun = time.process_time()
    for _ in range(20):
        judge_bounce(status="", text=f"{word} " * 300)
    # It was a tenth of a second; without a bound it would be minutes.
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    ("told", "text", "status"),
    [
        ("5.1.1", "550 5.2.2 full", "5.1.1"),
        ("5.0.0", "550 5.2.2 full", "5.2.2"),
        ("5.0.0", "550 no", "5.0.0"),
        ("", "550-5.1.1 no", "5.1.1"),
        ("", "550 #5.1.0 Address rejected.", "5.1.0"),
        ("", "550 at 5.9.100.2, Exim 4.94.2", ""),
        ("", "250 2.0.0 OK", "2.0.0"),
        ("5.1.1000", "", ""),
        ("９.1.1", "550 5.1.1.1 no", ""),
    ],
)
def test_a_status_is_the_one_that_says_most(told: str, text: str, status: str) -> None:
    assert status_of(told, text) == status
