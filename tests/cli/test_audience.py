"""What a person types who looks after the readers."""

import csv
import json
import sqlite3
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


def test_show_tells_the_story_with_the_words_that_were_shown(
    desk: Path, newsletter: Command
) -> None:
    assert desk
    newsletter("subscribers", "add", "ann@example.com", "--list", "daily", "--name", "Ann")
    newsletter("subscribers", "remove", "ann@example.com", "--list", "daily")

    shown = newsletter("subscribers", "show", "ANN@example.com")

    assert shown.code == 0
    for words in ("ann@example.com   unsubscribed", "added daily", "unsubscribed daily", "Ann"):
        assert words in shown.out
    facts = json.loads(newsletter("subscribers", "show", "ann@example.com", "--json").out)
    assert facts["address"] == "ann@example.com"
    assert facts["state"] == "unsubscribed"
    assert facts["lists"]["daily"]["state"] == "unsubscribed"
    assert facts["suppressions"][0]["reason"] == "unsubscribed"


def test_show_of_a_stranger_says_that_nothing_is_known(desk: Path, newsletter: Command) -> None:
    assert desk
    shown = newsletter("subscribers", "show", "nobody@example.com")

    assert (shown.code, shown.out) == (1, "Nothing is known of nobody@example.com.\n")


def test_forget_asks_and_erases(desk: Path, newsletter: Command) -> None:
    assert desk
    newsletter("subscribers", "add", "ann@example.com", "--list", "daily")
    assert newsletter("subscribers", "forget", "ann@example.com").code == 2

    assert "erased" in newsletter("subscribers", "forget", "ann@example.com", "--yes").out
    assert "was erased" in newsletter("subscribers", "show", "ann@example.com").out
    again = newsletter("subscribers", "add", "ann@example.com", "--list", "daily")
    assert (again.code, "suppressed" in again.out) == (1, True)


def test_suppress_keeps_an_address_away_for_good(desk: Path, newsletter: Command) -> None:
    assert desk
    newsletter("subscribers", "suppress", "ann@example.com", "--reason", "complained")
    words = ("subscribers", "add", "ann@example.com", "--list", "daily", "--again")

    assert newsletter(*words).code == 1
    assert newsletter("subscribers", "suppress", "a@example.com", "--reason", "erased").code == 2


def test_a_file_of_addresses_is_suppressed_with_its_reasons(
    desk: Path, newsletter: Command
) -> None:
    newsletter("subscribers", "add", "ann@example.com", "--list", "daily")
    path = desk / "bounces.csv"
    path.write_text("email,reason\nann@example.com,bounced\nben@example.com,spam\n")

    out = newsletter("subscribers", "suppress", "--file", str(path))

    assert (out.code, "2 addresses of" in out.out) == (0, True)
    shown = json.loads(newsletter("subscribers", "show", "ann@example.com", "--json").out)
    assert shown["suppressions"][0]["reason"] == "bounced"
    assert newsletter("subscribers", "suppress").code == 2
    assert newsletter("subscribers", "suppress", "a@b.example", "--file", str(path)).code == 2


def test_export_writes_what_no_spreadsheet_takes_for_a_formula(
    desk: Path, newsletter: Command
) -> None:
    path = desk / "in.csv"
    path.write_text('email,name,note\nann@example.com,"=HYPERLINK(""x"")",+1\nben@example.com,,\n')
    newsletter("subscribers", "import", str(path), "--list", "daily", "--yes")

    out = newsletter("subscribers", "export", "--list", "daily", "--out", "out.csv")

    with (desk / "out.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert out.code == 0
    assert [row["email"] for row in rows] == ["ann@example.com", "ben@example.com"]
    assert rows[0]["name"] == '\'=HYPERLINK("x")'
    assert rows[0]["status"] == "active"
    assert (desk / "out.csv").stat().st_mode & 0o077 == 0
    lines = newsletter("subscribers", "export", "--jsonl").out.splitlines()
    assert json.loads(lines[0])["attributes"] == {"note": "+1"}
    assert newsletter("subscribers", "export", "--list", "nobody").code == 1


def test_an_export_can_come_in_again_with_every_state(desk: Path, newsletter: Command) -> None:
    for name in ("ann", "ben"):
        newsletter("subscribers", "add", f"{name}@example.com", "--list", "daily")
    newsletter("subscribers", "remove", "ben@example.com", "--list", "daily")
    newsletter("subscribers", "export", "--list", "daily", "--out", "out.csv")
    words = ("subscribers", "import", "out.csv", "--list", "weekly", "--yes", "--json")

    facts = json.loads(newsletter(*words).out)

    assert desk
    assert (facts["new"], facts["left"]) == (1, 1)


def test_import_says_what_it_took_the_file_for(desk: Path, newsletter: Command) -> None:
    path = desk / "ghost.csv"
    path.write_text(
        "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,"
        "deleted_at\r\n1,ann@example.com,Ann,,true,false,,2024-01-02T03:04:05.000Z,\r\n"
        "2,ben@example.com,Ben,,false,false,,2024-01-02T03:04:05.000Z,",
        newline="",
    )
    words = ("subscribers", "import", str(path), "--list", "daily", "--yes", "--basis", "asked us")
    out = newsletter(*words).out

    assert "Ghost · UTF-8 · columns parted by comma" in out
    assert "left     subscribed_to_emails" in out
    shown = newsletter("subscribers", "show", "ann@example.com").out
    assert "imported daily by file: 2 rows; asked us" in shown
    left = json.loads(newsletter("subscribers", "show", "ben@example.com", "--json").out)
    assert left["suppressions"][0]["reason"] == "unsubscribed"
    assert [entry["event"] for entry in left["consents"]] == ["imported"]


def test_the_address_column_can_be_named(desk: Path, newsletter: Command) -> None:
    path = desk / "two.csv"
    path.write_text("work,home\na@example.com,b@example.com\nc@example.com,d@example.com\n")
    words = ("subscribers", "import", str(path), "--list", "daily", "--yes")
    asked = newsletter(*words)

    assert asked.code == 1
    assert "--address-column" in asked.err
    assert newsletter(*words, "--address-column", "home").code == 0
    assert "Nothing is known" in newsletter("subscribers", "show", "a@example.com").out


def test_without_an_alarm_alarms_says_so(desk: Path, newsletter: Command) -> None:
    assert desk
    quiet = newsletter("subscribers", "alarms")

    assert quiet.code == 0
    assert "nobody left in a burst" in quiet.out
    assert json.loads(newsletter("subscribers", "alarms", "--json").out) == []


def test_an_alarm_names_the_domain_and_undoes_it(desk: Path, newsletter: Command) -> None:
    for number in range(3):
        newsletter("subscribers", "add", f"r{number}@corp.example", "--list", "daily")
        newsletter("subscribers", "remove", f"r{number}@corp.example", "--list", "daily")
    with sqlite3.connect(desk / "var" / "newsletter.db") as database:
        # As if they had pressed a link: what was done by command is nobody's scanner.
        database.execute("UPDATE suppressions SET method = 'one-click'")
        database.execute(
            "UPDATE subscriptions SET since = (SELECT x.at FROM suppressions x JOIN subscribers s"
            " ON s.key = x.key WHERE s.id = subscriptions.subscriber_id)"
        )

    alarm = newsletter("subscribers", "alarms")

    assert alarm.code == 1
    assert "corp.example  3 readers left at" in alarm.out
    assert (
        "3 readers at corp.example back"
        in newsletter("subscribers", "alarms", "--undo", "corp.example").out
    )
    assert newsletter("subscribers", "alarms").code == 0


def test_send_goes_to_a_segment_and_says_whom(
    desk: Path, story: Callable[..., Path], newsletter: Command
) -> None:
    story()
    toml = desk / "templates" / "daily" / "newsletter.toml"
    toml.write_text(f'{toml.read_text()}\n[segments.named]\nfield = "name"\nknown = true\n')
    newsletter("subscribers", "add", "nameless@example.com", "--list", "daily")
    newsletter("subscribers", "add", "ann@example.com", "--list", "daily", "--name", "Ann")

    out = newsletter("send", "--date", "2026-07-05", "--yes", "--segment", "named").out

    assert "1 reader selected on the list daily, of these: name is known" in out
    wrong = newsletter("send", "--date", "2026-07-05", "--dry-run", "--segment", "x")
    assert (wrong.code, "no segment 'x'" in wrong.err) == (1, True)


def test_the_consent_ledger_can_be_recounted(desk: Path, newsletter: Command) -> None:
    for name in ("ann", "ben"):
        newsletter("subscribers", "add", f"{name}@example.com", "--list", "daily")
    whole = newsletter("subscribers", "consents")
    with sqlite3.connect(desk / "var" / "newsletter.db") as database:
        database.execute("DROP TRIGGER consents_no_update")
        database.execute("UPDATE consents SET note = 'other words' WHERE id = 1")

    changed = newsletter("subscribers", "consents")

    assert (whole.code, changed.code) == (0, 5)
    assert "every entry follows" in whole.out
    assert "entry 1 does not follow" in changed.out
    facts = json.loads(newsletter("subscribers", "consents", "--json").out)
    assert (facts["entries"], facts["events"], facts["broken"]) == (2, {"added": 2}, [1])
