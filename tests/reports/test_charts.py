"""Where marks stand: a part is as wide as its share, and nobody is left out."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings

from newsletter.reports import charts, timelines, usual
from newsletter.reports.report import Report, StoryClicks
from tests.reports.made import LARGE, NONE, SENDING, TINY, minutes, tally
from tests.reports.values import reports

MANY = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def test_the_bar_is_cut_into_what_became_of_everyone() -> None:
    parts = charts.ledger_bar(TINY)

    assert [(part.name, part.count, part.at, part.width) for part in parts] == [
        ("delivered", 7, 0, 70),
        ("bounced", 1, 70, 10),
        ("refused", 1, 80, 10),
        ("skipped", 1, 90, 10),
    ]
    assert charts.ledger_bar(NONE) == ()


@given(reports())
@MANY
def test_the_bar_holds_everyone_once(report: Report) -> None:
    parts = charts.ledger_bar(report)

    assert sum(part.count for part in parts) == report.counts.selected
    assert sum(part.width for part in parts) == pytest.approx(
        100 if report.counts.selected else 0, abs=0.01
    )


@pytest.mark.parametrize("report", [LARGE, TINY, SENDING])
def test_everyone_who_was_not_reached_has_a_reason(report: Report) -> None:
    bounces = tuple(replace(one, count=1) for one in report.bounces)
    rows = charts.not_reached(replace(report, bounces=bounces))

    missed = report.counts.selected - report.delivered
    assert sum(row.count for row in rows) == missed
    assert [row.count for row in rows] == sorted((row.count for row in rows), reverse=True)


def test_many_reasons_become_one() -> None:
    reasons = {f"reason {number}": 1 for number in range(9)}
    rows = charts.not_reached(replace(LARGE, refused=reasons))

    assert [row.count for row in rows if row.name == "refused: other reasons"] == [3]


def test_stories_are_ranked_on_one_scale() -> None:
    bars = charts.story_bars(LARGE.stories)

    assert [bar.story.position for bar in bars] == [1, 3, 2, 4, 5]
    assert sum(part.width for part in bars[0].parts) == pytest.approx(100, abs=0.01)
    assert bars[1].parts[0].width == pytest.approx(100 * 804 / 3877, abs=0.01)
    assert bars[1].tick == pytest.approx(100 * 551 / 3877, abs=0.01)


def test_a_story_without_a_usual_has_no_tick() -> None:
    story = StoryClicks(article="a", title="A", position=1, clicks=tally(0, 0, 0))

    assert charts.story_bars([story]) == (charts.StoryBar(story, (), None),)


def test_limits_stand_where_they_are_and_a_bar_may_pass_them() -> None:
    calm = charts.complaints_bullet(LARGE)
    bad = charts.complaints_bullet(replace(LARGE, complained=400))

    assert [limit.at for limit in calm.limits] == [25, 75]
    assert calm.width < calm.limits[0].at
    assert bad.width > bad.limits[1].at
    assert (calm.reached, bad.reached) == (0, 2)
    assert all(limit.at <= 100 for limit in bad.limits)


def test_a_pause_is_a_band_that_says_how_long() -> None:
    drawn = timelines.speed(LARGE)

    assert drawn
    assert [pause.label for pause in drawn.pauses] == ["nothing for 3 min"]
    assert drawn.pauses[0].at == pytest.approx(100 * 5 / 16, abs=0.01)
    assert (drawn.peak, drawn.first, drawn.last) == ("4,405 a minute", "07:00", "07:15 IST")


def test_three_days_are_drawn_in_steps_that_a_phone_can_show() -> None:
    late = (4000, 2000, *[0] * (3 * 24 * 60), 12)
    drawn = timelines.speed(replace(LARGE, speed=minutes(late)))

    assert drawn
    assert drawn.step == "steps of 60 minutes, on average"
    assert len(drawn.steps) == 2
    assert [pause.label for pause in drawn.pauses] == ["nothing for 71 h"]


def test_what_went_out_at_once_needs_no_chart() -> None:
    assert timelines.speed(TINY) is None
    assert timelines.speed(replace(LARGE, speed=minutes((1, 2)))) is None
    assert timelines.speed(NONE) is None


def test_editions_are_dots_in_their_order() -> None:
    compared = usual.clicks(LARGE)
    assert compared
    drawn = timelines.dots(compared)

    assert drawn
    assert len(drawn.dots) == 30
    assert [dot.at for dot in drawn.dots] == sorted(dot.at for dot in drawn.dots)
    assert drawn.today.at > drawn.dots[-1].at
    assert drawn.today_most < drawn.today.top
    assert drawn.axis == "axis from 88, not from 0"


def test_an_axis_begins_at_nothing_where_that_costs_little() -> None:
    compared = usual.left(replace(LARGE, left=1))
    assert compared
    drawn = timelines.dots(compared)

    assert drawn
    assert (drawn.bottom, drawn.axis) == ("0", "")


def test_no_axis_goes_beyond_what_can_be() -> None:
    perfect = tuple(replace(one, delivered=one.submitted) for one in LARGE.past)
    compared = usual.delivered(replace(LARGE, past=perfect))
    assert compared
    drawn = timelines.dots(compared)

    assert drawn
    assert drawn.top == "100.0"


def test_a_first_edition_is_compared_with_nothing() -> None:
    compared = usual.clicks(replace(LARGE, past=()))

    assert compared
    assert timelines.dots(compared) is None


def test_the_list_has_one_scale_to_both_sides() -> None:
    drawn = timelines.growth(LARGE)
    highest = max(day.up for day in drawn.days)

    assert highest == drawn.line
    assert (drawn.joined, drawn.left) == ("joined, at most 85 a day", "left, at most 34 a day")
    assert max(day.down for day in drawn.days) == pytest.approx(100 - drawn.line, abs=0.01)
    assert timelines.growth(NONE).days == ()


@given(reports())
@MANY
def test_no_mark_leaves_its_chart(report: Report) -> None:
    drawn = timelines.speed(report)
    steps = drawn.steps if drawn else ()

    assert all(step.at >= 0 and step.at + step.width <= 100.1 for step in steps)
    assert all(0 < step.height <= 100 for step in steps)
    for compared in (usual.delivered(report), usual.clicks(report), usual.left(report)):
        found = timelines.dots(compared) if compared else None
        for dot in (*found.dots, found.today) if found else ():
            assert 0 <= dot.top <= 100
            assert 0 <= dot.at <= 100
