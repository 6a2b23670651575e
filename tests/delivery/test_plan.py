"""What the plan freezes, and that it freezes all of it or nothing."""

import threading
from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert, select, update

from newsletter.delivery.ledger import Ledger
from newsletter.delivery.prove import prove
from newsletter.errors import DeliveryError
from newsletter.model import Approval, Counts, EditionId, EditionState
from newsletter.storage import deliveries, editions, snapshot, tables
from newsletter.storage.database import Database
from newsletter.storage.tables import batches, edition_articles, links, pictures
from tests.delivery.conftest import NOW

ID = EditionId("daily", date(2026, 7, 5))

Plan = Callable[..., int]
Readers = Callable[..., None]


def key_of(database: Database, id: EditionId = ID) -> int:
    kept = editions.find(database, id)
    assert kept
    return kept.key


def counts(database: Database) -> Counts:
    with database.read() as connection:
        return deliveries.counts(connection, key_of(database))


def rows(database: Database, table: Any) -> list[Any]:
    with database.read() as connection:
        return list(connection.execute(select(table)))


def write_all(database: Database) -> int:
    """Write the whole audience down; returns how many parts it had."""
    ledger, parts = Ledger(database, ID), 0
    while ledger.write_part():
        parts += 1
    return parts


def test_selected_is_planned_plus_skipped_and_who_left_is_no_row(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(2_500, suppressed=[7, 2_500], gone=[1, 2])

    assert plan() == 2_498
    assert counts(database) == Counts(selected=2_498, pending=2_498)
    write_all(database)
    found = counts(database)
    assert (found.selected, found.pending, found.skipped) == (2_498, 2_496, 2)
    assert found.balanced
    with database.read() as connection:
        assert deliveries.reasons(connection, key_of(database)) == {"suppressed": 2}


def test_batches_cover_every_position_once(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(2_001)
    plan()
    write_all(database)

    covered = [n for row in rows(database, batches) for n in range(row.first, row.last + 1)]

    assert covered == list(range(1, 2_002))


def test_rendition_links_pictures_and_candidates_are_frozen(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(1)
    plan()

    with database.read() as connection:
        frozen = editions.frozen(connection, key_of(database))
    assert frozen.rendition.subject == "A story"
    assert frozen.headers.list_id == "daily.news.example"
    assert frozen.number == 1
    assert len(frozen.secret or b"") == 32
    assert [row.url for row in rows(database, links)] == ["https://news.example/a"]
    assert [row.data for row in rows(database, pictures)] == [b"png"]
    # A draft is not considered: it may still come tomorrow.
    assert [row.article for row in rows(database, edition_articles)] == ["a"]


def test_an_audience_is_written_part_by_part_and_is_the_one_of_its_moment(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(snapshot.PART + 5)
    plan()
    ledger = Ledger(database, ID)
    assert ledger.write_part()
    with database.begin() as connection:
        # One joins and one leaves while the audience is half written.
        late = {"list_id": 1, "subscriber_id": 99_999, "state": "active", "since": NOW}
        person = {"id": 99_999, "public_id": 99_999, "address": "z@example.com", "name": ""}
        more = {"key": "z@example.com", "attributes": {}, "created_at": NOW}
        connection.execute(insert(tables.subscribers).values(**person, **more))
        connection.execute(insert(tables.subscriptions).values(late))
        gone = tables.subscriptions.c.subscriber_id == snapshot.PART + 2
        connection.execute(update(tables.subscriptions).where(gone).values(state="unsubscribed"))

    assert ledger.write_part()
    assert not ledger.write_part()

    written = [row.subscriber_id for row in rows(database, tables.deliveries)]
    assert written == list(range(1, snapshot.PART + 6))
    assert all(proof.holds for proof in prove(database, ID))


def test_two_that_write_the_audience_at_once_write_each_part_once(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(2 * snapshot.PART + 5)
    plan()
    threads = [threading.Thread(target=write_all, args=[database]) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert counts(database).selected == 2 * snapshot.PART + 5
    assert all(proof.holds for proof in prove(database, ID))


def test_planning_again_changes_nothing(database: Database, plan: Plan, readers: Readers) -> None:
    readers(3)
    plan()
    before = rows(database, tables.editions)

    assert plan() == 3
    assert rows(database, tables.editions) == before


def test_two_that_plan_at_once_make_one_plan(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(50)
    selected: list[int] = []
    threads = [threading.Thread(target=lambda: selected.append(plan())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert selected == [50] * 4
    assert counts(database).selected == 50


def test_every_edition_has_a_number_of_its_own(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(1)
    for day in (5, 6, 7):
        plan(date(2026, 7, day))

    assert sorted(row.number for row in rows(database, tables.editions)) == [1, 2, 3]
    assert len(rows(database, pictures)) == 1


def test_a_list_that_nobody_is_on_makes_an_edition_for_nobody(
    database: Database, plan: Plan
) -> None:
    assert plan() == 0
    assert counts(database) == Counts()


@pytest.mark.parametrize("state", [EditionState.HELD, EditionState.CANCELLED])
def test_what_is_held_or_cancelled_is_not_planned(
    database: Database, plan: Plan, state: EditionState
) -> None:
    editions.move(database, ID, state, before=[EditionState.DRAFT], reason="waiting for a quote")

    with pytest.raises(DeliveryError, match=f"{state}: waiting for a quote"):
        plan()


def test_whose_word_it_goes_out_on_is_written_down_with_what_is_frozen(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(1)
    at = datetime(2026, 7, 5, 6, 48, tzinfo=ZoneInfo("Asia/Kolkata"))
    word = Approval(by="Asha", at=at, articles=(), lead="", subject="", preheader="")
    plan(approval=word)

    kept = editions.find(database, ID)
    assert kept
    assert (kept.state, kept.approved_by, len(kept.approved_hash)) == ("approved", "Asha", 64)


def test_an_edition_that_nobody_was_asked_about_names_nobody(
    database: Database, plan: Plan, readers: Readers
) -> None:
    readers(1)
    plan()

    kept = editions.find(database, ID)
    assert kept
    assert (kept.approved_by, kept.approved_hash) == ("", "")


def test_the_latest_edition_is_that_of_the_latest_day(database: Database, plan: Plan) -> None:
    assert editions.latest(database) is None
    plan(date(2026, 7, 6))
    plan()

    assert editions.latest(database) == EditionId("daily", date(2026, 7, 6))
