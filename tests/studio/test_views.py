"""Every way to look at a mail, as pure functions from one page to another."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.studio.forced import forced_dark
from newsletter.studio.views import (
    KINDS,
    SCHEMES,
    Kind,
    Scheme,
    View,
    at_home,
    larger,
    outlook,
    seen,
)

GOLDEN = Path(__file__).parents[1] / "data" / "golden" / "edition.html"
SITE = "https://n.theshiftmaker.example"


@pytest.fixture(scope="module")
def mail() -> str:
    return GOLDEN.read_text(encoding="utf-8")


@given(
    width=st.integers(240, 1400),
    scheme=st.sampled_from(SCHEMES),
    images=st.booleans(),
    style=st.booleans(),
    large=st.booleans(),
    kind=st.sampled_from(KINDS),
)
def test_a_view_is_read_back_as_it_was_written(
    width: int, scheme: Scheme, images: bool, style: bool, large: bool, kind: Kind
) -> None:
    view = View(width=width, scheme=scheme, images=images, style=style, large=large, kind=kind)

    assert View.read(view.words) == view


@pytest.mark.parametrize("written", ["", "wide", "390-../etc", "239", "1401", "٣٩٠", "390--light"])
def test_what_is_no_view_is_none(written: str) -> None:
    assert View.read(written) is None


@given(st.text(max_size=40))
def test_whatever_is_asked_for_a_view_comes_out_or_nothing(written: str) -> None:
    view = View.read(written)

    assert view is None or View.read(view.words) == view


def test_the_authored_dark_layer_holds_where_it_is_asked_for_and_only_there(mail: str) -> None:
    dark, light = seen(mail, View(scheme="dark")), seen(mail, View(scheme="light"))

    assert "prefers-color-scheme" not in dark + light
    assert "@media (min-width:0px) {\nbody,.page { background-color:#0F1114" in dark
    assert "@media (max-width:0px) {\nbody,.page { background-color:#0F1114" in light
    assert '<meta name="color-scheme" content="dark">' in dark
    assert '<meta name="color-scheme" content="light">' in light


def test_without_images_no_source_is_left_and_every_alt_text_stays(mail: str) -> None:
    bare = seen(mail, View(images=False))

    assert set(re.findall(r"<img\b[^>]*?\bsrc=(\"[^\"]*\")", bare)) == {'""'}
    assert re.findall(r'\balt="[^"]*"', bare) == re.findall(r'\balt="[^"]*"', mail)


def test_without_style_no_sheet_is_left_and_every_inline_rule_stays(mail: str) -> None:
    bare = seen(mail, View(style=False))

    assert "<style" not in bare
    assert bare.count("style=") == mail.count("style=")


def test_outlook_takes_its_own_branch_and_none_of_the_others() -> None:
    page = (
        "<head><!--[if !mso]><!--><meta name='others'><!--<![endif]--></head><body>"
        "<!--[if mso | IE]><table><tr><td><![endif]-->words"
        "<!--[if mso | IE]></td></tr></table><![endif]-->"
        "<!--[if !mso]>-->never<!--<![endif]--></body>"
    )

    shown = outlook(page)

    assert "<table><tr><td>words</td></tr></table>" in shown
    assert "others" not in shown
    assert "[if" not in shown


def test_outlook_knows_no_rounded_corners_and_no_media_queries(mail: str) -> None:
    shown = outlook(mail)

    assert "border-radius" not in shown
    assert "@media" not in shown
    assert "max-width" not in shown
    assert "<!--[if" not in shown
    assert 'class="card-outlook"' in shown


class _Balance(HTMLParser):
    """Counts tables and cells that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open = dict.fromkeys(("table", "tr", "td", "div"), 0)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        if tag in self.open:
            self.open[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open:
            self.open[tag] -= 1


def test_outlooks_branch_closes_what_it_opens(mail: str) -> None:
    balance = _Balance()
    balance.feed(outlook(mail))

    assert set(balance.open.values()) == {0}


def test_larger_text_is_twice_as_large_and_nothing_else_is(mail: str) -> None:
    twice = larger(mail)
    sizes = [float(size) for size in re.findall(r"font-size:(\d+)px", mail)]
    grown = [float(size) for size in re.findall(r"font-size:(\d+)px", twice)]

    assert grown == [size * 2 if size > 1 else size for size in sizes]
    assert re.findall(r"width:(\d+)px", twice) == re.findall(r"width:(\d+)px", mail)


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


#: Every pair of words and ground of the light mail, by the house's own table.
PAIRS = [
    ("#15181E", "#FFFFFF"),
    ("#5A5F68", "#FFFFFF"),
    ("#BF3B1A", "#FFFFFF"),
    ("#15181E", "#F5F2EB"),
    ("#5A5F68", "#F5F2EB"),
    ("#BF3B1A", "#F5F2EB"),
    ("#FFFFFF", "#BF3B1A"),
]


@pytest.mark.parametrize(("words", "ground"), PAIRS)
def test_a_mail_that_is_made_dark_by_force_can_still_be_read(words: str, ground: str) -> None:
    forced = forced_dark(f'<p style="color:{words};background-color:{ground}">words</p>')
    colour, behind = re.findall(r"#[0-9a-fA-F]{6}", forced)

    assert contrast(colour, behind) >= 4.5


def test_force_leaves_mid_tones_and_turns_white_and_black() -> None:
    forced = forced_dark('<td bgcolor="#BF3B1A" style="background:#fff;color:#000">x</td>')

    assert 'bgcolor="#BF3B1A"'.lower() in forced.lower()
    assert "background:#121212" in forced
    assert "color:#ffffff" in forced


def test_force_does_not_honour_what_the_mail_says_for_the_dark(mail: str) -> None:
    forced = seen(mail, View(scheme="forced"))

    assert "data-ogsc" not in forced
    assert "@media (max-width:0px) {\nbody,.page" in forced


def test_a_mail_at_home_asks_nobody_for_anything(mail: str) -> None:
    page = mail.replace(
        "</body>",
        f'<img src="https://cdn.example/a.png" alt="a"><img src=\'{SITE}/i/{"0" * 64}.jpg\'>'
        f'<img src="{SITE}/o/token.gif"><td background="https://cdn.example/b.png">'
        "<p style=\"background:url('https://cdn.example/c.png')\"></body>",
    )

    shown = at_home(page, SITE)

    sources = set(re.findall(r"<img\b[^>]*?\bsrc=[\"']([^\"']*)", shown))
    assert all(source in {"", "/elsewhere.svg"} or source.startswith("/i/") for source in sources)
    assert f"/i/{'0' * 64}.jpg" in sources
    assert "cdn.example" not in shown
