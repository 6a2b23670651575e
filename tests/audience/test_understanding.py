"""What a file is taken for before it is imported: encoding, separator, columns, warnings."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.audience import lines
from newsletter.audience.rows import Row, read_rows
from newsletter.audience.understanding import Roles, Understanding, understand
from newsletter.errors import AudienceError

Write = Callable[[str | bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def writing(content: str | bytes) -> Path:
        path = tmp_path / "daily.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return writing


def test_an_export_is_understood_as_a_whole(write: Write) -> None:
    path = write("EMAIL;LASTNAME;FIRSTNAME;CITY;EMAIL_BLACKLISTED;ADDED_TIME\n")

    assert understand(path) == Understanding(
        system="Brevo",
        encoding="UTF-8",
        separator="semicolon",
        columns=Roles(
            address="EMAIL",
            name=("FIRSTNAME", "LASTNAME"),
            leaving=("EMAIL_BLACKLISTED",),
            joined=("ADDED_TIME",),
            attributes=("CITY", "ADDED_TIME"),
        ),
    )


@pytest.mark.parametrize(
    ("codec", "name"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8 with a mark"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("cp1252", "Latin-1 (Windows-1252)"),
        ("latin-1", "Latin-1 (Windows-1252)"),
        ("mac-roman", "Mac Roman"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_names_are_right_in_every_encoding(write: Write, codec: str, name: str, end: str) -> None:
    text = "E-mail\tPrénom\tNom\na@b.example\tRenée\tLévêque\nb@b.example\tFrançois\tCôté"
    path = write(text.replace("\n", end).encode(codec))
    understood = understand(path)

    assert (understood.encoding, understood.separator) == (name, "tab")
    assert [row.name for row in read_rows(path) if isinstance(row, Row)] == [
        "Renée Lévêque",
        "François Côté",
    ]


def test_a_guessed_encoding_is_a_warning(write: Write) -> None:
    path = write("email,name,status\na@b.example,Renée,active\n".encode("cp1252"))
    (warning,) = understand(path).warnings

    assert "Latin-1 (Windows-1252)" in warning
    assert "names" in warning


def test_utf_8_with_broken_bytes_is_refused_with_the_line(write: Write) -> None:
    path = write("email,name\na@b.example,आशा\nb@b.example,".encode() + b"Ren\xe9e\n")

    assert understand(path).encoding == "UTF-8"
    with pytest.raises(AudienceError, match="line 3: these bytes are not UTF-8"):
        list(read_rows(path))


def test_bytes_that_first_come_late_are_refused_with_the_line(write: Write) -> None:
    rows = lines.HEAD // 10
    path = write(b"email,name\n" + b"a@b.in,Asha\n" * rows + b"b@b.example,Ren\xe9e\n")

    with pytest.raises(AudienceError, match=f"line {rows + 2}: these bytes are not UTF-8"):
        list(read_rows(path))


def test_a_letter_on_the_edge_of_the_head_is_whole(write: Write) -> None:
    start = b"email,name\na@b.example,"
    path = write(start + b"x" * 100 + b"\n" * (lines.HEAD - len(start) - 101) + "é".encode())

    assert understand(path).encoding == "UTF-8"


def test_bytes_that_are_no_letters_anywhere_are_refused(write: Write) -> None:
    path = write(b"email,name\n" + b"a@b.example,Ren\xe9e\n" * 5_000 + b"b@b.example,\x81\n")
    with pytest.raises(AudienceError, match="line 5002: these bytes are not Latin-1"):
        list(read_rows(path))


@pytest.mark.parametrize(
    ("header", "separator"),
    [
        ("email,name", "comma"),
        ("Name, first;E-mail", "semicolon"),
        ('"Name; first",E-mail', "comma"),
        ("email\tname", "tab"),
        ("email", "none"),
    ],
)
def test_the_separator_is_the_one_that_names_the_address(
    write: Write, header: str, separator: str
) -> None:
    assert understand(write(f"{header}\n")).separator == separator


def test_a_header_may_have_a_name_of_two_lines_and_stand_below_blank_ones(write: Write) -> None:
    path = write('\n\nemail,"first\nname"\na@b.example,Asha\nnobody,\n')

    assert [row.line for row in read_rows(path)] == [5, 6]
    assert understand(path).columns.name == ("first\nname",)


@pytest.mark.parametrize(
    ("content", "warning"),
    [
        ("email,name\n", "no column that says who left: import the list of unsubscribed people"),
        ("Email Address,LEID,EUID\n", "Mailchimp's files of unsubscribed and of cleaned"),
        ("Email,Stripe plan\n", "no column that says who left: Substack"),
        ("Email Address,UNSUB_TIME\n", "Everybody in this file has left"),
        ("a@b.example\n", "every line is taken for an address"),
        ("Kontakt,status\na@b.example,active\n", "“Kontakt” is taken for it"),
    ],
)
def test_what_a_person_should_know_is_a_warning(write: Write, content: str, warning: str) -> None:
    assert any(warning in each for each in understand(write(content)).warnings)


def test_a_file_that_says_who_left_in_an_address_column_has_no_warning(write: Write) -> None:
    assert understand(write("email,status\n")).warnings == ()
    path = write("Kontakt,status\na@b.example,active\n")
    assert understand(path, address_column="Kontakt").warnings == ()


def test_only_the_head_of_a_file_is_looked_at(write: Write) -> None:
    rows = b"a@b.example,Asha\n" * (lines.HEAD // 8)

    assert understand(write(b"Kontakt,name\n" + rows + b"\0\n")).columns.address == "Kontakt"


def test_a_file_that_cannot_be_read_is_not_understood(write: Write) -> None:
    with pytest.raises(AudienceError, match="is empty"):
        understand(write("\n\n"))
