"""The studio looks as it did: every kind of view, beside stored pictures."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page

from tests.look.conftest import browser, chromium, playwright
from tests.look.test_mail import difference, halved
from tests.studio.conftest import Room, furnish

__all__ = ["browser", "chromium", "playwright"]

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parent / "pictures"

#: Pixels that may be clearly different: type is drawn a little otherwise from version to version.
SHARE = 0.012

#: What says the time of day.
HOURS = ".clock, .said, .saved"

#: Width, height, scheme, views, and the keys that are pressed then.
LOOKS: dict[str, tuple[int, int, str, str, tuple[str, ...]]] = {
    "desktop-light": (1440, 900, "light", "a=390-light&b=390-forced", ("j",)),
    "desktop-dark": (1440, 900, "dark", "a=600-light-outlook&b=320-dark-noimages", ()),
    "words": (1440, 900, "light", "a=390-light-text&b=390-light-links&row=apple", ()),
    "taken-away": (1280, 800, "dark", "a=390-light-nostyle&b=390-light-large&row=phone", ()),
    "yesterday": (1280, 800, "light", "a=390-dark&b=390-light-yesterday", ()),
    "laptop-desk": (1024, 768, "light", "a=1024-light&b=none", ("g",)),
    "tablet": (820, 1180, "dark", "", ()),
    "phone": (390, 844, "light", "", ()),
    "keys": (1280, 800, "light", "", ("?",)),
    "further": (1280, 800, "dark", "", ("f",)),
}


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    """One studio for all: nothing in it is changed."""
    made = Room(furnish(tmp_path_factory.mktemp("still")), editor="Asha")
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("name", LOOKS)
def test_the_studio_looks_as_it_did(still: Room, browser: Browser, name: str) -> None:
    width, height, scheme, views, keys = LOOKS[name]
    context = browser.new_context(
        base_url=still.url,
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page = context.new_page()
    page.goto(f"/?{views}")
    page.wait_for_selector("body[data-ready]")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(250)
    for key in keys:
        page.keyboard.press(key)
    page.wait_for_timeout(150)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    taken = halved(taken_of(page))
    context.close()

    compare(taken, name)


def taken_of(page: Page) -> bytes:
    return page.screenshot(mask=[page.locator(HOURS)], mask_color="#888888")


def compare(taken: Image.Image, name: str) -> None:
    path = PICTURES / f"{name}.png"
    if os.environ.get("LOOK") == "write":
        path.parent.mkdir(exist_ok=True)
        taken.quantize(64).save(path, optimize=True)
    stored = Image.open(path).convert("RGB")

    assert taken.size == stored.size
    assert difference(taken, stored) <= SHARE, f"{name} looks different: LOOK=write shows how"
