"""JSON whose keys stay, and a table that a spreadsheet does not calculate with."""

import csv
import io
import json
import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from newsletter.cli.terminal import plain_value
from newsletter.reports.export import COLUMNS, as_csv, as_json
from newsletter.reports.report import Report
from tests.reports.made import HOSTILE_REPORT, LARGE, NONE, OFF, SMTP, TINY
from tests.reports.values import reports

REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"


def table(report: Report) -> list[list[str]]:
    file = io.StringIO(newline="")
    as_csv(report, file)
    return list(csv.reader(io.StringIO(file.getvalue(), newline="")))


def value(report: Report, section: str, name: str, measure: str) -> str:
    (found,) = [row[3] for row in table(report) if row[:3] == [section, name, measure]]
    return found


def test_the_keys_are_those_of_the_reference() -> None:
    chapter = REFERENCE.read_text("utf-8").split("\n### The report as JSON\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+`) \|", chapter, re.MULTILINE)
    named = [key for row in rows for key in re.findall(r"`(\w+)`", row)]

    assert named == list(as_json(LARGE))


def test_people_and_robots_are_counted_apart() -> None:
    clicks = as_json(LARGE)["clicks"]

    assert clicks == {
        "mode": "pseudonymous",
        "people": 5210,
        "robots": 2384,
        "unsure": 480,
        "certain": 1904,
        "readers": 4168,
        "readers_most": 4552,
    }


def test_a_rate_says_what_it_is_of() -> None:
    assert as_json(LARGE)["rates"]["complained"] == {
        "value": 4.2e-05,
        "part": 2,
        "of": "delivered",
        "whole": 47_610,
    }


def test_what_would_be_chance_or_was_not_counted_is_null() -> None:
    assert {rate["value"] for rate in as_json(TINY)["rates"].values()} == {None}
    assert as_json(OFF)["rates"]["clicks"]["value"] is None
    assert as_json(SMTP)["clicks"]["readers"] is None


def test_it_says_whether_deliveries_are_known() -> None:
    assert (as_json(LARGE)["delivered"], as_json(LARGE)["delivered_known"]) == (47_610, True)
    assert (as_json(SMTP)["delivered"], as_json(SMTP)["delivered_known"]) == (47_960, False)


def test_selected_is_the_sum_of_what_became_of_them() -> None:
    for report in (LARGE, NONE, SMTP):
        facts = as_json(report)
        parts = ("submitted", "refused", "skipped", "pending", "unknown")
        assert facts["selected"] == sum(facts[part] for part in parts)


def test_the_table_has_one_number_a_row() -> None:
    rows = table(LARGE)

    assert rows[0] == list(COLUMNS)
    assert {len(row) for row in rows} == {4}
    assert value(LARGE, "readers", "all", "delivered") == "47610"
    assert value(LARGE, "rates", "complained of delivered", "share") == "0.000042"
    assert value(LARGE, "links", "2 Share on X", "people") == "31"
    assert value(LARGE, "past", "daily/2026-07-04", "submitted") == "48030"


@given(reports())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_no_cell_is_a_formula_and_every_report_is_json(report: Report) -> None:
    rows = table(report)

    assert all(len(row) == 4 for row in rows)
    assert not [c for row in rows for c in row if c.startswith(("=", "+", "-", "@", "\t", "\r"))]
    json.dumps(as_json(report), default=plain_value, allow_nan=False)


def test_a_formula_of_somebody_elses_is_defused() -> None:
    bad = HOSTILE_REPORT.links[0]
    assert bad.url.startswith("javascript")
    spelled = [row for row in table(HOSTILE_REPORT) if row[0] == "links"]

    assert spelled
