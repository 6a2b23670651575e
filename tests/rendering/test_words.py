import os
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import RenderError
from newsletter.model import Article, Edition
from newsletter.rendering.harmless import harmless
from newsletter.rendering.words import words

TEMPLATES = Path(__file__).parents[2] / "templates"
DAY = date(2026, 7, 5)


@pytest.mark.parametrize(
    ("lang", "number", "said"),
    [
        ("en", 1, "1 min"),
        ("hi", 1, "1 मिनट"),
        ("ar", 1, "دقيقة واحدة"),
        ("ar", 2, "دقيقتان"),
        ("ar", 3, "3 دقائق"),
        ("ar", 11, "11 دقيقة"),
        ("ar", 100, "100 دقيقة"),
        ("hi-IN", 2, "2 मिनट"),
        ("fr", 2, "2 min"),
        ("no such language", 2, "2 min"),
        ("", 2, "2 min"),
    ],
)
def test_minutes_follow_each_languages_plurals(lang: str, number: int, said: str) -> None:
    assert words(lang, TEMPLATES).count("minutes", number) == said


@pytest.mark.parametrize(
    ("lang", "said"),
    [
        ("en", "Sunday 5 July 2026"),
        ("hi", "रविवार 5 जुलाई 2026"),
        ("ar", "الأحد 5 يوليو 2026"),
        ("fr", "dimanche 5 juillet 2026"),
    ],
)
def test_a_day_is_written_in_each_language(lang: str, said: str) -> None:
    assert words(lang, TEMPLATES).day(DAY, "EEEE d MMMM y") == said


@pytest.mark.parametrize(
    ("lang", "type", "name"),
    [
        ("hi", "deva", "हिन्दी"),
        ("mr", "deva", "मराठी"),
        ("ar", "arab", "العربية"),
        ("ur", "arab", "اردو"),
        ("en", "", "English"),
        ("az-Arab", "arab", None),
        ("sr-Latn", "", None),
    ],
)
def test_a_language_knows_its_type_and_its_name(lang: str, type: str, name: str | None) -> None:
    said = words(lang, TEMPLATES)

    assert said.type == type
    assert name is None or said.name == name


def test_every_language_has_every_word() -> None:
    texts = tomllib.loads((TEMPLATES / "shared" / "words.toml").read_text(encoding="utf-8"))

    def keys(part: dict[str, object], path: str = "") -> set[str]:
        found = set()
        for name, value in part.items():
            here = f"{path}.{name}"
            plural = isinstance(value, dict) and "other" in value
            found |= keys(value, here) if isinstance(value, dict) and not plural else {here}
        return found

    assert keys(texts["en"]) == keys(texts["hi"]) == keys(texts["ar"])


def test_words_that_changed_are_read_again(tmp_path: Path) -> None:
    path = tmp_path / "shared" / "words.toml"
    path.parent.mkdir()
    path.write_text("[en]\nreel = 'Reel'")
    assert words("en", tmp_path)["reel"] == "Reel"
    path.write_text("[en]\nreel = 'Clip'")
    os.utime(path, (1, 1))
    assert words("en", tmp_path)["reel"] == "Clip"


def test_words_that_are_missing_or_broken_are_named(tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"words\.toml is missing"):
        words("en", tmp_path)
    path = tmp_path / "shared" / "words.toml"
    path.parent.mkdir()
    path.write_text("[en\n")
    with pytest.raises(RenderError, match=r"words\.toml: .*line 1"):
        words("en", tmp_path)


@given(st.text())
def test_what_is_harmless_stays_as_it_is(text: str) -> None:
    once = harmless(text)

    assert harmless(once) == once
    assert "merge__" not in once.lower()
    once.encode()


def test_a_harmless_edition_is_the_same_edition(make_edition: object) -> None:
    edition = make_edition()  # type: ignore[operator]

    assert isinstance(edition, Edition)
    assert harmless(edition) == edition
    assert all(isinstance(article, Article) for article in harmless(edition).articles)
