"""What stands above a mail, as bytes: what it says, and what it can never be made to say."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import InvalidAddress, RenderError, SettingsError
from newsletter.model import Envelope, Headers, MergeField, Rendition, Tokens
from newsletter.transports.message import compile_message

DATE = b"Sun, 05 Jul 2026 07:00:00 +0530"
TOKENS = Tokens(*(f"{letter}{'-_aZ09' * 4}{letter * 3}" for letter in "EFGHI"))
READER = Envelope(1, "ann@example.com", "Ann Lee", TOKENS)


def fields(raw: bytes) -> list[tuple[str, str]]:
    """Split the head into its fields, unfolded, without any parser's kindness."""
    head = raw.partition(b"\r\n\r\n")[0].decode()
    lines = re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n")
    return [(name, value) for name, _, value in (line.partition(": ") for line in lines)]


def rendition_of(text: str, html: str, subject: str = "Today") -> Rendition:
    return Rendition(subject=subject, preheader="", html=html, text=text)


FIELDS = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Help",
    "List-Archive",
    "List-Post",
    "Feedback-ID",
    "Precedence",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
]


def test_every_field_stands_once_and_says_what_it_should(
    rendition: Rendition, headers: Headers
) -> None:
    found = fields(compile_message(rendition, headers).splice(READER, DATE))
    assert [name for name, _ in found] == FIELDS
    assert dict(found) == {
        "From": '"The ShiftMaker" <desk@news.example.com>',
        "To": '"Ann Lee" <ann@example.com>',
        "Subject": "Agents learn to wait",
        "Date": "Sun, 05 Jul 2026 07:00:00 +0530",
        "Message-ID": f"<{TOKENS.message_id}@news.example.com>",
        "Reply-To": "editor@news.example.com",
        "List-Id": '"The ShiftMaker" <daily.news.example.com>',
        "List-Unsubscribe": f"<https://n.theshiftmaker.com/u/{TOKENS.door}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Help": "<mailto:editor@news.example.com>",
        "List-Archive": "<https://n.theshiftmaker.com/archive>",
        "List-Post": "NO",
        "Feedback-ID": "ed20260705r1:all:daily:newsx",
        "Precedence": "bulk",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "MIME-Version": "1.0",
        "Content-Type": dict(found)["Content-Type"],
    }
    assert re.fullmatch(
        r'multipart/alternative; boundary="=_[0-9a-f]{32}"', dict(found)["Content-Type"]
    )


def test_unsubscribing_stands_on_one_line_of_78_columns(
    rendition: Rendition, headers: Headers
) -> None:
    raw = compile_message(rendition, headers).splice(READER, DATE)
    (line,) = [line for line in raw.split(b"\r\n") if line.startswith(b"List-Unsubscribe:")]
    assert line == f"List-Unsubscribe: <https://n.theshiftmaker.com/u/{TOKENS.door}>".encode()
    assert len(line) == 78


def test_what_is_not_known_is_left_out(rendition: Rendition, headers: Headers) -> None:
    bare = replace(headers, reply_to="", archive="", help="", feedback_id="", list_name="")
    found = dict(fields(compile_message(rendition, bare).splice(READER, DATE)))
    left_out = {"Reply-To", "List-Archive", "List-Help", "Feedback-ID"}
    assert set(FIELDS) - set(found) == left_out
    assert found["List-Id"] == "<daily.news.example.com>"


def test_a_date_is_a_moment_or_already_written(rendition: Rendition, headers: Headers) -> None:
    compiled = compile_message(rendition, headers)
    moment = datetime(2026, 7, 5, 1, 30, tzinfo=UTC)
    written = "Sun, 05 Jul 2026 01:30:00 +0000"
    assert compiled.splice(READER, moment) == compiled.splice(READER, written)
    assert compiled.splice(READER, moment) == compiled.splice(READER, written.encode())


names = st.text(max_size=60) | st.lists(
    st.sampled_from(["\r\n", "\r", "\n", "\0", "\v", "\f", "\x85", "\u2028", "\u2029", "Bcc: x"])
).map("".join)


@given(names, names, names, names)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_text_adds_a_field_or_a_line(
    headers: Headers, subject: str, sender: str, list_name: str, name: str
) -> None:
    above = replace(headers, sender_name=sender, list_name=list_name)
    compiled = compile_message(rendition_of("text", "html", subject), above)
    raw = compiled.splice(READER._replace(name=name), DATE)
    assert [found for found, _ in fields(raw)] == FIELDS
    assert re.fullmatch(rb"[ -~\r\n]*", raw)
    assert b"\r" not in raw.replace(b"\r\n", b"")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 78


@given(names)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_encoded_words_stand_in_display_names_and_the_subject_alone(
    headers: Headers, name: str
) -> None:
    above = replace(headers, sender_name=f"é{name}", list_name=f"é{name}")
    compiled = compile_message(rendition_of("text", "html", f"é{name}"), above)
    found = fields(compiled.splice(READER._replace(name=f"é{name}"), DATE))
    with_words = {field for field, value in found if "=?" in value}
    assert with_words == {"From", "To", "Subject", "List-Id"}
    for field, value in found:
        if field in {"From", "To", "List-Id"}:
            assert "=?" not in value[value.rindex("<") :]


def test_a_local_part_outside_ascii_stays_raw(rendition: Rendition, headers: Headers) -> None:
    raw = compile_message(rendition, headers).splice(
        READER._replace(address="राम@example.com"), DATE
    )
    assert dict(fields(raw))["To"] == '"Ann Lee" <राम@example.com>'


def test_one_bad_address_is_refused_without_a_mail(rendition: Rendition, headers: Headers) -> None:
    compiled = compile_message(rendition, headers)
    with pytest.raises(InvalidAddress):
        compiled.splice(READER._replace(address="ann@example.com\r\nBcc: x@y.example"), DATE)


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("domain", "x.example>\r\nBcc: y", "Message-ID"),
        ("unsubscribe", "http://n.example/u/", "leave"),
        ("archive", "https://n.example/a b", "List-Archive"),
        ("help", "https://bücher.example", "List-Help"),
        ("feedback_id", "a:b:c:d\r\n", "Feedback-ID"),
        ("list_id", "daily\r\n", "name a list"),
    ],
)
def test_settings_that_break_a_header_are_refused_before_anyone_is_mailed(
    rendition: Rendition, headers: Headers, field: str, value: str, named: str
) -> None:
    wrong: dict[str, Any] = {field: value}
    with pytest.raises(SettingsError, match=named):
        compile_message(rendition, replace(headers, **wrong))


def test_half_a_character_in_a_part_names_part_and_line(headers: Headers) -> None:
    with pytest.raises(RenderError, match="text part") as refused:
        compile_message(rendition_of("fine\n\ud83d", "html"), headers)
    assert refused.value.hint


def test_a_name_that_looks_like_a_field_stays_a_name(
    rendition: Rendition, headers: Headers
) -> None:
    name = MergeField.DOOR.sentinel
    raw = compile_message(rendition, headers).splice(READER._replace(name=name), DATE)
    assert dict(fields(raw))["To"] == f'"{name}" <ann@example.com>'


def test_a_subject_is_never_merged(headers: Headers) -> None:
    subject = MergeField.DOOR.sentinel
    raw = compile_message(rendition_of("text", "html", subject), headers).splice(READER, DATE)
    assert dict(fields(raw))["Subject"] == subject
