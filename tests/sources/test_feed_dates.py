"""Dates as feeds write them."""

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from babel import Locale
from babel.dates import format_datetime
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.sources.feed_dates import UnknownDate, read_date

KOLKATA = ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sun, 05 Jul 2026 07:00:00 GMT", "2026-07-05T07:00:00+00:00"),
        ("Sun, 5 Jul 26 07:00 EST", "2026-07-05T07:00:00-05:00"),
        ("Mon, 05 Jul 2026 07:00:00 +0530 (IST)", "2026-07-05T07:00:00+05:30"),
        ("Sun, 05 Jul 2026 07:00:00 -0000", "2026-07-05T07:00:00+00:00"),
        ("Sun, 05 Jul 2026 07:00:00 GMT+5:30", "2026-07-05T07:00:00+05:30"),
        ("Sun, 05 Jul 2026 07:00:00 UTC−3", "2026-07-05T07:00:00-03:00"),
        ("Sun, 05 Jul 2026 07:00:60 Z", "2026-07-05T07:00:59+00:00"),
        ("Sun, 05 Jul 2026 24:00:00 Z", "2026-07-06T00:00:00+00:00"),
        ("Sun Jul  5 10:00:00 PDT 2026", "2026-07-05T10:00:00-07:00"),
        ("Thu, 01 Sept 2026 10:00:00 BST", "2026-09-01T10:00:00+01:00"),
        ("Jul 5 2026 10:00AM", "2026-07-05T10:00:00+05:30"),
        ("25/07/2026 1:00 p.m.", "2026-07-25T13:00:00+05:30"),
        ("07/25/2026 12:05 AM", "2026-07-25T00:05:00+05:30"),
        ("5.7.2026 14.30 Uhr", "2026-07-05T14:30:00+05:30"),
        ("2026-07-05T07:00:00.123456789Z", "2026-07-05T07:00:00.123456+00:00"),
        ("2026-07-05 07:00:00 UTC", "2026-07-05T07:00:00+00:00"),
        ("2026-07-05 07:00:00", "2026-07-05T07:00:00+05:30"),
        ("20260705T070000Z", "2026-07-05T07:00:00+00:00"),
        ("2026-07-05T24:00:00Z", "2026-07-06T00:00:00+00:00"),
        ("2026年7月5日 10:00", "2026-07-05T10:00:00+05:30"),
        ("२०२६-०७-०५T१०:००:००+०५:३०", "2026-07-05T10:00:00+05:30"),
        ("05 juil. 2026 10:00", "2026-07-05T10:00:00+05:30"),
        ("5 de julio de 2026 14h30", "2026-07-05T14:30:00+05:30"),
        ("5 июля 2026 г., 10:00 MSK", "2026-07-05T10:00:00+03:00"),
        ("Κυρ, 5 Ιούλ 2026 10:00:00 EET", "2026-07-05T10:00:00+02:00"),
        ("1783209600", "2026-07-05T00:00:00+00:00"),
        ("1783209600000", "2026-07-05T00:00:00+00:00"),
        ("1783209600.25", "2026-07-05T00:00:00+00:00"),
    ],
)
def test_odd_dates_are_understood(text: str, expected: str) -> None:
    found = read_date(text, KOLKATA)

    assert (found.at.isoformat(), found.day_only, found.guessed) == (expected, False, "")


@pytest.mark.parametrize(
    "text",
    ["2026-07-05", "2026/7/5", "5.7.2026", "5 July 2026", "July 5, 2026",
     "Sunday, 05-Jul-26", "2026년 7월 5일", "5 Temmuz 2026", "5 जुलाई 2026", "5 يوليو 2026"],
)  # fmt: skip
def test_a_date_without_a_time_is_its_day_where_the_newsletter_is(text: str) -> None:
    found = read_date(text, KOLKATA)

    assert found.day_only
    assert found.at.isoformat() == "2026-07-05T00:00:00+05:30"


def test_letters_mean_the_newsletters_own_zone_first() -> None:
    text = "Sun, 05 Jul 2026 07:00:00 IST"

    assert read_date(text, KOLKATA).at.hour == 7
    assert read_date(text, ZoneInfo("Europe/Dublin")).at.astimezone(UTC).hour == 6
    assert read_date(text, ZoneInfo("Europe/Paris")).at.astimezone(UTC).hour == 1


def test_an_unknown_zone_is_guessed_and_said_so() -> None:
    found = read_date("Sun, 05 Jul 2026 07:00:00 XYZ", KOLKATA)

    assert found.at.isoformat() == "2026-07-05T07:00:00+05:30"
    assert found.guessed == "its time zone XYZ is unknown; read as Asia/Kolkata"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no date"),
        (" ( ) ", "no date"),
        ("tomorrow", "could not be read: tomorrow"),
        ("2026", "could not be read"),
        ("July 2026", "could not be read"),
        ("05/07/2026", "two meanings: 05/07/2026"),
        ("Sun, 35 Jul 2026", "no date that can be"),
        ("Sun, 05 Jul 2026 25:00:00 GMT", "no date that can be"),
        ("Sun, 05 Jul 2026 07:00:00 +9999", "no date that can be"),
        ("0000-00-00 00:00:00", "no date that can be"),
        ("0001-01-01T00:00:00Z", "no date that can be"),
        ("1970-01-01", "no date that can be"),
        ("9999-12-31 24:00", "no date that can be"),
        ("999999999", None),
    ],
)
def test_what_is_no_date_says_why(text: str, why: str | None) -> None:
    if why is None:
        assert read_date(text, KOLKATA).at.year == 2001
        return
    with pytest.raises(UnknownDate, match=why):
        read_date(text, KOLKATA)


def test_a_month_that_means_two_is_read_in_the_feeds_language() -> None:
    assert read_date("5. listopada 2026.", KOLKATA, "hr").at.month == 10
    assert read_date("5 listopada 2026", KOLKATA, "pl-PL").at.month == 11


@pytest.mark.parametrize("lang", "de fr es it pt nl sv pl cs ro el tr ru uk hi ta id hu fi".split())  # noqa: SIM905
@pytest.mark.parametrize("width", ["MMMM", "MMM"])
def test_every_month_of_many_languages_is_understood(lang: str, width: str) -> None:
    for month in range(1, 13):
        at = datetime(2026, month, 17, 8, 5, tzinfo=UTC)
        text = format_datetime(at, f"dd {width} yyyy HH:mm:ss Z", tzinfo=UTC, locale=Locale(lang))

        assert read_date(text, KOLKATA, lang).at == at


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=30), st.text("0123456789 :/-.+TZjulyPM", max_size=30)))
def test_whatever_stands_there_it_is_a_date_or_says_why_not(text: str) -> None:
    with suppress(UnknownDate):
        found = read_date(text, KOLKATA)
        assert found.at.utcoffset() is not None
        assert 1990 <= found.at.year <= 2100


@settings(max_examples=100, deadline=None)
@given(st.datetimes(datetime(1991, 1, 1), datetime(2099, 1, 1)))  # noqa: DTZ001
def test_the_standards_forms_come_back_exactly(naive: datetime) -> None:
    at = naive.replace(microsecond=0, tzinfo=UTC)

    assert read_date(at.isoformat(), KOLKATA).at == at
    assert read_date(at.strftime("%a, %d %b %Y %H:%M:%S +0000"), KOLKATA).at == at
