"""Whom an edition goes to: several lists, part of them, and what readers chose themselves."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from newsletter.audience.fingerprints import Fingerprints
from newsletter.audience.lists import add, remove
from newsletter.newsroom import Draft, Newsroom
from newsletter.settings import Rule, Settings
from newsletter.storage.database import Database

SECRET = "a canary of thirty-two characters!"
PRINTS = Fingerprints(SECRET.encode())

MORE = """
also_lists = ["weekly"]

[segments.india]
attribute = "country"
is = "IN"
"""


@pytest.fixture
def newsroom(desk: Path, story: Callable[..., Path], database_url: str) -> Iterator[Newsroom]:
    story()
    path = desk / "templates" / "daily" / "newsletter.toml"
    head, body = path.read_text().split("# Who the mail is from.")
    lists, segments = MORE.split("\n\n")
    path.write_text(f"{head}{lists}\n# Who the mail is from.{body}\n{segments}\n")
    values: dict[str, Any] = {"database_url": database_url, "secret": SECRET}
    opened = Newsroom(Settings(_env_file=None, **values))  # type: ignore[call-arg]
    yield opened
    opened._house.database.close()


def send(newsroom: Newsroom, rule: Rule | None = None, day: str = "2026-07-05") -> Draft:
    draft = newsroom.desk.build(newsroom.newsletter(), date.fromisoformat(day))
    assert isinstance(draft, Draft)
    newsroom.dispatch.plan(draft, rule)
    newsroom.dispatch.deliver(draft.id, show=lambda *_: None, stop=lambda: False)
    return draft


def fates(database: Database) -> list[tuple[str, str, str | None]]:
    query = text(
        "SELECT s.key, d.state, d.reason FROM deliveries d"
        " JOIN subscribers s ON s.id = d.subscriber_id ORDER BY s.key"
    )
    with database.read() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_somebody_on_two_lists_gets_one_copy(newsroom: Newsroom) -> None:
    database = newsroom._house.database
    for name in ("daily", "weekly"):
        add(database, "ann@example.com", name, PRINTS)
    add(database, "ben@example.com", "weekly", PRINTS)

    send(newsroom)

    assert fates(database) == [
        ("ann@example.com", "submitted", None),
        ("ben@example.com", "submitted", None),
    ]
    assert newsroom.circulation.readers(newsroom.newsletter()) == 2


def test_who_left_one_of_two_lists_gets_it_by_the_other(newsroom: Newsroom) -> None:
    database = newsroom._house.database
    for address in ("ann@example.com", "ben@example.com"):
        for name in ("daily", "weekly"):
            add(database, address, name, PRINTS)
    remove(database, "ann@example.com", PRINTS, list_name="daily")
    remove(database, "ben@example.com", PRINTS)

    send(newsroom)

    assert fates(database) == [("ann@example.com", "submitted", None)]


def test_who_leaves_between_plan_and_call_is_skipped_on_several_lists_too(
    newsroom: Newsroom,
) -> None:
    database = newsroom._house.database
    for address in ("ann@example.com", "ben@example.com"):
        add(database, address, "weekly", PRINTS)
    add(database, "cleo@example.com", "daily", PRINTS)
    draft = newsroom.desk.build(newsroom.newsletter(), date(2026, 7, 5))
    assert isinstance(draft, Draft)
    newsroom.dispatch.plan(draft)
    remove(database, "ann@example.com", PRINTS)

    newsroom.dispatch.deliver(draft.id, show=lambda *_: None, stop=lambda: False)

    assert fates(database) == [
        ("ann@example.com", "skipped", "suppressed"),
        ("ben@example.com", "submitted", None),
        ("cleo@example.com", "submitted", None),
    ]
    assert all(proof.holds for proof in newsroom.control.prove(draft.id))


def test_a_segment_picks_part_and_is_frozen_with_the_edition(newsroom: Newsroom) -> None:
    database = newsroom._house.database
    for address in ("ann@example.com", "ben@example.com"):
        add(database, address, "daily", PRINTS)
    with database.begin() as connection:
        connection.execute(
            text("UPDATE subscribers SET attributes = :a WHERE key = 'ann@example.com'"),
            {"a": '{"country": "IN"}'},
        )
    rule = newsroom.newsletter().rule("india")
    assert rule
    assert newsroom.circulation.readers(newsroom.newsletter(), rule) == 1

    send(newsroom, rule)

    assert fates(database) == [("ann@example.com", "submitted", None)]
    with database.read() as connection:
        frozen = connection.execute(text("SELECT segment FROM editions")).scalar_one()
    assert "country" in str(frozen)


def test_a_segment_that_is_not_there_is_named_with_those_that_are(
    desk: Path, newsroom: Newsroom
) -> None:
    from newsletter.errors import SettingsError  # noqa: PLC0415

    assert desk
    with pytest.raises(SettingsError, match="no segment 'indai'") as refused:
        newsroom.newsletter().rule("indai")
    assert "india" in refused.value.hint


def test_percent_narrows_a_segment(newsroom: Newsroom) -> None:
    rule = newsroom.newsletter().rule("india", 10)

    assert str(rule) == "country is IN, and a sample of 10 %"
    assert str(newsroom.newsletter().rule(percent=2.5)) == "a sample of 2.5 %"
