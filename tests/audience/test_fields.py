"""What single fields say: answers, dates, and several things packed in one."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.attributes import (
    from_json,
    from_literal,
    from_quoted_tags,
    from_tags,
)
from newsletter.audience.rows import Row, read_rows
from newsletter.audience.times import moment
from newsletter.audience.words import answer, happened
from newsletter.errors import AudienceError

NOON = datetime(2022, 4, 12, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2022-04-12 12:00:00",
        "2022-04-12T12:00:00.000Z",
        "2022-04-12 12:00:00 UTC",
        "2022-04-12 14:00:00 +0200",
        "2022-04-12 14:00:00.000 +0200 UTC",
        " 2022-04-12T14:00+02:00 ",
        "12.04.2022 12:00",
    ],
)
def test_a_time_is_one_moment_in_utc_however_it_is_written(text: str) -> None:
    assert moment(text) == NOON


def test_the_order_of_day_and_month_is_never_guessed() -> None:
    assert moment("12-04-2022 12:00", day_first=True) == NOON
    assert moment("04/12/2022 12:00 PM", day_first=False) == NOON
    assert moment("04/12/2022") is None
    assert moment("13/04/2022") == datetime(2022, 4, 13, tzinfo=UTC)
    assert moment("04/13/2022 12:30 AM") == datetime(2022, 4, 13, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "0000-00-00 00:00:00",
        "0001-01-01T00:00:00+14:00",
        "1970-01-01",
        "13/13/2022",
        "04/13/2022 13:00 PM",
        "9" * 100_000,
    ],
)
def test_a_time_that_cannot_be_read_is_none(text: str) -> None:
    assert moment(text) is None


@given(st.text())
def test_no_text_is_too_odd_for_a_date(text: str) -> None:
    told = moment(text)
    assert told is None or told.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (" Yes ", True),
        ("TRUE", True),
        ("1", True),
        ("oui", True),
        ("2024-02-05", True),
        ("no", False),
        ("False", False),
        ("0", False),
        ("nein", False),
        ("NULL", False),
    ],
)
def test_yes_and_no_are_understood(text: str, said: bool) -> None:
    assert answer(text) is said


def test_an_empty_answer_says_nothing_and_an_odd_one_is_refused() -> None:
    assert answer(" ") is None
    with pytest.raises(AudienceError, match="perhaps"):
        answer("perhaps")


def test_the_ways_of_writing_no_date_are_no_date() -> None:
    assert happened("2024-02-05")
    assert happened("last week")
    assert not any(map(happened, ("", "NULL", "-", "0000-00-00 00:00:00", "never")))


def test_an_object_becomes_attributes_of_text() -> None:
    told = from_json("attributes", '{"city": "Pune", "n": 2, "vip": true, "x": null, "l": [1]}')

    assert told == {"city": "Pune", "n": "2", "vip": "true", "l": "[1]"}
    assert from_json("attributes", "{}") == {}


@pytest.mark.parametrize("text", ["{broken", "[1]", "[" * 60_000, '{"a":' * 5_000, "9" * 5_000])
def test_what_is_no_object_is_kept_as_it_was_written(text: str) -> None:
    assert from_json("attributes", text) == {"attributes": text}
    assert from_literal("attributes", text) == {"attributes": text}


def test_a_dict_as_python_prints_it_becomes_attributes() -> None:
    assert from_literal("metadata", "{'a': 'x', 'b': True, 'c': None}") == {"a": "x", "b": "true"}
    assert from_literal("metadata", '{"a": true}') == {"a": "true"}


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').getcwd()",
        "{'a': open('x')}",
        "{'a': 1}; 2",
        "-" * 4_000 + "1",
        "{'a': '" + "x" * 5_000 + "'}",
    ],
)
def test_a_dict_is_read_and_never_run(text: str) -> None:
    assert from_literal("metadata", text) == {"metadata": text}


@given(st.text(alphabet="{}[]()'\":,\\ux01 a\0"))
def test_no_text_is_too_odd_to_be_kept(text: str) -> None:
    for unpack in (from_json, from_literal, from_quoted_tags, from_tags):
        assert all(isinstance(value, str) for value in unpack("x", text).values())


def test_no_escape_brings_in_what_a_database_refuses() -> None:
    assert from_json("x", r'{"a": "\ud800\u0000b"}') == {"a": "\ufffd\ufffdb"}


def test_tags_are_read_as_each_system_quotes_them() -> None:
    assert from_quoted_tags("TAGS", '"A","B, C"') == {"TAGS": "A, B, C"}
    assert from_quoted_tags("TAGS", "Editors") == {"TAGS": "Editors"}
    assert from_quoted_tags("TAGS", "A\rB") == {"TAGS": "A\rB"}
    assert from_tags("tags", "A;B; ;C") == {"tags": "A, B, C"}


def test_what_is_packed_in_a_field_becomes_attributes(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text(
        "email,subscriber_type,city,tags,metadata\n"
        "a@b.example,regular,Pune,vip; night,\"{'city': 'Nashik', 'shift': 2, 'vip': True}\"\n"
        "b@b.example,regular,,,{broken\n"
    )
    first, second = read_rows(path)
    assert isinstance(first, Row)
    assert isinstance(second, Row)

    assert first.attributes == {"tags": "vip, night", "city": "Pune", "shift": "2", "vip": "true"}
    assert second.attributes == {"metadata": "{broken"}
