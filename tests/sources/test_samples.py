"""The sample days: what a fresh clone sends, and what every other newsroom copies from."""

import re
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from unicodedata import bidirectional, combining
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from newsletter.edition.assemble import assemble
from newsletter.edition.select import select
from newsletter.model import (
    Article,
    Choice,
    Edition,
    EditionId,
    Gathered,
    Kind,
    Memory,
    Remembered,
    Selection,
)
from newsletter.settings import Newsletter
from newsletter.sources.folder import FolderSource
from newsletter.sources.page import article_from_page

ROOT = Path(__file__).parents[2]
ARTICLES = ROOT / "articles"
DAILY = Newsletter.load("daily", ROOT / "templates")
ZONE = ZoneInfo("Asia/Kolkata")
FIRST, SECOND, THIRD = DAYS = tuple(date(2026, 7, day) for day in (5, 6, 7))
PAGE = "2026-07-05-alibaba-bans-anthropic-s-claude-code-over-alleged-china-detection-backdoor-as-em"


@pytest.fixture(scope="module")
def gathered() -> Gathered:
    return FolderSource(ARTICLES, DAILY, site_url="https://n.example").read()


@pytest.fixture(scope="module")
def selections(gathered: Gathered) -> dict[date, Selection]:
    """The three days one after the other, each remembering what went out before."""
    found: dict[date, Selection] = {}
    considered: tuple[Remembered, ...] = ()
    memory = Memory()
    for day in DAYS:
        found[day] = select(gathered.articles, newsletter=DAILY, day=day, memory=memory)
        cutoff = DAILY.schedule.cutoff_on(day)
        considered += tuple(remembered(choice, day, cutoff) for choice in found[day].considered)
        memory = Memory(last=f"daily/{day}", cutoff=cutoff, considered=considered)
    return found


def remembered(choice: Choice, day: date, cutoff: datetime) -> Remembered:
    article = choice.article
    return Remembered(
        edition=f"daily/{day}",
        cutoff=cutoff,
        key=article.key,
        article=article.id,
        day=article.published.astimezone(ZONE).date(),
        fingerprint=article.fingerprint,
        included=choice.included,
    )


def edition(selection: Selection, day: date, gathered: Gathered) -> Edition:
    made = assemble(
        selection, id=EditionId("daily", day), newsletter=DAILY, sponsors=gathered.sponsors
    )
    assert isinstance(made, Edition)
    return made


def length(text: str) -> int:
    """Characters as read."""
    return sum(not combining(char) for char in text)


# ── All of them ─────────────────────────────────────────────────────────────────────────────


def test_every_sample_is_read_without_a_complaint(gathered: Gathered) -> None:
    assert gathered.problems == ()
    assert len(gathered.articles) == len(list(ARTICLES.glob("*.md"))) - 1, "all but README.md"


def test_every_sample_is_whole(gathered: Gathered) -> None:
    for article in gathered.articles:
        assert article.title, article.origin
        assert article.dek, article.origin
        assert article.body, article.origin
        assert length(article.dek) <= 200, article.origin
        assert "\n" not in article.dek, article.origin


def test_every_sample_has_an_address_and_only_an_update_shares_it(gathered: Gathered) -> None:
    urls = [article.url for article in gathered.articles if not article.updated]

    assert len(set(urls)) == len(urls)
    assert all(url.startswith("https://theshiftmaker.example/") for url in urls)


def test_every_sections_name_is_one_of_the_newsletter(gathered: Gathered) -> None:
    used = {article.section for article in gathered.articles if article.section}

    assert used == {section.name for section in DAILY.sections}


def test_every_picture_is_there_and_says_what_is_seen(gathered: Gathered) -> None:
    shown = {a.image for a in gathered.articles} | {
        a.video and a.video.poster for a in gathered.articles
    }
    images = [image for image in shown if image]

    assert len(images) == 5
    for image in images:
        assert image.file
        assert 20 <= length(image.alt) <= 100
        with Image.open(image.file) as opened:
            assert opened.width >= 576
    assert {i.file for i in images} == {f.resolve() for f in (ARTICLES / "media").iterdir()}


def test_no_sample_hides_how_its_letters_run(gathered: Gathered) -> None:
    for article in gathered.articles:
        text = f"{article.title}{article.dek}{article.body}"
        assert not {"LRE", "RLE", "LRO", "RLO", "PDF"} & {bidirectional(c) for c in text}


# ── What the sample days are made of ────────────────────────────────────────────────────────


def test_at_least_twelve_articles_go_out_over_the_three_days(
    selections: dict[date, Selection],
) -> None:
    counts = [len(selections[day].articles) for day in DAYS]

    assert counts == [5, 5, 5]


def test_the_first_day_has_a_lead_three_more_stories_and_a_reel(
    selections: dict[date, Selection], gathered: Gathered
) -> None:
    made = edition(selections[FIRST], FIRST, gathered)

    assert made.lead.id == PAGE
    assert made.reel
    assert made.reel.video
    assert made.reel.video.seconds == 58
    assert made.reel.video.poster
    assert [(s.name, len(s.articles)) for s in made.sections] == [
        ("how-we-make-this", 2),
        ("from-our-readers", 1),
    ]
    assert made.subject == "Alibaba bans Claude Code over alleged backdoor"


@pytest.mark.parametrize("day", DAYS)
def test_every_day_has_a_lead_both_sections_and_words_for_the_inbox(
    day: date, selections: dict[date, Selection], gathered: Gathered
) -> None:
    made = edition(selections[day], day, gathered)

    assert made.lead.featured
    assert len(made.sections) == 2
    assert length(made.subject) <= 60
    assert 90 <= length(made.preheader) <= 140


@pytest.mark.parametrize("day", DAYS)
def test_a_square_stands_beside_a_long_headline_only(
    day: date, selections: dict[date, Selection], gathered: Gathered
) -> None:
    made = edition(selections[day], day, gathered)
    stories = chain.from_iterable(section.articles for section in made.sections)
    illustrated = [article for article in stories if article.image]

    assert len(illustrated) == 1
    assert all(length(article.title) >= 40 for article in illustrated)


def test_each_story_goes_out_on_the_day_that_its_file_names(
    selections: dict[date, Selection],
) -> None:
    for day in DAYS:
        named = {Path(article.origin).name[:10] for article in selections[day].articles}
        assert named == {day.isoformat()}


def test_one_lead_has_a_picture_and_one_has_none(selections: dict[date, Selection]) -> None:
    pictured = [bool(selections[day].articles[0].image) for day in DAYS]

    assert pictured == [False, True, False]


def test_the_explanation_of_the_first_day_shows_each_kind_of_no(
    selections: dict[date, Selection],
) -> None:
    reasons = {choice.reason for choice in selections[FIRST].choices if not choice.included}

    assert {"draft", "too old: 2 Jul 22:10", "twin of 2: same address"} < reasons
    assert "after the cut-off: 5 Jul 07:01" in reasons


def test_the_second_day_updates_a_story_of_the_first(selections: dict[date, Selection]) -> None:
    (first,) = (a for a in selections[FIRST].articles if a.title == "Leaving takes one press")
    (update,) = (a for a in selections[SECOND].articles if a.update_of)

    assert update.id == first.id == "2026-07-05-leaving-takes-one-press"
    assert update.key == first.key
    assert update.update_of == "daily/2026-07-05"
    assert update.update_note == "gives the right number of presses"
    assert not first.updated


def test_the_second_day_says_what_changed_even_where_no_first_was_sent(gathered: Gathered) -> None:
    alone = select(gathered.articles, newsletter=DAILY, day=SECOND, memory=Memory())

    assert "gives the right number of presses" in {a.update_note for a in alone.articles}


def test_there_is_a_story_in_hindi_in_arabic_and_with_emoji(
    selections: dict[date, Selection],
) -> None:
    sent = list(chain.from_iterable(selections[day].articles for day in DAYS))
    tongues = {(article.lang, article.dir) for article in sent}

    assert tongues == {("en", "ltr"), ("hi", "ltr"), ("ar", "rtl")}
    joined = [a for a in sent if "\u200d" in a.title and "\ufe0f" in a.dek]
    assert len(joined) == 1
    assert "\u20e3" in joined[0].body, "a keycap"


def test_the_toml_story_is_as_good_as_the_yaml_ones(gathered: Gathered) -> None:
    (story,) = (a for a in gathered.articles if _text(a).startswith("+++"))

    assert story.references[0].url.startswith("https://www.rfc-editor.org/")
    assert story.references[1].url == ""
    assert story.published == datetime(2026, 7, 6, 21, tzinfo=ZONE)
    assert "<h2>" in story.body
    assert "<li>" in story.body


def test_one_sponsor_has_the_first_day(gathered: Gathered) -> None:
    (sponsor,) = gathered.sponsors

    assert (sponsor.first, sponsor.last) == (FIRST, FIRST)
    assert sponsor.name == "Your name here"
    assert sponsor.call


def test_the_reels_words_are_there_for_who_cannot_play_it(gathered: Gathered) -> None:
    (reel,) = (article for article in gathered.articles if article.kind is Kind.REEL)

    assert reel.body.count("<li>") == 5


def _text(article: Article) -> str:
    return (ARTICLES / Path(article.origin).name).read_text(encoding="utf-8")


# ── The page that became the lead ───────────────────────────────────────────────────────────


def test_the_lead_is_the_imported_page_with_an_editors_subject_and_preheader() -> None:
    text = (ROOT / "tests/data/pages" / f"{PAGE}.txt").read_text(encoding="utf-8")
    made = article_from_page(text)
    edited = (ARTICLES / made.file_name).read_text(encoding="utf-8")

    added = re.compile(r"^(?:subject: .*\n|preheader: >-\n(?:  .*\n)+)", flags=re.MULTILINE)
    assert len(added.findall(edited)) == 2
    assert added.sub("", edited) == made.markdown
