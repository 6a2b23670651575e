import csv
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from newsletter.audience.importer import import_subscribers, import_suppressions
from newsletter.audience.lists import lists, remove, suppress
from newsletter.errors import AudienceError
from newsletter.model import SubscriberState, SuppressionReason
from newsletter.storage import arrivals, subscribers, tables
from newsletter.storage.database import Database
from tests.audience.readers import PRINTS, show

THREE = "email,name\nasha@example.com,Asha\nben@example.com,Ben\ncleo@example.com,\n"


def _file(folder: Path, text: str, name: str = "daily.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return path


def _state(database: Database, address: str, list_name: str = "daily") -> str:
    found = show(database, address)
    return "" if found is None or list_name not in found.lists else found.lists[list_name][0].value


def test_a_file_brings_its_readers_and_makes_the_list(database: Database, tmp_path: Path) -> None:
    heard: list[int] = []
    path = _file(tmp_path, THREE)
    report = import_subscribers(
        database, path, "daily", apply=True, progress=heard.append, prints=PRINTS
    )
    assert (report.read, report.new, report.list_created, report.applied) == (3, 3, True, True)
    assert heard == [3]
    assert [(c.name, c.active) for c in lists(database)] == [("daily", 3)]
    found = show(database, "ASHA@example.com")
    assert found is not None
    assert found.name == "Asha"
    assert found.public_id is not None


def test_a_second_import_changes_nothing(database: Database, tmp_path: Path) -> None:
    path = _file(tmp_path, THREE)
    import_subscribers(database, path, "daily", apply=True, prints=PRINTS)
    again = import_subscribers(database, path, "daily", apply=True, prints=PRINTS)
    assert (again.new, again.known, again.list_created) == (0, 3, False)


def test_a_look_ahead_counts_and_changes_nothing(database: Database, tmp_path: Path) -> None:
    report = import_subscribers(
        database, _file(tmp_path, THREE), "daily", apply=False, prints=PRINTS
    )
    assert (report.new, report.applied) == (3, False)
    assert lists(database) == ()


def test_one_bad_row_keeps_all_others_out(database: Database, tmp_path: Path) -> None:
    path = _file(tmp_path, THREE + "nobody,\n=cmd@@x,\n")
    with pytest.raises(AudienceError) as refused:
        import_subscribers(database, path, "daily", apply=True, prints=PRINTS)
    assert "2 rows of daily.csv cannot be used. Line 5: That is not a full" in str(refused.value)
    assert "daily.rejected.csv" in refused.value.hint
    assert lists(database) == ()
    with (tmp_path / "daily.rejected.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert [row[0] for row in rows] == ["line", "5", "6"]
    assert rows[2][2] == "'=cmd@@x"


def test_bad_rows_can_be_left_out_when_asked(database: Database, tmp_path: Path) -> None:
    path = _file(tmp_path, THREE + "nobody,\n")
    report = import_subscribers(
        database, path, "daily", apply=True, skip_rejected=True, prints=PRINTS
    )
    assert (report.new, report.rejected, report.rejections[0].line) == (3, 1, 5)
    assert lists(database)[0].active == 3


def test_a_report_holds_a_hundred_rejections_and_the_file_all(
    database: Database, tmp_path: Path
) -> None:
    path = _file(tmp_path, "email\n" + "nobody\n" * 150)
    report = import_subscribers(database, path, "daily", apply=False, prints=PRINTS)
    assert (report.rejected, len(report.rejections)) == (150, 100)
    assert report.rejected_file is not None
    assert len(report.rejected_file.read_text(encoding="utf-8").splitlines()) == 151


def test_a_folder_that_cannot_be_written_costs_only_the_list_of_rejections(
    database: Database, tmp_path: Path
) -> None:
    path = _file(tmp_path, "email\nnobody\n")
    (tmp_path / "daily.rejected.csv").mkdir()
    report = import_subscribers(database, path, "daily", apply=False, prints=PRINTS)
    assert (report.rejected, report.rejected_file) == (1, None)
    with pytest.raises(AudienceError, match="1 row of"):
        import_subscribers(database, path, "daily", apply=True, prints=PRINTS)


def test_who_left_here_does_not_come_back_by_a_file(database: Database, tmp_path: Path) -> None:
    path = _file(tmp_path, "email,status\nasha@example.com,subscribed\nben@example.com,\n")
    import_subscribers(database, path, "daily", apply=True, prints=PRINTS)
    assert remove(database, "asha@example.com", PRINTS, list_name="daily")
    suppress(database, "ben@example.com", PRINTS, SuppressionReason.COMPLAINED)
    suppress(database, "never@example.com", PRINTS)
    more = _file(tmp_path, "email\nASHA@example.com\nben@example.com\nnever@example.com\n", "b.csv")
    report = import_subscribers(database, more, "daily", apply=True, prints=PRINTS)
    assert (report.suppressed, report.new, report.known) == (3, 0, 0)
    assert _state(database, "asha@example.com") == "unsubscribed"
    assert _state(database, "never@example.com") == ""


def test_a_subscription_that_ended_stays_so_without_a_suppression(
    database: Database, tmp_path: Path
) -> None:
    path = _file(tmp_path, "email\nasha@example.com\n")
    import_subscribers(database, path, "daily", apply=True, prints=PRINTS)
    with database.begin() as connection:
        connection.execute(tables.subscriptions.update().values(state="unsubscribed"))
    report = import_subscribers(database, path, "daily", apply=True, prints=PRINTS)
    assert (report.unsubscribed, report.known) == (1, 0)
    assert _state(database, "asha@example.com") == "unsubscribed"


def test_who_left_one_list_can_be_on_another(database: Database, tmp_path: Path) -> None:
    path = _file(tmp_path, "email\nasha@example.com\n")
    import_subscribers(database, path, "daily", apply=True, prints=PRINTS)
    remove(database, "asha@example.com", PRINTS, list_name="daily")
    assert import_subscribers(database, path, "weekly", apply=True, prints=PRINTS).new == 1


@pytest.mark.parametrize(
    ("word", "reason", "list_name"),
    [
        ("Unsubscribed", SuppressionReason.UNSUBSCRIBED, "daily"),
        ("bounced", SuppressionReason.BOUNCED, ""),
        ("cleaned", SuppressionReason.BOUNCED, ""),
        ("complained", SuppressionReason.COMPLAINED, ""),
        ("blocklisted", SuppressionReason.MANUAL, ""),
    ],
)
def test_a_file_that_says_somebody_left_switches_them_off(
    database: Database, tmp_path: Path, word: str, reason: SuppressionReason, list_name: str
) -> None:
    import_subscribers(database, _file(tmp_path, THREE), "daily", apply=True, prints=PRINTS)
    gone = _file(tmp_path, f"email,status\nasha@example.com,{word}\nnew@example.com,{word}\n", "g")
    report = import_subscribers(database, gone, "daily", apply=True, prints=PRINTS)
    assert (report.left, report.switched_off) == (2, 1)
    assert _state(database, "asha@example.com") == "unsubscribed"
    for address in ("asha@example.com", "new@example.com"):
        found = show(database, address)
        assert found is not None
        assert [(s.reason, s.list_name) for s in found.suppressions] == [(reason, list_name)]
    import_subscribers(database, gone, "daily", apply=True, prints=PRINTS)
    found = show(database, "new@example.com")
    assert found is not None
    assert len(found.suppressions) == 1


def test_of_two_rows_the_last_wins_but_leaving_outranks(database: Database, tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        "email,name,status\nasha@example.com,Old,\nben@example.com,Ben,unsubscribed\n"
        "Asha@example.com,New,\nben@example.com,Ben,subscribed\n",
    )
    report = import_subscribers(database, path, "daily", apply=True, prints=PRINTS)
    assert (report.read, report.repeated, report.new, report.left) == (4, 2, 1, 1)
    found = show(database, "asha@example.com")
    assert found is not None
    assert (found.name, found.address) == ("New", "Asha@example.com")
    assert _state(database, "ben@example.com") == ""


def test_a_file_fills_an_empty_name_and_overwrites_none(database: Database, tmp_path: Path) -> None:
    import_subscribers(database, _file(tmp_path, THREE), "daily", apply=True, prints=PRINTS)
    more = _file(
        tmp_path, "email,name\nasha@example.com,Other\ncleo@example.com,Cleo\n", "more.csv"
    )
    import_subscribers(database, more, "daily", apply=True, prints=PRINTS)
    names = {a: show(database, f"{a}@example.com") for a in ("asha", "cleo")}
    assert {a: found.name for a, found in names.items() if found} == {
        "asha": "Asha",
        "cleo": "Cleo",
    }


def test_pending_readers_stay_pending_and_attributes_are_kept(
    database: Database, tmp_path: Path
) -> None:
    path = _file(tmp_path, 'email,status,city\nराम@example.com,pending,"Pune, ""old"" शहर"\n')
    report = import_subscribers(database, path, "daily", apply=True, prints=PRINTS)
    assert report.needs_smtputf8 == 1
    assert _state(database, "राम@example.com") == SubscriberState.PENDING
    with database.read() as connection:
        kept = connection.execute(select(tables.subscribers.c.attributes)).scalar_one()
    assert kept == {"city": 'Pune, "old" शहर'}


def test_suppressions_are_imported_with_their_reasons(database: Database, tmp_path: Path) -> None:
    import_subscribers(database, _file(tmp_path, THREE), "daily", apply=True, prints=PRINTS)
    text = "email,reason\nasha@example.com,bounced\nben@example.com,asked by phone\n"
    path = _file(tmp_path, f"{text}cleo@example.com,unsubscribed\n", "suppressed.csv")
    report = import_suppressions(database, path, apply=True, prints=PRINTS)
    assert (report.left, report.list_name) == (3, "")
    found = [show(database, f"{name}@example.com") for name in ("asha", "ben", "cleo")]
    assert [f.suppressions[0].reason.value for f in found if f] == [
        "bounced",
        "manual",
        "unsubscribed",
    ]
    assert [f.state.value for f in found if f] == ["active", "active", "unsubscribed"]
    assert lists(database)[0].suppressed == 2


def test_a_list_needs_a_name_that_a_file_can_bear(database: Database, tmp_path: Path) -> None:
    with pytest.raises(AudienceError, match="cannot be called"):
        import_subscribers(database, _file(tmp_path, THREE), "../daily", apply=True, prints=PRINTS)


def test_a_public_id_that_somebody_has_already_is_drawn_again(database: Database) -> None:
    drawn = iter([7, 8])
    row = arrivals.Arrival(1, "a@b.example", "a@b.example", "", "{}", "active", "", None, 7)
    other = row._replace(line=2, key="c@d.example", address="c@d.example")
    with database.begin() as connection:
        list_id, _ = subscribers.find_or_make_list(connection, "daily")
        assert arrivals.stage(connection, [row, other]) == 0
        now = datetime.now(UTC)
        arrivals.enrol(connection, list_id, now=now, consent=1, public_id=lambda: next(drawn))
        arrivals.clear(connection)
        ids = connection.execute(select(tables.subscribers.c.public_id)).scalars().all()
    assert sorted(ids) == [7, 8]


def test_a_public_id_is_never_nobodys() -> None:
    assert all(0 < subscribers.public_id() < 2**48 - 1 for _ in range(1000))
    drawn = list(islice(subscribers.public_ids(block=100), 1000))
    assert all(0 < one < 2**48 - 1 for one in drawn)
    assert len(set(drawn)) == 1000


_KEYS = st.sampled_from([f"r{n}@example.com" for n in range(5)])
_WORDS = st.sampled_from(["", "pending", "unsubscribed", "bounced"])


@settings(max_examples=30, deadline=None)
@given(rows=st.lists(st.tuples(_KEYS, _WORDS), max_size=12))
def test_every_row_is_counted_once(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("count")
    database = Database.open(f"sqlite:///{folder / 'n.db'}")
    try:
        for number in range(2):
            text = "email,status\n" + "".join(f"{key},{word}\n" for key, word in rows)
            report = import_subscribers(
                database,
                _file(folder, text, f"{number}.csv"),
                "daily",
                prints=PRINTS,
                apply=True,
            )
            parts = (report.rejected, report.repeated, report.new, report.known)
            others = (report.unsubscribed, report.suppressed, report.left)
            assert report.read == sum(parts) + sum(others) == len(rows)
            left = {key for key, word in rows if word in {"unsubscribed", "bounced"}}
            assert all(_state(database, key) == "" for key in left)
    finally:
        database.close()
