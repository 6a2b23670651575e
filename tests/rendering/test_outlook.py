"""Both of Outlook's views, as models: the conditions met (Word), and the conditions skipped."""

import re
from typing import Any

import pytest

from newsletter.model import Image, Rendition

_TAG = re.compile(r"<(/?)([a-zA-Z][\w:]*)((?:[^>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")
_VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"}


def for_word(html: str) -> str:
    """What Word reads: conditions for mso opened, those against it left out."""
    html = re.sub(r"<!--\[if !mso\]><!-->.*?<!--<!\[endif\]-->", "", html, flags=re.DOTALL)
    html = re.sub(r"<!--\[if lte mso 11\]>.*?<!\[endif\]-->", "", html, flags=re.DOTALL)
    return re.sub(r"<!--\[if mso[^\]]*\]>(.*?)<!\[endif\]-->", r"\1", html, flags=re.DOTALL)


def for_others(html: str) -> str:
    """What all others read: conditions are comments."""
    return re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)


def unbalanced(html: str) -> list[str]:
    """Every tag that is closed where another is open, or never."""
    html = re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    opened: list[str] = []
    wrong = []
    for close, name, _, empty in _TAG.findall(html):
        if not close and not empty and name not in _VOID:
            opened.append(name)
        elif close and (not opened or opened.pop() != name):
            wrong.append(name)
    return wrong + opened


VIEWS = pytest.mark.parametrize("view", [for_word, for_others])


@VIEWS
def test_every_tag_is_closed_in_both_views(rendition: Rendition, view: Any) -> None:
    assert unbalanced(view(rendition.html)) == []


@VIEWS
@pytest.mark.parametrize(
    "gone", [{"sponsor": None}, {"reel": None}, {"sections": ()}, {"sections": (), "reel": None}]
)
def test_every_tag_is_closed_whatever_is_missing(
    rendered: Any, make_article: Any, gone: dict[str, Any], view: Any
) -> None:
    lead = make_article("lead", image=Image(url="https://a.example/b.jpg", alt="x"), body="")

    assert unbalanced(view(rendered(lead=lead, **gone).html)) == []


def test_the_checker_itself_finds_what_is_wrong() -> None:
    assert unbalanced(for_word("<p><!--[if mso]><td><![endif]--></p>")) == ["p", "p"]
    assert unbalanced(for_others("<p><!--[if mso]><td><![endif]--></p>")) == []
    assert unbalanced("<p><b></p></b>") == ["p", "b"]


def test_word_gets_a_column_of_600_pixels(rendition: Rendition) -> None:
    word = for_word(rendition.html)

    assert word.count('width="600"') >= 6
    assert "<o:PixelsPerInch>96" in word


def test_the_mail_is_one_column_without_its_style_sheets(rendition: Rendition) -> None:
    bare = re.sub(r"<style.*?</style>", "", for_others(rendition.html), flags=re.DOTALL)

    assert "position:" not in bare
    assert "float:" not in bare
    assert "max-width:600px" in bare
    assert all(int(width) <= 600 for width in re.findall(r'width="(\d+)"', bare))
    assert not re.search(r"[^-]width:\s*(?!600px|0px)\d{3,}px", bare)


def test_important_stands_in_sheets_alone_and_never_inline(rendition: Rendition) -> None:
    assert not re.search(r'style="[^"]*!important', rendition.html)
    assert " !important" in rendition.html
    assert not re.search(r"[^ ]!important", rendition.html)


def test_each_layer_has_a_sheet_of_its_own(rendition: Rendition) -> None:
    sheets = re.findall(r'<style type="text/css">(.*?)</style>', rendition.html, re.DOTALL)
    layers = [
        ("prefers-color-scheme", [s for s in sheets if "prefers-color-scheme" in s]),
        ("data-ogsc", [s for s in sheets if "data-ogsc" in s]),
        ("max-width:479px", [s for s in sheets if "max-width:479px" in s]),
    ]
    owners = [found for _, (found,) in layers]

    assert len(set(owners)) == len(layers)
    assert sum(map(len, sheets)) < 16_000


def test_the_page_is_read_by_the_standard(rendition: Rendition) -> None:
    assert rendition.html.startswith("<!DOCTYPE html>\n<html")
    assert "data-premailer" not in rendition.html
    assert "fonts.googleapis" not in rendition.html
    assert '<meta name="color-scheme" content="light dark">' in rendition.html
