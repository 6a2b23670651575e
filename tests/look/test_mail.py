"""
The mail, looked at.

`LOOK=write pytest tests/look` takes the stored pictures anew; look at them before committing.
"""

import io
import os
import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page

PICTURES = Path(__file__).parent / "pictures"

pytestmark = pytest.mark.browser

#: Mail programs take <main> and its like away, so there is none.
EXEMPT = {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}

#: Of the pixels of a picture at half its size: so much may differ, by so much.
SHARE, LEVELS = 0.004, 40


def top(page: Page, selector: str) -> float:
    return float(page.eval_on_selector(selector, "e => e.getBoundingClientRect().top"))


def bottom(page: Page, selector: str) -> float:
    return float(page.eval_on_selector(selector, "e => e.getBoundingClientRect().bottom"))


def bare(mail: str) -> str:
    """The mail as a program sees it that drops every sheet."""
    return re.sub(r"<style.*?</style>", "", mail, flags=re.DOTALL)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 680])
def test_structure_and_contrast_pass_axe(opened: Any, scheme: str, width: int) -> None:
    page = opened(width, scheme=scheme)
    found = Axe().run(page, options={"rules": EXEMPT})

    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [188, 320, 375, 600])
@pytest.mark.parametrize("sheets", [True, False])
def test_nothing_is_wider_than_the_window(opened: Any, mail: str, width: int, sheets: bool) -> None:
    page = opened(width, html=mail if sheets else bare(mail))

    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_news_is_in_the_first_screen_of_a_phone(opened: Any) -> None:
    page = opened(375)

    assert top(page, "h1") < 190
    assert bottom(page, ".lead .dek") < 667


def test_a_phone_scrolls_no_longer_than_it_takes_to_drink_a_coffee(opened: Any) -> None:
    assert opened(375).evaluate("document.documentElement.scrollHeight") <= 4600


def test_what_is_pressed_is_as_high_as_a_finger(opened: Any) -> None:
    page = opened(375)
    heights = page.eval_on_selector_all(
        ".fill a, .share, .ways a, .view, .slot a, .watch a",
        "all => all.map(e => [e.textContent, e.getBoundingClientRect().height])",
    )

    assert len(heights) >= 8
    assert [(words, height) for words, height in heights if height < 44] == []


def test_links_in_text_are_underlined_in_both_schemes(opened: Any) -> None:
    for scheme in ("light", "dark"):
        lines = opened(375, scheme=scheme).eval_on_selector_all(
            ".body a, .sources a, .slot a, .foot a, .ways a, .view",
            "all => all.map(e => getComputedStyle(e).textDecorationLine)",
        )
        assert set(lines) == {"underline"}


def test_only_the_preheader_is_hidden(opened: Any) -> None:
    hidden = opened(375).evaluate(
        """[...document.body.querySelectorAll('*')]
        .filter(e => getComputedStyle(e).display === 'none').map(e => e.textContent)"""
    )

    assert len(hidden) == 1
    assert hidden[0].startswith("They change on July 10.")


def test_a_right_to_left_story_mirrors_whole(opened: Any) -> None:
    page = opened(680)
    sides = page.eval_on_selector(
        "td[lang=ar]",
        """cell => [cell.querySelector('img').getBoundingClientRect().left,
        cell.querySelector('h3').getBoundingClientRect().left,
        getComputedStyle(cell.querySelector('h3')).textAlign,
        cell.querySelector('h3').getBoundingClientRect().right]""",
    )

    assert sides[0] < sides[1]
    assert sides[3] > 600


VIEWS = [
    ("light", 600, {}),
    ("dark", 600, {"scheme": "dark"}),
    ("light", 375, {}),
    ("dark", 375, {"scheme": "dark"}),
    ("no-pictures", 375, {"pictures": False}),
]


@pytest.mark.parametrize(("name", "width", "how"), VIEWS)
def test_the_mail_looks_as_it_did(opened: Any, name: str, width: int, how: dict[str, Any]) -> None:
    assert_alike(opened(width, **how), f"{name}-{width}")


def test_it_looks_as_it_did_without_style_sheets(opened: Any, mail: str) -> None:
    assert_alike(opened(375, html=bare(mail)), "no-sheets-375")


def test_it_looks_as_it_did_where_dark_is_forced(
    opened: Any, mail: str, forcing_browser: Browser
) -> None:
    light = re.sub(
        r"<style[^>]*>\s*@media \(prefers-color-scheme.*?</style>", "", mail, flags=re.DOTALL
    )
    light = light.replace('<meta name="color-scheme" content="light dark">', "")

    assert_alike(opened(375, html=light, by=forcing_browser), "forced-dark-375")


def assert_alike(page: Page, name: str) -> None:
    """Compare a view with its stored picture, at half the size."""
    taken = halved(page.screenshot(full_page=True))
    path = PICTURES / f"{name}.png"
    if os.environ.get("LOOK") == "write":
        path.parent.mkdir(exist_ok=True)
        taken.save(path, optimize=True)
    stored = Image.open(path).convert("RGB")

    assert abs(taken.height - stored.height) <= 4, f"{name}: {taken.height} px, was {stored.height}"
    assert difference(taken, stored) <= SHARE, f"{name} looks different: LOOK=write shows how"


def halved(png: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(png)).convert("RGB")
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.BOX)


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the share of pixels that are clearly another colour."""
    size = (min(one.width, other.width), min(one.height, other.height))
    changed = ImageChops.difference(one.crop((0, 0, *size)), other.crop((0, 0, *size)))
    levels = changed.convert("L").histogram()
    return sum(levels[LEVELS:]) / (size[0] * size[1])


def test_the_comparison_sees_a_change(opened: Any, mail: str) -> None:
    before = halved(opened(375).screenshot(full_page=True))
    after = halved(opened(375, html=mail.replace("#BF3B1A", "#1A3BBF")).screenshot(full_page=True))

    assert difference(before, after) > SHARE
    assert difference(before, before) == 0
