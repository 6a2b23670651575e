"""SendGrid's suppression lists as events of ours."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.model import BounceClass, Event, EventKind
from newsletter.tracking.sendgrid_lists import KINDS, read_list

#: The machine may be busy with other tests.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SECRET = b"a canary of the newsroom, 32 bytes"
GONE = "550 5.1.1 <ann.lee@example.com>: Recipient address rejected: User unknown"


def entry(**more: Any) -> dict[str, Any]:
    return {"created": 1443651141, "email": "ann.lee@example.com", **more}


def one(name: str, secret: bytes = SECRET, **more: Any) -> Event:
    (event,), problems = read_list(name, [entry(**more)], secret=secret)
    assert not problems
    return event


def test_a_bounce_is_judged_by_what_the_server_said() -> None:
    event = one("bounces", reason=GONE, status="5.1.1")
    assert (event.kind, event.bounce, event.reason) == (
        EventKind.BOUNCED,
        BounceClass.HARD,
        "user unknown",
    )
    assert event.at == datetime(2015, 9, 30, 22, 12, 21, tzinfo=UTC)
    assert event.words == "550 5.1.1 [address] Recipient address rejected: User unknown"
    assert (event.address, event.term) == ("ann.lee@example.com", "bounces")
    full = one("bounces", reason="552 5.2.2 full", status="5.2.2")
    assert full.bounce is BounceClass.SOFT


@PATIENT
@given(st.text(), st.sampled_from(["5.1.1", "5.1.2", "", "4.0.0"]))
def test_a_block_is_never_hard(reason: str, status: str) -> None:
    assert one("blocks", reason=reason, status=status).bounce is not BounceClass.HARD
    assert one("blocks", reason=GONE, status=status).bounce is not BounceClass.HARD


def test_an_invalid_address_is_hard() -> None:
    event = one("invalid_emails", reason="Mail domain mentioned in email address is unknown")
    assert (event.bounce, event.reason) == (BounceClass.HARD, "user unknown")
    assert one("invalid_emails").reason == "invalid address"


def test_complaints_and_unsubscribes_say_nothing_of_the_address() -> None:
    complained, left = one("spam_reports", ip="10.63.202.100"), one("unsubscribes")
    assert (complained.kind, complained.bounce) == (EventKind.COMPLAINED, None)
    assert (left.kind, left.bounce) == (EventKind.UNSUBSCRIBED, None)


def test_an_entry_has_an_id_of_its_own() -> None:
    told = {one(name).id for name in KINDS}
    assert len(told) == len(KINDS)
    assert all(each.startswith("sendgrid-list:") and "ann" not in each for each in told)
    assert one("bounces", reason="a").id == one("bounces", reason="b").id
    assert one("bounces", email="Ann.Lee@EXAMPLE.com").id == one("bounces").id
    assert one("bounces", created=1443651142).id != one("bounces").id
    assert one("bounces", email="ben@example.com").id != one("bounces").id


def test_who_has_no_secret_cannot_try_addresses_against_an_id() -> None:
    assert one("bounces", secret=b"another secret, of another house").id != one("bounces").id


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (None, "is no object"),
        ([], "is no object"),
        ({"email": "ann@example.com"}, "says no moment that can be"),
        ({"created": 1443651141}, "names no address that can be"),
        ({"created": 1443651141, "email": "a\x00"}, "names no address that can be"),
    ],
)
def test_an_entry_that_is_none_leaves_the_others(bad: object, why: str) -> None:
    events, problems = read_list("bounces", [bad, entry()], secret=SECRET)
    assert len(events) == 1
    assert problems == (f"Entry 1 of SendGrid's bounces {why}.",)


@PATIENT
@given(
    st.sampled_from(list(KINDS)),
    st.dictionaries(
        st.sampled_from(["created", "email", "reason", "status"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.text()),
    ),
)
def test_nothing_in_a_list_is_an_error(name: str, told: dict[str, object]) -> None:
    events, problems = read_list(name, [told, entry(**told)], secret=SECRET)
    assert len(events) + len(problems) == 2
