"""Every word of pages and letters is there in every language, and says the same things."""

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from newsletter.errors import RenderError
from newsletter.rendering.letters import letter_rendition
from newsletter.rendering.speech import best_language, languages, speech
from newsletter.settings import Newsletter

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "templates"
LANGUAGES = [lang for lang in languages(TEMPLATES) if lang != "en"]


def said() -> set[str]:
    """Every sentence that a template or a page may say."""
    found: set[str] = set()
    for folder in ("web", "letters"):
        for _, _, message, _, _ in extract_from_dir(
            TEMPLATES / folder,
            method_map=[("**.j2", "jinja2.ext:babel_extract")],
            options_map={"**.j2": {"silent": "false"}},
            keywords={"_": None},
        ):
            found.add(str(message))
    for _, _, message, _, _ in extract_from_dir(
        ROOT / "newsletter" / "web", method_map=[("**.py", "python")], keywords={"said": None}
    ):
        found.add(str(message))
    return found


def test_sentences_are_really_found() -> None:
    assert len(said()) > 100
    assert {"Stop these mails", "Send it to me"} < said()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_sentence_is_translated_with_the_same_values(lang: str) -> None:
    with (TEMPLATES / "locale" / f"{lang}.po").open("rb") as file:
        catalogue = read_po(file, locale=lang)
    for sentence in said():
        message = catalogue.get(sentence)
        assert message is not None, sentence
        assert message.string, sentence
        fields = re.findall(r"%\((\w+)\)s", sentence)
        assert sorted(re.findall(r"%\((\w+)\)s", str(message.string))) == sorted(fields)


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("hi-IN,hi;q=0.9,en;q=0.8", "hi"),
        ("en-GB,en;q=0.9", "en"),
        ("fr,hi;q=0.5", "hi"),
        ("hi;q=0,en", "en"),
        ("*", "en"),
        ("", "en"),
        ("x" * 5000, "en"),
        (";;;,,,q=", "en"),
        ("hi;q=abc", "en"),
    ],
)
def test_the_language_is_what_the_browser_accepts(accepted: str, lang: str) -> None:
    assert best_language(accepted, TEMPLATES, "en") == lang


def test_a_language_that_is_not_there_is_english() -> None:
    assert speech("../../etc", TEMPLATES)("Save") == "Save"
    assert speech("hi", TEMPLATES)("Save") == "सहेजें"
    assert speech("hi", TEMPLATES)("Not translated") == "Not translated"
    assert speech("hi", TEMPLATES).count("%(n)s edition", "%(n)s editions", 3) == "3 अंक"


def test_a_bad_catalogue_is_named(tmp_path: Path) -> None:
    (tmp_path / "locale").mkdir()
    (tmp_path / "locale" / "hi.po").write_bytes(b'msgid "a"\nmsgstr "\xff"\n')
    with pytest.raises(RenderError, match=r"hi\.po"):
        speech("hi", tmp_path)


@pytest.mark.parametrize("kind", ["confirm", "welcome", "goodbye", "forget", "mydata"])
@pytest.mark.parametrize("lang", ["en", *LANGUAGES])
def test_every_letter_is_whole_in_every_language(kind: str, lang: str) -> None:
    daily = Newsletter.load("daily", TEMPLATES)
    letter = letter_rendition(
        kind, daily, lang, templates=TEMPLATES, site_url="https://n.example.com"
    )

    assert letter.subject
    assert "%(" not in letter.html + letter.text + letter.subject
    assert "MERGE__DOOR" in letter.html
    assert "MERGE__DOOR" in letter.text
    assert daily.postal_address in letter.text
    assert f'lang="{lang}"' in letter.html
    assert len(letter.html) < 20_000


def test_a_letter_is_written_whatever_its_newsletter_asks_for() -> None:
    daily = Newsletter.load("daily", TEMPLATES).model_dump(mode="json", by_alias=True)
    asking = {
        "segments": {"india": {"attribute": "country", "is": ["IN"]}},
        "utm": {"campaign": "{date}", "hosts": ["*"]},
    }
    letter = letter_rendition(
        "welcome",
        Newsletter.model_validate(daily | asking),
        "en",
        templates=TEMPLATES,
        site_url="https://n.example.com",
    )

    assert letter.subject
