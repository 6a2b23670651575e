"""Languages, headings, targets; and where each stands."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import Rendition
from newsletter.preflight.page import anchor, elements, parse, words
from newsletter.preflight.sheets import declarations, deepest, rules

Make = Any


@pytest.mark.parametrize(
    ("tag", "told"),
    [
        ('<html dir="ltr">', ["the mail does not say its language"]),
        ('<html lang="en">', ["the mail does not say its direction"]),
        (
            '<html lang="und" dir="auto">',
            ["the mail does not say its language", "the mail does not say its direction"],
        ),
        ('<html lang="en-IN" dir="ltr">', []),
    ],
)
def test_a_mail_says_its_language_and_direction(
    desk: Make, html: Make, tag: str, told: list[str]
) -> None:
    found = desk(change=html('<html lang="en" dir="ltr">', tag)).of("language")

    assert [one.sentence for one in found] == told


@pytest.mark.parametrize(
    ("block", "told"),
    [
        ("<div>{}</div>", ["is in hi, but its block says en"]),
        ('<div lang="hi">{}</div>', []),
        ('<div lang="hi-IN"><div>{}</div></div>', []),
    ],
)
def test_a_story_in_another_language_says_so(
    desk: Make, make_article: Make, block: str, told: list[str]
) -> None:
    story = make_article("a", title="आपका न्यूज़लेटर", lang="hi")

    found = desk(others=(story,), change=around("h2", block)).of("language")

    assert [told[0] in one.sentence for one in found] == [True] * len(told)


@pytest.mark.parametrize(("way", "told"), [("ltr", True), ("rtl", False), ("auto", False)])
def test_a_story_from_right_to_left_says_so(
    desk: Make, make_article: Make, way: str, told: bool
) -> None:
    story = make_article("a", title="نشرتك اليومية", lang="ar", dir="rtl")
    block = f'<div lang="ar" dir="{way}">{{}}</div>'

    assert bool(desk(others=(story,), change=around("h2", block)).of("language")) is told


def around(tag: str, block: str) -> Callable[[Rendition], Rendition]:
    """Put a block round the first heading of a level."""

    def change(rendition: Rendition) -> Rendition:
        before, _, rest = rendition.html.partition(f"<{tag}>")
        inside, _, after = rest.partition(f"</{tag}>")
        heading = f"<{tag}>{inside}</{tag}>"
        return replace(rendition, html=before + block.format(heading) + after)

    return change


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("<h3>Too deep</h3>", []),
        ("<h4>Too deep</h4>", ["h4 “Too deep” stands below h2"]),
        ("<h3> </h3>", ["an h3 has no words"]),
        ("<h1>Again</h1>", ["the mail has 2 headings h1; the lead's headline is the only one"]),
        ('<h3><img src="/x.png" width="9" alt="A picture"></h3>', []),
        ('<div style="display:none"><h6>Hidden</h6></div>', []),
    ],
)
def test_headings_go_down_step_by_step(desk: Make, html: Make, body: str, told: list[str]) -> None:
    found = desk(change=html("</body>", f"{body}</body>")).of("headings")

    assert [one.sentence for one in found] == told


@pytest.mark.parametrize(("tag", "told"), [("h2", False), ("h3", False), ("h4", True)])
def test_an_author_may_begin_with_two_signs(desk: Make, lead: Make, tag: str, told: bool) -> None:
    story = lead(body=f"<p>One.</p><{tag}>A <b>heading</b></{tag}><p>Two.</p>")

    assert bool(desk(lead=story).of("headings")) is told


def test_a_mail_without_its_first_heading_is_told(desk: Make) -> None:
    def change(rendition: Rendition) -> Rendition:
        changed = rendition.html.replace("<h1>", "<p>").replace("</h1>", "</p>")
        return replace(rendition, html=changed)

    found = [one.sentence for one in desk(change=change).of("headings")]

    assert found == [
        "h2 “Story second” stands below nothing",
        "the mail has 0 headings h1; the lead's headline is the only one",
    ]


LINK = "https://theshiftmaker.in/x"


@pytest.mark.parametrize(
    ("link", "high"),
    [
        (f'<p><a href="{LINK}" style="font-size:11px;line-height:14px">More</a></p>', "14"),
        (f'<p style="line-height:1.2;font-size:15px"><a href="{LINK}">More</a></p>', "18"),
        (f'<p><a href="{LINK}" style="line-height:14px;padding:4px">More</a></p>', "22"),
        (f'<p><a href="{LINK}" style="line-height:14px;padding:1px 2px 3px">More</a></p>', "18"),
        (f'<p><a href="{LINK}"><img src="/x.png" alt="X" width="16" height="16"></a></p>', "16"),
    ],
)
def test_a_small_target_is_told(desk: Make, html: Make, link: str, high: str) -> None:
    (found,) = desk(change=html("</body>", f"{link}</body>")).of("tap-targets")

    assert f"is {high} px high" in found.sentence


@pytest.mark.parametrize(
    "link",
    [
        f'<p><a href="{LINK}" style="line-height:14px;padding:5px">More</a></p>',
        f'<p style="line-height:14px">Somebody said <a href="{LINK}">this</a> today.</p>',
        f'<p><a href="{LINK}">Nobody knows how high</a></p>',
        f'<p><a href="{LINK}"><img src="/x.png" alt="X" width="16"></a></p>',
        f'<p><a href="{LINK}" style="line-height:10px;display:none">Hidden</a></p>',
        '<p><a name="top" style="line-height:10px">No link</a></p>',
    ],
)
def test_a_target_that_is_hit_or_in_a_sentence_is_right(desk: Make, html: Make, link: str) -> None:
    assert not desk(change=html("</body>", f"{link}</body>")).of("tap-targets")


# ── Trees and sheets ────────────────────────────────────────────────────────────────────────


TAGS = st.sampled_from(["div", "p", "table", "tr", "td", "a", "b", "ul", "li", "h2", "style"])
SOUP = st.lists(
    st.one_of(
        TAGS.map(lambda tag: f"<{tag}>"),
        TAGS.map(lambda tag: f"</{tag}>"),
        st.text(alphabet="ab <>&{}@;:\"'/*", max_size=6),
    ),
    max_size=30,
).map("".join)


@given(html=SOUP)
def test_every_anchor_finds_its_own_element(html: str) -> None:
    root = parse(html)
    # What a browser puts in, the selector counts with; lxml puts in none.
    for element in elements(root):
        selector = anchor(element).replace(" > tbody > tr", " > tr")
        if "<tbody" not in html:
            assert root.getroottree().getroot().cssselect(selector) == [element]


@given(html=SOUP)
def test_any_page_is_looked_over_without_falling(desk_of: Any, html: str) -> None:
    assert desk_of(html) is not None


@pytest.fixture(scope="module")
def desk_of() -> Callable[[str], Any]:
    from tests.preflight.conftest import Desk  # noqa: PLC0415

    def of(soup: str) -> Any:
        return Desk(change=lambda rendition: replace(rendition, html=soup)).findings()

    return of


@given(text=st.text(alphabet="ab{}@;:!\"'()/*,.# -", max_size=60))
def test_any_sheet_is_read(text: str) -> None:
    assert isinstance(rules(text), tuple)
    assert deepest(text) >= 0


def test_a_sheet_is_read_as_css_says() -> None:
    sheet = (
        "/* a { color:red } */ @import url(x.css); a, b > i { color : RED ; color:#000 !important }"
        "@media (min-width:480px) { p { margin:0 } }"
    )

    read = [(rule.selector, dict(rule.declared), rule.media) for rule in rules(sheet)]

    assert read == [
        ("a", {"color": ("#000", True)}, ""),
        ("b > i", {"color": ("#000", True)}, ""),
        ("p", {"margin": ("0", False)}, "(min-width:480px)"),
    ]


def test_declarations_may_hold_semicolons_in_quotes_and_brackets() -> None:
    read = declarations("background:url(data:image/png;base64,AA==);color:red")

    assert read == {
        "background": ("url(data:image/png;base64,AA==)", False),
        "color": ("red", False),
    }


def test_words_are_those_of_a_reader() -> None:
    assert words(parse("<p>One<br>two <b>and</b> <img alt='three'></p>")) == "Onetwo and three"
