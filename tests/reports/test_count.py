"""What a report counts, held against a recount in plain Python, on both databases."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import delete, func, insert, select, update

from newsletter.errors import DeliveryError
from newsletter.model import Counts, EditionId, Link, MergeField
from newsletter.reports.count import count_report
from newsletter.reports.labels import labels
from newsletter.reports.operators import NAMES
from newsletter.reports.report import Minute, Report, Tally
from newsletter.reports.tally import usual
from newsletter.reports.times import MOST_MINUTES, growth, speed
from newsletter.storage import deliveries, sealing, sums, tables
from newsletter.storage.database import Database
from newsletter.storage.growth import Flow
from tests.reports import recount, world
from tests.reports.world import BEGAN, ID, KEY, NOW, ZONE


def counted(database: Database, id: EditionId = ID) -> Report:
    return count_report(database, id, now=NOW)


def differing(one: Report, other: Report) -> set[str]:
    """The fields in which two reports differ."""
    mine, theirs = asdict(one), asdict(other)
    return {name for name in mine if mine[name] != theirs[name]}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("mode", ["pseudonymous", "aggregate"])
def test_every_number_is_what_a_recount_by_hand_finds(
    database: Database, seed: int, mode: str
) -> None:
    rows = world.make(seed, mode)
    world.write(database, rows)

    report = counted(database)

    expected = recount.report(rows, mode)
    assert differing(report, expected) == set()
    assert report == expected
    assert report.counts.balanced


def test_a_report_says_the_same_when_the_rows_of_its_ledger_are_gone(database: Database) -> None:
    world.write(database, world.make(1))
    before = counted(database)

    let_go(database)

    assert differing(counted(database), before) == set()


def let_go(database: Database) -> None:
    """Seal the ledger and delete its rows, as they are."""
    with database.begin() as connection:
        sums.begin(connection, KEY)
    with database.begin() as connection:
        found = sums.Counted(KEY, 1, deliveries.states(connection, KEY))
        details = sealing.details(connection, KEY, names=NAMES, most_words=50, proven=[])
        assert sums.seal(connection, found, details, at=NOW)
        while sealing.empty(connection, KEY, 0, 20, now=NOW):
            pass
        left = select(func.count()).where(tables.deliveries.c.edition_id == KEY)
        assert connection.execute(left).scalar_one() == 0


def test_a_made_up_world_leaves_no_number_at_nothing(database: Database) -> None:
    world.write(database, world.make(1))
    report = counted(database)

    assert min(asdict(report.clicks).values()) > 0
    assert min(asdict(report.opens).values()) > 0
    assert min(report.left, report.complained, report.counts.pending) > 0
    assert {one.name for one in report.operators} == {*world.OPERATORS.values(), "Erased"}
    assert any(one.ours for one in report.operators)
    assert {one.kind for one in report.bounces} == {"hard", "soft", "ours"}
    assert any(one.submitted == 0 for one in report.speed)
    assert [one.usual is None for one in report.stories] == [False] * 4
    assert all(sum(getattr(day, name) for day in report.growth) for name in ("joined", "left"))


#: Rows changed, and the fields that must notice it: a recount that cannot differ proves nothing.
CHANGES: tuple[tuple[str, dict[str, Any], dict[str, Any], set[str]], ...] = (
    ("events", {"kind": "opened", "verdict": "person"}, {"verdict": "certain"}, {"opens"}),
    ("events", {"kind": "opened", "verdict": "certain"}, {"verdict": None}, {"opens"}),
    ("events", {"kind": "unsubscribed", "position": None}, {"kind": "other"}, {"left"}),
    ("events", {"kind": "bounced", "position": None}, {"kind": "other"}, {"bounces"}),
    ("deliveries", {"state": "skipped"}, {"reason": "cancelled"}, {"skipped"}),
    ("deliveries", {"state": "refused"}, {"reply": "else"}, {"refused"}),
    (
        "deliveries",
        {"state": "submitted"},
        {"settled_at": BEGAN - timedelta(minutes=2)},
        {"speed"},
    ),
    ("link_changes", {"number": 4}, {"url": "https://other.example"}, {"links"}),
)


def test_each_changed_row_is_noticed_where_it_belongs_and_nowhere_else(database: Database) -> None:
    rows = world.make(1)
    world.write(database, rows)
    before = recount.report(rows)
    for name, which, values, noticed in CHANGES:
        table = getattr(tables, name)
        mine = (table.c.edition_id == KEY, *(table.c[one] == which[one] for one in which))
        with database.begin() as connection:
            connection.execute(update(table).where(*mine).values(values))
        after = counted(database)

        assert differing(before, after) == noticed
        before = after


def test_an_edition_that_was_never_frozen_is_empty(database: Database) -> None:
    with database.begin() as connection:
        connection.execute(insert(tables.newsletters).values(id=1, name="daily"))
        values = {"newsletter_id": 1, "day": ID.day, "revision": 1, "state": "missed"}
        connection.execute(insert(tables.editions).values(values))

    report = counted(database)

    assert (report.state, report.title, report.timezone) == ("missed", "daily", "UTC")
    assert (report.counts, report.clicks, report.opens) == (Counts(), Tally(), Tally())
    empty = ("links", "stories", "speed", "operators", "bounces", "past", "growth", "html")
    assert not any(getattr(report, name) for name in empty)


def test_an_edition_that_nobody_knows_is_one_sentence(database: Database) -> None:
    with pytest.raises(DeliveryError, match=r"^Nothing is known of daily/2026-07-05-r2\.$"):
        counted(database, EditionId("daily", ID.day, 2))


def test_a_correction_is_beside_the_editions_up_to_the_one_it_corrects(
    database: Database,
) -> None:
    world.write(database, world.make(1))
    with database.begin() as connection:
        connection.execute(
            insert(tables.editions).values(world._edition(99, 1, ID.day, revision=2))
        )

    report = counted(database, EditionId("daily", ID.day, 2))

    assert [one.edition for one in report.past][-2:] == ["daily/2026-07-04", "daily/2026-07-05"]


def test_where_nobody_tells_of_deliveries_what_did_not_bounce_counts(database: Database) -> None:
    rows = world.make(1)
    for row in rows["deliveries"]:
        if row["state"] in {"delivered", "complained"}:
            row["state"] = "submitted"
    world.write(database, rows)

    report = counted(database)

    assert not report.knows_delivered
    assert sum(one.delivered for one in report.operators) == report.delivered
    assert all(one.delivered == one.submitted - one.bounced for one in report.operators)
    assert all(0 < one.delivered <= one.submitted for one in report.past)


def test_readers_who_were_erased_stay_in_every_sum(database: Database) -> None:
    world.write(database, world.make(1))
    before = counted(database)
    with database.begin() as connection:
        connection.execute(delete(tables.subscribers))
    after = counted(database)

    assert after.counts == before.counts
    assert [one.name for one in after.operators] == ["Erased"]
    assert after.operators[0].submitted == sum(one.submitted for one in before.operators)


def test_a_count_leaves_sqlite_as_narrow_as_it_was(database: Database) -> None:
    world.write(database, world.make(1))
    counted(database)
    with pytest.raises(DeliveryError):
        counted(database, EditionId("nothing", ID.day))

    if database.is_sqlite:
        with database.read() as connection:
            assert connection.exec_driver_sql("PRAGMA cache_size").scalar() == -2048


def test_refusals_in_too_many_different_words_stand_together(database: Database) -> None:
    rows = world.make(1)
    mine = [row for row in rows["deliveries"] if row["edition_id"] == KEY]
    for number, row in enumerate(mine):
        row.update(state="refused", reply=f"550 id {number:02}" if number % 4 else "550 no")
    world.write(database, rows)

    refused = counted(database).refused

    same, different = len(mine[::4]), len(mine) - len(mine[::4])
    # The most frequent first, then 49 of the others, then the rest of them.
    assert list(refused.items())[:2] == [("550 no", same), ("", different - 49)]
    assert len(refused) == 51


# ── What is pure ────────────────────────────────────────────────────────────────────────────


def test_a_place_brings_its_mean_share() -> None:
    past = [{1: 60, 2: 40}] * 3 + [{1: 20, 2: 20}] * 3

    assert usual(1, 200, past) == pytest.approx(200 * 0.55)
    assert usual(2, 200, past) == pytest.approx(200 * 0.45)
    assert usual(1, 0, past) == 0


def test_too_few_editions_or_clicks_say_nothing() -> None:
    assert usual(1, 200, [{1: 20}] * 5) == 200
    assert usual(1, 200, [{1: 20}] * 4) is None
    assert usual(1, 200, [{1: 20}] * 4 + [{1: 19}]) is None
    assert usual(2, 200, [{1: 20}] * 9) is None


@given(st.lists(st.lists(st.integers(20, 1000), min_size=4, max_size=4), min_size=5, max_size=30))
def test_the_usual_clicks_of_all_places_are_the_editions_own(clicks: list[list[int]]) -> None:
    past = [dict(enumerate(one, 1)) for one in clicks]

    found = [usual(place, 1000, past) for place in (1, 2, 3, 4)]

    assert sum(one or 0 for one in found) == pytest.approx(1000)


@given(st.dictionaries(st.integers(0, 3000), st.integers(1, 9), min_size=1))
def test_speed_has_every_minute_and_a_day_of_them_at_most(given: dict[int, int]) -> None:
    accepted = {BEGAN + timedelta(minutes=at): many for at, many in given.items()}

    found = speed(accepted)

    assert found[0] == Minute(at=min(accepted), submitted=accepted[min(accepted)])
    steps = {later.at - one.at for one, later in pairwise(found)}
    assert steps <= {timedelta(minutes=1)}
    assert len(found) == min(MOST_MINUTES, max(given) - min(given) + 1)
    drawn = {at: many for at, many in accepted.items() if at <= found[-1].at}
    assert sum(one.submitted for one in found) == sum(drawn.values())


def test_days_of_growth_are_the_newsletters_own() -> None:
    # Half past midnight in India is still yesterday in London.
    at = datetime(2026, 7, 5, 19, 0, tzinfo=UTC)
    found = growth(Flow(joined={at: 3}, left={at: 1}, active=10), now=NOW, zone=ZONE)

    assert [str(one.day) for one in found][-2:] == ["2026-07-06", "2026-07-07"]
    assert [(one.joined, one.left, one.active) for one in found][-3:] == [
        (0, 0, 8),
        (3, 1, 10),
        (0, 0, 10),
    ]


def link(number: int, url: str = "https://to.example") -> Link:
    return Link(number=number, url=url, role="story", article="a")


def test_a_label_is_never_long_and_never_of_another_link() -> None:
    href = f"https://n.example/c/{MergeField.CLICK.sentinel}"
    mail = f'<a href="{href}/1">{"long " * 99}</a><a href="{href}/12">other</a><a>none</a>'

    found = labels(mail, [link(1), link(2, "https://to.example/" + "x" * 200), link(12)])

    assert found[1] == ("long " * 99)[:120]
    assert found[2] == ("https://to.example/" + "x" * 200)[:120]
    assert found[12] == "other"


def test_where_nothing_is_counted_a_link_is_known_by_its_address() -> None:
    mail = '<a href="https://to.example/?a=1&amp;b=2">Said</a>'

    assert labels(mail, [link(3, "https://to.example/?a=1&b=2")]) == {3: "Said"}


@example("</0")
@given(st.text())
def test_whatever_the_mail_is_every_link_has_words(mail: str) -> None:
    assert labels(mail, [link(1)])[1]
