"""Preflight over what the house really renders: no alarm that is false."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.model import Edition, Finding
from newsletter.preflight import inspect
from newsletter.rendering import render
from newsletter.settings import Newsletter

TEMPLATES = Path(__file__).parents[2] / "templates"
SITE = "https://n.theshiftmaker.example"
DAILY = Newsletter.load("daily", TEMPLATES)

Make = Any

#: What templates, MJML and merge languages are written with, among ordinary words.
TRACES = ["{{", "}}", "{%", "%}", "{#", r"\u{94d}", "None", "undefined", "<mj-text>", "null"]
PLAIN = ["a", "the", "“", ":", ".", "न", "،", "&amp;", "<b>", "MERGE__DOOR", "\n"]
WORDS = st.lists(st.sampled_from(TRACES + PLAIN), min_size=1, max_size=8)


def findings(edition: Edition) -> tuple[Finding, ...]:
    rendition = render(edition, DAILY, templates=TEMPLATES, site_url=SITE)
    return inspect(edition, rendition, DAILY, site_url=SITE)


def test_the_houses_own_mail_is_clean(make_edition: Make, lead: Make) -> None:
    assert findings(make_edition(lead())) == ()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(title=WORDS, dek=WORDS, joint=st.sampled_from(["", " "]))
def test_no_words_of_an_author_are_taken_for_leftovers(
    make_edition: Make, lead: Make, title: list[str], dek: list[str], joint: str
) -> None:
    story = replace(lead(), title=joint.join(title), dek=joint.join(dek))

    found = findings(make_edition(story))

    assert not [finding for finding in found if finding.check == "leftovers"]
