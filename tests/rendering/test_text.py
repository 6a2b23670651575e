import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.rendering.bidi import names
from newsletter.rendering.text import COLUMNS, columns, tidy, width


def test_a_line_ends_before_column_78_and_hangs_under_its_mark() -> None:
    lines = columns("word " * 40, 2, "1. ").split("\n")

    assert lines[0].startswith("  1. word")
    assert all(line.startswith("     word") for line in lines[1:])
    assert all(len(line) <= COLUMNS for line in lines)


def test_an_address_and_an_id_are_never_broken() -> None:
    address = f"https://a.example/{'long-' * 30}end"

    assert columns(f"See {address} there").split("\n") == ["See", address, "there"]


def test_wide_letters_count_twice_and_may_part_anywhere() -> None:
    assert [width(line) for line in columns("新" * 50).split("\n")] == [78, 22]


@pytest.mark.parametrize(
    ("text", "seen"), [("हिन्दी", 5), ("👩‍👩‍👧‍👦", 8), ("abc", 3), ("e\u0301", 1)]
)
def test_marks_take_no_column(text: str, seen: int) -> None:
    assert width(text) == seen


def test_line_ends_are_kept_and_hard_spaces_hold() -> None:
    assert columns("a\nb") == "a\nb"
    assert columns("x" * 75 + " 1\u00a0min") == "x" * 75 + "\n1 min"
    assert columns("") == ""


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])), st.integers(0, 6))
def test_wrapping_loses_no_word(text: str, indent: int) -> None:
    def words(said: str) -> str:
        return "".join(said.replace("\u00a0", " ").split())

    assert words(columns(text, indent)) == words(text)


def test_a_text_ends_once() -> None:
    assert tidy("\n\na  \n\n\n\nb\n\n") == "a\n\nb\n"


def test_a_latin_name_in_arabic_has_its_own_direction_and_stays_escaped() -> None:
    said = names('<b>اسم GLM-5.2 هو "C++"', "rtl")

    assert '<span dir="auto">GLM-5.2</span>' in said
    assert '<span dir="auto">C++</span>' in said
    assert "<b>" not in said
    assert names("<b>", "ltr") == "<b>"
