"""Pictures and their words; links and their hosts."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsletter.model import Image, Link, Picture, Problem, Rendition, Severity, Video

Make = Any


@pytest.mark.parametrize(
    ("alt", "why"),
    [("", "no alt text"), ("x" * 101, "101 characters"), ("STORY a", "says the headline again")],
)
def test_a_picture_without_good_words_is_told(
    desk: Make, make_article: Make, alt: str, why: str
) -> None:
    story = make_article("a", image=Image(url="https://pictures.example/1.jpg", alt=alt))

    found = desk(others=(story,)).only("alt")

    assert found.severity is Severity.WARNING
    assert why in found.sentence


def test_a_file_without_words_is_told_by_alt_and_not_among_the_sources(desk: Make) -> None:
    left_out = Problem(where="articles/a.md", what="a picture is left out", check="alt")

    assert desk(problems=(left_out,)).only("alt").where == "articles/a.md"


def test_a_file_name_is_no_alt_text(desk: Make, make_article: Make) -> None:
    for alt in ("IMG_2041.jpg", "image 3", "DSC-1234"):
        story = make_article("a", image=Image(url="https://pictures.example/1.jpg", alt=alt))
        assert "name of a file" in desk(others=(story,)).only("alt").sentence


def test_a_poster_needs_words_too(desk: Make, make_article: Make) -> None:
    poster = Image(url="https://pictures.example/1.jpg")
    story = make_article("a", video=Video(url="https://video.example/1", poster=poster))

    assert desk(others=(story,)).only("alt")


def test_a_picture_that_says_what_is_seen_is_right(desk: Make, make_article: Make) -> None:
    seen = Image(url="https://pictures.example/1.jpg", alt="A desk at dawn")
    # Told as a problem where it is left out.
    file = Image(file=Path("articles/media/a.jpg"))

    assert not desk(
        others=(make_article("a", image=seen), make_article("b", image=file))
    ).findings()


def test_a_picture_in_the_mail_without_alt_is_told(desk: Make, html: Make) -> None:
    pictures = '<img width="1" src="/x.png"><img width="1" alt="" src="/y.png">'
    change = html("</body>", f"{pictures}</body>")

    assert desk(change=change).only("alt").sentence == "a picture without alt: /x.png"


def picture(size: int, width: int = 1200, media_type: str = "image/jpeg") -> Picture:
    return Picture(hash="0", media_type=media_type, data=b"x" * size, width=width, height=1)


@pytest.mark.parametrize(("last", "told"), [(100_000, False), (100_001, True)])
def test_pictures_that_are_heavy_together_are_told(desk: Make, last: int, told: bool) -> None:
    def change(rendition: Rendition) -> Rendition:
        whole = (picture(last - 50_000), picture(50_000), picture(100_000), picture(100_000))
        return replace(rendition, pictures=whole)

    assert bool(desk(change=change).of("picture-weight")) is told


@pytest.mark.parametrize(
    ("size", "width", "told"),
    [(100_000, 1200, False), (100_001, 1200, True), (20_000, 144, False), (20_001, 144, True)],
)
def test_one_picture_that_is_heavy_is_told(desk: Make, size: int, width: int, told: bool) -> None:
    def change(rendition: Rendition) -> Rendition:
        return replace(rendition, pictures=(picture(size, width),))

    assert bool(desk(change=change).of("picture-weight")) is told


def leading_to(url: str) -> Callable[[Rendition], Rendition]:
    def change(rendition: Rendition) -> Rendition:
        more = Link(number=3, url=url, role="body", article="second")
        return replace(rendition, links=(*rendition.links, more))

    return change


@pytest.mark.parametrize(
    ("transport", "host", "stopped"),
    [
        ("outbox", "", False),
        ("smtp", "127.0.0.1", False),
        ("smtp", "localhost", False),
        ("smtp", "mail.theshiftmaker.in", True),
        ("sendgrid", "", True),
    ],
)
def test_links_to_this_machine_are_stopped_where_mail_is_real(
    desk: Make, transport: str, host: str, stopped: bool
) -> None:
    here = {"transport": transport, "smtp_host": host}
    site = desk(site_url="http://127.0.0.1:8000", **here).of("loopback")
    link = desk(change=leading_to("http://localhost/x"), **here).of("loopback")

    assert bool(site) is bool(link) is stopped
    assert all(finding.severity is Severity.ERROR for finding in (*site, *link))


@pytest.mark.parametrize(
    "url",
    [
        "https://",
        "https://a..b/",
        "https://-a.in/",
        "https://[::1/",
        "https://a.in:x/",
        "https://a!b.in/",
    ],
)
def test_a_link_to_no_host_is_stopped(desk: Make, url: str) -> None:
    found = desk(change=leading_to(url)).only("hosts")

    assert found.severity is Severity.ERROR
    assert found.where == "articles/second.md"


@pytest.mark.parametrize(
    "url",
    [
        "http://intranet/x",
        "http://wiki.local/",
        "http://10.0.0.1/",
        "https://desk:secret@paper.in/",
    ],
)
def test_a_link_that_works_for_the_newsroom_only_is_told(desk: Make, url: str) -> None:
    assert desk(change=leading_to(url)).only("hosts").severity is Severity.WARNING


@pytest.mark.parametrize(
    "url",
    [
        "https://8.8.8.8/",
        "https://paper.in./",
        "https://xn--bcher-kva.example/",
        "https://[2606:4700::1]/",
    ],
)
def test_a_host_that_readers_can_reach_is_right(desk: Make, url: str) -> None:
    assert not desk(change=leading_to(url)).findings()


def test_a_link_of_no_article_is_told_too(desk: Make) -> None:
    def change(rendition: Rendition) -> Rendition:
        return replace(rendition, links=(Link(number=1, url="https://", role="sponsor"),))

    assert desk(change=change).only("hosts").where == "link 1"


@pytest.mark.parametrize("host", ["раypal.com", "xn--pypal-4ve.com", "日本я.example"])
def test_a_host_of_mixed_alphabets_is_told(desk: Make, host: str) -> None:
    found = desk(change=leading_to(f"https://{host}/")).only("look-alikes")

    assert found.severity is Severity.WARNING


@pytest.mark.parametrize(
    "host",
    ["пример.example", "日本ラーメンabc.example", "bücher.example", "xn--0.example", "a1.in"],
)
def test_a_host_of_one_alphabet_is_right(desk: Make, host: str) -> None:
    assert not desk(change=leading_to(f"https://{host}/")).of("look-alikes")
