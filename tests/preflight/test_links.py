"""Links that are not what they should be, and what they pass on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from newsletter.model import Edition, Link, MergeField, Rendition, Severity, Sponsor

Make = Any
TOKEN = "A" * 28


def leading_to(url: str, role: str = "body") -> Callable[[Rendition], Rendition]:
    def change(rendition: Rendition) -> Rendition:
        more = Link(number=3, url=url, role=role, article="second")
        return replace(rendition, links=(*rendition.links, more))

    return change


@pytest.mark.parametrize(
    ("check", "url", "told"),
    [
        ("plain-http", "http://paper.in/", True),
        ("plain-http", "HTTP://paper.in/", True),
        ("plain-http", "https://paper.in/", False),
        ("plain-http", "http://127.0.0.1/", False),
        ("shorteners", "https://bit.ly/x", True),
        ("shorteners", "https://www.tinyurl.com/x", True),
        ("shorteners", "https://bitly.example/x", False),
        ("placeholder", "https://example.com/x", True),
        ("placeholder", "https://www.example.org", True),
        ("placeholder", "https://paper.in/TK", True),
        ("placeholder", "https://paper.in/lorem-ipsum", True),
        ("placeholder", "https://example.company/x", False),
        ("placeholder", "https://paper.in/?from=example.com", False),
    ],
)
def test_a_link_that_is_not_as_it_should_be_is_told(
    desk: Make, check: str, url: str, told: bool
) -> None:
    found = desk(change=leading_to(url)).of(check)

    assert bool(found) is told
    assert all((one.severity, one.where) == ("warning", "articles/second.md") for one in found)


@pytest.mark.parametrize(
    ("block", "check"),
    [
        ('<p><a href="#">More</a></p>', "placeholder"),
        ('<p><a href="">More</a></p>', "placeholder"),
        ('<p><a href="https://paper.in/TODO">More</a></p>', "placeholder"),
        ("<p>Fill in TK here</p>", "placeholder"),
        ('<img src="http://paper.in/x.png" alt="" width="1">', "plain-http"),
        ('<img src="https://paper.in/x.webp" alt="" width="1">', "picture-type"),
        ('<img src="data:image/png;base64,AA" alt="" width="1">', "picture-type"),
        ('<img src="https://paper.in/x.png" alt="">', "picture-width"),
        ('<img src="https://paper.in/x.png" alt="" width="100%">', "picture-width"),
    ],
)
def test_what_a_template_forgot_is_told(desk: Make, html: Make, block: str, check: str) -> None:
    found = desk(change=html("</body>", f"{block}</body>")).of(check)

    assert [one.where for one in found] == ["templates/daily/"]


def test_what_a_template_wrote_well_is_no_finding(desk: Make, html: Make) -> None:
    block = (
        '<p>See <a href="https://paper.in/x">this</a>, <a name="top">and</a> that.</p>'
        '<img src="https://paper.in/x.png?as=.webp" alt="" width="600">'
        '<img src="http://127.0.0.1/x.gif" alt="" width="1px">'
    )

    found = desk(change=html("</body>", f"{block}</body>")).findings()

    # Only its words are not in the text part.
    assert {one.check for one in found} <= {"text-part"}


def test_a_placeholder_in_newsletter_toml_stops_the_edition(desk: Make) -> None:
    own = desk().newsletter.model_copy(update={"tagline": "TODO: a line"})

    (found,) = desk(newsletter=own).of("placeholder")

    assert (found.severity, found.where) == ("error", "templates/daily/newsletter.toml")


def test_a_link_of_the_sponsor_names_its_file(desk: Make) -> None:
    sponsor = Sponsor(
        name="A",
        text="Buy.",
        url="http://paper.in/",
        first=date(2026, 7, 5),
        last=date(2026, 7, 5),
        origin="articles/sponsor.toml",
    )

    def sponsored(made: Edition) -> Edition:
        return replace(made, sponsor=sponsor)

    def change(rendition: Rendition) -> Rendition:
        more = Link(number=3, url=sponsor.url, role="sponsor")
        return replace(rendition, links=(*rendition.links, more))

    (found,) = desk(change_edition=sponsored, change=change).of("plain-http")

    assert found.where == "articles/sponsor.toml"


# ── Share links ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("url", "severity"),
    [
        (f"https://x.com/intent/post?url=https%3A%2F%2Fn.in%2Fv%2F{TOKEN}", Severity.ERROR),
        (f"https://wa.me/?text=https://n.in/u/{TOKEN}", Severity.ERROR),
        (
            "https://www.linkedin.com/sharing/share-offsite/?url=https%3A%2F%2Fa.in%2F%3Ftoken%3D1",
            Severity.WARNING,
        ),
        (
            "https://www.linkedin.com/sharing/share-offsite/?url=https%3A%2F%2Fa.in%2F%3Femail%3D1",
            Severity.WARNING,
        ),
        ("https://x.com/intent/post?text=A&url=https%3A%2F%2Fa.in%2Fx%3Futm_source%3Dx", None),
        ("https://x.com/intent/post?text=A%20token&url=https%3A%2F%2Fa.in%2Fu%2Fshort", None),
        (f"https://a.in/u/{TOKEN}x", None),
    ],
)
def test_a_share_link_passes_nothing_of_its_reader_on(
    desk: Make, url: str, severity: Severity | None
) -> None:
    found = desk(change=leading_to(url, role="share")).of("share-tokens")

    assert [one.severity for one in found] == ([severity] if severity else [])


def test_a_story_may_have_any_field_in_its_own_address(desk: Make) -> None:
    assert not desk(change=leading_to("https://paper.in/?token=1")).of("share-tokens")


def test_a_template_that_gives_a_token_to_others_is_stopped(desk: Make, html: Make) -> None:
    site, view = "https://n.theshiftmaker.example", MergeField.VIEW.sentinel
    link = f'<p><a href="https://x.com/intent/post?url={site}/v/{view}">Share</a></p>'

    (found,) = desk(change=html("</body>", f"{link}</body>")).of("share-tokens")

    assert found.severity is Severity.ERROR
    assert found.sentence == "a reader's token would go to x.com"


# ── Dead links ──────────────────────────────────────────────────────────────────────────────


def test_links_are_followed_when_somebody_asks(desk: Make) -> None:
    asked: list[str] = []

    def follow(urls: Sequence[str]) -> Mapping[str, str]:
        asked.extend(urls)
        return {"https://paper.in/gone": "it answers 404, Not Found"}

    gone = leading_to("https://paper.in/gone")
    (found,) = desk(change=gone, follow=follow).of("dead-links")

    assert "https://paper.in/gone leads nowhere: it answers 404" in found.sentence
    assert (found.severity, found.where) == ("warning", "articles/second.md")
    assert asked.count("https://paper.in/gone") == 1
    assert not desk(change=gone).of("dead-links")


@pytest.mark.parametrize(
    ("url", "role"),
    [
        ("https://n.theshiftmaker.example/archive/daily/2026-07-04", "body"),
        ("https://x.com/intent/post?text=A", "share"),
    ],
)
def test_our_own_pages_and_share_forms_are_not_followed(desk: Make, url: str, role: str) -> None:
    asked: list[str] = []

    def follow(urls: Sequence[str]) -> Mapping[str, str]:
        asked.extend(urls)
        return {}

    assert not desk(change=leading_to(url, role), follow=follow).of("dead-links")
    assert asked
    assert url not in asked


# ── Anything ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "url",
    [
        "http://[",
        "https://[::1/",
        "http://a:b:c/",
        "//",
        "http://",
        "?",
        "https://a.in:99999/",
        "%",
    ],
)
@pytest.mark.parametrize("where", ['<a href="{}">A</a>', '<img src="{}" width="1" alt="">'])
def test_an_address_that_is_none_is_looked_over_without_falling(
    desk: Make, where: str, url: str
) -> None:
    def change(rendition: Rendition) -> Rendition:
        html = rendition.html.replace("</body>", f"{where.format(url)}</body>")
        more = Link(number=3, url=url, role="share", article="second")
        return replace(rendition, html=html, links=(*rendition.links, more))

    assert desk(change=change).findings()


def test_a_link_that_is_not_counted_belongs_to_its_story_too(desk: Make) -> None:
    def change(rendition: Rendition) -> Rendition:
        html = rendition.html
        for link in rendition.links:
            counted = f"https://n.theshiftmaker.example/c/{MergeField.CLICK.sentinel}/{link.number}"
            html = html.replace(counted, link.url)
        tall = "<h2>", '<h2 style="line-height:9px;font-size:9px">'
        return replace(rendition, html=html.replace(*tall))

    (found,) = desk(change=change).of("tap-targets")

    assert (found.article, found.where) == ("second", "articles/second.md")
