"""Segments: each rule picks whom it says, on both databases, and nothing else can be said by it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError
from sqlalchemy import Connection, select

from newsletter.model import EditionId, SubscriberState
from newsletter.settings import Newsletter, Rule
from newsletter.storage import editions, list_counts, subscribers, tables
from newsletter.storage.database import Database
from newsletter.storage.segments import condition

IST = ZoneInfo("Asia/Kolkata")

#: Address: name, attributes, language, when they joined (UTC).
READERS = {
    "ann@example.com": ("Ann", {"country": "IN", "tags": "press,ai"}, "en", "2026-06-30T18:29:59"),
    "ben@example.org": ("", {"country": "NP"}, "hi", "2026-06-30T18:30:00"),
    "cleo@mail.example.com": ("Cleo", {}, "", "2026-07-04T00:00:00"),
    "dev@example.com": ("D%v", {"country": "US", "tags": "50%_off"}, "en", "2026-01-01T00:00:00"),
}


@pytest.fixture
def daily(database: Database) -> int:
    with database.begin() as connection:
        list_id, _ = subscribers.find_or_make_list(connection, "daily")
        other, _ = subscribers.find_or_make_list(connection, "weekly")
        for key, (name, attributes, lang, joined) in READERS.items():
            at = datetime.fromisoformat(joined).replace(tzinfo=UTC)
            who = subscribers.enrol(connection, key, key, name, now=at)
            row = tables.subscribers.update().where(tables.subscribers.c.id == who)
            connection.execute(row.values(attributes=attributes, lang=lang))
            active = SubscriberState.ACTIVE
            subscribers.subscribe(connection, who, list_id, active, now=at)
            if name == "Ann":
                subscribers.subscribe(connection, who, other, active, now=at)
    return list_id


def picked(database: Database, list_id: int, rule: Rule) -> str:
    """The first letters of who is picked."""
    s, n = tables.subscribers, tables.subscriptions
    query = (
        select(s.c.key)
        .join(n, n.c.subscriber_id == s.c.id)
        .where(n.c.list_id == list_id, condition(rule, IST))
        .order_by(s.c.key)
    )
    with database.read() as connection:
        found = connection.execute(query).scalars().all()
        assert list_counts.reachable(connection, [list_id], condition(rule, IST)) == len(found)
    return "".join(key[0] for key in found)


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ({"attribute": "country", "is": "IN"}, "a"),
        ({"attribute": "country", "is": ["IN", "NP"]}, "ab"),
        ({"attribute": "country", "is_not": ["IN", "NP"]}, "cd"),
        ({"attribute": "country", "known": True}, "abd"),
        ({"attribute": "country", "known": False}, "c"),
        ({"attribute": "tags", "contains": "press"}, "a"),
        ({"attribute": "tags", "contains": "%_"}, "d"),
        ({"field": "lang", "is": "hi"}, "b"),
        ({"field": "name", "known": False}, "b"),
        ({"field": "name", "contains": "%"}, "d"),
        ({"field": "domain", "is": "EXAMPLE.com"}, "ad"),
        ({"field": "domain", "is_not": "example.com"}, "bc"),
        ({"field": "domain", "contains": "mail."}, "c"),
        ({"field": "frequency", "is": "daily"}, "abcd"),
        ({"joined_after": date(2026, 7, 1)}, "bc"),
        ({"joined_before": date(2026, 7, 1)}, "ad"),
        ({"joined_after": date(2026, 7, 1), "joined_before": date(2026, 7, 2)}, "b"),
        ({"on_list": "weekly"}, "a"),
        ({"on_list": "nothing"}, ""),
        ({"percent": 100}, "abcd"),
        ({"not": {"attribute": "country", "is": "IN"}}, "bcd"),
        ({"all": [{"field": "lang", "is": "en"}, {"on_list": "weekly"}]}, "a"),
        ({"any": [{"field": "lang", "is": "hi"}, {"on_list": "weekly"}]}, "ab"),
        ({"attribute": "country'] OR 1=1 --", "is": "x"}, ""),
        ({"attribute": "country", "is": "x' OR '1'='1"}, ""),
        ({"on_list": "daily' OR 1=1"}, ""),
    ],
    ids=str,
)
def test_a_rule_picks_whom_it_says(
    database: Database, daily: int, rule: dict[str, object], who: str
) -> None:
    assert picked(database, daily, Rule.model_validate(rule)) == who


def test_samples_part_a_list(database: Database) -> None:
    now = datetime.now(UTC)
    with database.begin() as connection:
        list_id, _ = subscribers.find_or_make_list(connection, "daily")
        for n in range(1000):
            who = subscribers.enrol(connection, f"r{n}@a.example", f"r{n}@a.example", "", now=now)
            subscribers.subscribe(connection, who, list_id, SubscriberState.ACTIVE, now=now)
    tenths = [Rule(percent=10, sample=100 * n) for n in range(10)]
    with database.read() as connection:
        sizes = [
            list_counts.reachable(connection, [list_id], condition(rule, IST)) for rule in tenths
        ]

    assert sum(sizes) == 1000
    assert all(60 < size < 140 for size in sizes)


@pytest.mark.parametrize(
    "rule",
    [
        {},
        {"percent": 0},
        {"percent": 101},
        {"attribute": "country"},
        {"attribute": "country", "is": "IN", "contains": "I"},
        {"attribute": "country", "is": "IN", "percent": 10},
        {"field": "address", "is": "x"},
        {"attribute": 'a"b', "is": "x"},
        {"all": []},
        {"on_list": "daily", "is": "x"},
        {"country": "IN"},
    ],
    ids=str,
)
def test_a_rule_that_says_nothing_or_two_things_is_refused(rule: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate(rule)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"attribute": "country", "is": ["IN", "NP"]}, "country is IN or NP"),
        ({"percent": 2.5}, "a sample of 2.5 %"),
        ({"not": {"on_list": "weekly"}}, "not (on the list weekly)"),
        ({"joined_after": date(2026, 7, 1)}, "joined since 2026-07-01"),
        ({"field": "name", "known": False}, "name is not known"),
        ({"any": [{"percent": 1}, {"field": "lang", "contains": "h"}]}, "a sample of 1 %, or lang"),
    ],
)
def test_a_rule_can_be_read_aloud(rule: dict[str, object], words: str) -> None:
    assert words in str(Rule.model_validate(rule))


def test_who_pressed_a_link_is_known_only_where_clicks_are_counted_by_name(
    database: Database, daily: int
) -> None:
    with database.begin() as connection:
        s = tables.subscribers.c
        ids = {row.key: row.public_id for row in connection.execute(select(s.key, s.public_id))}
        named, hidden = (pressed_edition(connection, mode) for mode in ("individual", "aggregate"))
        now = datetime.now(UTC)
        presses = [
            (named, "ann@example.com", now - timedelta(days=29), "person"),
            (named, "ben@example.org", now - timedelta(days=31), "person"),
            (named, "cleo@mail.example.com", now, "probable"),
            (hidden, "dev@example.com", now, "person"),
        ]
        for edition, key, at, verdict in presses:
            row = {"edition_id": edition, "kind": "clicked", "at": at, "verdict": verdict}
            connection.execute(tables.events.insert().values(**row, reader=ids[key], link=1))

    rule = Rule.model_validate({"clicked_within": 30})
    assert picked(database, daily, rule) == "a"
    assert picked(database, daily, Rule.model_validate({"not": {"clicked_within": 30}})) == "bcd"
    assert str(rule) == "pressed a link in the last 30 days"


def pressed_edition(connection: Connection, mode: str) -> int:
    """Make an edition that counts so, and went out ten days ago."""
    key = editions.ensure(connection, EditionId(mode, date(2026, 7, 5)))
    began = datetime.now(UTC) - timedelta(days=10)
    row = tables.editions.update().where(tables.editions.c.id == key)
    connection.execute(row.values(tracking={"clicks": mode}, sending_began_at=began))
    return key


def test_a_newsletter_that_does_not_know_names_cannot_ask_for_them() -> None:
    rules = {"keen": {"any": [{"clicked_within": 7}, {"percent": 5}]}}
    with pytest.raises(ValidationError, match=r"\[segments.keen\] asks who pressed a link"):
        Newsletter.model_validate(
            {
                "name": "daily",
                "title": "T",
                "postal_address": "P",
                "sender": {"name": "N", "address": "n@example.com"},
                "segments": rules,
            }
        )
