"""Subject and preheader."""

from dataclasses import replace
from typing import Any

import pytest

from newsletter.model import Rendition, Severity

Make = Any


def saying(**words: str) -> Any:
    def change(rendition: Rendition) -> Rendition:
        said = words.get("preheader", rendition.preheader)
        html = rendition.html.replace(f">{rendition.preheader}<", f">{said}<")
        return replace(rendition, html=html, **words)  # type: ignore[arg-type]

    return change


def test_an_empty_subject_is_stopped(desk: Make) -> None:
    assert desk(change=saying(subject="  ")).only("subject").severity is Severity.ERROR


def test_a_long_subject_shows_where_a_phone_cuts_it(desk: Make) -> None:
    headline = (
        "Alibaba bans Anthropic's Claude Code over alleged China-detection backdoor as "
        "employees shift to Qoder"
    )

    found = desk(change=saying(subject=headline)).only("subject")

    assert found.severity is Severity.WARNING
    assert found.sentence == (
        "102 characters; a phone shows the first 40: “Alibaba bans Anthropic's Claude Code ov…”"
    )
    assert found.where == "articles/lead.md"


@pytest.mark.parametrize(("length", "told"), [(60, False), (61, True)])
def test_sixty_characters_fit(desk: Make, length: int, told: bool) -> None:
    assert bool(desk(change=saying(subject="a" * length)).of("subject")) is told


def test_characters_are_counted_as_read(desk: Make) -> None:
    sixty = "कि" * 60

    assert len(sixty) == 120
    assert not desk(change=saying(subject=sixty)).of("subject")


@pytest.mark.parametrize("subject", ["Re: the news", "FWD: the news", "THE NEWS IN ALL CAPITALS"])
def test_a_subject_that_pretends_or_shouts_is_told(desk: Make, subject: str) -> None:
    assert desk(change=saying(subject=subject)).only("subject").severity is Severity.WARNING


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("BREAKING: the ban is on", "shouts “BREAKING”"),
        ("Story LEAD of today", "shouts “LEAD”"),
        ("NASA and UNESCO sign", ""),
        ("News 🚨", "holds “🚨”"),
        ("Done ✓", "holds “✓”"),
        ("The ShiftMaker™ and © and 7am", ""),
    ],
)
def test_a_subject_speaks_in_an_ordinary_voice(desk: Make, subject: str, told: str) -> None:
    found = desk(change=saying(subject=subject)).of("subject")

    assert [told in one.sentence for one in found] == ([True] if told else [])


def test_a_preheader_that_the_mail_does_not_hold_is_told(desk: Make, html: Make) -> None:
    preheader = "Everything that the subject could not say."

    (found,) = desk(change=html(preheader, "Another")).of("preheader")

    assert found.sentence == "the mail does not hold its preheader"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "there is no preheader"),
        ("Too short.", "has 10 characters; the inbox fills up"),
        ("Story  LEAD.", "says the subject again"),
        ("x" * 141, "no inbox shows more than 140"),
    ],
)
def test_a_preheader_that_says_nothing_is_told(desk: Make, words: str, why: str) -> None:
    found = desk(change=saying(preheader=words)).only("preheader")

    assert found.severity is Severity.WARNING
    assert why in found.sentence
    assert "preheader:" in found.hint


@pytest.mark.parametrize("length", [40, 140])
def test_a_preheader_of_a_line_is_right(desk: Make, length: int) -> None:
    assert not desk(change=saying(preheader="x" * length)).findings()
