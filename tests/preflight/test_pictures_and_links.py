"""Pictures and their words; links and their hosts."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from newsletter.model import Image, Link, Picture, Rendition, Severity, Video

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
    change = html("</body>", '<img width="1" src="/x.png"><img alt="" src="/y.png"></body>')

    assert desk(change=change).only("alt").sentence == "a picture without alt: /x.png"


@pytest.mark.parametrize(("size", "told"), [(300_000, False), (300_001, True)])
def test_pictures_that_are_heavy_together_are_told(desk: Make, size: int, told: bool) -> None:
    picture = Picture(hash="0", media_type="image/jpeg", data=b"x" * size, width=1, height=1)

    def change(rendition: Rendition) -> Rendition:
        return replace(rendition, pictures=(picture,))

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
        "http://[2606:4700::1]/",
    ],
)
def test_a_host_that_readers_can_reach_is_right(desk: Make, url: str) -> None:
    assert not desk(change=leading_to(url)).findings()


def test_a_link_of_no_article_is_told_too(desk: Make) -> None:
    def change(rendition: Rendition) -> Rendition:
        return replace(rendition, links=(Link(number=1, url="https://", role="sponsor"),))

    assert desk(change=change).only("hosts").where == ""


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
