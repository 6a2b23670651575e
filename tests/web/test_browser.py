"""A person's way through all of it, in a real browser, and axe's opinion of every page."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from newsletter.tracking.tokens import Purpose, TokenType
from tests.look.conftest import browser, chromium, playwright
from tests.web.conftest import Site

__all__ = ["browser", "chromium", "playwright"]

pytestmark = pytest.mark.browser


@pytest.fixture
def database_url(tmp_path: Any) -> str:
    """One database is enough for a browser."""
    return f"sqlite:///{tmp_path}/newsletter.db"


@pytest.fixture
def site(site_with: Callable[..., Site]) -> Site:
    """Its own address, so that links in letters lead to it."""
    return site_with()


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    opened = browser.new_context(base_url=site.url, viewport={"width": 390, "height": 844})
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    opened = context.new_page()
    opened.on("console", lambda said: pytest.fail(said.text) if said.type == "error" else None)
    return opened


def test_a_reader_joins_reads_leaves_and_the_ledger_tells_the_story(site: Site, page: Page) -> None:
    page.goto("/subscribe")
    page.get_by_label("Email").fill("ann@example.com")
    page.wait_for_timeout(2_100)
    page.get_by_role("button", name="Send it to me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look in your inbox.")

    site.newsroom.postroom.write()
    (confirm,) = site.mails("ann@example.com")
    page.goto(site.link(confirm, "confirm"))
    page.get_by_role("button", name="Yes, send it to me").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("You are in.")

    site.edition("2026-07-05")
    mail = next(mail for mail in site.mails() if "List-Unsubscribe-Post" in mail)
    leave = re.search(r"^List-Unsubscribe: <https?://[^/]+(/u/[\w-]{28})>", mail, re.MULTILINE)
    assert leave
    with httpx.Client(base_url=site.url) as gmail:
        pressed = gmail.post(leave[1], data={"List-Unsubscribe": "One-Click"})
    assert pressed.status_code == 200

    site.reader("ben@example.com")
    site.edition("2026-07-06")
    story = site.newsroom.circulation.dossier("ann@example.com")
    events = [shown.consent.event for shown in story.consents]
    assert events == ["asked", "letter-confirm", "confirmed", "unsubscribed"]
    assert "Send it to me" in story.consents[0].text
    assert [sent.edition for sent in story.deliveries] == ["daily/2026-07-05"]


def test_the_whole_way_can_be_walked_by_keyboard_alone(site: Site, page: Page) -> None:
    door = site.door(site.reader(), site.edition())
    page.goto(f"/u/{door}")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Stop these mails"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert outline == "2px"
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Done.")
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("It goes on as before.")


def test_choices_are_kept_without_script(browser: Browser, site: Site) -> None:
    door = site.door(site.reader(), site.edition())
    context = browser.new_context(base_url=site.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"/preferences/{door}")
    page.get_by_label("Monday to Friday").check()
    page.get_by_label("Do not count my clicks and opens").check()
    page.get_by_label("Language of pages and letters").select_option("hi")
    page.get_by_role("button", name="Save").click()

    expect(page.locator(".done")).to_contain_text("सहेज लिया")
    context.close()
    assert site.rows("SELECT frequency, counted, lang FROM subscribers") == [
        ("weekdays", False, "hi")
    ]


def test_a_browser_does_its_second_of_work(
    browser: Browser, site_with: Callable[..., Site]
) -> None:
    site = site_with(web={"proof_of_work": True})
    context = browser.new_context(base_url=site.url)
    page = context.new_page()
    page.goto("/subscribe")
    page.get_by_label("Email").fill("ann@example.com")
    page.wait_for_timeout(2_100)
    page.get_by_role("button").click(timeout=20_000)

    expect(page.get_by_role("heading", level=1)).to_have_text("Look in your inbox.")
    context.close()


def every_page(site: Site) -> list[str]:
    reader = site.reader()
    door = site.door(reader, site.edition())
    letters = {
        purpose: site.token(purpose, 3000, reader, type=TokenType.EXPIRY)
        for purpose in (Purpose.CONFIRM, Purpose.FORGET, Purpose.MYDATA)
    }
    pages = ["/subscribe", f"/u/{door}", f"/preferences/{door}", "/archive", "/privacy"]
    return [*pages, *(f"/{page}/{token}" for page, token in letters.items()), "/v/nothing"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "hi"])
def test_axe_finds_nothing_on_any_page(
    browser: Browser, site: Site, scheme: Any, lang: str
) -> None:
    context = browser.new_context(
        base_url=site.url, color_scheme=scheme, viewport={"width": 320, "height": 640}
    )
    page = context.new_page()
    for path in every_page(site):
        page.goto(f"{path}?lang={lang}")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= 320, f"{path} is {width} wide"
        small = page.evaluate(
            "[...document.querySelectorAll('button,a,.pick')]"
            ".filter(e => e.getBoundingClientRect().height < 24).map(e => e.textContent)"
        )
        assert small == [], path
    context.close()


def test_nothing_is_loaded_from_anywhere_else(site: Site, context: BrowserContext) -> None:
    asked: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: asked.append(request.url))
    for path in (*every_page(site), "/archive/daily/2026-07-05"):
        page.goto(path)

    assert len(asked) > 20
    assert [url for url in asked if not url.startswith(site.url)] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_frame_of_an_edition(
    browser: Browser, site: Site, scheme: Any
) -> None:
    site.reader()
    site.edition()
    context = browser.new_context(base_url=site.url, color_scheme=scheme)
    page = context.new_page()
    page.goto("/archive/daily/2026-07-05")
    found = Axe().run(page, context={"include": [[".page-ways"]]})
    assert found.violations_count == 0, found.generate_report()
    assert page.locator("img").count() > 0
    loaded = page.evaluate("[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    assert loaded
    context.close()
