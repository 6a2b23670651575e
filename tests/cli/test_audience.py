"""What a person types who looks after the readers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]


@pytest.fixture
def people(desk: Path) -> Path:
    file = desk / "people.csv"
    file.write_text("email,name\nbo@example.com,Bo\ncy@example.com,Cy\n", encoding="utf-8")
    return file


def lists(newsletter: Command) -> dict[str, int]:
    return {
        found["name"]: found["active"]
        for found in json.loads(newsletter("subscribers", "lists", "--json").out)
    }


def test_a_file_is_imported_and_counted(people: Path, newsletter: Command) -> None:
    result = newsletter("subscribers", "import", str(people), "--list", "daily", "--yes")

    assert result.code == 0, result.err
    assert "2 rows · imported, the list daily is new" in result.out
    assert lists(newsletter) == {"daily": 2}


def test_a_dry_run_says_what_would_happen_and_changes_nothing(
    people: Path, newsletter: Command
) -> None:
    result = newsletter("subscribers", "import", str(people), "--list", "daily", "--dry-run")

    assert "2 rows · nothing is changed yet" in result.out
    assert "--yes" in result.out
    assert lists(newsletter) == {}


def test_a_bad_row_is_named_and_nobody_is_let_in(people: Path, newsletter: Command) -> None:
    people.write_text("email\nbo@example.com\nnot-an-address\n", encoding="utf-8")

    result = newsletter("subscribers", "import", str(people), "--list", "daily", "--yes")

    assert result.code == 1
    assert "Line 3" in result.err
    assert "--skip-rejected" in result.err
    assert lists(newsletter) == {}


def test_the_good_rows_may_be_let_in_by_word(people: Path, newsletter: Command) -> None:
    people.write_text("email\nbo@example.com\nnot-an-address\n", encoding="utf-8")
    words = ("subscribers", "import", str(people), "--list", "daily", "--yes", "--skip-rejected")

    result = newsletter(*words)

    assert result.code == 0
    assert "people.csv:3" in result.out
    assert lists(newsletter) == {"daily": 1}


def test_programs_get_the_same_as_facts(people: Path, newsletter: Command) -> None:
    people.write_text("email\nbo@example.com\nnot-an-address\n", encoding="utf-8")
    words = ("subscribers", "import", str(people), "--list", "daily", "--dry-run", "--json")

    facts = json.loads(newsletter(*words).out)

    assert (facts["read"], facts["new"], facts["rejected"]) == (2, 1, 1)
    assert facts["rejections"][0]["line"] == 3


def test_a_file_that_is_not_there_is_one_sentence(newsletter: Command, desk: Path) -> None:
    result = newsletter("subscribers", "import", str(desk / "no.csv"), "--list", "daily", "--yes")

    assert result.code == 1
    assert result.err.startswith("error: ")
    assert "Traceback" not in result.err


@pytest.mark.usefixtures("desk")
def test_one_reader_is_added_once(newsletter: Command) -> None:
    words = ("subscribers", "add", "ann@example.com", "--list", "daily", "--name", "Ann")

    assert "is on the list daily" in newsletter(*words).out
    assert "was on the list daily already" in newsletter(*words).out
    assert lists(newsletter) == {"daily": 1}


@pytest.mark.usefixtures("desk")
def test_what_is_no_address_is_one_sentence(newsletter: Command) -> None:
    result = newsletter("subscribers", "add", "ann", "--list", "daily")

    assert result.code == 1
    assert "there is no @" in result.err


def test_who_left_is_not_added_by_accident(people: Path, newsletter: Command) -> None:
    people.write_text("email,status\nbo@example.com,unsubscribed\n", encoding="utf-8")
    newsletter("subscribers", "import", str(people), "--list", "daily", "--yes")
    words = ("subscribers", "add", "bo@example.com", "--list", "daily")

    assert newsletter(*words).code == 1
    assert newsletter(*words, "--again").code == 0


@pytest.mark.usefixtures("desk")
def test_without_a_list_the_next_step_is_named(newsletter: Command) -> None:
    assert "next  newsletter subscribers import" in newsletter("subscribers", "lists").out


@pytest.mark.usefixtures("desk")
def test_migrating_what_is_up_to_date_says_so(newsletter: Command) -> None:
    first, second = newsletter("migrate"), newsletter("migrate")

    assert "migrated from nothing to" in first.out
    assert "already" in second.out
