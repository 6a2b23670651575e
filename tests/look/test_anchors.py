"""Where preflight says that something is, a browser finds it."""

from typing import Any

import pytest

from newsletter.preflight.page import anchor, elements, parse
from tests.preflight.planted import EDITION, NEWSLETTER, RENDITION, TOLD

pytestmark = pytest.mark.browser

FOUND = "selector => [...document.querySelectorAll(selector)].map(e => e.tagName.toLowerCase())"


def test_every_anchor_of_the_mail_finds_one_element_and_the_right_one(
    opened: Any, mail: str
) -> None:
    page = opened(600)
    for element in elements(parse(mail)):
        assert page.evaluate(FOUND, anchor(element)) == [element.tag]


def test_a_finding_points_at_its_words(opened: Any) -> None:
    from newsletter.preflight import inspect  # noqa: PLC0415

    page = opened(600, html=RENDITION.html)
    findings = inspect(EDITION, RENDITION, NEWSLETTER, **TOLD | {"mail": None})
    grey = next(one for one in findings if "#BBBBBB" in one.sentence)

    assert page.text_content(grey.anchor) == "Published today"
    for finding in findings:
        assert not finding.anchor or len(page.evaluate(FOUND, finding.anchor)) == 1, finding
