"""Choosing what one gets; one's data, and being forgotten, only by a letter."""

import json
from datetime import date, timedelta

import httpx
import pytest

from newsletter.storage import marks
from tests.web.conftest import Site


@pytest.fixture
def page(site: Site) -> str:
    """The page on which ann chooses."""
    return f"/preferences/{site.door(site.reader(), site.edition())}"


def wish(**more: str | list[str]) -> dict[str, str | list[str]]:
    said = {"action": "save", "frequency": "daily", "list": "daily", "name": "Ann", "lang": "en"}
    return {**said, **more}


def test_a_choice_is_kept_and_shown(site: Site, browser_like: httpx.Client, page: str) -> None:
    sent = wish(frequency="weekdays", name="Ann Ōe", lang="hi", uncounted="yes")
    saved = browser_like.post(page, data=sent)

    assert "सहेज लिया" in saved.text
    assert 'value="weekdays" checked' in saved.text
    assert site.rows("SELECT name, lang, frequency, counted FROM subscribers") == [
        ("Ann Ōe", "hi", "weekdays", False)
    ]
    assert ("counting-off",) in site.rows("SELECT event FROM consents")


def test_weekend_editions_are_skipped_for_who_wants_weekdays_with_that_reason(
    site: Site, browser_like: httpx.Client, page: str
) -> None:
    browser_like.post(page, data=wish(frequency="weekdays"))
    monday = site.edition("2026-07-06")
    with site.database.begin() as connection:
        connection.exec_driver_sql("DELETE FROM deliveries")
        connection.exec_driver_sql("DELETE FROM batches")
        connection.exec_driver_sql("UPDATE editions SET day = '2026-07-01' WHERE number = 1")
    # Set back by hand it looks like a backup: what was sent from here is forgotten too.
    marks.place(site.database).unlink()
    sunday = site.edition("2026-07-05")

    fates = site.rows(
        "SELECT e.number, d.state, d.reason FROM deliveries d JOIN editions e"
        " ON e.id = d.edition_id WHERE e.number >= :n",
        n=monday,
    )
    assert fates == [(sunday, "skipped", "weekdays")]


def test_a_pause_skips_editions_until_its_day(
    site: Site, browser_like: httpx.Client, page: str
) -> None:
    browser_like.post(page, data=wish(frequency="pause", weeks="3"))

    until = site.rows("SELECT paused_until FROM subscribers")[0][0]
    today = site.newsroom.newsletter().schedule.today()
    assert date.fromisoformat(str(until)) == today + timedelta(weeks=3)
    number = site.edition("2026-07-06")
    assert site.rows(
        "SELECT d.state, d.reason FROM deliveries d JOIN editions e ON e.id = d.edition_id"
        " WHERE e.number = :n",
        n=number,
    ) == [("skipped", "paused")]
    assert "Nothing until" in browser_like.get(page).text


@pytest.mark.parametrize("weeks", ["", "-1", "0", "9999", "x", "२"])
def test_a_pause_of_no_sensible_length_is_made_one(
    site: Site, browser_like: httpx.Client, page: str, weeks: str
) -> None:
    assert browser_like.post(page, data=wish(frequency="pause", weeks=weeks)).status_code == 200

    until = date.fromisoformat(str(site.rows("SELECT paused_until FROM subscribers")[0][0]))
    today = site.newsroom.newsletter().schedule.today()
    assert timedelta(weeks=1) <= until - today <= timedelta(weeks=26)


def test_unticking_a_list_leaves_it(site: Site, browser_like: httpx.Client, page: str) -> None:
    sent = wish()
    del sent["list"]
    browser_like.post(page, data=sent)

    assert site.states() == {"ann@example.com daily": "unsubscribed"}


def test_another_list_is_joined_only_by_the_letter_that_follows(
    site: Site, browser_like: httpx.Client, page: str
) -> None:
    sent = wish()
    del sent["list"]
    browser_like.post(page, data=sent)
    answer = browser_like.post(page, data=wish())
    assert "a letter is on its way" in answer.text
    assert site.states() == {"ann@example.com daily": "unsubscribed"}

    site.newsroom.postroom.write()
    browser_like.post(site.link(site.mails()[-1], "confirm"))

    assert site.states() == {"ann@example.com daily": "active"}


def test_who_is_not_counted_gets_links_that_say_so(
    site: Site, browser_like: httpx.Client, page: str
) -> None:
    from newsletter.tracking.tokens import DO_NOT_COUNT, Purpose  # noqa: PLC0415

    browser_like.post(page, data=wish(uncounted="yes"))
    site.edition("2026-07-06")
    mail = next(mail for mail in site.mails() if "/u/" in mail and "2026" in mail)
    last = site.mails()[-1]
    token = last.split("/c/")[1][:28]

    assert mail
    read = site.newsroom._house.keyring.read(Purpose.CLICK, token)
    assert read.subscriber == DO_NOT_COUNT


@pytest.mark.parametrize("header", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://b.test"}])
def test_another_sites_form_changes_nothing(
    site: Site, browser_like: httpx.Client, page: str, header: dict[str, str]
) -> None:
    answer = browser_like.post(page, data=wish(name="Mallory"), headers=header)

    assert answer.status_code == 404
    assert site.rows("SELECT name FROM subscribers") == [("Ann Lee",)]


def test_a_passed_on_mail_is_not_enough_to_see_or_erase_anything(
    site: Site, browser_like: httpx.Client, page: str
) -> None:
    for action in ("forget", "mydata"):
        answer = browser_like.post(page, data={"action": action})
        assert "We have written to you." in answer.text
        assert "ann@example.com" not in answer.text
    assert site.states() == {"ann@example.com daily": "active"}


def test_the_letters_link_gives_everything_that_is_held(
    site: Site, browser_like: httpx.Client, page: str
) -> None:
    browser_like.post(page, data={"action": "mydata"})
    site.newsroom.postroom.write()
    link = site.link(site.mails()[-1], "mydata")
    assert "ann@" not in browser_like.get(link).text

    told = browser_like.post(link)

    held = json.loads(told.text)
    assert held["address"] == "ann@example.com"
    assert held["lists"]["daily"]["state"] == "active"
    assert [sent["edition"] for sent in held["deliveries"]] == ["daily/2026-07-05"]
    assert [entry["event"] for entry in held["consents"]] == ["added", "letter-mydata"]
    assert told.headers["cache-control"] == "no-store"


def test_the_letters_link_forgets_and_the_address_stays_away(
    site: Site, browser_like: httpx.Client, page: str
) -> None:
    browser_like.post(page, data={"action": "forget"})
    site.newsroom.postroom.write()
    link = site.link(site.mails()[-1], "forget")
    browser_like.get(link)
    assert site.states() == {"ann@example.com daily": "active"}

    assert "You are forgotten." in browser_like.post(link).text
    assert "You are forgotten." in browser_like.post(link).text
    assert site.states() == {}
    assert str(site.newsroom.circulation.add("ann@example.com", "daily", name="", again=False)) == (
        "suppressed"
    )
    assert browser_like.get(page).status_code == 200


def test_a_name_that_is_too_long_is_said_in_a_sentence(
    browser_like: httpx.Client, page: str
) -> None:
    answer = browser_like.post(page, data=wish(name="x" * 201))

    assert answer.status_code == 422
    assert "longer than 200" in answer.text
