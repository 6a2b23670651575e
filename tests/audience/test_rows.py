from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.audience import lines as lines_module
from newsletter.audience.rows import Rejected, Row, clean_name, columns_of, read_rows, reason_of
from newsletter.errors import AudienceError
from newsletter.model import SubscriberState, SuppressionReason

Read = Callable[[str | bytes], list[Row | Rejected]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(content: str | bytes) -> list[Row | Rejected]:
        path = tmp_path / "daily.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return list(read_rows(path))

    return reading


def _addresses(rows: list[Row | Rejected]) -> list[str]:
    return [row.address.text for row in rows if isinstance(row, Row)]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_comma_semicolon_and_tab_all_part_fields(read: Read, mark: str) -> None:
    (row,) = read(f"Name{mark}E-mail Address\nआशा{mark}asha@example.com\n")
    assert isinstance(row, Row)
    assert (row.address.text, row.name, row.line) == ("asha@example.com", "आशा", 2)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_utf_8_and_marked_utf_16_are_read(read: Read, encoding: str) -> None:
    (row,) = read("email,name\nasha@example.com,ليلى\n".encode(encoding))
    assert isinstance(row, Row)
    assert row.name == "ليلى"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_one(read: Read, end: str) -> None:
    rows = read(end.join(["email", "a@example.com", "", "b@example.com"]))
    assert [row.line for row in rows] == [2, 4]


def test_rows_after_a_field_of_several_lines_keep_their_numbers(read: Read) -> None:
    rows = read('email,note\na@example.com,"one\ntwo\nthree"\nnobody,\n')
    assert [row.line for row in rows] == [2, 5]
    assert isinstance(rows[0], Row)
    assert rows[0].attributes == {"note": "one\ntwo\nthree"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "daily.csv is empty"),
        (b"name\nAsha\n", "line 1: no column holds addresses"),
        (b"asha@example.com,Asha\nben@example.com,Ben\n", "line 1: there is an address where"),
        (b"email,email\n", "more than one column is called email"),
        (
            "email,name\nb@example.com,आशा".encode() + b"\na@b.in,\xe9",
            "line 3: these bytes are not",
        ),
        (b"email\na@example.com\n\0\n", "line 3: there is a NUL"),
        (b"PK\x03\x04....", "a ZIP archive or a spreadsheet"),
        (b"\x1f\x8b....", "a gzip archive"),
        (b'email,name\na@example.com,"' + b"x\n" * 100_000, "line 2: the row that begins here"),
        (b"x" * 200_000, "line 1: the row that begins here cannot be parted"),
        (b"email\n" + b"x" * 1_000_001, "line 2: the line is longer than"),
        ("email\na".encode("utf-16")[:-1], "the file is cut short"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(
    read: Read, content: bytes, sentence: str
) -> None:
    with pytest.raises(AudienceError) as refused:
        read(content)
    assert sentence in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(AudienceError, match="cannot be read"):
        list(read_rows(tmp_path / "none.csv"))


def test_a_file_beyond_all_measure_is_not_begun(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(lines_module.LARGEST_FILE + 1)
    with pytest.raises(AudienceError, match="larger than 200 MB"):
        list(read_rows(path))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("nobody,Asha", "there is no @"),
        ("a@example.com,Doe, Jane", "has 3 fields"),
        ("a@example.com," + "x" * 201, "longer than 200"),
        ("a@example.com," + "x" * 65_537, "longer than 65,536"),
    ],
)
def test_a_row_that_cannot_be_used_is_rejected_alone(read: Read, row: str, reason: str) -> None:
    bad, good = read(f"email,name\n{row}\nb@example.com,Ben\n")
    assert isinstance(bad, Rejected)
    assert (bad.line, reason in bad.reason) == (2, True)
    assert _addresses([good]) == ["b@example.com"]


def test_a_short_row_and_empty_fields_too_many_are_no_fault(read: Read) -> None:
    assert len(_addresses(read("email,name\na@example.com\nb@example.com,Ben,,\n"))) == 2


def test_first_and_last_names_make_one(read: Read) -> None:
    rows = read("email,First Name,last_name\na@b.example, Asha ,Rao\nc@b.example,,\n")
    assert [row.name for row in rows if isinstance(row, Row)] == ["Asha Rao", ""]


def test_beside_an_email_an_address_is_a_street() -> None:
    columns = columns_of(["Address", "Email", "city"])
    assert columns.address == 1
    assert columns.attributes == ((0, "Address"), (2, "city"))


@pytest.mark.parametrize(
    ("word", "state", "left"),
    [
        ("", SubscriberState.ACTIVE, None),
        ("Subscribed", SubscriberState.ACTIVE, None),
        ("UNCONFIRMED", SubscriberState.PENDING, None),
        ("opted-out", SubscriberState.UNSUBSCRIBED, SuppressionReason.UNSUBSCRIBED),
        ("hard bounce", SubscriberState.UNSUBSCRIBED, SuppressionReason.BOUNCED),
        ("Spam", SubscriberState.UNSUBSCRIBED, SuppressionReason.COMPLAINED),
        ("erased", SubscriberState.UNSUBSCRIBED, SuppressionReason.ERASED),
    ],
)
def test_the_words_of_other_systems_are_understood(
    read: Read, word: str, state: SubscriberState, left: SuppressionReason | None
) -> None:
    (row,) = read(f"email,Status\na@example.com,{word}\n")
    assert isinstance(row, Row)
    assert (row.state, row.left) == (state, left)


def test_a_state_that_nobody_knows_is_never_taken_for_consent(read: Read) -> None:
    (row,) = read("email,status\na@example.com,wobbly\n")
    assert isinstance(row, Rejected)
    assert "wobbly" in row.reason


def test_a_date_of_leaving_is_a_word_of_leaving(read: Read) -> None:
    rows = read("email,unsubscribed_at\na@example.com,2026-01-02\nb@example.com,\n")
    assert [row.left for row in rows if isinstance(row, Row)] == ["unsubscribed", None]


def test_a_reason_that_is_not_known_is_manual() -> None:
    assert reason_of("Bounced") is SuppressionReason.BOUNCED
    assert reason_of("asked by phone") is SuppressionReason.MANUAL


def test_a_name_is_one_visible_line() -> None:
    assert clean_name("Asha\r\nBcc: x@y.example") == "Asha Bcc: x@y.example"
    assert clean_name("\u202eoahsA\u2069 ") == "oahsA"
    assert clean_name("क्‍ष") == "क्‍ष"
    assert clean_name("Jose\u0301") == "José"


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_do_more_than_be_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("rows") / "daily.csv"
    path.write_bytes(b"email,name\n" + content)
    try:
        rows = list(read_rows(path))
    except AudienceError as refused:
        assert str(refused)  # noqa: PT017 - either outcome is right
    else:
        assert all(row.line >= 2 for row in rows)
