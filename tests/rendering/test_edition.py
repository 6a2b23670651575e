"""
The whole mail: what stands in it, and that it stays as it is.

`GOLDEN=write pytest tests/rendering` writes the golden files anew; look at the difference before
committing it.
"""

import os
import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import html  # type: ignore[import-untyped]

from newsletter.errors import RenderError
from newsletter.model import (
    Article,
    Edition,
    Image,
    MergeField,
    Rendition,
    Section,
)
from newsletter.rendering import render, rendition_size
from newsletter.settings import Newsletter

GOLDEN = Path(__file__).parents[1] / "data" / "golden"


def seen(rendition: Rendition) -> str:
    """What a reader reads in the HTML, as one line."""
    return " ".join(html.fromstring(rendition.html).find("body").text_content().split())


@pytest.mark.parametrize(("name", "part"), [("edition.html", "html"), ("edition.txt", "text")])
def test_the_mail_is_the_one_that_was_looked_at(rendition: Rendition, name: str, part: str) -> None:
    path = GOLDEN / name
    if os.environ.get("GOLDEN") == "write":
        path.write_text(getattr(rendition, part), encoding="utf-8")
    assert getattr(rendition, part) == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "words",
    [
        "The ShiftMaker",
        "AI Intelligence Daily",
        "Live · 7am IST · Daily",
        "Sunday 5 July 2026 · 7 stories and 2 reels, 11 minutes",
        "View in browser",
        "Featured",
        "How an edition is made, from the first article to the last reader, and back again",
        "They change on July 10, for everybody who reads us.",
        "Read the whole story",
        "Sources",
        "Asha, who keeps the clock",
        "Published 5 July 2026 · ID 2026-07-05-how-an-edition-is-made",
        "Share on X",
        "Share on LinkedIn",
        "Sponsor · Your name here",
        "How we make this 3 stories",
        "Updated · gives the right number of presses",
        "Reel · 0:58",
        "Watch: one edition, from folder to inbox",
        "From our readers 4 stories",
        "1 मिनट",
        "دقيقة واحدة",
        "Reel · 2:05",
        "That is today. Reply to this mail: an editor reads it.",
        "You get this because you asked for it at theshiftmaker.example.",
        "We count clicks and opens. A day after sending, not even we can tell whose they were.",
        "Unsubscribe",
        "Change what you get",
        "Sent to you by a friend? Subscribe",
        "The ShiftMaker, 1 Example Street, Bengaluru 560001, India",
    ],
)
def test_everything_a_reader_expects_has_its_place(rendition: Rendition, words: str) -> None:
    assert words in seen(rendition)


def test_the_same_articles_give_the_same_bytes(rendered: Any, rendition: Rendition) -> None:
    assert rendered() == rendition


def test_a_mail_is_small_enough_to_be_shown_whole(rendered: Any, make_article: Any) -> None:
    stories = tuple(
        make_article(
            f"a-story-with-an-id-of-an-ordinary-length-{n}",
            title="A headline that is about as long as those of a newsroom mostly are today",
            dek="A dek says in one or two sentences what the headline left out. " * 3,
            image=Image(url=f"https://n.theshiftmaker.example/i/{'a' * 64}", alt="A desk at dawn"),
            update_of="daily/2026-07-04",
            update_note="what changed since yesterday",
        )
        for n in range(30)
    )
    sections = (
        Section(name="one", title="One", articles=stories[:15]),
        Section(name="two", title="Two", articles=stories[15:]),
    )

    assert rendition_size(rendered(sections=sections)) < 100_000
    assert (
        rendition_size(rendered(sections=(Section(name="a", title="A", articles=stories[:11]),)))
        < 55_000
    )


def test_the_size_is_that_of_the_mail_with_tokens_in_it(rendition: Rendition) -> None:
    sent = rendition.html
    for field in MergeField:
        sent = sent.replace(field.sentinel, "A" * 28)

    assert rendition_size(rendition) == len(sent.encode())


@pytest.mark.parametrize("lang", ["hi", "ar"])
def test_a_newsletter_may_be_written_in_another_language(
    newsletter: Newsletter, make_edition: Any, templates: Path, lang: str
) -> None:
    own = newsletter.model_copy(update={"lang": lang, "dir": "rtl" if lang == "ar" else "ltr"})
    mail = render(make_edition(), own, templates=templates, site_url="https://n.example")
    page = html.fromstring(mail.html)

    assert page.get("lang") == lang
    assert page.get("dir") == own.dir
    assert {"hi": "सदस्यता छोड़ें", "ar": "إلغاء الاشتراك"}[lang] in mail.text


@pytest.mark.parametrize("clicks", ["off", "aggregate", "pseudonymous", "individual"])
@pytest.mark.parametrize("opens", ["off", "aggregate", "pseudonymous", "individual"])
def test_the_footer_says_what_is_counted(
    newsletter: Newsletter, make_edition: Any, templates: Path, clicks: str, opens: str
) -> None:
    tracking = newsletter.tracking.model_copy(update={"clicks": clicks, "opens": opens})
    own = newsletter.model_copy(update={"tracking": tracking})
    mail = render(make_edition(), own, templates=templates, site_url="https://n.example")
    line = re.search(r"^We .*?(?=Sent to you)", mail.text, re.MULTILINE | re.DOTALL)[0]  # type: ignore[index]
    line = " ".join(line.split())

    assert ("neither" in line) == (clicks == opens == "off")
    assert ("/c/" in mail.html) == (clicks != "off")
    assert (MergeField.OPEN.sentinel in mail.html) == (opens != "off")
    assert ("which links you press" in line) == (clicks == "individual")
    assert ("when you open" in line) == (opens == "individual")
    assert ("day after" in line) == ("pseudonymous" in {clicks, opens})


def test_nobody_is_asked_to_answer_a_box_that_nobody_reads(
    newsletter: Newsletter, make_edition: Any, templates: Path
) -> None:
    silent = newsletter.model_copy(update={"reply_to": "", "home": "", "tagline": "", "strip": ""})
    mail = render(
        make_edition(preheader=""), silent, templates=templates, site_url="https://n.example"
    )

    assert "Reply to this mail" not in mail.html + mail.text
    assert "You get this because you asked for it." in mail.text


@pytest.mark.parametrize("part", ["html", "text"])
@pytest.mark.parametrize(
    "words",
    ["हिन्दी", "👩‍👩‍👧‍👦 ❤️", "العربية أيضًا", "{{7*7}}", "%recipient%", "${x}"],
)
def test_what_was_written_is_what_is_read(rendition: Rendition, part: str, words: str) -> None:
    assert words in getattr(rendition, part)


def test_marks_and_joiners_survive_in_attributes(rendition: Rendition) -> None:
    alts = html.fromstring(rendition.html).xpath("//img/@alt")

    assert "The family 👩‍👩‍👧‍👦 ❤️ in\u00a0print" in alts
    assert 'A "quoted" <b>alt</b> \\ {{7*7}}' in alts
    assert "مكتب عند الفجر" in alts


def test_hostile_words_stay_words(rendition: Rendition) -> None:
    page = html.fromstring(rendition.html)

    assert not page.xpath("//script | //mj-text")
    assert "<script>alert(1)</script> & {{7*7}} in it \\u{94d}" in seen(rendition)
    assert "49" not in seen(rendition)


def test_a_title_in_the_inbox_keeps_its_marks(rendered: Any) -> None:
    mail = rendered(subject='हिन्दी "and" 👩‍👩‍👧‍👦\u00a0❤️', preheader="हिन्दी <b> & more")
    page = html.fromstring(mail.html)

    assert page.xpath("//title/text()") == ['हिन्दी "and" 👩‍👩‍👧‍👦\u00a0❤️']
    assert page.xpath("//div[@role='article']/@aria-label") == ['हिन्दी "and" 👩‍👩‍👧‍👦\u00a0❤️']
    assert "हिन्दी <b> & more" in seen(mail)
    assert mail.subject.startswith("हिन्दी")


def test_control_characters_never_reach_a_mail(rendered: Any, make_article: Any) -> None:
    mail = rendered(lead=make_article("lead", title="a\x00b\x92c\ud800d\u0085e", dek="x\ny\tz"))

    assert ">abcde<" in mail.html
    assert "x y z" in mail.text


def test_headings_come_in_reading_order(rendered: Any, make_article: Any) -> None:
    body = "<h4>One</h4><p>Text.</p><h5>Two</h5><p>More.</p>"
    page = html.fromstring(rendered(lead=make_article("lead", body=body)).html)
    levels = [int(h.tag[1]) for h in page.xpath("//h1|//h2|//h3|//h4|//h5|//h6")]

    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_line_of_text_is_narrow_and_addresses_are_whole(rendition: Rendition) -> None:
    wide = [
        line for line in rendition.text.split("\n") if len(line.encode()) > 300 or len(line) > 78
    ]

    assert all(re.fullmatch(r"\s*\S+", line) for line in wide)
    assert not re.search(r"\n{3}|[ \t]\n|[—=_*-]{3}(?!_)|&#|&amp;", rendition.text.replace("_", ""))


def test_text_and_html_tell_the_same_stories_in_the_same_order(rendition: Rendition) -> None:
    numbers = [int(n) for n in re.findall(r"/c/\w+/(\d+)$", rendition.text, re.MULTILINE)]
    body_first = [n for n in numbers if n not in {1, 2}]

    assert body_first == sorted(body_first)
    assert set(numbers) == {link.number for link in rendition.links}
    in_html = {int(n) for n in re.findall(r"/c/\w+/(\d+)\"", rendition.html)}
    assert in_html == set(numbers)


def test_a_newsletter_without_templates_says_what_is_missing(
    newsletter: Newsletter, make_edition: Any, templates: Path
) -> None:
    weekly = newsletter.model_copy(update={"name": "weekly"})

    with pytest.raises(RenderError, match=r"no template weekly/edition\.mjml\.j2"):
        render(make_edition(), weekly, templates=templates, site_url="https://n.example")


def test_every_article_of_an_edition_is_in_the_mail(
    make_edition: Any, rendition: Rendition
) -> None:
    edition: Edition = make_edition()
    said = seen(rendition)
    articles: tuple[Article, ...] = edition.articles

    assert all(" ".join(article.title.split()) in said for article in articles)


def test_an_arabic_lead_turns_round_in_an_english_mail(rendered: Any, make_article: Any) -> None:
    body = "<ul><li>واحد</li></ul><blockquote>اثنان</blockquote><p>ثلاثة</p>"
    lead = make_article("a", title="خبر", lang="ar", dir="rtl", body=body)
    page = html.fromstring(rendered(lead=lead).html)
    (block,) = page.xpath("//h1/parent::div")

    assert (block.get("lang"), block.get("dir")) == ("ar", "rtl")
    assert "text-align:right" in block.get("style")
    assert "padding:0 24px 0 0" in page.xpath("//ul/@style")[0]
    assert "border-right:4px" in page.xpath("//blockquote/@style")[0]
    assert "Noto Naskh Arabic" in page.xpath("//div[@class='body']/p/@style")[0]


def test_an_english_lead_stays_left_in_an_arabic_mail(
    newsletter: Newsletter, make_edition: Any, templates: Path
) -> None:
    own = newsletter.model_copy(update={"lang": "ar", "dir": "rtl"})
    mail = render(make_edition(), own, templates=templates, site_url="https://n.example")
    page = html.fromstring(mail.html)

    assert "text-align:left" in page.xpath("//h1/parent::div/@style")[0]
    assert page.xpath("//td[@class='strip']/ancestor::table[1]/@dir") == ["rtl"]
    assert "border-right:4px" in page.xpath("//td[@class='slot']/@style")[0]
