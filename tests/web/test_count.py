"""Clicks and the pixel: where they lead, what is written of them, and what is not."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from newsletter.model import Verdict
from newsletter.tracking.robots import PERSON as PERSON_AFTER_ALL
from newsletter.tracking.robots import Judged
from newsletter.tracking.tokens import DO_NOT_COUNT, Purpose, TokenType
from newsletter.web.count import PIXEL
from tests.web.conftest import Site

PERSON = {
    "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept-Language": "en",
}


@pytest.fixture
def mail(site: Site) -> str:
    """An edition's mail to one reader."""
    site.reader()
    site.edition()
    return site.mails()[-1]


def click(mail: str) -> str:
    found = re.search(r"(/c/[\w-]{28}/1)\b", mail)
    assert found
    return found[1]


def events(site: Site) -> list[tuple[str, int | None, str, str]]:
    return [tuple(row) for row in site.rows("SELECT kind, link, verdict, rule FROM events")]


def test_a_click_leads_to_its_link_and_is_counted_for_a_person(
    site: Site, browser_like: httpx.Client, mail: str
) -> None:
    answer = browser_like.get(click(mail), headers=PERSON)

    (url,) = site.rows("SELECT url FROM links WHERE number = 1")[0]
    assert (answer.status_code, answer.headers["location"]) == (302, url)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert events(site) == [("clicked", 1, "person", "")]


def test_a_link_that_the_edition_does_not_have_leads_to_the_archive_and_is_told_apart(
    site: Site, browser_like: httpx.Client, mail: str
) -> None:
    answer = browser_like.get(click(mail).removesuffix("1") + "999", headers=PERSON)

    assert (answer.status_code, answer.headers["location"]) == (302, "/archive")
    assert events(site) == [("lost", None, "person", "")]


def test_when_many_readers_are_led_nowhere_the_edition_is_paused(site: Site) -> None:
    site.reader()
    number = site.edition()
    with site.database.begin() as connection:
        connection.exec_driver_sql("UPDATE editions SET state = 'sending'")
    with httpx.Client(base_url=site.url, timeout=20) as client:
        for reader in range(1, 6):
            token = site.token(Purpose.CLICK, number, reader)
            client.get(f"/c/{token}/999", headers=PERSON)
            # Who presses twice is one reader.
            client.get(f"/c/{token}/999", headers=PERSON)

    site.newsroom.returns.look_after()

    status = site.newsroom.dispatch.status()
    assert status.state == "paused"
    assert "5 of 5 readers who pressed a link were led nowhere" in status.reason


def test_a_click_bears_a_pseudonym_and_never_the_reader(
    site: Site, browser_like: httpx.Client, mail: str
) -> None:
    browser_like.get(click(mail), headers=PERSON)

    (reader,) = site.rows("SELECT reader FROM events")[0]
    assert reader not in {0, site.rows("SELECT public_id FROM subscribers")[0][0]}
    # Once it is sent, what the pseudonym was made with is gone.
    assert site.rows("SELECT secret FROM editions") == [(None,)]
    assert site.rows("SELECT data FROM events") in ([("{}",)], [({},)])


def test_the_pixel_is_always_a_pixel_and_counted_once_it_is_ours(
    site: Site, browser_like: httpx.Client, mail: str
) -> None:
    found = re.search(r"(/o/[\w-]{28}\.gif)", mail)
    assert found
    ours = browser_like.get(found[1], headers=PERSON)
    strangers = browser_like.get("/o/nothing.gif", headers=PERSON)

    assert ours.content == strangers.content == PIXEL
    assert ours.headers["content-type"] == "image/gif"
    assert ours.headers["cache-control"] == "no-store"
    assert events(site) == [("opened", None, "person", "")]


@pytest.mark.parametrize(
    ("headers", "verdict", "rule"),
    [
        ({"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}, "certain", "agent"),
        ({"User-Agent": "python-requests/2.31"}, "certain", "agent"),
        ({**PERSON, "Sec-Purpose": "prefetch;prerender"}, "certain", "prefetch"),
        ({**PERSON, "Accept-Language": ""}, "probable", "no-language"),
        ({"User-Agent": "", "Accept-Language": "en"}, "probable", "no-agent"),
    ],
)
def test_robots_are_led_on_and_counted_apart(
    site: Site,
    browser_like: httpx.Client,
    mail: str,
    headers: dict[str, str],
    verdict: str,
    rule: str,
) -> None:
    assert browser_like.get(click(mail), headers=headers).status_code == 302
    assert events(site) == [("clicked", 1, verdict, rule)]


def test_a_head_request_is_led_on_and_never_counted(
    site: Site, browser_like: httpx.Client, mail: str
) -> None:
    assert browser_like.head(click(mail), headers=PERSON).status_code == 302
    assert events(site) == []


@pytest.mark.parametrize("number", ["0", "x", "-1", "1e3", "99999999", "", "²"])
def test_a_number_that_is_no_link_leads_to_the_archive(
    site: Site, browser_like: httpx.Client, mail: str, number: str
) -> None:
    answer = browser_like.get(f"{click(mail)[:-1]}{number}", headers=PERSON)

    assert answer.headers["location"] == "/archive"
    assert events(site) == []


def test_nobody_can_bend_a_link_elsewhere(
    site: Site, browser_like: httpx.Client, mail: str
) -> None:
    for more in ("?url=https://evil.example", "?next=//evil.example", "/../../evil.example"):
        answer = browser_like.get(f"{click(mail)}{more}", headers=PERSON)
        assert "evil" not in answer.headers.get("location", "")
    assert site.url


@pytest.mark.parametrize("purpose", [Purpose.DOOR, Purpose.OPEN, Purpose.VIEW])
def test_a_token_of_another_purpose_gets_the_neutral_page(
    site: Site, browser_like: httpx.Client, purpose: Purpose
) -> None:
    reader = site.reader()
    token = site.token(purpose, site.edition(), reader)
    answer = browser_like.get(f"/c/{token}/1", headers=PERSON)

    assert answer.status_code == 404
    assert answer.text == browser_like.get("/u/nothing").text
    assert events(site) == []


def test_proofs_and_who_said_no_are_led_on_and_not_counted(
    site: Site, browser_like: httpx.Client
) -> None:
    site.reader()
    number = site.edition()
    uncounted = site.token(Purpose.CLICK, number, DO_NOT_COUNT)
    proof = site.token(Purpose.CLICK, 0, DO_NOT_COUNT, type=TokenType.PROOF)

    led = browser_like.get(f"/c/{uncounted}/1", headers=PERSON)
    assert led.headers["location"].startswith("https://theshiftmaker.example/")
    assert browser_like.get(f"/c/{proof}/1", headers=PERSON).headers["location"] == "/archive"
    assert events(site) == []


@pytest.fixture
def individual(site: Site, tmp_path: Path) -> str:
    """The link of a mail whose newsletter keeps a record of each reader."""
    toml = tmp_path / "templates" / "daily" / "newsletter.toml"
    toml.write_text(toml.read_text().replace('"pseudonymous"', '"individual"'))
    site.reader()
    site.edition()
    return click(site.mails()[-1])


def test_an_individual_click_names_the_reader_until_they_say_no(
    site: Site, browser_like: httpx.Client, individual: str
) -> None:
    browser_like.get(individual, headers=PERSON)
    reader = site.rows("SELECT public_id FROM subscribers")[0][0]
    assert site.rows("SELECT reader FROM events") == [(reader,)]

    # Refusing later also acts on mails that were sent before.
    with site.database.begin() as connection:
        connection.exec_driver_sql("UPDATE subscribers SET counted = FALSE")
    browser_like.get(individual, headers=PERSON)
    assert site.rows("SELECT count(*) FROM events") == [(1,)]


def test_with_the_database_away_readers_are_led_on_and_the_click_is_kept(
    site_with: Callable[..., Site], tmp_path: Path
) -> None:
    site = site_with(web={"spool_dir": tmp_path / "spool"})
    site.reader()
    site.edition()
    link = click(site.mails()[-1])
    with httpx.Client(base_url=site.url, timeout=30) as client:
        client.get(link, headers=PERSON)
        with site.database.begin() as connection:
            connection.exec_driver_sql("UPDATE lists SET name = name")
            if not site.database.is_sqlite:
                connection.exec_driver_sql("LOCK TABLE events")
            answer = client.get(link, headers=PERSON)
        assert answer.status_code == 302
    kept = (tmp_path / "spool" / "counted.jsonl").read_text()
    assert kept.count("\n") == 1
    assert "Firefox" not in kept

    assert site.newsroom.counting.replay() == 1
    # The write that was too slow ends as well: it is the same click, and counted once.
    time.sleep(1)
    assert site.rows("SELECT count(*) FROM events") == [(2,)]


def press(site: Site, client: httpx.Client, reader: int, link: int) -> None:
    token = site.token(Purpose.CLICK, 1, reader)
    assert client.get(f"/c/{token}/{link}", headers=PERSON).status_code == 302


@pytest.fixture
def behind_a_proxy(site_with: Callable[..., Site]) -> Site:
    """A site that its proxy tells whose request it is, and an edition that went out."""
    site = site_with(web={"trusted_proxies": "127.0.0.1"})
    site.reader()
    site.edition()
    return site


def from_outside(site: Site) -> httpx.Client:
    """Somebody on a network of their own, seen through the proxy."""
    return httpx.Client(base_url=site.url, headers={"X-Forwarded-For": "20.30.40.50"})


def verdicts(site: Site) -> dict[tuple[int, int], tuple[str, str]]:
    rows = site.rows("SELECT reader, link, verdict, rule FROM events")
    return {(row.reader, row.link): (row.verdict, row.rule) for row in rows}


def test_a_gateway_that_presses_for_many_readers_is_found_backwards_too(
    behind_a_proxy: Site,
) -> None:
    site = behind_a_proxy
    with from_outside(site) as gateway:
        press(site, gateway, 77, 1)
        for reader in range(1, 6):
            press(site, gateway, reader, 1)
            press(site, gateway, reader, 2)

    found = verdicts(site)
    # The last reader is answered first, and what it shows is written right after.
    for _ in range(50):
        if ("person", "") not in {found[reader, 1] for reader in range(1, 6)}:
            break
        time.sleep(0.1)
        found = verdicts(site)
    assert found.pop((77, 1)) == ("person", "")
    assert set(found.values()) == {("probable", "one-network")}


def test_an_office_that_presses_once_each_is_people(behind_a_proxy: Site) -> None:
    site = behind_a_proxy
    with from_outside(site) as office:
        for reader in range(1, 9):
            press(site, office, reader, 1)

    assert set(verdicts(site).values()) == {("person", "")}


def test_a_verdict_is_only_ever_made_stronger(
    site: Site, browser_like: httpx.Client, mail: str
) -> None:
    for agent in ("curl/8.5.0", PERSON["User-Agent"], ""):
        browser_like.get(click(mail), headers={"User-Agent": agent, "Accept-Language": "en"})
    rows = site.rows("SELECT external_id FROM events ORDER BY id")
    ids = [str(row.external_id) for row in rows]
    relabel = site.newsroom.counting.relabel
    probable = Judged(Verdict.PROBABLE, "many-links")

    relabel([dict.fromkeys(ids, probable), {"nobody's": probable}, {ids[1]: PERSON_AFTER_ALL}])
    said = site.rows("SELECT verdict, rule FROM events ORDER BY id")
    assert [tuple(row) for row in said] == [
        ("certain", "agent"),
        ("probable", "many-links"),
        ("probable", "no-agent"),
    ]

    relabel([dict.fromkeys(ids, Judged(Verdict.CERTAIN, "too-soon")), {ids[2]: probable}])
    said = site.rows("SELECT verdict, rule FROM events ORDER BY id")
    assert [tuple(row) for row in said] == [
        ("certain", "agent"),
        ("certain", "too-soon"),
        ("certain", "too-soon"),
    ]


def test_over_tls_a_browsers_name_alone_is_believed_until_browsers_are_heard(
    site_with: Callable[..., Site],
) -> None:
    site = site_with(site_url="https://n.theshiftmaker.example")
    site.reader()
    site.edition()
    link = click(site.mails()[-1])
    with httpx.Client(base_url=site.url, timeout=20) as client:
        for said in ({}, {"Sec-Fetch-Mode": "navigate"}, {}):
            client.get(link, headers={**PERSON, **said})

    assert events(site) == [
        ("clicked", 1, "person", ""),
        ("clicked", 1, "person", ""),
        ("clicked", 1, "probable", "no-navigation"),
    ]


def test_neither_agent_nor_network_is_written_anywhere(
    site: Site, browser_like: httpx.Client, mail: str
) -> None:
    browser_like.get(click(mail), headers={**PERSON, "X-Forwarded-For": "9.9.9.9"})

    everything = str(site.rows("SELECT * FROM events"))
    assert "Firefox" not in everything
    assert "127.0.0.1" not in everything
    assert "9.9.9.9" not in everything
