"""What one request says of who sent it."""

import csv
from pathlib import Path

import pytest

from newsletter.model import Verdict
from newsletter.tracking.robots import Visit, judge_click, judge_open

_DATA = Path(__file__).parents[1] / "data" / "useragents"
PEOPLES = (_DATA / "browsers.txt").read_text(encoding="utf-8").splitlines()
CRAWLERS = (_DATA / "crawlers.txt").read_text(encoding="utf-8").splitlines()
with (_DATA / "mail.tsv").open(encoding="utf-8", newline="") as lines:
    MAIL = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))

_WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"
_IPHONE = "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"

BROWSERS = [
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {_WEBKIT} Chrome/126.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) {_IPHONE}",
    f"Mozilla/5.0 (Linux; Android 14) {_WEBKIT} Chrome/126.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
]

ROBOTS = [
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
    "facebookexternalhit/1.1",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "curl/8.5.0",
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/126.0 Safari/537.36",
]

PROXIES = [
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
    "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
]


@pytest.mark.parametrize("agent", BROWSERS)
def test_a_browser_is_a_person(agent: str) -> None:
    assert judge_click(Visit(agent, "en-IN", "")).verdict is Verdict.PERSON
    assert judge_open(Visit(agent, "", "")).verdict is Verdict.PERSON


@pytest.mark.parametrize("agent", ROBOTS)
def test_a_robot_that_says_so_is_one(agent: str) -> None:
    assert judge_click(Visit(agent, "en", "")) == (Verdict.CERTAIN, "agent")


@pytest.mark.parametrize("agent", PROXIES)
def test_the_proxies_of_mail_programs_fetch_pictures_for_people(agent: str) -> None:
    assert judge_open(Visit(agent, "", "")).verdict is Verdict.PERSON


def test_apples_mail_opens_everything_by_itself() -> None:
    assert judge_open(Visit("Mozilla/5.0", "", "")) == (Verdict.PROBABLE, "apple-privacy")


def test_what_a_browser_fetches_in_advance_is_no_press() -> None:
    assert judge_click(Visit(BROWSERS[0], "en", "prefetch")).verdict is Verdict.CERTAIN


def test_an_endless_agent_is_judged_by_its_beginning() -> None:
    endless = BROWSERS[0] + " x" * 100_000 + " bot"

    assert judge_click(Visit(endless, "en", "")).verdict is Verdict.PERSON


# ── Agents by the hundred ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("agent", PEOPLES)
def test_what_people_really_browse_with_is_a_persons(agent: str) -> None:
    assert judge_click(Visit(agent, "en", "")).rule == ""


def test_nearly_all_crawlers_are_robots() -> None:
    found = [agent for agent in CRAWLERS if judge_click(Visit(agent, "en", "")).rule]

    assert len(found) >= 0.9 * len(CRAWLERS)


@pytest.mark.parametrize("row", MAIL, ids=lambda row: str(row["agent"])[:40])
def test_what_scans_and_previews_mail_is_a_robot(row: dict[str, str]) -> None:
    assert judge_click(Visit(row["agent"], "en", "")).verdict is not Verdict.PERSON


@pytest.mark.parametrize(
    "agent",
    [
        "Lynx/2.8.9rel.1 libwww-FM/2.14 SSL-MM/1.4.1 OpenSSL/1.1.1",
        "w3m/0.5.3+git20230121",
        "Links (2.29; Linux 6.1 x86_64; GNU C 12.2; text)",
        "ELinks/0.17 (textmode; Linux; 80x24-2)",
        "Opera/9.80 (Android; Opera Mini/36.2.2254/119.132; U; id) Presto/2.12.423 Version/12.16",
        "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)",
        # A phone by Cubot is no robot.
        f"Mozilla/5.0 (Linux; Android 10; CUBOT X30) {_WEBKIT} Chrome/126.0.0.0 Safari/537.36",
    ],
)
def test_rare_browsers_are_peoples(agent: str) -> None:
    assert judge_click(Visit(agent, "en", "")).rule == ""


# ── What a disguise forgets ─────────────────────────────────────────────────────────────────


def test_a_browsers_name_without_what_browsers_say_over_tls_is_probably_a_library() -> None:
    bare = Visit(BROWSERS[0], "en", "", mode="")

    assert judge_click(bare) == (Verdict.PROBABLE, "no-navigation")
    assert judge_click(bare._replace(mode="navigate")).verdict is Verdict.PERSON
    assert judge_click(bare._replace(mode="cors")) == (Verdict.PROBABLE, "no-navigation")
    # Without TLS no browser says it, and nothing follows.
    assert judge_click(bare._replace(mode=None)).verdict is Verdict.PERSON


@pytest.mark.parametrize("agent", [BROWSERS[1], "Mozilla/5.0 (X11; Linux) Firefox/60.0"])
def test_browsers_that_may_say_nothing_are_not_asked(agent: str) -> None:
    assert judge_click(Visit(agent, "en", "", mode="")).verdict is Verdict.PERSON


def test_a_server_that_says_it_is_windows_has_two_systems() -> None:
    visit = Visit(BROWSERS[0], "en", "", "navigate", '"Chromium";v="126"', "Linux")

    assert judge_click(visit) == (Verdict.PROBABLE, "two-systems")
    assert judge_click(visit._replace(platform="Windows")).verdict is Verdict.PERSON
    assert judge_click(visit._replace(agent=BROWSERS[2])).verdict is Verdict.PERSON


def test_an_engine_without_a_window_says_so_whatever_its_agent() -> None:
    visit = Visit(BROWSERS[0], "en", "", "navigate", '"HeadlessChrome";v="126"', "Windows")

    assert judge_click(visit) == (Verdict.CERTAIN, "agent")


def test_gmail_fetching_in_advance_is_no_open() -> None:
    agent = (
        f"Mozilla/5.0 (Windows NT 10.0) {_WEBKIT} Chrome/42.0 Safari/537.36 Edge/12.246 Mozilla/5.0"
    )

    assert judge_open(Visit(agent, "", "")) == (Verdict.PROBABLE, "gmail-prefetch")


def test_a_browser_without_a_window_opens_nothing() -> None:
    assert judge_open(Visit(ROBOTS[-1], "", "")) == (Verdict.CERTAIN, "agent")


@pytest.mark.parametrize("row", [r for r in MAIL if r["category"] == "image_proxy"])
def test_no_list_of_crawlers_judges_a_picture(row: dict[str, str]) -> None:
    assert judge_open(Visit(row["agent"], "", "")).verdict is Verdict.PERSON
