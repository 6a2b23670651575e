"""Whose fault a bounce is: what real servers say, word for word, and what follows."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import BounceClass
from newsletter.tracking.bounces import classify
from newsletter.tracking.bounces.table import TABLE

HARD, SOFT, OURS = BounceClass.HARD, BounceClass.SOFT, BounceClass.OURS

SAID = [
    # status, reply, words, class, reason
    (
        "5.1.1",
        "550",
        "The email account that you tried to reach does not exist",
        HARD,
        "user unknown",
    ),
    ("5.1.1", "550", "<a@b>: Recipient address rejected: User unknown", HARD, "user unknown"),
    ("5.1.10", "550", "RESOLVER.ADR.RecipientNotFound; not found", HARD, "user unknown"),
    ("5.4.1", "550", "550 5.4.1 Recipient address rejected: Access denied.", HARD, "user unknown"),
    ("5.1.1", "", "", HARD, "user unknown"),
    ("5.1.2", "", "", HARD, "host unknown"),
    ("5.4.4", "", "Host or domain name not found", HARD, "host unknown"),
    ("5.1.6", "550", "recipient no longer on server", HARD, "moved"),
    ("5.1.10", "556", "Recipient address has null MX", HARD, "takes no mail"),
    (
        "",
        "554",
        "554 delivery error: dd This user doesn't have a yahoo.com account",
        HARD,
        "user unknown",
    ),
    # One number, two meanings.
    (
        "5.2.1",
        "550",
        "The email account that you tried to reach is inactive",
        SOFT,
        "mailbox closed",
    ),
    (
        "5.2.1",
        "550",
        "The user you are trying to contact is receiving mail at a rate that prevents",
        SOFT,
        "too fast",
    ),
    ("5.2.2", "552", "The recipient's inbox is out of storage space", SOFT, "mailbox full"),
    ("4.2.2", "452", "over quota", SOFT, "mailbox full"),
    ("4.4.1", "", "Connection timed out", SOFT, "unreachable"),
    ("4.7.0", "421", "Messages temporarily deferred due to user complaints", SOFT, "too fast"),
    ("4.1.1", "450", "User unknown in virtual alias table", SOFT, "user unknown"),
    ("", "", "", SOFT, ""),
    ("5.0.0", "550", "Nyaan", SOFT, ""),
    # Ours, in every dialect.
    (
        "5.7.1",
        "550",
        "(SC-001) Unfortunately, messages from 192.0.2.1 weren't sent",
        OURS,
        "blocked",
    ),
    ("5.7.1", "550", "DY-001 mail rejected by Windows Live Hotmail", OURS, "blocked"),
    ("5.7.515", "550", "Access denied", OURS, "policy"),
    ("5.7.515", "550", "", OURS, "authentication"),
    ("5.7.26", "550", "This mail is unauthenticated", OURS, "authentication"),
    ("5.7.1", "554", "Client host blocked using zen.spamhaus.org", OURS, "blocked"),
    ("5.7.1", "550", "Message contains spam", OURS, "spam"),
    ("5.1.1", "550", "Refused due to recipient preferences", OURS, "policy"),
    ("5.1.0", "550", "<x@y> sender rejected", OURS, "sender refused"),
    ("5.1.8", "553", "Domain of sender address does not exist", OURS, "sender refused"),
    ("5.7.27", "550", "Sender address has null MX", OURS, "sender refused"),
    ("5.3.4", "552", "", OURS, "too large"),
    ("5.6.0", "550", "", OURS, "content"),
    ("5.5.2", "500", "", OURS, "protocol"),
    ("5.7.99", "550", "", OURS, "policy"),
]


@pytest.mark.parametrize(("status", "reply", "words", "bounce", "reason"), SAID)
def test_a_server_is_understood(
    status: str, reply: str, words: str, bounce: BounceClass, reason: str
) -> None:
    assert classify(status, reply, words) == (bounce, reason)


def test_codes_that_disagree_are_soft_at_most() -> None:
    """Gmail really says so."""
    assert classify("5.7.32", "421", "authentication").bounce is SOFT
    assert classify("5.1.1", "450", "user unknown").bounce is SOFT


def test_unknown_is_believed_when_it_was_said_of_the_address() -> None:
    """After the content has gone out, it is what a filter says."""
    at_once = "550 User unknown (in reply to RCPT TO command)"
    too_late = "550 User unknown (in reply to end of DATA command)"

    assert classify("5.0.0", "550", at_once).bounce is HARD
    assert classify("5.0.0", "550", too_late).bounce is SOFT


codes = st.sampled_from(["", "2", "4", "5"]).flatmap(
    lambda c: (
        st.just("")
        if not c
        else st.tuples(st.integers(0, 7), st.integers(0, 99)).map(
            lambda rest: f"{c}.{rest[0]}.{rest[1]}"
        )
    )
)
said = st.lists(st.sampled_from([words for _, _, words, _, _ in SAID] + ["nyaan"]), max_size=3)


@given(codes, st.sampled_from(["", "421", "450", "550", "554"]), said.map(" ".join))
def test_a_code_of_class_four_is_always_soft(status: str, reply: str, words: str) -> None:
    if status.startswith("4") or reply.startswith("4"):
        assert classify(status, reply, words).bounce is SOFT


@given(st.integers(0, 999).filter(lambda n: n != 27), said.map(" ".join))
def test_a_policy_is_never_the_readers_fault(detail: int, words: str) -> None:
    assert classify(f"5.7.{detail}", "550", words).bounce is not HARD


def test_hard_is_only_what_will_never_change() -> None:
    hard = {row.reason for row in TABLE if row.bounce is HARD}

    assert hard == {"user unknown", "host unknown", "moved", "takes no mail"}
