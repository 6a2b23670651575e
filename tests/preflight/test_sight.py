"""What can be seen: colours by day and by night, and what is hidden."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.model import Severity
from newsletter.preflight.colours import BLACK, WHITE, Colour, background, colour, contrast, over

Make = Any

PART = st.integers(0, 255)
OPAQUE = st.builds(Colour, PART, PART, PART, st.just(1.0))
ANY = st.builds(Colour, PART, PART, PART, st.floats(0, 1))


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("#fff", WHITE),
        ("#15181E", Colour(21, 24, 30)),
        ("#00000080", Colour(0, 0, 0, 128 / 255)),
        ("white", WHITE),
        ("RGB(255, 255, 255)", WHITE),
        ("rgb(0 0 0 / 50%)", Colour(0, 0, 0, 0.5)),
        ("rgba(0,0,0,0)", Colour(0, 0, 0, 0)),
        ("transparent", Colour(0, 0, 0, 0)),
        ("currentColor", None),
        ("var(--ink)", None),
        ("rgb(a, b, c)", None),
        ("rgb(1)", None),
        ("#12345", None),
        ("", None),
    ],
)
def test_colours_are_read_as_css_writes_them(written: str, read: Colour | None) -> None:
    assert colour(written) == read


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("#FFFFFF", WHITE),
        ("#FFF no-repeat center / cover", WHITE),
        ("none", Colour(0, 0, 0, 0)),
        ("url(a.png) #FFF", None),
        ("linear-gradient(#FFF, #000)", None),
    ],
)
def test_a_ground_with_a_picture_on_it_cannot_be_told(written: str, read: Colour | None) -> None:
    assert background(written) == read


# The figures of our own design, and of WCAG's examples.
@pytest.mark.parametrize(
    ("ink", "ground", "ratio"),
    [
        ("#000", "#FFF", 21.0),
        ("#777", "#FFF", 4.48),
        ("#767676", "#FFF", 4.54),
        ("#5A5F68", "#FFFFFF", 6.42),
        ("#FF9170", "#22262C", 6.90),
    ],
)
def test_contrast_is_that_of_wcag(ink: str, ground: str, ratio: float) -> None:
    one, other = colour(ink), colour(ground)

    assert one
    assert other
    assert contrast(one, other) == pytest.approx(ratio, abs=0.005)


@given(one=OPAQUE, other=OPAQUE)
def test_contrast_is_the_same_both_ways_and_has_its_bounds(one: Colour, other: Colour) -> None:
    assert 1 <= contrast(one, other) == contrast(other, one) <= 21.000001


@given(top=ANY, ground=OPAQUE)
def test_what_is_laid_over_a_ground_lies_between_the_two(top: Colour, ground: Colour) -> None:
    seen = over((top, ground))

    for part in range(3):
        low, high = sorted((top[part], ground[part]))
        assert low - 1e-6 <= seen[part] <= high + 1e-6
    assert over((BLACK, ground)) == BLACK


def saying(block: str, sheet: str = "") -> Any:
    """Put a block into the mail, and a sheet into its head."""

    def change(rendition: Any) -> Any:
        from dataclasses import replace  # noqa: PLC0415

        html = rendition.html.replace("<body>", f"<style>{sheet}</style><body>")
        return replace(rendition, html=html.replace("</body>", f"{block}</body>"))

    return change


#: A dark layer that paints the card alone.
DARK = (
    "@media (prefers-color-scheme:dark) { .card { background-color:#181B20 !important }"
    " .card p { color:#F1EFEA !important } }"
)


@pytest.mark.parametrize(
    ("block", "sheet", "told"),
    [
        ('<p style="color:#999999">Grey</p>', "", "#999999 on #FFFFFF is 2.85 in the light mail"),
        ('<p style="color:#fff;background:#ccc">Pale</p>', "", "#FFFFFF on #CCCCCC"),
        ('<table bgcolor="#000"><tr><td style="color:#333">A</td></tr></table>', "", "on #000000"),
        ('<p style="color:rgba(0,0,0,.2)">Thin</p>', "", "#CCCCCC on #FFFFFF"),
        ('<p class="pale">Rule</p>', ".pale { color:#aaa }", "#AAAAAA on #FFFFFF"),
        # Important rules outdo what stands in the element.
        ('<p class="a" style="color:#000">A</p>', ".a { color:#aaa !important }", "#AAAAAA"),
        (
            '<div class="card" style="background:#FFF"><b style="color:#15181E">Lost</b></div>',
            DARK,
            "#15181E on #181B20 is 1.03 in the dark mail",
        ),
    ],
)
def test_poor_contrast_is_told(desk: Make, block: str, sheet: str, told: str) -> None:
    (found,) = desk(change=saying(block, sheet)).of("contrast")

    assert found.severity is Severity.WARNING
    assert told in found.sentence
    assert found.anchor


@pytest.mark.parametrize(
    ("block", "sheet"),
    [
        ('<p style="color:#767676">Just enough</p>', ""),
        ('<p style="color:#949494;font-size:24px">Large</p>', ""),
        ('<p style="color:#949494;font-size:19px"><b>Large and bold</b></p>', ""),
        # It cannot be told what lies behind, or what a program makes of it.
        ('<p style="color:#999;background:url(x.png)">On a picture</p>', ""),
        ('<td background="x.png" style="color:#999">On a picture</td>', ""),
        ('<p style="color:var(--ink)">Who knows</p>', ""),
        ('<p style="color:#999;opacity:.5">Who knows</p>', ""),
        ('<p style="color:#999">●</p>', ""),
        ('<p class="a">A</p>', "@media print { .a { color:#aaa } } .a:hover { color:#aaa }"),
        ('<p class="a">A</p>', "@media (max-width:480px) and (orientation) { .a { color:#aaa } }"),
        ('<div class="card" style="background:#FFF"><p style="color:#000">Drawn</p></div>', DARK),
    ],
)
def test_what_can_be_read_or_cannot_be_told_is_no_finding(
    desk: Make, block: str, sheet: str
) -> None:
    assert not desk(change=saying(block, sheet)).of("contrast")


@pytest.mark.parametrize(
    ("style", "why"),
    [
        ("display:none", "display:none"),
        ("visibility:hidden", "visibility:hidden"),
        ("opacity:0", "opacity:0"),
        ("font-size:0", "font-size:0px"),
        ("font-size:1px", "font-size:1px"),
        ("max-height:0;overflow:hidden", "max-height:0"),
        ("text-indent:-9999px", "text-indent:-9999px"),
        ("position:absolute;left:-5000px", "left:-5000px"),
        ("color:#fff", "#FFFFFF on #FFFFFF"),
        ("color:transparent", "color:transparent"),
        ("color:#fefefe;background:#fff", "#FEFEFE on #FFFFFF"),
    ],
)
def test_hidden_words_are_told(desk: Make, style: str, why: str) -> None:
    (found,) = desk(change=saying(f'<p style="{style}">cheap watches</p>')).of("hidden-text")

    assert found.sentence == f"“cheap watches” is hidden by {why}"


def test_what_is_hidden_for_good_reason_or_seen_again_is_no_finding(desk: Make) -> None:
    seen = (
        '<p style="visibility:hidden"><b style="visibility:visible">Seen</b></p>'
        '<p style="font-size:0"><span style="font-size:16px">Seen</span></p>'
        '<div style="display:none">&zwnj;&nbsp;&zwnj;&nbsp;</div>'
        "<!--[if mso]><p style='display:none'>Word</p><![endif]-->"
        '<p style="text-indent:-8px">Seen</p>'
    )

    assert not desk(change=saying(seen)).of("hidden-text")


def test_only_some_hidden_places_are_told(desk: Make) -> None:
    many = '<p style="display:none">cheap</p>' * 20

    assert len(desk(change=saying(many)).of("hidden-text")) == 5
