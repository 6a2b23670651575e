from pathlib import Path

import pytest

from newsletter.audience.lists import (
    Added,
    add,
    fill_empty_list,
    lists,
    operators,
    remove,
    suppress,
)
from newsletter.errors import AudienceError
from newsletter.model import SubscriberState, SuppressionReason
from newsletter.storage.database import Database
from tests.audience.readers import PRINTS, show

SAMPLE = Path(__file__).parents[2] / "subscribers"
ASHA = "asha@example.com"


def test_an_address_is_added_once(database: Database) -> None:
    assert add(database, ASHA, "daily", PRINTS, name=" Asha  Rao ") is Added.NEW
    assert add(database, "ASHA@example.com", "daily", PRINTS) is Added.KNOWN
    assert add(database, ASHA, "weekly", PRINTS, state=SubscriberState.PENDING) is Added.NEW
    found = show(database, ASHA)
    assert found is not None
    assert (found.name, found.state) == ("Asha Rao", SubscriberState.ACTIVE)
    assert {name: state for name, (state, _) in found.lists.items()} == {
        "daily": "active",
        "weekly": "pending",
    }


def test_who_left_is_added_only_when_they_asked_again(database: Database) -> None:
    add(database, ASHA, "daily", PRINTS)
    assert remove(database, ASHA, PRINTS, list_name="daily")
    assert not remove(database, ASHA, PRINTS, list_name="daily")
    assert add(database, ASHA, "daily", PRINTS) is Added.UNSUBSCRIBED
    assert add(database, ASHA, "daily", PRINTS, again=True) is Added.NEW
    found = show(database, ASHA)
    assert found is not None
    assert (found.state, found.suppressions) == (SubscriberState.ACTIVE, ())


def test_a_complaint_stands_even_against_asking_again(database: Database) -> None:
    suppress(database, ASHA, PRINTS, SuppressionReason.COMPLAINED)
    assert add(database, ASHA, "daily", PRINTS, again=True) is Added.SUPPRESSED
    found = show(database, ASHA)
    assert found is not None
    assert (found.public_id, found.state) == (None, SubscriberState.UNSUBSCRIBED)


def test_removing_without_a_list_means_all(database: Database) -> None:
    add(database, ASHA, "daily", PRINTS)
    add(database, ASHA, "weekly", PRINTS)
    assert remove(database, ASHA, PRINTS)
    assert [count.unsubscribed for count in lists(database)] == [1, 1]
    assert add(database, ASHA, "monthly", PRINTS) is Added.UNSUBSCRIBED


def test_a_list_that_nobody_knows_is_named(database: Database) -> None:
    with pytest.raises(AudienceError, match="no list 'dialy'"):
        remove(database, ASHA, PRINTS, list_name="dialy")


def test_of_somebody_unknown_nothing_is_held(database: Database) -> None:
    assert show(database, ASHA) is None


def test_the_sample_fills_an_empty_list_once(database: Database) -> None:
    report = fill_empty_list(database, SAMPLE, "daily", PRINTS)
    assert report is not None
    assert report.new == report.read >= 8
    (counts,) = lists(database)
    assert (counts.active, counts.suppressed) == (report.new, 1)
    assert fill_empty_list(database, SAMPLE, "daily", PRINTS) is None


def test_a_list_that_somebody_left_is_never_filled_again(database: Database) -> None:
    add(database, ASHA, "daily", PRINTS)
    remove(database, ASHA, PRINTS, list_name="daily")
    assert fill_empty_list(database, SAMPLE, "daily", PRINTS) is None


def test_a_list_without_a_file_stays_empty(database: Database, tmp_path: Path) -> None:
    assert fill_empty_list(database, tmp_path, "daily", PRINTS) is None


def test_readers_alone_are_enough_to_fill_a_list(database: Database, tmp_path: Path) -> None:
    (tmp_path / "daily.csv").write_text("email\nasha@example.com\n", encoding="utf-8")
    report = fill_empty_list(database, tmp_path, "daily", PRINTS)
    assert report is not None
    assert report.new == 1


def test_a_broken_file_of_suppressions_lets_nobody_in(database: Database, tmp_path: Path) -> None:
    (tmp_path / "daily.csv").write_text("email\nasha@example.com\n", encoding="utf-8")
    (tmp_path / "suppressed.csv").write_text("email\nnobody\n", encoding="utf-8")
    with pytest.raises(AudienceError, match="Nothing was imported"):
        fill_empty_list(database, tmp_path, "daily", PRINTS)
    assert lists(database) == ()


def test_where_readers_have_their_mailbox_is_told_in_parts(database: Database) -> None:
    for number in range(60):
        add(database, f"r{number}@gmail.com", "daily", PRINTS)
        add(database, f"r{number}@paper.in", "daily", PRINTS)
        add(database, f"r{number}@yahoo.com", "weekly", PRINTS)
    for number in range(20):
        remove(database, f"r{number}@paper.in", PRINTS, list_name="daily")

    assert operators(database, ["daily"]) == {"gmail.com": 0.6, "paper.in": 0.4}
    assert operators(database, ["weekly"]) == {}
    assert set(operators(database, ["daily", "weekly"])) == {"gmail.com", "paper.in", "yahoo.com"}
