"""Sentences, right for none, for one and for many."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import Counts
from newsletter.reports import figures, findings, usual, words
from newsletter.reports.report import Report, Tally
from tests.reports.made import EVERY, LARGE, NONE, OFF, SENDING, SMTP, TINY, minutes, past


def test_it_opens_with_all_that_matters() -> None:
    assert words.opening(LARGE) == (
        "48,093 of 48,120 accepted, 47,610 delivered. 5,210 to 5,690 clicks by people. "
        "31 left, 2 complained."
    )


@pytest.mark.parametrize(
    ("report", "opening"),
    [
        (NONE, "Nobody was selected, so nothing went out."),
        (TINY, "8 of 10 accepted, 7 delivered. 1 to 2 clicks by people. 1 left, 1 complained."),
        (
            SENDING,
            (
                "31,000 of 48,120 accepted so far, 28,412 delivered. "
                "5,210 to 5,690 clicks by people. 31 left, 2 complained."
            ),
        ),
        (
            SMTP,
            (
                "48,093 of 48,120 accepted, 47,960 have not come back. 5,210 to 5,690 clicks by "
                "people. 31 left."
            ),
        ),
        (
            OFF,
            (
                "48,093 of 48,120 accepted, 47,610 delivered. Clicks are not counted. "
                "31 left, 2 complained."
            ),
        ),
    ],
)
def test_every_state_has_its_opening(report: Report, opening: str) -> None:
    assert words.opening(report) == opening


def test_where_nobody_tells_of_deliveries_the_word_delivered_is_not_said() -> None:
    said = [words.opening(SMTP), findings.ledger(SMTP), words.click_rate(SMTP)]

    assert not [sentence for sentence in said if "delivered" in sentence]


def with_clicks(*tally: int) -> Report:
    return replace(LARGE, clicks=Tally(people=tally[0], unsure=tally[1], robots=tally[2]))


@pytest.mark.parametrize(
    ("tally", "clicks"),
    [
        ((0, 0, 0), "No clicks by people."),
        ((0, 0, 9), "No clicks by people."),
        ((1, 0, 0), "1 click by a person."),
        ((0, 1, 0), "0 to 1 clicks by people."),
        ((2, 0, 0), "2 clicks by people."),
        ((5210, 480, 1904), "5,210 to 5,690 clicks by people."),
    ],
)
def test_clicks_are_a_range_where_some_are_unsure(tally: tuple[int, int, int], clicks: str) -> None:
    assert words.clicked(with_clicks(*tally)) == clicks


@pytest.mark.parametrize(
    ("tally", "certainty"),
    [
        (
            (5210, 480, 1904),
            "5,210 sure; 480 more look like people but may be scanners; 1,904 machines left out.",
        ),
        ((1, 1, 1), "1 sure; 1 more looks like a person but may be a scanner; 1 machine left out."),
        ((3, 0, 0), "3 sure; no machine among them."),
    ],
)
def test_uncertainty_is_said_in_words(tally: tuple[int, int, int], certainty: str) -> None:
    assert words.certainty(with_clicks(*tally).clicks) == certainty


@pytest.mark.parametrize(
    ("left", "complained", "said"),
    [
        (0, 0, "Nobody left or complained."),
        (1, 0, "1 left, nobody complained."),
        (0, 1, "Nobody left, 1 complained."),
        (31, 2, "31 left, 2 complained."),
    ],
)
def test_who_went_is_counted_or_nobody(left: int, complained: int, said: str) -> None:
    assert words.went(replace(LARGE, left=left, complained=complained)) == said


def test_a_rate_says_of_what() -> None:
    assert words.click_rate(LARGE) == "109 to 120 per 1,000 delivered"
    assert (
        words.clickers(LARGE) == "By 4,168 to 4,552 readers: 8.8 to 9.6\u00a0% of 47,610 delivered."
    )


def test_under_two_hundred_delivered_there_are_counts_and_no_rates() -> None:
    said = [
        words.click_rate(TINY),
        words.clickers(replace(TINY, clicks=Tally(people=1, readers=1, readers_most=1))),
        words.complaints(TINY),
        findings.operators(TINY),
    ]

    assert not [sentence for sentence in said if "%" in sentence or "per 1,000" in sentence]
    assert usual.clicks(TINY) is None


def test_readers_are_named_only_where_they_can_be_told_apart() -> None:
    assert words.clickers(SMTP) == "These are clicks, not readers: nobody knows who clicked."


def test_an_edition_is_set_beside_the_usual() -> None:
    compared = usual.delivered(LARGE)

    assert compared
    assert compared.words == "usual: 98.7 to 99.0\u00a0%; higher than 29 of 30"


def test_what_is_usual_needs_five_editions() -> None:
    compared = usual.clicks(replace(LARGE, past=past(4)))

    assert compared
    assert compared.words == "too few past editions to say what is usual (4 of 5)"


def test_an_edition_that_still_goes_out_is_not_compared_with_complete_ones() -> None:
    assert usual.delivered(LARGE)
    assert usual.delivered(SENDING) is None


def test_times_are_those_of_the_newsletters_zone() -> None:
    assert words.state(LARGE) == "Sent 07:00:00 to 07:15:16 IST."
    assert words.state(SENDING) == (
        "Still being sent, begun 5 July 2026, 07:00 IST; 31,017 of 48,120 settled."
    )
    kathmandu = figures.moment(datetime(2026, 7, 5, 1, 30, tzinfo=UTC), "Asia/Kathmandu")
    assert kathmandu == "5 July 2026, 07:15 UTC+05:45"


def test_an_edition_that_took_days_names_both_days() -> None:
    late = replace(LARGE, finished=datetime(2026, 7, 7, 3, 0, tzinfo=UTC))

    assert words.state(late) == "Sent 5 July 2026, 07:00 IST to 7 July 2026, 08:30 IST."


@pytest.mark.parametrize("state", ["paused", "cancelled", "held", "sent", "sending"])
def test_every_state_can_be_said(state: str) -> None:
    said = words.state(replace(LARGE, state=state, finished=None, began=None))

    assert said.endswith("48,120 of 48,120 settled.")


def test_whom_nobody_is_sure_of_is_said_at_once() -> None:
    assert words.unsure(SENDING) == "50 readers may or may not have the mail."
    one = replace(SENDING, counts=replace(SENDING.counts, unknown=1))
    assert words.unsure(one) == "1 reader may or may not have the mail."


def test_complaints_have_the_two_decimals_of_gmails_line() -> None:
    many = replace(LARGE, complained=62)

    assert words.complaints(LARGE) == ("2 of 47,610 delivered complained: less than 0.01\u00a0%.")
    assert words.complaints(many) == (
        "62 of 47,610 delivered complained: 0.13\u00a0%, and Gmail asks for less than 0.10\u00a0%."
    )
    assert words.complaints(replace(LARGE, complained=190)).endswith(
        "0.40\u00a0%, and from 0.30\u00a0% on Gmail turns mail away."
    )


def test_a_list_that_nobody_looked_after_is_named() -> None:
    (worst, *others) = LARGE.bounces
    bad = replace(LARGE, bounces=(replace(worst, count=962), *others))

    assert words.hard_bounces(LARGE) == "52 of 48,093 accepted bounced hard: 0.1\u00a0%."
    assert words.hard_bounces(bad).endswith("bounced hard: 2.0\u00a0%. Look at the list.")
    assert words.hard_bounces(TINY) == "1 of 8 accepted bounced hard."


def test_an_operator_that_bounces_far_more_is_named() -> None:
    assert findings.operators(LARGE) == (
        "Microsoft stands out: 0.8\u00a0% of 9,022 bounced there, 0.2\u00a0% elsewhere."
    )
    even = tuple(replace(one, bounced=one.submitted // 400) for one in LARGE.operators)
    assert findings.operators(replace(LARGE, operators=even)) == ("No mailbox operator stands out.")


def test_a_story_is_set_against_its_place() -> None:
    assert findings.stories(LARGE).endswith(
        "drew the most: 2,904 to 3,166 clicks, more than the 2,310 that its place alone would "
        "bring."
    )
    assert findings.stories(NONE) == "No story was clicked."


def test_speed_is_told_with_its_fullest_minute() -> None:
    assert findings.speed(LARGE) == (
        "48,093 handed over from 07:00 to 07:15 IST; 4,405 in the fullest minute, 07:10."
    )
    assert findings.speed(TINY) == "All 8 were handed over within the minute of 07:00 IST."


def test_what_goes_on_after_midnight_names_its_days() -> None:
    late = findings.speed(replace(LARGE, speed=minutes([4000, *[0] * 1200, 8])))

    assert "handed over from 5 Jul 07:00 to 6 Jul 03:01 IST" in late


def test_opens_are_never_a_verdict() -> None:
    assert words.opens(LARGE) == (
        "Between 9,800 and 27,400. Some mail apps open every mail by themselves; "
        "do not judge a story by this."
    )
    assert words.opens(OFF) == "Opens are not counted."


@given(st.integers(1, 10**6), st.integers(1, 10**6), st.sampled_from([(100, 1), (1000, 0)]))
def test_something_is_never_written_as_nothing_and_part_never_as_all(
    part: int, more: int, scale: tuple[int, int]
) -> None:
    times, digits = scale
    written = figures.scaled(part, part + more, times, digits)

    assert written.strip("0.") != ""
    assert written != f"{times:,}"
    assert written != f"{times:,.{digits}f}"


@given(st.text(max_size=40), st.integers(2, 20))
def test_a_text_is_cut_to_what_was_asked_and_says_so(text: str, most: int) -> None:
    cut = figures.short(text, most)

    assert len(cut) <= most
    assert cut == " ".join(text.split()) or cut.endswith("…")


@pytest.mark.parametrize("name", EVERY)
def test_no_sentence_counts_one_of_many(name: str) -> None:
    report = EVERY[name]
    said = " ".join(
        (
            words.opening(report),
            words.certainty(report.clicks),
            words.clickers(report),
            findings.ledger(report),
            findings.bounces(report),
            findings.links(report),
        )
    )

    for wrong in ("1 clicks", "1 readers", "1 machines", "1 others", "1 more look "):
        assert f" {wrong}" not in f" {said.replace('0 to 1 ', '').replace(',1 ', ',x ')}"


def test_the_equation_of_the_ledger_is_written_out() -> None:
    counts = Counts(selected=6, submitted=3, refused=1, skipped=1, unknown=1)

    assert words.balance(replace(LARGE, counts=counts)) == (
        "6 selected = 3 accepted + 1 refused + 1 skipped + 0 waiting + 1 unsure."
    )


def test_a_list_that_grew_says_from_and_to() -> None:
    days = LARGE.growth[:1]

    assert findings.growth(replace(LARGE, growth=days)).startswith("40 joined and 14 left")
    assert findings.growth(NONE) == "Nothing is known of the list's last days."
