"""Which column says what: by its name in many languages, by its contents, by a person's word."""

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter.audience.rows import Rejected, Row, columns_of, read_rows
from newsletter.errors import AudienceError

Read = Callable[..., list[Row | Rejected]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def reading(content: str, address_column: str = "") -> list[Row | Rejected]:
        path = tmp_path / "daily.csv"
        path.write_text(content, encoding="utf-8", newline="")
        return list(read_rows(path, address_column=address_column))

    return reading


def _told(rows: list[Row | Rejected]) -> list[tuple[str, str]]:
    return [(row.address.text, row.name) for row in rows if isinstance(row, Row)]


@pytest.mark.parametrize(
    "header",
    [
        "Prénom;Nom;E-mail",
        "Vorname;Nachname;E-Mail-Adresse",
        "Vorname;Name;E-Mail",
        "Nombre;Apellidos;Correo electrónico",
        "Nome;Sobrenome;Endereço de e-mail",
        "Nome;Cognome;Indirizzo e-mail",
        "Voornaam;Achternaam;E-mailadres",
        "Förnamn;Efternamn;E-postadress",
        "पहला नाम;उपनाम;ईमेल",
        "नाम;उपनाम;ई-मेल पता",
        "Имя;Фамилия;Электронная почта",
        "First Name;Last Name;Email *",
    ],
)
def test_a_header_is_read_in_its_own_language(read: Read, header: str) -> None:
    assert _told(read(f"{header}\nAsha;Rao;a@b.example\n")) == [("a@b.example", "Asha Rao")]


@pytest.mark.parametrize(
    "header", ["नाम,ईमेल", "姓名,电子邮箱", "名前,メールアドレス", "الاسم,البريد الإلكتروني"]
)
def test_a_whole_name_has_names_in_other_scripts_too(read: Read, header: str) -> None:
    assert _told(read(f"{header}\nआशा राव,a@b.example\n")) == [("a@b.example", "आशा राव")]


def test_a_whole_name_is_not_doubled_by_a_part_of_it(read: Read) -> None:
    rows = read("first name,name,email\nAsha,Asha Rao,a@b.example\nBen,,b@b.example\n")
    assert [name for _, name in _told(rows)] == ["Asha Rao", "Ben"]


def test_a_column_full_of_addresses_is_the_one_when_no_header_says_so(read: Read) -> None:
    addresses = "".join(f"Asha,r{n}@b.example\n" for n in range(9))
    rows = read(f"Who,Kontakt\n{addresses}Ben,by phone\n")

    assert len(_told(rows)) == 9
    assert isinstance(rows[-1], Rejected)
    assert [row.line for row in rows] == list(range(2, 12))


def test_a_column_half_full_of_addresses_is_none(read: Read) -> None:
    with pytest.raises(AudienceError, match="no column holds addresses"):
        read("Who,Kontakt\nAsha,a@b.example\nBen,by phone\n")


def test_a_street_is_no_address_where_another_column_holds_them(read: Read) -> None:
    rows = read("Address,Kontakt\n1 Long Lane,a@b.example\n")

    assert _told(rows) == [("a@b.example", "")]
    assert _told(read("Address,Name\na@b.example,Asha\n")) == [("a@b.example", "Asha")]


def test_two_columns_of_addresses_are_a_question_to_a_person(read: Read) -> None:
    content = "Work,Home\na@work.example,a@home.example\n"
    with pytest.raises(AudienceError, match="“Work”, “Home”") as refused:
        read(content)

    assert "--address-column" in refused.value.hint
    assert _told(read(content, "home")) == [("a@home.example", "")]
    assert _told(read(content, "1")) == [("a@work.example", "")]


def test_a_persons_word_outranks_the_header(read: Read) -> None:
    (row,) = read("email,Reply to\na@old.example,a@new.example\n", "Reply to")
    assert isinstance(row, Row)
    assert (row.address.text, row.attributes) == ("a@new.example", {"email": "a@old.example"})


def test_one_of_two_columns_of_a_name_is_meant_by_its_number(read: Read) -> None:
    content = "email,email\na@old.example,a@new.example\n"
    with pytest.raises(AudienceError, match="more than one column is called email"):
        read(content, "email")
    assert _told(read(content, "2")) == [("a@new.example", "")]


def test_a_column_that_is_not_there_is_an_error_that_names_the_others(read: Read) -> None:
    with pytest.raises(AudienceError, match="no column is called “mial”") as refused:
        read("email,name\n", "mial")
    assert "“email”, “name”" in refused.value.hint


def test_rows_that_were_looked_at_are_read_all_the_same(read: Read) -> None:
    rows = read("Kontakt\n" + "".join(f"r{n}@b.example\n" for n in range(1_500)))
    assert [row.line for row in rows] == list(range(2, 1_502))


@pytest.mark.parametrize(
    ("column", "field", "fate"),
    [
        ("unsubscribed", "yes", "unsubscribed"),
        ("Unsubscribed", "2024-02-05", "unsubscribed"),
        ("unsubscribed", "no", None),
        ("Opt-out", "1", "unsubscribed"),
        ("bounced", "true", "bounced"),
        ("Blacklisted", "Yes", "manual"),
        ("subscribed", "no", "unsubscribed"),
        ("subscribed", "2024-02-05", None),
        ("unsubscribed_at", "NULL", None),
        ("Statut", "désabonné", "unsubscribed"),
    ],
)
def test_a_spreadsheet_says_in_its_own_way_who_left(
    read: Read, column: str, field: str, fate: str | None
) -> None:
    (row,) = read(f"email,{column}\na@b.example,{field}\n")
    assert isinstance(row, Row)
    assert row.left == fate


def test_one_word_of_leaving_outranks_all_others(read: Read) -> None:
    rows = read(
        "email,status,unsubscribed,bounced_at\na@b.example,active,no,2024-02-05\n"
        "b@b.example,wobbly,yes,\nc@b.example,active,perhaps,\nd@b.example,unsubscribed,,\n"
    )
    assert [row.left if isinstance(row, Row) else row.reason for row in rows] == [
        "bounced",
        "unsubscribed",
        "Nobody here knows the state “perhaps”.",
        "unsubscribed",
    ]


def test_nobody_stays_subscribed_because_their_name_is_too_long(read: Read) -> None:
    (row,) = read(f"email,name,status\na@b.example,{'x' * 201},unsubscribed\n")
    assert isinstance(row, Row)
    assert (row.name, row.left) == ("", "unsubscribed")


def test_the_first_time_of_joining_that_can_be_read_counts(read: Read) -> None:
    rows = read(
        "email,OPTIN_TIME,CONFIRM_TIME\na@b.example,2023-04-21 11:16:57,2023-05-01\n"
        "b@b.example,soon,2023-05-01\nc@b.example,,\n"
    )
    assert [str(row.joined) for row in rows if isinstance(row, Row)] == [
        "2023-04-21 11:16:57+00:00",
        "2023-05-01 00:00:00+00:00",
        "None",
    ]


def test_a_column_of_joining_is_kept_as_it_was_written() -> None:
    columns = columns_of(["email", "created_at"])
    assert (columns.joined, columns.attributes) == ((1,), ((1, "created_at"),))
