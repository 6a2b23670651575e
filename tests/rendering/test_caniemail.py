"""
What our mail asks of mail programs, against what caniemail.com says that they can.

The data is `tests/data/caniemail` (MIT, Rémi Parmentier). A feature that some program lacks is
allowed here by name, with the reason why the mail is whole without it.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import html  # type: ignore[import-untyped]

from newsletter.model import Rendition

DATA = Path(__file__).parents[1] / "data" / "caniemail" / "npm_caniemail-2.0.2.json"
FAMILIES = ("apple-mail", "gmail", "outlook", "samsung-email", "yahoo")

ACCEPTED = {
    "css-at-media": "a wider gutter and a smaller headline are all that is lost",
    "css-at-media-prefers-color-scheme": "the light mail reads well where it is inverted",
    "css-border-radius": "corners are square; a button is one by its colour",
    "css-display-none": "the preheader has no height, no size and no opacity either",
    "css-height": "pictures have their width in the tag, and keep their shape",
    "css-max-height": "only the preheader has one, and is hidden there by display",
    "css-opacity": "the same",
    "css-outline": "resets a line round pictures that is not there",
    "css-overflow": "only the preheader has it",
    "css-pseudo-class-hover": "nothing is told by it",
    "css-selector-attribute": "Outlook's dark layer, and what Apple makes of dates",
    "css-selector-child": "the gutter of a phone is 24 px, not 20",
    "css-selector-id": "resets for two programs that know it",
    "css-text-wrap": "a headline may end in a line of one word",
    "css-word-break": "a long id is cut or scrolls in its own line",
    "css-word-spacing": "says what is so anyway",
    "html-aria-label": "repeats the title",
    "html-body": "colours stand on the table round the mail too",
    "html-meta-color-scheme": "a hint for those that know it",
    "html-role": "the table is read as a table",
    "html-style": "styles stand in the elements; the sheets only add to them",
}


@pytest.fixture(scope="module")
def features() -> dict[str, Any]:
    return {f["slug"]: f for f in json.loads(DATA.read_text(encoding="utf-8"))["data"]}


def used(mail: str) -> set[str]:
    """Names of the features that a mail may ask for; those that the data does not know included."""
    page = html.fromstring(re.sub(r"<!--.*?-->", "", mail, flags=re.DOTALL))
    sheets = "\n".join(page.xpath("//style/text()"))
    inline = ";".join(page.xpath("//@style"))
    return {*_css(sheets, inline), *_html(page)}


def _css(sheets: str, inline: str) -> Iterator[str]:
    rules = re.sub(r"@[^{]*", "", sheets)
    for name, value in re.findall(r"([a-z-]+)\s*:\s*([^;{}]+)", f"{rules};{inline}"):
        yield f"css-{name}"
        yield from (f"css-unit-{unit}" for unit in re.findall(r"\d(px|em|rem|pt|vh|vw)\b", value))
        yield from ("css-unit-percent" for _ in re.findall(r"\d%", value))
        yield from ("css-display-none" for _ in re.findall("none", value) if name == "display")
        yield from (f"css-{function}" for function in re.findall(r"(rgba?)\(", value))
    for rule in re.findall(r"@([a-z-]+)", sheets):
        yield f"css-at-{rule}"
    signs = {
        "prefers-color-scheme": "css-at-media-prefers-color-scheme",
        "!important": "css-important",
        ":hover": "css-pseudo-class-hover",
        " > ": "css-selector-child",
        "[data-": "css-selector-attribute",
        "a[x-": "css-selector-attribute",
        "#": "css-selector-id",
    }
    yield from (slug for sign, slug in signs.items() if sign in sheets)


def _html(page: Any) -> Iterator[str]:
    for element in page.iter():
        tag = str(element.tag)
        yield {"h1": "html-h1-h6", "h2": "html-h1-h6", "h3": "html-h1-h6"}.get(tag, f"html-{tag}")
        yield from (f"html-{name}" for name in element.attrib)
        yield from ("html-semantics" for _ in [0] if tag in {"main", "nav", "section", "header"})
    if page.xpath("//meta[@name='color-scheme']"):
        yield "html-meta-color-scheme"


def lacking(feature: dict[str, Any]) -> set[str]:
    """Programs that do not know a feature at all, in their newest version that was tested."""
    return {
        f"{family}/{platform}"
        for family in FAMILIES
        for platform, versions in feature["stats"].get(family, {}).items()
        if list(versions.values())[-1].startswith("n")
    }


def test_what_some_programs_lack_is_known_and_harmless(
    rendition: Rendition, features: dict[str, Any]
) -> None:
    missing = {
        slug for slug in used(rendition.html) if slug in features and lacking(features[slug])
    }

    assert missing == set(ACCEPTED)


def test_the_linter_sees_what_no_mail_should_use(features: dict[str, Any]) -> None:
    seen = used(
        "<div><bdi>a</bdi><p style='position:absolute;display:flex;width:1rem'>b</p>"
        "<video src='x'></video><img srcset='y'></div>"
    )

    assert {"html-bdi", "css-position", "css-unit-rem", "html-video", "html-srcset"} <= seen
    assert all(lacking(features[slug]) for slug in ("html-bdi", "css-position", "html-video"))
