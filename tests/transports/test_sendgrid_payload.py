"""What SendGrid is asked to send; and the documented limits that a schema does not catch."""

import dataclasses
import json
import re
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InvalidAddress, RenderError, SettingsError
from newsletter.model import Call, Envelope, Headers, MergeField, Rendition, Tokens
from newsletter.transports import sendgrid_payload as payload
from tests.transports.sendgrid_stub import broken_rules

MakeCall = Callable[..., Call]
MakeEnvelope = Callable[..., Envelope]


def request_of(call: Call, *, sandbox: bool = False) -> dict[str, Any]:
    mould = payload.mould(call, sandbox=sandbox)
    parts = [mould.part(envelope, call.id) for envelope in call.envelopes]
    made = json.loads(mould.body(parts))
    assert isinstance(made, dict)
    return made


@pytest.fixture
def edition(make_call: MakeCall) -> Call:
    return dataclasses.replace(make_call(count=3), edition="daily/2026-07-05")


def merged(request: dict[str, Any], place: int) -> list[str]:
    """Return one reader's text and HTML, as SendGrid would make them."""
    parts = [part["value"] for part in request["content"]]
    for tag, value in request["personalizations"][place]["substitutions"].items():
        parts = [part.replace(tag, value) for part in parts]
    return parts


def test_each_reader_reads_the_edition_with_tokens_of_their_own(edition: Call) -> None:
    request = request_of(edition)
    for place, envelope in enumerate(edition.envelopes):
        text, html = edition.rendition.text, edition.rendition.html
        for field, token in zip(MergeField, envelope.tokens, strict=False):
            text, html = text.replace(field.sentinel, token), html.replace(field.sentinel, token)
        assert merged(request, place) == [text, html]


def test_a_reader_leaves_by_a_door_of_their_own(edition: Call) -> None:
    request = request_of(edition)
    for entry, envelope in zip(request["personalizations"], edition.envelopes, strict=True):
        door = f"<https://n.theshiftmaker.com/u/{envelope.tokens.door}>"
        assert entry["headers"] == {"List-Unsubscribe": door}
    assert request["headers"]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_comes_back_can_be_told_apart(edition: Call) -> None:
    request = request_of(edition)
    assert request["personalizations"][1]["custom_args"] == {
        "sm_edition": "daily/2026-07-05",
        "sm_call": "call-1",
        "sm_delivery": "2",
    }
    assert request["categories"] == ["daily", "daily/2026-07-05"]
    assert "custom_args" not in request


def test_a_letter_has_no_edition_to_be_told_by(make_call: MakeCall) -> None:
    request = request_of(make_call(count=1))
    assert request["personalizations"][0]["custom_args"] == {
        "sm_call": "call-1",
        "sm_delivery": "1",
    }
    assert "categories" not in request


def test_a_sign_that_splicing_uses_stands_for_itself(edition: Call, headers: Headers) -> None:
    signs = dataclasses.replace(headers, unsubscribe="https://n.theshiftmaker.com/%s%q/u/")
    call = dataclasses.replace(edition, id='"%s', headers=signs, edition='%q"%d/1')
    entry = request_of(call)["personalizations"][0]
    assert entry["headers"]["List-Unsubscribe"].startswith("<https://n.theshiftmaker.com/%s%q/u/")
    assert entry["custom_args"] == {"sm_edition": '%q"%d/1', "sm_call": '"%s', "sm_delivery": "1"}


def test_sendgrid_itself_watches_nobody(edition: Call) -> None:
    tracking = request_of(edition)["tracking_settings"]
    names = ["click_tracking", "open_tracking", "subscription_tracking", "ganalytics"]
    assert [tracking[name]["enable"] for name in names] == [False] * 4
    assert tracking["click_tracking"]["enable_text"] is False


def test_the_sandbox_is_asked_for_alone(edition: Call) -> None:
    assert "mail_settings" not in request_of(edition)
    asked = request_of(edition, sandbox=True)["mail_settings"]
    assert asked == {"sandbox_mode": {"enable": True}}


def test_an_edition_says_who_it_is_from(edition: Call) -> None:
    request = request_of(edition)
    assert request["from"] == {"email": "desk@news.example.com", "name": "The ShiftMaker"}
    assert request["reply_to"] == {"email": "editor@news.example.com"}
    assert request["subject"] == "Agents learn to wait"
    assert request["headers"] == {
        "List-Id": '"The ShiftMaker" <daily.news.example.com>',
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Help": "<mailto:editor@news.example.com>",
        "List-Archive": "<https://n.theshiftmaker.com/archive>",
        "List-Post": "NO",
        "Feedback-ID": "ed20260705r1:all:daily:newsx",
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
    }


def test_what_is_not_set_is_not_sent(edition: Call, headers: Headers) -> None:
    bare = dataclasses.replace(headers, reply_to="", help="", archive="", feedback_id="")
    request = request_of(dataclasses.replace(edition, headers=bare))
    assert "reply_to" not in request
    assert {"List-Help", "List-Archive", "Feedback-ID"}.isdisjoint(request["headers"])


def test_a_list_may_be_named_in_any_script(edition: Call, headers: Headers) -> None:
    named = dataclasses.replace(headers, list_name="शिफ़्टमेकर " * 9, sender_name="शिफ़्टमेकर")
    request = request_of(dataclasses.replace(edition, headers=named))
    assert request["from"]["name"] == "शिफ़्टमेकर"
    assert request["headers"]["List-Id"].endswith(" <daily.news.example.com>")
    assert broken_rules(request) == []


def test_a_part_that_is_empty_is_left_out(edition: Call) -> None:
    plain = dataclasses.replace(edition.rendition, html="", text="Only words.\n")
    request = request_of(dataclasses.replace(edition, rendition=plain))
    assert request["content"] == [{"type": "text/plain", "value": "Only words.\n"}]
    assert "substitutions" not in request["personalizations"][0]


# ── Tags ────────────────────────────────────────────────────────────────────────────────────


def test_tags_stand_only_where_merge_fields_stood(edition: Call) -> None:
    request = request_of(edition)
    tags = list(request["personalizations"][0]["substitutions"])
    content = "".join(part["value"] for part in request["content"])
    sources = edition.rendition.html + edition.rendition.text
    assert [content.count(tag) for tag in tags] == [sources.count(f.sentinel) for f in MergeField]
    assert all(re.fullmatch(r"[a-z0-9~]+", tag) for tag in tags)
    assert not any(tag in request["subject"] for tag in tags)
    assert not any(a in b for a in tags for b in tags if a != b)
    assert "MERGE_" not in content


def test_each_edition_has_tags_of_its_own(edition: Call) -> None:
    other = dataclasses.replace(edition, edition="daily/2026-07-06")
    first, second = (request_of(each)["personalizations"][0] for each in (edition, other))
    assert set(first["substitutions"]).isdisjoint(second["substitutions"])


def test_a_tag_that_an_article_holds_is_not_taken(
    edition: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = iter(["aaaa", "bbbb", "cccc"])
    monkeypatch.setattr(secrets, "token_hex", lambda _: next(made))
    sly = dataclasses.replace(edition.rendition, subject="~aaaac~", text="~bbbbd~")
    request = request_of(dataclasses.replace(edition, rendition=sly))
    assert all(tag.startswith("~cccc") for tag in request["personalizations"][0]["substitutions"])
    assert merged(request, 0)[0] == "~bbbbd~"


# ── Names ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Ann Lee", "Ann Lee"),
        ("Lee, Ann; MD", "Lee Ann MD"),
        ("आशा", "आशा"),
        ("a\r\nBcc: x", "a Bcc: x"),
        ("half \ud83d", "half \ufffd"),
        ("x" * 257, None),
        (";,", None),
        ("", None),
    ],
)
def test_a_name_stands_as_sendgrid_takes_it(
    make_call: MakeCall, make_envelope: MakeEnvelope, name: str, said: str | None
) -> None:
    (entry,) = request_of(make_call(make_envelope(1, name=name)))["personalizations"]
    assert entry["to"][0].get("name") == said


CALL = Call(
    id="c",
    rendition=Rendition(
        subject="Agents learn to wait",
        preheader="",
        html="".join(f"<p>{field.sentinel}</p>" for field in MergeField),
        text="Words.",
    ),
    headers=Headers(
        sender_name="The ShiftMaker",
        sender_address="desk@news.example.com",
        list_id="daily.news.example.com",
        list_name="The ShiftMaker",
        unsubscribe="https://n.theshiftmaker.com/u/",
        domain="news.example.com",
    ),
    envelopes=(),
    at=datetime(2026, 7, 5, 1, 30, tzinfo=UTC),
    edition="daily/2026-07-05",
)
TOKENS = Tokens("c" * 28, "o" * 28, "v" * 28, "d" * 28, "m" * 28)


@given(st.lists(st.tuples(st.emails(), st.text(max_size=300)), min_size=1, max_size=30))
def test_no_readers_break_a_documented_limit(people: list[tuple[str, str]]) -> None:
    mould = payload.mould(CALL)
    parts = []
    for delivery, (address, name) in enumerate(people):
        try:
            parts.append(mould.part(Envelope(delivery, address, name, TOKENS), "c" * 32))
        except InvalidAddress as refused:
            assert address not in str(refused)  # noqa: PT017 - others are kept
    requests = [mould.body(group) for group in payload.groups(parts)]
    assert [rule for body in requests for rule in broken_rules(json.loads(body))] == []
    together = [e for body in requests for e in json.loads(body)["personalizations"]]
    assert len(together) == len(parts)


def test_a_call_is_cut_at_a_thousand(make_call: MakeCall) -> None:
    call = make_call(count=2300)
    mould = payload.mould(call)
    parts = [mould.part(envelope, call.id) for envelope in call.envelopes]
    assert [len(group) for group in payload.groups(parts)] == [1000, 1000, 300]


# ── What cannot be sent ─────────────────────────────────────────────────────────────────────


def test_half_a_character_is_named_with_its_line(edition: Call) -> None:
    broken = dataclasses.replace(edition.rendition, html="<p>\n\n\ud83d</p>")
    with pytest.raises(RenderError, match="HTML part") as refused:
        payload.mould(dataclasses.replace(edition, rendition=broken))
    assert "line 3" in refused.value.hint


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("sender_address", "büro@example.com", InvalidAddress),
        ("sender_name", "x" * 300, SettingsError),
        ("unsubscribe", "http://n.theshiftmaker.com/u/", SettingsError),
        ("feedback_id", "a b", SettingsError),
    ],
)
def test_a_sender_that_sendgrid_would_not_take_is_said(
    edition: Call, field: str, value: str, error: type[Exception]
) -> None:
    changed: dict[str, Any] = {field: value}
    wrong = dataclasses.replace(edition.headers, **changed)
    with pytest.raises(error):
        payload.mould(dataclasses.replace(edition, headers=wrong))
