"""A real browser, with the same type on every machine, and nothing from the web."""

import io
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Page, Playwright, Route, sync_playwright

HERE = Path(__file__).parent
GOLDEN = HERE.parent / "data" / "golden" / "edition.html"

#: Where Debian, Ubuntu and others put it.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--hide-scrollbars")

#: By the first letter of the hash in its address; the shapes are those of real pictures.
SHAPES = {"d": (1104, 621), "f": (1200, 675)}


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's path. Without one the tests are skipped; in CI that is an error."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if not found:
        reason = "no Chromium here: `apt install chromium` brings it"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return str(found)


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright, for one file: while it runs, no other test can have an event loop."""
    with sync_playwright() as started:
        yield started


def launched(playwright: Playwright, chromium: str, *more: str) -> Browser:
    return playwright.chromium.launch(
        executable_path=chromium,
        args=[*QUIET, *more],
        env={**os.environ, "FONTCONFIG_FILE": str(HERE / "fonts.conf")},
    )


@pytest.fixture(scope="module")
def browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    running = launched(playwright, chromium)
    yield running
    running.close()


@pytest.fixture(scope="module")
def forcing_browser(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """One that makes every page dark by itself, as some mail programs do."""
    running = launched(playwright, chromium, "--enable-features=WebContentsForceDark")
    yield running
    running.close()


@pytest.fixture(scope="session")
def mail() -> str:
    return GOLDEN.read_text(encoding="utf-8")


def picture(name: str) -> bytes:
    """A picture in the colour of its name's first letter."""
    size = SHAPES.get(name[0], (144, 144))
    shade = int(name[0], 16) * 12
    image = Image.new("RGB", size, (60 + shade // 2, 90, 200 - shade))
    ImageDraw.Draw(image).ellipse([size[0] // 3, size[1] // 4, size[0] // 2, size[1] // 2], "white")
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


Opened = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, mail: str) -> Iterator[Opened]:
    """Opens the mail at a width, light or dark, with pictures or without."""
    contexts = []

    def opened(
        width: int,
        *,
        scheme: str = "light",
        pictures: bool = True,
        html: str = mail,
        by: Browser = browser,
    ) -> Page:
        context = by.new_context(
            viewport={"width": width, "height": 667},
            color_scheme="dark" if scheme == "dark" else "light",
        )
        contexts.append(context)
        context.route("**/*", lambda route: _answer(route, pictures=pictures))
        page = context.new_page()
        page.set_content(html)
        return page

    yield opened
    for context in contexts:
        context.close()


def _answer(route: Route, *, pictures: bool) -> None:
    found = re.search(r"/i/([0-9a-f]+)", route.request.url)
    if pictures and found:
        route.fulfill(body=picture(found[1]), content_type="image/png")
    else:
        route.abort()
