"""What the two parts say, on which day, how surely, and whether it was said before."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from newsletter.model import Edition, EditionId, Memory, Remembered, Rendition, Severity

Make = Any


def text(old: str, new: str) -> Callable[[Rendition], Rendition]:
    return lambda rendition: replace(rendition, text=rendition.text.replace(old, new))


# ── The text part ───────────────────────────────────────────────────────────────────────────


def test_a_mail_without_text_is_stopped(desk: Make) -> None:
    def change(rendition: Rendition) -> Rendition:
        return replace(rendition, text=" \n")

    (found,) = desk(change=change).of("text-part")

    assert (found.severity, found.sentence) == (Severity.ERROR, "there is no text part")


def test_a_story_that_the_text_lacks_is_told(desk: Make, make_article: Make) -> None:
    story = make_article("a", title="Rivers run", dek="About water.")

    (found,) = desk(others=(story,), change=text("Rivers", "Roads")).of("text-part")

    assert found.sentence == "“Rivers run” is not in the text part"
    assert found.article == "a"


def test_a_story_that_the_html_lacks_is_told(desk: Make, make_article: Make, html: Make) -> None:
    story = make_article("a", title="Rivers run", dek="About water.")

    (found,) = desk(others=(story,), change=html("Rivers", "Roads")).of("text-part")

    assert found.sentence == "“Rivers run” is not in the HTML"


def test_a_headline_may_be_broken_and_written_large(desk: Make) -> None:
    assert not desk(change=text("Story second", "STORY\nSECOND")).findings()


def test_a_link_that_cannot_be_followed_from_the_text_is_told(
    desk: Make, make_article: Make
) -> None:
    story = make_article("second", body="")

    def change(rendition: Rendition) -> Rendition:
        lines = rendition.text.split("\n")
        return replace(rendition, text="\n".join(one for one in lines if not one.endswith("/2")))

    (found,) = desk(others=(story,), change=change).of("text-part")

    assert "https://theshiftmaker.example/second" in found.sentence


def test_a_story_that_is_whole_in_the_text_needs_no_link_there(desk: Make) -> None:
    def change(rendition: Rendition) -> Rendition:
        lines = rendition.text.split("\n")
        return replace(rendition, text="\n".join(one for one in lines if not one.endswith("/2")))

    assert not desk(change=change).findings()


def test_a_text_that_says_something_else_is_told(desk: Make, html: Make) -> None:
    other = "Wholly different paragraphs about gardens, rivers, mountains and weather. " * 8

    (found,) = desk(change=html("</body>", f"<p>{other}</p></body>")).of("text-part")

    assert "of the words of the HTML" in found.sentence


# ── Days ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Sunday 5 July 2026", False),
        ("July 5th, 2026", False),
        ("2026-07-05", False),
        ("Saturday 4 July 2026", True),
        ("Jul 4, 2026", True),
        ("2026-07-04", True),
        # No date at all.
        ("31 June 2026", False),
        ("7am, daily", False),
    ],
)
def test_the_masthead_has_the_editions_date(desk: Make, html: Make, said: str, told: bool) -> None:
    found = desk(change=html("<h1>", f"<p>{said}</p><h1>")).of("date")

    assert bool(found) is told


@pytest.mark.parametrize(("said", "told"), [("28 June 2026", True), ("31 July 2026", False)])
def test_what_stands_round_the_stories_is_not_of_another_day(
    desk: Make, html: Make, said: str, told: bool
) -> None:
    found = desk(change=html("</body>", f"<p>As of {said}</p></body>")).of("date")

    assert [one.sentence for one in found] == (
        [f"the mail says {said}, the edition is of 2026-07-05"] if told else []
    )


def test_a_story_may_be_of_any_day(desk: Make, make_article: Make) -> None:
    story = make_article("a", dek="It began on 4 July 2025, © 2019 as they say, and went on.")

    assert not desk(others=(story,)).of("date")


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("© 2026 The ShiftMaker", False),
        ("© 2020–2026 The ShiftMaker", False),
        ("Copyright (c) 2025 The ShiftMaker", True),
        ("&copy; 2025", True),
        ("© 2020-2025", True),
        ("© The ShiftMaker", False),
    ],
)
def test_a_copyright_is_of_the_editions_year(desk: Make, html: Make, said: str, told: bool) -> None:
    assert bool(desk(change=html("</body>", f"<p>{said}</p></body>")).of("date")) is told


@pytest.mark.parametrize(
    ("subject", "told"), [("The news of 4 July 2026", True), ("The news of 5 July 2026", False)]
)
def test_a_subject_of_another_day_is_told(desk: Make, subject: str, told: bool) -> None:
    def change(rendition: Rendition) -> Rendition:
        return replace(rendition, subject=subject)

    assert bool(desk(change=change).of("date")) is told


# ── Hedges ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("title", "subject", "dek", "told"),
    [
        ("Alibaba bans it over alleged backdoor", "Alibaba bans it", "Accused, it left.", 1),
        ("Alibaba bans it over alleged backdoor", "Alleged backdoor", "A door was found.", 1),
        ("Alibaba bans it over alleged backdoor", "Alibaba bans it", "A door was found.", 2),
        ("Alibaba bans it over alleged backdoor", "A suspected door", "They accuse it.", 0),
        ("Reportedly, it is over", "It is over", "", 1),
        ("The model may be safe", "The model is safe", "The report came out.", 1),
        ("The model may be safe", "It could be safe", "The report came out.", 0),
        ("The lab says so", "The lab is right", "The report came out.", 1),
        ("कंपनी पर कथित आरोप", "कंपनी ने किया", "", 1),
        ("What May brings", "What comes", "Flowers.", 0),
        ("Nothing is in doubt", "Nothing is", "Nothing at all.", 0),
    ],
)
def test_what_is_alleged_stays_alleged(
    desk: Make, lead: Make, title: str, subject: str, dek: str, told: int
) -> None:
    story = lead(title=title, subject=subject, dek=dek)

    found = desk(lead=story).of("hedge")

    assert len(found) == told
    assert all(one.where == "articles/lead.md" for one in found)


# ── Before ──────────────────────────────────────────────────────────────────────────────────


def led(article: str, *, last: str = "daily/2026-07-04", subject: str = "Old news") -> Memory:
    row = Remembered(
        edition="daily/2026-07-04",
        cutoff=datetime(2026, 7, 4, tzinfo=UTC),
        key=f"theshiftmaker.example/{article}",
        article=article,
        day=date(2026, 7, 3),
        fingerprint="0",
        included=True,
        led=True,
    )
    return Memory(last=last, subject=subject, considered=(row,))


def test_the_lead_of_yesterday_is_told(desk: Make) -> None:
    (found,) = desk(memory=led("lead")).of("repeated")

    assert found.sentence == "the same lead as in daily/2026-07-04"


@pytest.mark.parametrize(
    "memory", [led("other"), led("lead", last="daily/2026-07-05"), Memory(), led("second")]
)
def test_another_lead_or_one_of_long_ago_is_right(desk: Make, memory: Memory) -> None:
    assert not desk(memory=memory).findings()


def test_an_update_that_says_what_is_new_may_lead_again(desk: Make, lead: Make) -> None:
    story = lead(update_of="daily/2026-07-04", update_note="the right number")

    assert not desk(lead=story, memory=led("lead")).of("repeated")


def test_the_subject_of_yesterday_is_told(desk: Make) -> None:
    (found,) = desk(memory=led("other", subject="story  LEAD")).of("repeated")

    assert "Gmail puts the two into one thread" in found.sentence


def test_a_correction_may_say_again_what_it_corrects(desk: Make) -> None:
    def corrected(made: Edition) -> Edition:
        return replace(made, id=EditionId("daily", made.id.day, 2))

    memory = led("lead", last="daily/2026-07-05", subject="Story lead")

    assert not desk(memory=memory, change_edition=corrected).of("repeated")


# ── Twins ───────────────────────────────────────────────────────────────────────────────────


LONG = "<p>" + "The same sentence again, and then another one. " * 3 + "</p>"


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        (
            {"title": "Leaving the daily mail takes one press"},
            {"title": "Leaving the daily mail takes one click"},
            "nearly the same headline",
        ),
        ({"url": "https://a.in/x"}, {"url": "https://www.a.in/x/?utm_source=b"}, "address"),
        ({"body": LONG}, {"body": LONG}, "the same text"),
    ],
)
def test_one_story_twice_is_told(
    desk: Make, make_article: Make, one: dict[str, str], other: dict[str, str], why: str
) -> None:
    first = make_article("a", **({"title": "Rivers run"} | one))
    second = make_article("b", **({"title": "Mountains stand"} | other))

    (found,) = desk(others=(first, second)).of("twins")

    assert why in found.sentence
    assert (found.article, "articles/a.md" in found.hint) == ("b", True)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How we work, part 1", "How we work, part 2"),
        ("Ask the desk", "Ask the desk"),  # told by `headlines`
        ("Alibaba bans Claude Code", "Alibaba keeps Qoder running"),
        ("Up", "Us"),
    ],
)
def test_two_stories_are_two(desk: Make, make_article: Make, one: str, other: str) -> None:
    pair = (make_article("a", title=one), make_article("b", title=other))

    assert not desk(others=pair).of("twins")
