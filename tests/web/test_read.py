"""Reading past editions: everybody's pages, with nobody's token."""

from xml.etree import ElementTree as ET

import httpx
import pytest

from newsletter.model import MergeField
from newsletter.tracking.tokens import Purpose, TokenType
from tests.web.conftest import Site

DAY = "/archive/daily/2026-07-05"


@pytest.fixture
def sent(site: Site) -> int:
    site.reader()
    return site.edition()


def test_a_web_view_leads_to_the_page_that_bears_no_token(
    site: Site, browser_like: httpx.Client, sent: int
) -> None:
    answer = browser_like.get(f"/v/{site.token(Purpose.VIEW, sent, 77)}")

    assert (answer.status_code, answer.headers["location"]) == (302, DAY)
    assert answer.headers["cache-control"] == "no-store"


def test_a_proofs_web_view_leads_to_the_archive(site: Site, browser_like: httpx.Client) -> None:
    token = site.token(Purpose.VIEW, 0, 5, type=TokenType.PROOF)

    assert browser_like.get(f"/v/{token}").headers["location"] == "/archive"


@pytest.mark.usefixtures("sent")
def test_an_editions_page_has_direct_links_and_nothing_of_one_reader(
    browser_like: httpx.Client,
) -> None:
    page = browser_like.get(DAY).text

    assert "https://theshiftmaker.example/" in page
    assert "MERGE" not in page
    for door in ("/c/", "/o/", "/u/", "/preferences/", "/v/"):
        assert door not in page.replace("/archive/", "")
    assert "You get this because" not in page
    assert "Reply to this mail" not in page


@pytest.mark.usefixtures("sent")
def test_an_editions_page_can_be_shared(site: Site, browser_like: httpx.Client) -> None:
    page = browser_like.get(DAY).text
    where = f"{site.newsroom.settings.site_url}{DAY}"

    assert f'<link rel="canonical" href="{where}">' in page
    assert f'<meta property="og:url" content="{where}">' in page
    assert '<meta property="og:title" content="Alibaba bans' in page
    assert f'<meta property="og:image" content="{site.newsroom.settings.site_url}/i/' in page
    assert "x.com/intent/post" in page
    assert page.count("<title>") == 1


@pytest.mark.usefixtures("sent")
def test_its_pictures_are_served_for_ever(browser_like: httpx.Client) -> None:
    page = browser_like.get(DAY).text
    picture = page.split('src="/i/')[1].split('"')[0]

    answer = browser_like.get(f"/i/{picture}")

    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"]
    assert browser_like.get(f"/i/{'0' * 64}").status_code == 404


def test_an_edition_that_has_not_begun_is_nobodys_to_see(
    site: Site, browser_like: httpx.Client, sent: int
) -> None:
    with site.database.begin() as connection:
        connection.exec_driver_sql("UPDATE editions SET state = 'approved'")

    assert browser_like.get(DAY).status_code == 404
    assert "Alibaba" not in browser_like.get("/archive").text
    assert "Alibaba" not in browser_like.get("/archive/feed.xml").text
    where = browser_like.get(f"/v/{site.token(Purpose.VIEW, sent, 77)}").headers["location"]
    assert where == "/archive"


@pytest.mark.usefixtures("sent")
def test_a_corrected_edition_says_so_for_good_and_what_changed(
    site: Site, browser_like: httpx.Client
) -> None:
    site.edition(correction="We wrote two presses; it is one.")

    page = browser_like.get(DAY).text
    assert "<b>Corrected " in page
    assert "We wrote two presses; it is one." in page
    listing = browser_like.get("/archive").text
    assert listing.count(f'href="{DAY}"') == 1
    assert "Corrected" in listing


@pytest.mark.usefixtures("sent")
@pytest.mark.parametrize(
    ("words", "found"),
    [("alibaba", True), ("CLAUDE backdoor", True), ("zebra", False), ("%", False), ("_", False)],
)
def test_titles_are_searched_in_any_case_word_by_word(
    browser_like: httpx.Client, words: str, found: bool
) -> None:
    page = browser_like.get("/archive", params={"q": words}).text

    assert (f'href="{DAY}"' in page) is found


def test_editions_lead_to_their_neighbours(site: Site, browser_like: httpx.Client) -> None:
    site.reader()
    for day in ("2026-07-05", "2026-07-06", "2026-07-07"):
        site.edition(day)
    page = browser_like.get("/archive/daily/2026-07-06").text

    assert 'href="/archive/daily/2026-07-07" rel="next"' in page
    assert 'href="/archive/daily/2026-07-05" rel="prev"' in page


@pytest.mark.usefixtures("sent")
def test_the_feed_holds_whole_editions_and_is_told_once(browser_like: httpx.Client) -> None:
    answer = browser_like.get("/archive/feed.xml")
    atom = "{http://www.w3.org/2005/Atom}"
    (entry,) = ET.fromstring(answer.text).findall(f"{atom}entry")  # noqa: S314 - our own

    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert "Alibaba" in (entry.findtext(f"{atom}title") or "")
    content = entry.findtext(f"{atom}content") or ""
    assert "Alibaba has banned" in content
    assert not any(field.sentinel in content for field in MergeField)
    again = browser_like.get("/archive/feed.xml", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


def test_a_newsletter_or_day_that_is_not_there_is_the_one_neutral_page(
    browser_like: httpx.Client,
) -> None:
    for path in (
        "/archive/daily/2026-01-01",
        "/archive/daily/..%2f",
        "/archive/nobody",
        "/archive/daily/x",
    ):
        answer = browser_like.get(path)
        assert answer.status_code == 404
        assert "We do not know this link" in answer.text


@pytest.mark.parametrize("page", ["0", "-1", "999999", "x", "²", "1e9"])
def test_a_page_that_is_none_is_the_nearest(browser_like: httpx.Client, page: str) -> None:
    assert browser_like.get("/archive", params={"page": page}).status_code == 200
