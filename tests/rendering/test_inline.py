import pytest
from lxml import html  # type: ignore[import-untyped]

from newsletter.rendering.inline import inline, squeeze

PAGE = '<html><head><style type="text/css">{sheet}</style></head><body>{body}</body></html>'


def styles(body: str, css: str) -> dict[str, str]:
    page = html.fromstring(inline(PAGE.format(sheet="", body=body), css))
    return {e.tag: e.get("style") for e in page.find("body").iter() if e.get("style")}


@pytest.mark.parametrize(
    ("body", "css", "styled"),
    [
        ("<p>a</p>", "p { color: red; }", {"p": "color:red"}),
        ("<p class='x y'>a</p>", "p.y { color: red; }", {"p": "color:red"}),
        ("<td class='s'><h3><a>b</a></h3></td>", "td.s h3 a { color: red; }", {"a": "color:red"}),
        ("<h1>a</h1>", "h1, h2 { color: red; }", {"h1": "color:red"}),
        ("<p>a</p>", "p.x { color: red; }", {}),
        ("<p style='color:blue'>a</p>", "p { color: red; }", {"p": "color:blue"}),
        ("<p class='a-b'>a</p>", ".a-b { color: red; } .c { color: blue; }", {"p": "color:red"}),
    ],
)
def test_a_rule_moves_into_what_it_matches(body: str, css: str, styled: dict[str, str]) -> None:
    assert styles(body, css) == styled


def test_rules_of_the_page_itself_move_too() -> None:
    assert "margin:0" in inline(PAGE.format(sheet="", body="a"), "body { margin: 0; }")


def test_sheets_in_the_head_stay_as_they_are() -> None:
    sheet = "@media (x){.a{color:red !important}} [data-ogsc] .b{color:blue !important} u + .c{}"
    made = inline(PAGE.format(sheet=sheet, body="<p class='a'>x</p>"), "p { margin: 0; }")

    assert f'<style type="text/css">{sheet}</style>' in made
    assert made.startswith("<!DOCTYPE html>\n")


def test_sizes_and_outlooks_own_properties_stay_as_they_are() -> None:
    body = '<td width="600" class="f"><img src="x" width="72" height="72" alt=""></td>'
    made = inline(
        PAGE.format(sheet="", body=f"<table><tr>{body}</tr></table>"),
        "td.f { mso-padding-alt: 11px 24px; width: 100%; } img { width: 100%; }",
    )

    assert '<td width="600" class="f" style="mso-padding-alt:11px 24px; width:100%">' in made
    assert 'width="72" height="72"' in made


def test_conditions_that_meet_are_one() -> None:
    assert squeeze("a<!--[if mso | IE]>b<![endif]--> \n<!--[if mso | IE]>c<![endif]-->d") == (
        "a<!--[if mso | IE]>bc<![endif]-->d"
    )
    assert squeeze("<!--[if mso]>b<![endif]-->x<!--[if mso | IE]>c<![endif]-->") == (
        "<!--[if mso]>b<![endif]-->x<!--[if mso | IE]>c<![endif]-->"
    )
