import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html  # type: ignore[import-untyped]

from newsletter.rendering import mjml
from newsletter.rendering.lint import flaws
from newsletter.rendering.mjml import MjmlError, to_html


def letter(content: str) -> str:
    return (
        '<mjml lang="en" dir="ltr">\n<mj-head><mj-title>T</mj-title></mj-head>\n'
        f"<mj-body>\n<mj-section><mj-column>\n{content}\n</mj-column></mj-section>\n</mj-body>\n</mjml>"
    )


#: Each was printed as an escape, or lost, by the renderer left to itself.
HARD = [
    "हिन्दी",
    "👩‍👩‍👧‍👦",
    "❤️",
    "a\u00a0b",
    "a\u200bb",
    "soft\u00adhyphen",
    "\u200fمن",
    "שָׁלוֹם",
    "தமிழ்",
    "a\\b",
    "\\u{94d}",
]


@pytest.mark.parametrize("text", HARD)
def test_text_survives_in_words_and_in_attributes(text: str) -> None:
    made = to_html(
        letter(
            f'<mj-text><a title="{text}" href="x">{text}</a></mj-text>'
            f'<mj-image src="x" alt="{text}" />'
        )
    )
    page = html.fromstring(made)

    assert page.xpath("//a/text()") == [text]
    assert page.xpath("//a/@title") == [text]
    assert page.xpath("//img/@alt") == [text]
    assert made.isascii()


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="<>&\"'")))
def test_any_text_survives_in_an_attribute(text: str) -> None:
    made = to_html(letter(f'<mj-image src="x" alt="x{text}x" />'))

    assert html.fromstring(made).xpath("//img/@alt") == [f"x{text}x"]


def test_words_on_two_lines_stay_two_words() -> None:
    page = html.fromstring(to_html(letter("<mj-text><b>a</b>\n<i>b</i>\n  <u>c</u></mj-text>")))

    assert "a b c" in page.text_content()


def test_an_attribute_on_two_lines_becomes_one() -> None:
    made = to_html(letter('<mj-image src="x" alt="a\nb\tc" />'))

    assert html.fromstring(made).xpath("//img/@alt") == ["a b c"]


def test_no_font_is_fetched_from_anywhere() -> None:
    assert "fonts.googleapis" not in to_html(letter("<mj-text>x</mj-text>"))


@pytest.mark.parametrize(
    ("content", "line", "sentence"),
    [
        ("\n<mj-foo />", 6, "<mj-foo> is no component that an edition may use"),
        ("<mj-include path='x' />", 5, "<mj-include> is no component"),
        ("<mj-social />", 5, "<mj-social> is no component"),
        ("<mj-text colour='red'>x</mj-text>", 5, "<mj-text> has no attribute colour"),
        (
            "<mj-section></mj-section>",
            5,
            "<mj-section> stands in <mj-column>; it belongs in <mj-body>",
        ),
        ("<mj-raw><div></mj-raw>", 5, "</mj-raw> stands where <div> of line 5 is still open"),
        ("<mj-text>\n<p>\n</mj-text>", 7, "</mj-text> stands where <p> of line 6 is still open"),
    ],
)
def test_what_would_come_out_wrong_in_silence_is_named(
    content: str, line: int, sentence: str
) -> None:
    with pytest.raises(MjmlError) as caught:
        to_html(letter(content))

    assert str(caught.value).startswith(f"line {line} of the MJML, step MJML: {sentence}")
    assert caught.value.hint.startswith("The line says: <")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("</mjml>", "</mjml> closes nothing"),
        ("<mjml>\n<mj-body>", "<mj-body> is never closed"),
    ],
)
def test_a_tag_without_its_other_half_is_named(text: str, sentence: str) -> None:
    assert [flaw.sentence for flaw in flaws(text)] == [sentence]


def test_comments_attributes_and_void_tags_are_no_flaws() -> None:
    content = (
        "<!-- <mj-foo> --><mj-text css-class='a' mj-class=\"b\" color='#fff'>"
        '<br><img src="a>b" alt="<mj-x y=1>"/><p title=\'x\'>1 &lt; 2</p></mj-text>'
    )

    assert list(flaws(letter(content))) == []


def test_the_line_is_told_even_after_characters_of_many_bytes() -> None:
    content = "<mj-text>हिन्दी 👩‍👩‍👧‍👦\n\n\nx</mj-text>\n<mj-text><![CDATA[x]]></mj-text>"

    with pytest.raises(MjmlError, match=r"^line 9 of the MJML, step MJML: unexpected"):
        to_html(letter(content))


def test_an_error_without_a_place_is_told_without_one() -> None:
    with pytest.raises(MjmlError, match=r"^step MJML: unable to") as caught:
        to_html("")

    assert caught.value.hint == ""


def test_a_leftover_is_never_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mjml, "mjml2html", lambda *_, **__: "<p>a<mj-text></p>")

    with pytest.raises(MjmlError, match=r"line 5 of the MJML, step MJML: <mj-text was left"):
        to_html(letter("<mj-text>x</mj-text>"))
