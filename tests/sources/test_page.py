"""A published page becomes an article that says the same, word for word."""

import html
import re
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from newsletter.errors import SourceError
from newsletter.model import Article
from newsletter.settings import Newsletter
from newsletter.sources.fields import one_line
from newsletter.sources.folder import FolderSource
from newsletter.sources.front_matter import parse
from newsletter.sources.page import article_from_page

ROOT = Path(__file__).parents[2]
NAME = "2026-07-05-alibaba-bans-anthropic-s-claude-code-over-alleged-china-detection-backdoor-as-em"
SAMPLE = ROOT / "tests/data/pages" / f"{NAME}.txt"
MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

#: What is written with many a Markdown sign in it, in the scripts of the newsroom's readers.
SIGNS = st.text(alphabet="\\`*_{}[]<>()#+-.!|~&;:=\"'/ 1a9zé·ह़ـ❤️\u200d\u00a0", max_size=40)
PROSE = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=60)
LINES = (SIGNS | PROSE).map(str.strip).filter(bool)
#: Words that are a part of the page itself.
PARTS = re.compile(r"Sources|Share on .*|Published .*")


def page(
    *paragraphs: str,
    title: str = "A title",
    dek: str = "A dek.",
    dateline: str = "Published 5 July 2026 · ID 2026-07-05-a-title",
    sources: tuple[str, ...] = (),
) -> str:
    """A page as the newsroom copies it."""
    head = (
        "Live · 7am IST · DailyFeatured\nReel\n\nThe ShiftMaker\n\nAI Intelligence Daily\nFeatured"
    )
    blocks = [head, title, dek, dateline, *(paragraphs or ("Text.",)), "Sources", *sources]
    return "\n\n".join([*blocks, "Share on X Share on LinkedIn"])


def matter(text: str) -> dict[str, object]:
    """The front matter that a page gets."""
    found: dict[str, object] = yaml.safe_load(article_from_page(text).markdown.split("---\n")[1])
    return found


def shown(markdown: str) -> list[str]:
    """The paragraphs that a reader sees of Markdown."""
    below = markdown.split("---\n", 2)[2]
    rendered = MARKDOWN.render(below)
    assert re.sub(r"<p>(?:[^<]*)</p>\n", "", rendered) == "", "only paragraphs, and only text"
    return [html.unescape(text) for text in re.findall(r"<p>([^<]*)</p>", rendered)]


def read(text: str, folder: Path) -> Article:
    """What the folder source makes of the imported page, without a complaint."""
    made = article_from_page(text)
    (folder / made.file_name).write_text(made.markdown, encoding="utf-8")
    newsletter = Newsletter.load("daily", ROOT / "templates")
    gathered = FolderSource(folder, newsletter, site_url="https://n.example").read()
    assert gathered.problems == ()
    (article,) = gathered.articles
    return article


# ── Words survive ───────────────────────────────────────────────────────────────────────────


@settings(deadline=None)
@given(st.lists(LINES.filter(lambda line: not PARTS.fullmatch(line)), min_size=1, max_size=4))
@example(["# no heading", "1. no list", "2) nor this", "- no bullet", "+ no", "> no quote"])
@example(["~~~", "```", "***", "---", "===", "+++", "| a | b |", "|---|---|"])
@example(
    ["<b>bold</b> &amp; &#38; &copy &nbsp;", "[a](http://a.example) ![b](c) <http://d.example>"]
)
@example(
    ["[a]: http://a.example 'title'", "[a]", "![a]", "back\\slash\\", "snake_case *star* ~~gone~~"]
)
@example(["7.5 million", "1234567890. too long for a list", "1.", "12)", "#hash", "-5 degrees"])
def test_a_paragraph_means_itself_whatever_signs_are_in_it(paragraphs: list[str]) -> None:
    said = shown(article_from_page(page(*paragraphs)).markdown)

    assert said == paragraphs


@settings(deadline=None)
@given(title=LINES.filter(one_line), dek=LINES)
@example(title="true", dek="2026-07-05")
@example(title="- [a: b] #c", dek="'single' \"double\" \\n & *alias | > %")
@example(title="Featured", dek="Reel")
@example(title="1_000", dek="~")
def test_title_and_dek_survive_the_front_matter(title: str, dek: str) -> None:
    found = parse(article_from_page(page(title=title, dek=dek)).markdown).values

    assert (found["title"], found.get("dek", "")) == (one_line(title), one_line(dek))


def test_a_line_that_is_indented_is_no_code() -> None:
    assert shown(article_from_page(page("    four spaces")).markdown) == ["four spaces"]


def test_words_reach_the_reader_as_they_stood_on_the_page(tmp_path: Path) -> None:
    signs = "R&D's *big* [day]: 5 < 6 & `code` ~~no~~ &lt;b&gt; #1 | 100 % ❤️ 👩🏽‍🚀 हिन्दी العربية"
    article = read(page(signs, "1. One", title=f"On: {signs}", dek=f"- {signs}"), tmp_path)

    assert article.title == f"On: {signs}"
    assert article.dek == f"- {signs}"
    assert re.findall(r"<p>(.*?)</p>", article.body) == [html.escape(signs, quote=False), "1. One"]


def test_what_needs_no_backslash_gets_none() -> None:
    line = "Anthropic's R&D (2026): 7.5 % - no more! See GLM-5.2, at x.example/a?b=1&c=2."

    assert article_from_page(page(line)).markdown.endswith(f"\n{line}\n")


def test_controls_and_halves_of_letters_are_left_out() -> None:
    made = article_from_page(page("\x00a\x1b[1mb\ud800\x85c"))

    assert shown(made.markdown) == ["a [1mb  c"]
    assert made.markdown.encode()


# ── Parts of the page ───────────────────────────────────────────────────────────────────────


def test_line_ends_of_windows_and_a_byte_order_mark_change_nothing() -> None:
    text = SAMPLE.read_text(encoding="utf-8")

    assert article_from_page("\ufeff" + text.replace("\n", "\r\n")) == article_from_page(text)
    assert article_from_page(text.replace("\n", "\r")) == article_from_page(text)


def test_a_page_that_is_not_featured_says_so_by_its_masthead() -> None:
    text = page().replace("Daily\nFeatured", "Daily")

    assert "featured" not in matter(text)
    assert matter(text)["title"] == "A title"


def test_a_page_without_a_masthead_is_read_too() -> None:
    text = page().partition("Featured\n\n")[2]

    assert matter(text)["title"] == "A title"


def test_a_page_may_have_no_dek() -> None:
    assert "dek" not in matter(page(dek=""))


def test_sources_keep_title_and_address() -> None:
    found = matter(
        page(
            sources=(
                "RFC 8058 https://www.rfc-editor.org/rfc/rfc8058.html",
                "- A paper: https://paper.example/a",
                "2. Another (https://paper.example/b?c=d)",
                "https://alone.example/",
                "A name, no address",
            )
        )
    )

    assert found["sources"] == [
        {"title": "RFC 8058", "url": "https://www.rfc-editor.org/rfc/rfc8058.html"},
        {"title": "A paper", "url": "https://paper.example/a"},
        {"title": "Another", "url": "https://paper.example/b?c=d"},
        "https://alone.example/",
        "A name, no address",
    ]


def test_the_folder_reads_every_source_of_a_page(tmp_path: Path) -> None:
    sources = ("RFC 8058 https://rfc.example/8058", "https://alone.example/a", "A name")
    references = read(page(sources=sources), tmp_path).references

    assert [(found.title, found.url) for found in references] == [
        ("RFC 8058", "https://rfc.example/8058"),
        ("alone.example/a", "https://alone.example/a"),
        ("A name", ""),
    ]


def test_the_word_sources_may_be_a_paragraph() -> None:
    made = article_from_page(page("Before.", "Sources", "After."))

    assert shown(made.markdown) == ["Before.", "Sources", "After."]


@pytest.mark.parametrize("share", ["Share on X\nShare on LinkedIn", "Share on X", ""])
def test_the_share_buttons_are_no_source(share: str) -> None:
    text = page(sources=("A name",)).replace("Share on X Share on LinkedIn", share)

    assert matter(text)["sources"] == ["A name"]


def test_a_page_without_a_heading_for_sources_ends_at_its_buttons() -> None:
    text = page("Last words.").replace("Sources\n\n", "")

    assert shown(article_from_page(text).markdown) == ["Last words."]
    assert "sources" not in matter(text)


@pytest.mark.parametrize("day", ["5 July 2026", "05 Jul 2026", "5 JULY 2026"])
def test_the_day_is_read_as_people_write_it(day: str) -> None:
    found = matter(page(dateline=f"Published {day} · ID 2026-07-05-a"))

    assert found["published"] == date(2026, 7, 5)


@pytest.mark.parametrize("letter", ["ह", "x", "😀"])
def test_a_files_name_is_never_too_long_for_a_disk(letter: str, tmp_path: Path) -> None:
    made = article_from_page(page(dateline=f"Published 5 July 2026 · ID 2026-07-05-{letter * 300}"))

    assert len(made.file_name.encode()) <= 255
    (tmp_path / made.file_name).write_text(made.markdown, encoding="utf-8")
    assert f"{letter * 300}\n" in made.markdown


# ── What is no page ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it has no line `Published"),
        ("A recipe for soup.\n\nStir.", "it has no line `Published"),
        (page(dateline="Published yesterday · ID a"), "it has no line `Published"),
        (page(dateline="Published 31 June 2026 · ID a"), "31 June 2026, which is no day"),
        (page(dateline="Published 5 Juli 2026 · ID a"), "5 Juli 2026, which is no day"),
        (page(dateline="Published 5 July 0000 · ID a"), "5 July 0000, which is no day"),
        (page(title="", dek=""), "no title above its line"),
        (page(title="\u202e", dek="\ufeff"), "no title above its line"),
        (page(" "), "no text between its line"),
        (page("Half a page").partition("\n\nSources")[0], "stops in the middle"),
    ],
)
def test_what_is_missing_is_named_in_one_sentence(text: str, said: str) -> None:
    with pytest.raises(SourceError) as caught:
        article_from_page(text)

    assert said in str(caught.value)
    assert str(caught.value).endswith(".")
    assert caught.value.hint


@pytest.mark.parametrize("name", ["../../x", "a/b", "a\\b", ".hidden", "con:", "a\u202eb", "~/*?"])
def test_an_id_never_names_a_file_elsewhere(name: str) -> None:
    with pytest.raises(SourceError, match="cannot be the name of a file"):
        article_from_page(page(dateline=f"Published 5 July 2026 · ID {name}"))


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_read_or_refused_in_a_sentence(text: str) -> None:
    for whole in (text, page(text), page(dateline=f"Published 5 July 2026 · ID {text}")):
        try:
            made = article_from_page(whole)
        except SourceError as error:
            assert str(error)  # noqa: PT017 - both outcomes are right
        else:
            assert "/" not in made.file_name
            assert made.markdown.startswith("---\nid: ")
