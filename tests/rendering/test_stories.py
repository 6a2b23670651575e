"""Single stories: the lead, the reel, and all others, each as it is laid out."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import html  # type: ignore[import-untyped]

from newsletter.model import Image, Kind, Link, Rendition, Section, Video
from newsletter.rendering import render
from newsletter.settings import Newsletter


def seen(rendition: Rendition) -> str:
    """What a reader reads in the HTML, as one line."""
    return " ".join(html.fromstring(rendition.html).find("body").text_content().split())


def test_without_sources_the_mail_says_so(rendered: Any, make_article: Any) -> None:
    mail = rendered(lead=make_article("lead"))

    assert "Sources None listed with this story." in seen(mail)
    assert "Sources: none listed with this story." in mail.text


def test_a_story_that_is_whole_needs_no_button(rendered: Any, make_article: Any) -> None:
    mail = rendered(lead=make_article("lead", body="<p>All there is.</p>"))

    assert "Read the whole story" not in mail.html
    assert "Read the whole story" not in mail.text


def test_a_story_that_lives_elsewhere_has_the_button(rendered: Any, make_article: Any) -> None:
    assert "Read the whole story" in rendered(lead=make_article("lead", body="")).html


def test_the_whole_lead_stands_in_the_mail_by_setting(
    newsletter: Newsletter, make_edition: Any, templates: Path
) -> None:
    full = newsletter.model_copy(
        update={"lead": newsletter.lead.model_copy(update={"body": "full"})}
    )
    mail = render(make_edition(), full, templates=templates, site_url="https://n.example")

    assert "Whoever leaves has left at once." in mail.html
    assert "Whoever leaves has left at once." in mail.text
    assert "Read the whole story" not in mail.html


def test_a_picture_is_shown_in_pixels_and_led_by_its_words(
    rendered: Any, make_article: Any
) -> None:
    image = Image(url="https://web.example/पिक.jpg", alt="A desk")
    mail = rendered(lead=make_article("lead", image=image))
    shown = html.fromstring(mail.html).xpath("//img[@class='picture']")[0]

    assert shown.get("width") == "600"
    assert shown.get("alt") == "A desk"
    assert shown.getparent().tag == "a"


def test_a_picture_without_words_is_no_link(rendered: Any, make_article: Any) -> None:
    silent = Image(url="https://web.example/a.jpg")
    long_title = "A headline that is longer than forty characters are"
    story = make_article("s", title=long_title, image=silent)
    mail = rendered(
        lead=make_article("lead", image=silent),
        sections=(Section(name="a", title="A", articles=(story,)),),
    )
    page = html.fromstring(mail.html)

    assert page.xpath("//img[@class='picture']")[0].getparent().tag == "td"
    assert not page.xpath("//img[@class='square']")


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:image/png;base64,AAAA", "file:///etc/passwd", ""]
)
def test_a_picture_comes_from_the_web_or_not_at_all(
    rendered: Any, make_article: Any, url: str
) -> None:
    mail = rendered(lead=make_article("lead", image=Image(url=url, alt="x")))

    assert 'class="picture"' not in mail.html


def test_six_squares_at_most_stand_in_a_mail(rendered: Any, make_article: Any) -> None:
    picture = Image(url="https://web.example/a.jpg", alt="A desk")
    title = "A headline that is longer than forty characters are"
    stories = tuple(make_article(f"s{n}", title=title, image=picture) for n in range(9))
    sections = (
        Section(name="a", title="A", articles=stories[:4]),
        Section(name="b", title="B", articles=stories[4:]),
    )

    assert rendered(sections=sections).html.count('class="square"') == 6


def test_the_square_of_a_feed_keeps_its_shape(rendered: Any, make_article: Any) -> None:
    title = "A headline that is longer than forty characters are"
    ours = Image(url="https://n.theshiftmaker.example/i/abc", alt="ours")
    theirs = Image(url="https://web.example/wide.jpg", alt="theirs")
    stories = (
        make_article("a", title=title, image=ours),
        make_article("b", title=title, image=theirs),
    )
    page = html.fromstring(
        rendered(sections=(Section(name="a", title="A", articles=stories),)).html
    )

    assert [i.get("height") for i in page.xpath("//img[@class='square']")] == ["72", None]


def test_a_reel_leads_where_there_is_nothing_else(rendered: Any, make_article: Any) -> None:
    poster = Image(url="https://web.example/p.jpg", alt="A desk")
    video = Video(url="https://video.example/1", seconds=61, poster=poster)
    lead = make_article("r", kind=Kind.REEL, video=video, body="", dek="")
    mail = rendered(lead=lead, sections=(), reel=None, sponsor=None)

    assert "Featured · Reel · 1:01" in seen(mail)
    assert "Sunday 5 July 2026 · a reel, 2 minutes" in seen(mail)
    assert mail.links[0] == Link(number=1, url="https://video.example/1", role="lead", article="r")
    assert "Watch:\nhttps" in mail.text


def test_a_reel_without_a_section_still_has_its_place(rendered: Any) -> None:
    assert "Reel · 0:58" in seen(rendered(sections=()))


def test_a_reel_without_video_leads_to_its_page(rendered: Any, make_article: Any) -> None:
    mail = rendered(reel=make_article("r", kind=Kind.REEL, body="<p>text</p>"))

    assert (
        Link(number=10, url="https://theshiftmaker.example/r", role="reel", article="r")
        in mail.links
    )
    assert "REEL\nWatch: Story r" in mail.text


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({"update_of": "daily/2026-07-04"}, "Updated Story s"),
        (
            {"updated": datetime(2026, 7, 5, tzinfo=UTC), "update_note": "a name"},
            "Updated · a name Story s",
        ),
        ({"updated": datetime(2026, 7, 5, tzinfo=UTC)}, "1 story Story s"),
        ({"update_note": "never changed"}, "1 story Story s"),
    ],
)
def test_a_label_appears_only_when_it_says_something(
    rendered: Any, make_article: Any, fields: dict[str, object], label: str
) -> None:
    section = Section(name="a", title="A", articles=(make_article("s", **fields),))

    assert label in seen(rendered(sections=(section,)))


def test_a_story_is_dated_in_the_newsletters_zone(rendered: Any, make_article: Any) -> None:
    late = make_article("lead", published=datetime(2026, 7, 4, 18, 31, tzinfo=UTC))

    assert "Published 5 July 2026" in seen(rendered(lead=late))


def test_a_story_brings_its_own_language_and_direction(rendition: Rendition) -> None:
    page = html.fromstring(rendition.html)
    (arabic,) = page.xpath("//td[@lang='ar']")
    (hindi,) = page.xpath("//td[@lang='hi']")

    assert (arabic.get("dir"), arabic.get("align")) == ("rtl", "right")
    assert hindi.get("dir") == "ltr"
    assert "Noto Naskh Arabic" in arabic.xpath(".//h3")[0].get("style")
    assert "Noto Sans Devanagari" in hindi.xpath(".//h3")[0].get("style")
    assert arabic.xpath(".//span[@dir='auto']/text()") == ["ShiftMaker"]
