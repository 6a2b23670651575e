"""What newsletter.toml may say, and what a wrong line is told."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from newsletter.errors import SettingsError
from newsletter.newsroom import Newsroom
from newsletter.settings import Newsletter, Schedule, Settings

LEAST = """
title = "The ShiftMaker"
postal_address = "1 Example Street"
[sender]
name = "The ShiftMaker"
address = "desk@news.example"
"""


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    write(tmp_path, LEAST)
    return tmp_path


def write(templates: Path, text: str, name: str = "daily") -> None:
    (templates / name).mkdir(exist_ok=True)
    (templates / name / "newsletter.toml").write_text(text, encoding="utf-8")


def test_title_sender_and_postal_address_are_enough(templates: Path) -> None:
    daily = Newsletter.load("daily", templates)

    assert daily.list_name == "daily"
    assert daily.schedule.timezone == "Asia/Kolkata"
    assert (daily.selection.max_stories, daily.selection.lookback_hours) == (12, 72)
    assert (daily.tracking.clicks, daily.tracking.opens) == ("pseudonymous", "pseudonymous")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            "[schedule]\ntimezone = 'Mars/Olympus'",
            "schedule.timezone: 'Mars/Olympus' is no time zone",
        ),
        ("[schedule]\nat = 'dawn'", "schedule.at"),
        ("[[sources]]\nkind = 'feed'", "needs a url"),
        ("[selection]\nmax_storys = 3", "selection.max_storys"),
        ("[tracking]\nclicks = 'all'", "tracking.clicks"),
        ("[preflight]\nalt = 'fatal'", "preflight.alt"),
        ("title", "at end of document"),
    ],
)
def test_a_wrong_line_is_named_with_its_file(templates: Path, more: str, words: str) -> None:
    write(templates, LEAST + more)

    with pytest.raises(SettingsError) as wrong:
        Newsletter.load("daily", templates)

    assert "newsletter.toml" in str(wrong.value)
    assert words in str(wrong.value)


def test_an_article_url_takes_the_id_once_and_nothing_else(templates: Path) -> None:
    write(templates, 'article_url = "https://x.example/{slug}"' + LEAST)

    with pytest.raises(SettingsError, match=r"\{id\} once"):
        Newsletter.load("daily", templates)


def test_the_whole_lead_is_asked_for_in_a_word(templates: Path) -> None:
    write(templates, 'lead = "full"' + LEAST)

    assert Newsletter.load("daily", templates).lead.body == "full"


def test_a_check_is_an_error_a_warning_or_off(templates: Path) -> None:
    write(templates, LEAST + '[preflight]\nalt = "error"\ndead-links = "off"\n')

    assert Newsletter.load("daily", templates).preflight == {"alt": "error", "dead-links": "off"}


def test_a_newsletter_that_is_not_there_says_where_it_was_looked_for(templates: Path) -> None:
    with pytest.raises(SettingsError, match="no newsletter called weekly"):
        Newsletter.load("weekly", templates)


def test_of_two_newsletters_one_must_be_named(
    templates: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_TEMPLATES_DIR", str(templates))
    newsroom = Newsroom(Settings.load())
    assert newsroom.newsletter().name == "daily"
    write(templates, LEAST, "weekly")

    with pytest.raises(SettingsError, match="daily, weekly"):
        newsroom.newsletter()

    assert newsroom.newsletter("weekly").name == "weekly"


def test_a_day_is_the_newsletters_own() -> None:
    schedule = Schedule()
    late_in_london = datetime(2026, 7, 4, 20, tzinfo=UTC)

    assert schedule.today(late_in_london) == date(2026, 7, 5)
    assert schedule.cutoff_on(date(2026, 7, 5)).utcoffset() == timedelta(hours=5, minutes=30)
    # Nobody said until when, so until the day is over.
    assert schedule.deadline_on(date(2026, 7, 5)) == schedule.hour_on(date(2026, 7, 6)).replace(
        hour=0
    )


def test_a_file_in_another_encoding_is_named(templates: Path) -> None:
    (templates / "daily" / "newsletter.toml").write_bytes(
        "title = 'Gr\u00fc\u00dfe'".encode("latin-1")
    )
    with pytest.raises(SettingsError, match="is not UTF-8"):
        Newsletter.load("daily", templates)
