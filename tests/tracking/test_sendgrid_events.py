"""SendGrid's posts as events of ours: the real ones, the odd ones, and whatever else may come."""

import itertools
import json
import random
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from newsletter.model import BounceClass, Event, EventKind
from newsletter.tracking import sendgrid_events
from newsletter.tracking.sendgrid_events import KINDS, REFUSALS, read_events

#: The machine may be busy with other tests.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

DATA = Path(__file__).parents[1] / "data/webhooks"
PEERS = sorted((DATA / "anymail").glob("*.json"))

#: What django-anymail calls our kinds.
THEIRS = {
    "queued": EventKind.ACCEPTED,
    "rejected": EventKind.REFUSED,
    "deferred": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "bounced": EventKind.BOUNCED,
    "opened": EventKind.OPENED,
    "clicked": EventKind.CLICKED,
}
REASONS = {
    "bounced": "bounced before",
    "invalid": "invalid address",
    "unsubscribed": "unsubscribed before",
}

#: A whole event of ours, as SendGrid would tell of it.
BASE: dict[str, Any] = {
    "email": "ann.lee@example.com",
    "timestamp": 1783209600,
    "event": "delivered",
    "response": "250 OK",
    "sg_event_id": "ZGVsaXZlcmVkLTAtMQ",
    "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    "category": ["daily", "daily/2026-07-05"],
    "sm_edition": "daily/2026-07-05",
    "sm_call": "0123456789abcdef01234567",
    "sm_delivery": "42",
}


def one(**changed: Any) -> Event:
    """The event that is read, of one that is changed; None takes a field away."""
    entry = {name: value for name, value in {**BASE, **changed}.items() if value is not None}
    (event,), problems = read_events(json.dumps([entry]).encode())
    assert not problems
    return event


# ── Real posts ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("file", PEERS, ids=lambda file: file.stem)
def test_we_read_what_a_peer_reads(file: Path) -> None:
    expected = json.loads(file.with_suffix(".expected").read_text(encoding="utf-8"))
    (event,), problems = read_events(file.read_bytes())
    assert not problems
    assert event.kind is THEIRS[expected["event_type"]]
    assert event.address == expected["recipient"]
    assert event.id == f"sendgrid:{expected.get('event_id') or 'zmzJhfJgAfUSOW80yEbPyw=='}"
    assert event.reason == REASONS.get(expected.get("reject_reason", ""), event.reason)
    if "timestamp" in expected:
        assert event.at == datetime.fromisoformat(expected["timestamp"])
    if said := expected.get("mta_response"):
        assert event.words.startswith(said[:12])


def test_peers_are_really_looked_at() -> None:
    assert len(PEERS) == 9


def test_all_that_sendgrid_documents_is_known() -> None:
    events, problems = read_events((DATA / "sendgrid_docs/00_processed.json").read_bytes())
    assert not problems
    assert [event.kind.value for event in events] == [
        "accepted",
        "deferred",
        "delivered",
        "opened",
        "clicked",
        "bounced",
        "refused",
        "complained",
        "unsubscribed",
        "unsubscribed",
        "other",
    ]
    bounced, refused = events[5], events[6]
    assert (bounced.bounce, bounced.status) == (BounceClass.HARD, "5.0.0")
    assert bounced.reason == "user unknown"
    assert bounced.words == "500 unknown recipient"
    assert (refused.bounce, refused.reason) == (None, "bounced before")
    assert {event.at for event in events} == {datetime(2017, 12, 15, 0, 59, 29, tzinfo=UTC)}


def test_the_signed_body_is_read() -> None:
    (event,), problems = read_events((DATA / "signed/single.body").read_bytes())
    assert not problems
    assert (event.kind, event.reason) == (EventKind.REFUSED, "bounced before")


def test_words_in_capitals_and_moments_as_text_are_understood() -> None:
    (event,), _ = read_events((DATA / "sendgrid_docs/06_Processed.json").read_bytes())
    assert (event.kind, event.term) == (EventKind.ACCEPTED, "Processed")
    assert event.at == datetime(1973, 11, 29, 21, 33, 9, tzinfo=UTC)


def test_a_single_event_needs_no_list() -> None:
    (event,), _ = read_events((DATA / "sendgrid_docs/12_delivered.json").read_bytes())
    assert event.kind is EventKind.DELIVERED


def test_what_is_no_event_is_a_sentence() -> None:
    assert read_events((DATA / "sendgrid_docs/03_x.json").read_bytes()) == (
        (),
        ("Event 1 does not say what happened.",),
    )


# ── Single fields ───────────────────────────────────────────────────────────────────────────


def test_an_event_says_whose_mail_it_is() -> None:
    event = one()
    assert (event.edition, event.call, event.delivery) == (
        "daily/2026-07-05",
        "0123456789abcdef01234567",
        42,
    )
    assert event.at == datetime(2026, 7, 5, tzinfo=UTC)
    assert event.reader is None


@pytest.mark.parametrize(
    "absurd",
    ["", "x", "-1", "0", "1e3", "४२", " 42", 0, -1, 2**31, 10**30, True, 4.2, [], {}, "9" * 400],
)
def test_an_absurd_delivery_is_not_said(absurd: object) -> None:
    event = one(sm_delivery=absurd)
    assert event.delivery is None
    assert event.edition == "daily/2026-07-05"


@pytest.mark.parametrize("plain", [42, "42"])
def test_a_delivery_is_a_number_or_text(plain: object) -> None:
    assert one(sm_delivery=plain).delivery == 42


@pytest.mark.parametrize("absurd", ["", "a b", "x" * 33, "ann@example.com", [], None, True])
def test_an_absurd_call_is_not_said(absurd: object) -> None:
    assert one(sm_call=absurd).call == ""


@pytest.mark.parametrize(
    "category",
    [
        "daily/2026-07-05-r2",
        ["daily", "daily/2026-07-05-r2"],
        ["daily/2026-99-99", 7, None, "daily/2026-07-05-r2"],
    ],
)
def test_a_category_names_the_edition_where_we_do_not(category: object) -> None:
    assert one(sm_edition=None, category=category).edition == "daily/2026-07-05-r2"
    assert one(sm_edition="no/edition", category=category).edition == "daily/2026-07-05-r2"
    assert one(category=category).edition == "daily/2026-07-05"


@pytest.mark.parametrize(
    "category", [None, "cat facts", [], {}, 7, ["daily/2026-99-99"], ["/" * 200]]
)
def test_other_categories_name_none(category: object) -> None:
    assert one(sm_edition=None, category=category).edition == ""


@pytest.mark.parametrize(
    "told",
    [1783209600, 1783209600.0, "1783209600", " 1783209600 ", 1783209600000, "1783209600000.0"],
)
def test_a_moment_is_seconds_or_milliseconds(told: object) -> None:
    assert one(timestamp=told).at == datetime(2026, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "told", [None, "", "soon", 0, -5, 4_102_444_800, 10**15, 1e300, True, [], "1e9", "१७८३"]
)
def test_an_event_without_a_moment_is_none(told: object) -> None:
    events, problems = read_events(json.dumps([{**BASE, "timestamp": told}, BASE]).encode())
    assert len(events) == 1
    assert problems == ("Event 1 says no moment that can be.",)


@pytest.mark.parametrize("told", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_a_number_that_is_none_harms_one_event(told: str) -> None:
    good = json.dumps(BASE)
    bad = good.replace(": 1783209600", f": {told}")
    events, problems = read_events(f"[{bad},{good}]".encode())
    assert (len(events), len(problems)) == (1, 1)


def test_a_word_that_we_do_not_know_is_kept() -> None:
    event = one(event="account_status_change", email=None)
    assert (event.kind, event.term) == (EventKind.OTHER, "account_status_change")
    assert one(event="ann.lee@example.com " * 20).term.startswith("[address]")


@pytest.mark.parametrize("word", REFUSALS)
def test_a_refusal_has_a_name_of_ours(word: str) -> None:
    event = one(event="dropped", reason=word.title())
    assert (event.kind, event.reason) == (EventKind.REFUSED, REFUSALS[word])


def test_a_machine_that_opens_is_told_apart() -> None:
    assert one(event="open", sg_machine_open=True).reason == "machine"
    assert one(event="open", sg_machine_open=False).reason == ""


def test_what_sendgrid_blocks_is_never_hard() -> None:
    told = {"event": "bounce", "status": "5.1.1", "reason": "550 5.1.1 User unknown"}
    assert one(**told, type="bounce").bounce is BounceClass.HARD
    assert one(**told, type="blocked").bounce is BounceClass.SOFT


def test_only_a_bounce_says_something_of_the_address() -> None:
    for word in KINDS:
        event = one(event=word, reason="550 5.1.1 User unknown")
        assert (event.bounce is not None) == (event.kind is EventKind.BOUNCED)


def test_no_address_stands_in_the_words() -> None:
    event = one(event="bounce", reason="550 5.1.1 <ann.lee@example.com> ann.lee unknown")
    assert event.words == "550 5.1.1 [address] [address] unknown"
    assert event.address == "ann.lee@example.com"


@pytest.mark.parametrize("told", ["a\x00b@example.com", "\ud800@example.com", "x" * 321, 7, None])
def test_an_address_that_cannot_be_looked_up_is_not_said(told: object) -> None:
    assert one(email=told).address == ""


# ── The same event again ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("told", [None, "", "x" * 101, "a b", "ann@example.com", 7, "\ud800"])
def test_without_a_fit_id_the_whole_event_is_it(told: object) -> None:
    event = one(sg_event_id=told)
    assert len(event.id) == len("sendgrid:") + 32
    assert event.id == one(sg_event_id=told).id
    assert event.id != one(sg_event_id=told, timestamp=1783209601).id


def test_the_order_of_fields_says_nothing() -> None:
    entry = {name: value for name, value in BASE.items() if name != "sg_event_id"}
    turned = dict(reversed(entry.items()))
    assert read_events(json.dumps([entry]).encode()) == read_events(json.dumps([turned]).encode())


@PATIENT
@given(st.integers(1, 40), st.integers(1, 46), st.randoms(use_true_random=False))
def test_an_event_told_many_times_is_one(count: int, times: int, chance: random.Random) -> None:
    told = [{**BASE, "sg_event_id": None if n % 3 else f"id-{n}", "n": n} for n in range(count)]
    many = [each for each in told for _ in range(chance.randint(1, times))]
    chance.shuffle(many)
    once, again = (read_events(json.dumps(each).encode())[0] for each in (told, many))
    assert len(again) == len(many)
    assert {event.id: event for event in again} == {event.id: event for event in once}
    assert len({event.id for event in once}) == count


# ── Whatever may come ───────────────────────────────────────────────────────────────────────

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=10,
)
FIELDS = st.sampled_from([*BASE, "reason", "status", "type", "bounce_classification"])
EVENTS = st.dictionaries(FIELDS, JSON).map(lambda changed: {**BASE, **changed})


@PATIENT
@given(st.binary())
@example(b"")
@example(b"[")
@example(b"\xff\xfe[]")
@example(b"[" * 100_000)
def test_no_bytes_are_an_error(body: bytes) -> None:
    events, problems = read_events(body)
    assert events == () or not problems


@PATIENT
@given(st.lists(JSON | EVENTS, max_size=6))
def test_no_json_is_an_error(told: list[object]) -> None:
    events, problems = read_events(json.dumps(told).encode())
    assert len(events) + len(problems) == len(told)
    for event in events:
        bounded(event)
    assert not any("@" in problem or "example" in problem for problem in problems)


def bounded(event: Event) -> None:
    event.address.encode()
    assert len(event.address) <= 320
    assert len(event.id) <= 109
    assert len(event.words) <= 300
    assert len(event.term) <= 60
    assert len(event.call) <= 32
    assert event.at.tzinfo is UTC
    assert "@" not in event.words + event.term + event.id + event.call + event.edition


@PATIENT
@given(EVENTS)
def test_one_bad_event_leaves_the_others(bad: Mapping[str, object]) -> None:
    events, problems = read_events(json.dumps([BASE, bad, None, BASE]).encode())
    assert [event.id for event in (events[0], events[-1])] == [one().id] * 2
    assert "Event 3 is no object." in problems


def test_no_depth_is_an_error() -> None:
    for depth in range(1, 1200):
        nest = "[" * depth + "]" * depth
        body = f'[{{"event": "open", "timestamp": 1783209600, "x": {nest}}}]'
        events, problems = read_events(body.encode())
        assert len(events) + len(problems) == 1


def test_bytes_that_are_no_text_harm_their_words_alone() -> None:
    told = json.dumps([{**BASE, "response": "250 caf_"}, BASE]).encode().replace(b"_", b"\xe9", 1)
    assert len(read_events(told)[0]) == 2


def test_a_post_is_bounded() -> None:
    events, (problem,) = read_events(b"[" + b" " * sendgrid_events.LARGEST_BODY + b"]")
    assert (events, problem) == ((), "The post is larger than 5 MB, so it was not read.")
    small = {"event": "open", "timestamp": 1783209600}
    events, problems = read_events(json.dumps([small] * 10_002).encode())
    assert len(events) == 10_000
    assert problems == ("The post holds 10002 events; 10000 were read.",)


def test_a_thousand_events_take_a_moment() -> None:
    told = json.dumps([{**BASE, "sg_event_id": str(n)} for n in range(1000)]).encode()
    begun = time.process_time()
    assert len(read_events(told)[0]) == 1000
    # Twenty milliseconds on a laptop; what would be wrong takes seconds.
    assert time.process_time() - begun < 1


# ── Controls: a reader that is wrong would be found ─────────────────────────────────────────


def test_a_wrong_word_in_the_table_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {**KINDS, "bounce": EventKind.DEFERRED}
    monkeypatch.setattr(sendgrid_events, "KINDS", wrong)
    (file,) = [file for file in PEERS if file.stem == "bounce_event"]
    with pytest.raises(AssertionError):
        test_we_read_what_a_peer_reads(file)


def test_words_left_as_they_come_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sendgrid_events, "harmless", lambda told, _: told)
    with pytest.raises(AssertionError):
        test_no_address_stands_in_the_words()


def test_an_id_by_chance_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = itertools.count()
    monkeypatch.setattr(sendgrid_events, "_id", lambda _: next(numbers))
    once = test_an_event_told_many_times_is_one.hypothesis.inner_test  # type: ignore[attr-defined]
    with pytest.raises(AssertionError):
        once(3, 4, random.Random(1))  # noqa: S311 - shuffled the same way each time
