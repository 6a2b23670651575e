"""A correction, looked at: on a phone, light and dark."""

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.look.test_mail import EXEMPT, assert_alike, bare

CORRECTION = Path(__file__).parents[1] / "data" / "golden" / "correction.html"

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def mail() -> str:
    return CORRECTION.read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 680])
def test_structure_and_contrast_of_a_correction_pass_axe(
    opened: Any, scheme: str, width: int
) -> None:
    found = Axe().run(opened(width, scheme=scheme), options={"rules": EXEMPT})

    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("width", [188, 320, 390])
@pytest.mark.parametrize("sheets", [True, False])
def test_no_quote_is_wider_than_the_window(
    opened: Any, mail: str, width: int, sheets: bool
) -> None:
    page = opened(width, html=mail if sheets else bare(mail))

    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_what_was_wrong_is_in_the_first_screen_of_a_phone(opened: Any) -> None:
    page = opened(390)
    wrong = page.locator("td.story b").first.bounding_box()
    assert wrong

    assert wrong["y"] + wrong["height"] < 667


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_correction_looks_as_it_did(opened: Any, scheme: str) -> None:
    assert_alike(opened(390, scheme=scheme), f"correction-{scheme}-390")
