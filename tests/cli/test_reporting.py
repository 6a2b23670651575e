"""The report on a terminal, and the command that writes it."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from rich.cells import cell_len
from sqlalchemy import update

from newsletter.cli.reported import report_lines
from newsletter.cli.reporting import write_files
from newsletter.errors import SettingsError
from newsletter.newsroom import Newsroom
from newsletter.reports.report import Report
from newsletter.storage import deliveries
from newsletter.storage.tables import deliveries as rows
from tests.newsroom_fixtures import Command
from tests.reports.made import EVERY, LARGE, OFF, SENDING, TINY
from tests.reports.values import reports


def shown(report: Report) -> str:
    return "\n".join(report_lines(report))


def test_it_says_the_same_as_the_page_in_the_same_order() -> None:
    lines = shown(LARGE).splitlines()

    assert lines[0] == "daily/2026-07-05   Sent 07:00:00 to 07:15:16 IST."
    headings = [line for line in lines[1:] if re.match(r"^[a-z]", line) and "next" not in line]
    assert headings == ["reached", "clicks by people", "left and complained", "unsure", "opens"]
    assert "109 to 120 per 1,000 delivered; usual: 96 to 122; higher than 15 of 30." in shown(LARGE)


def test_the_last_line_is_the_next_step() -> None:
    assert shown(LARGE).endswith("next   newsletter report daily/2026-07-05 --html report.html")
    assert shown(SENDING).endswith("next   newsletter status daily/2026-07-05 --unknown")


def test_doubt_has_a_sign_beside_it() -> None:
    assert "x 50 readers may or may not have the mail." in shown(SENDING)


def test_a_small_edition_has_counts_and_no_rates() -> None:
    said = shown(TINY).replace("0.10 %", "").replace("0.30 %", "")

    assert not re.search(r"\d\s?%|per 1", said)
    assert "clicks by people\n  Clicks are not counted." in shown(OFF)


@pytest.mark.parametrize("name", EVERY)
def test_no_line_is_wider_than_a_terminal(name: str) -> None:
    wide = [line for line in shown(EVERY[name]).splitlines() if cell_len(line) > 100]

    assert wide == []


@given(reports())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_what_others_wrote_cannot_steer_a_terminal(report: Report) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", shown(report))


def test_page_and_table_are_written_whole_and_for_their_owner_alone(tmp_path: Path) -> None:
    html, table = tmp_path / "report.html", tmp_path / "report.csv"

    assert list(write_files(LARGE, tmp_path, html=html, csv=table)) == [html, table]
    assert html.read_text("utf-8").startswith("<!doctype html>")
    assert table.read_bytes().startswith(b"\xef\xbb\xbfsection,name,measure,value\r\n")
    assert {file.stat().st_mode & 0o777 for file in (html, table)} == {0o600}
    assert list(write_files(LARGE, tmp_path)) == []
    with pytest.raises(SettingsError, match="cannot be written"):
        list(write_files(LARGE, tmp_path, csv=tmp_path / "nowhere" / "report.csv"))


def test_before_anything_was_sent_there_is_nothing_to_report(
    desk: Path, newsletter: Command
) -> None:
    result = newsletter("report")

    assert desk.is_dir()
    assert result.code == 1
    assert result.err.startswith("error: Nothing was sent yet, so there is nothing to report.")


def test_an_edition_that_was_never_sent_has_no_report(desk: Path, newsletter: Command) -> None:
    assert desk.is_dir()
    assert newsletter("report", "daily/2020-01-01").code == 1
    assert newsletter("report", "yesterday").code == 2


def test_the_newest_edition_with_anything_submitted_is_meant(
    desk: Path, story: Callable[..., Path], newsletter: Command
) -> None:
    assert desk.is_dir()
    tomorrow = datetime(2026, 7, 6, 1, 0, tzinfo=UTC)
    story("two", published=(tomorrow - timedelta(hours=1)).isoformat())
    for day in ("2026-07-05", "2026-07-06"):
        assert newsletter("send", "--date", day, "--yes").code == 0
    database = Newsroom.open()._house.database
    with database.begin() as connection:
        assert str(deliveries.latest_submitted(connection)) == "daily/2026-07-06"
        connection.execute(update(rows).where(rows.c.edition_id == 2).values(state="refused"))
        assert str(deliveries.latest_submitted(connection)) == "daily/2026-07-05"
    database.close()
