"""The newsroom's own published page, byte for byte, becomes an article."""

from datetime import UTC, date
from pathlib import Path

import yaml

from newsletter.settings import Newsletter
from newsletter.sources.fields import made_id
from newsletter.sources.folder import FolderSource
from newsletter.sources.page import article_from_page

ROOT = Path(__file__).parents[2]
NAME = "2026-07-05-alibaba-bans-anthropic-s-claude-code-over-alleged-china-detection-backdoor-as-em"
SAMPLE = ROOT / "tests/data/pages" / f"{NAME}.txt"
TITLE = (
    "Alibaba bans Anthropic's Claude Code over alleged China-detection backdoor"
    " as employees shift to Qoder"
)


def test_the_sample_page_keeps_its_id_title_dek_and_day() -> None:
    made = article_from_page(SAMPLE.read_text(encoding="utf-8"))
    found = yaml.safe_load(made.markdown.split("---\n")[1])

    assert made.file_name == f"{NAME}.md"
    assert found == {
        "id": NAME,
        "title": TITLE,
        "dek": (
            "The move follows accusations of a hidden backdoor in Claude Code and a recent"
            " distillation attack by Alibaba's Qwen lab. The ban takes effect on July 10,"
            " affecting thousands of employees."
        ),
        "published": date(2026, 7, 5),
        "featured": True,
    }


def test_the_sample_pages_paragraphs_stay_word_for_word() -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    paragraphs = [line for line in text.split("\n") if len(line) > 300]

    assert len(paragraphs) == 5
    assert article_from_page(text).markdown.endswith("\n\n".join(paragraphs) + "\n")


def test_the_sample_pages_id_is_the_one_that_we_would_make() -> None:
    assert made_id(TITLE, date(2026, 7, 5)) == NAME


def test_the_folder_reads_the_imported_sample(tmp_path: Path) -> None:
    made = article_from_page(SAMPLE.read_text(encoding="utf-8"))
    (tmp_path / made.file_name).write_text(made.markdown, encoding="utf-8")
    newsletter = Newsletter.load("daily", ROOT / "templates")

    gathered = FolderSource(tmp_path, newsletter, site_url="https://n.example").read()

    assert gathered.problems == ()
    (article,) = gathered.articles

    assert (article.id, article.title, article.featured) == (NAME, TITLE, True)
    assert article.published.astimezone(UTC).isoformat() == "2026-07-04T18:30:00+00:00"
    assert article.day_only
    assert article.url == f"https://theshiftmaker.example/{NAME}"
    assert article.references == ()
    assert article.body.count("<p>") == 5
