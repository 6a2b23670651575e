"""The report in a real browser: whole on a phone, calm in the dark, and axe has nothing to say."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from newsletter.reports.page import page
from tests.look.conftest import browser, chromium, playwright
from tests.reports.made import EVERY, HOSTILE_REPORT, LARGE

__all__ = ["browser", "chromium", "playwright"]

pytestmark = pytest.mark.browser


@contextmanager
def shown(
    browser: Browser, folder: Path, name: str, width: int = 1280, scheme: Any = "light", **more: Any
) -> Iterator[tuple[Page, list[str], list[str]]]:
    """Open a report from the disk, as an editor does; gives what it said, and what it asked for."""
    file = folder / "report.html"
    file.write_text(page(EVERY[name]), encoding="utf-8")
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, **more
    )
    opened = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: said.append(message.text))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto(file.as_uri())
    yield opened, said, [url for url in asked if url not in {file.as_uri(), "about:srcdoc"}]
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("name", ["large", "none", "tiny", "sending", "smtp", "hostile"])
def test_axe_finds_nothing_and_nothing_is_cut_off(
    browser: Browser, tmp_path: Path, name: str, width: int, scheme: str
) -> None:
    with shown(browser, tmp_path, name, width, scheme) as (opened, said, asked):
        opened.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
        found = Axe().run(opened)
        wide = opened.evaluate("document.documentElement.scrollWidth")

    assert found.violations_count == 0, found.generate_report()
    assert wide <= width
    assert asked == []
    # A policy that had to refuse something would say so here.
    assert said == [] or name == "hostile"


def test_axe_is_really_asked(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, "large") as (opened, _, _):
        opened.evaluate("document.querySelector('iframe').removeAttribute('title')")
        opened.evaluate("document.querySelector('[role=img]').removeAttribute('aria-label')")
        found = Axe().run(opened)

    assert {one["id"] for one in found.response["violations"]} == {"frame-title", "role-img-alt"}


def test_a_hostile_mail_neither_runs_nor_asks_for_anything(
    browser: Browser, tmp_path: Path
) -> None:
    dialogs: list[str] = []
    with shown(browser, tmp_path, "hostile") as (opened, _, asked):
        opened.on("dialog", lambda dialog: dialogs.append(dialog.message))
        opened.locator("iframe").scroll_into_view_if_needed()
        frame = opened.frames[1]
        inside = frame.locator("body").inner_text()
        leads = frame.locator("[href], [src], script, form, iframe").count()

    assert HOSTILE_REPORT.html.count("evil.example") > 5
    assert "How an edition is made" in inside
    assert leads == 0
    assert (dialogs, asked) == ([], [])


@pytest.mark.parametrize("width", [320, 1280])
def test_the_mail_in_the_map_is_whole(browser: Browser, tmp_path: Path, width: int) -> None:
    with shown(browser, tmp_path, "large", width) as (opened, _, _):
        opened.locator("iframe").scroll_into_view_if_needed()
        frame = opened.frames[1]
        wide, room = frame.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        cut = frame.evaluate(
            "[...document.querySelectorAll('.np-pill')].filter(pill => {"
            " const at = pill.getBoundingClientRect(); return at.left < -16 || at.width < 22})"
            ".length"
        )

    assert wide <= room
    assert cut == 0


def test_words_on_charts_keep_their_size_on_a_phone(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, "large", 320) as (opened, _, _):
        small = opened.evaluate(
            "[...document.querySelectorAll('svg text')].filter(text => {"
            " const at = text.getBoundingClientRect();"
            " return at.height < 12 || at.left < 0 || at.right > 320}).length"
        )

    assert small == 0


def test_the_page_can_be_printed_whole(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, "large") as (opened, _, _):
        opened.emulate_media(media="print")
        frame = opened.locator("iframe").is_visible()
        links = opened.locator(".links li").count()
        paper = opened.pdf(format="A4")

    assert not frame
    assert links == len(LARGE.links)
    assert paper.startswith(b"%PDF")


def test_it_works_without_script(browser: Browser, tmp_path: Path) -> None:
    with shown(browser, tmp_path, "large", java_script_enabled=False) as (opened, _, _):
        opened.locator("summary").first.click()
        table = opened.locator("details[open] table")

        assert "47,610" in table.inner_text()


def test_every_target_is_large_enough_and_reached_by_keyboard(
    browser: Browser, tmp_path: Path
) -> None:
    with shown(browser, tmp_path, "sending", 320) as (opened, _, _):
        small = opened.evaluate(
            "[...document.querySelectorAll('summary')]"
            ".filter(one => one.getBoundingClientRect().height < 40).length"
        )
        opened.keyboard.press("Tab")
        first = opened.evaluate("document.activeElement.textContent")
        opened.keyboard.press("Tab")
        second = opened.evaluate("document.activeElement.tagName")

    assert small == 0
    assert (first, second) == ("What to do", "SUMMARY")
