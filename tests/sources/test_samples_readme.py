"""articles/README.md shows every key, and shows it rightly."""

import re
import tomllib
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from newsletter.settings import Newsletter
from newsletter.sources.folder import FolderSource
from newsletter.sources.front_matter import KEYS, parse

ROOT = Path(__file__).parents[2]
ARTICLES = ROOT / "articles"
DAILY = Newsletter.load("daily", ROOT / "templates")
ZONE = ZoneInfo("Asia/Kolkata")


def _examples(language: str) -> list[str]:
    text = (ARTICLES / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def test_the_readme_shows_every_key_and_no_other() -> None:
    (example,) = _examples("yaml")

    assert set(parse(example).values) == set(KEYS)


def test_the_readmes_example_is_a_story_without_a_complaint(tmp_path: Path) -> None:
    (example,) = _examples("yaml")
    (tmp_path / "media").mkdir()
    for file in (ARTICLES / "media").iterdir():
        (tmp_path / "media" / file.name).write_bytes(file.read_bytes())
    (tmp_path / "story.md").write_text(example, encoding="utf-8")

    found = FolderSource(tmp_path, DAILY, site_url="https://n.example").read()

    assert found.problems == ()
    (story,) = found.articles
    assert story.draft
    assert story.updated == datetime(2026, 7, 5, 16, 40, tzinfo=ZONE)
    assert story.updated - story.published == timedelta(hours=10, minutes=30)
    assert story.image
    assert story.video
    assert (story.video.seconds, len(story.references)) == (58, 2)
    assert story.dek == "One in your mail program, two from the foot of this mail."


def test_the_readmes_short_examples_are_right(tmp_path: Path) -> None:
    text = (ARTICLES / "README.md").read_text(encoding="utf-8")
    for line in re.findall(r"`((?:image|title): .*?)`", text):
        assert isinstance(yaml.safe_load(line), dict)

    (example,) = _examples("toml")
    (tmp_path / "x-sponsor.toml").write_text(example, encoding="utf-8")
    found = FolderSource(tmp_path, DAILY, site_url="https://n.example").read()

    assert [problem for problem in found.problems if "sponsor" in problem.where] == []
    (sponsor,) = found.sponsors
    assert (sponsor.name, sponsor.first) == ("Your name here", date(2026, 7, 5))
    assert set(tomllib.loads(example)) == {"name", "text", "url", "call", "day"}
