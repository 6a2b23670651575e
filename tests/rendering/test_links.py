import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html  # type: ignore[import-untyped]

from newsletter.errors import RenderError
from newsletter.model import Link, MergeField, Rendition
from newsletter.rendering import render
from newsletter.rendering.links import (
    LinkTable,
    ascii_address,
    check_merge_fields,
    share_on_linkedin,
    share_on_x,
)
from newsletter.settings import Newsletter

SITE = "https://n.example"
CLICK = MergeField.CLICK.sentinel


def test_the_same_link_has_one_number_and_another_role_another() -> None:
    table = LinkTable(SITE, tracked=True)

    first = table.href("https://a.example/1", role="story", article="a")
    assert table.href("https://a.example/1", role="story", article="a") == first
    assert table.href("https://a.example/1", role="body", article="a") == f"{SITE}/c/{CLICK}/2"
    assert first == f"{SITE}/c/{CLICK}/1"
    assert [link.role for link in table.links] == ["story", "body"]


def test_links_that_are_not_counted_lead_straight_there_and_are_still_listed() -> None:
    table = LinkTable(SITE, tracked=False)

    assert table.href("https://a.example/1", role="story") == "https://a.example/1"
    assert table.links == (Link(number=1, url="https://a.example/1", role="story"),)


def test_an_address_of_a_person_stays_as_it_is() -> None:
    table = LinkTable(SITE, tracked=True)

    assert (
        table.href("mailto:desk@a.example?subject=Hi", role="body")
        == "mailto:desk@a.example?subject=Hi"
    )
    assert table.links == ()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "javascript:alert(1)",
        " JavaScript:x",
        "data:text/html,x",
        "//a.example",
        "/a",
        "https://",
        "ftp://a",
        "https://[x",
        "mailto:",
        "http://a:99999999999x/ü",
    ],
)
def test_nobody_is_led_to_what_is_no_address_of_the_web(url: str) -> None:
    table = LinkTable(SITE, tracked=True)

    assert table.href(url, role="body") == ""
    assert table.links == ()


@pytest.mark.parametrize(
    ("url", "spelled"),
    [
        (
            "https://a.example/हिन्दी",
            "https://a.example/%E0%A4%B9%E0%A4%BF%E0%A4%A8%E0%A5%8D%E0%A4%A6%E0%A5%80",
        ),
        (
            "https://bücher.example:8080/ü?q=ä#ö",
            "https://xn--bcher-kva.example:8080/%C3%BC?q=%C3%A4#%C3%B6",
        ),
        ("https://a.example/%C3%BC?a=1&b=(2)", "https://a.example/%C3%BC?a=1&b=(2)"),
        (" https://a.example/\n1 ", "https://a.example/1"),
        ('https://a.example/"><script>', "https://a.example/%22%3E%3Cscript%3E"),
    ],
)
def test_an_address_is_spelled_in_ascii(url: str, spelled: str) -> None:
    assert ascii_address(url) == spelled


@given(st.text())
def test_whatever_is_written_as_an_address_comes_out_as_ascii_or_not_at_all(text: str) -> None:
    address = ascii_address(f"https://a.example/{text}".replace("\ud800", ""))

    assert address.isascii()
    assert not re.search(r"[\s\"<>]", address)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_shared_comes_back_as_it_was(title: str) -> None:
    url = "https://theshiftmaker.example/a?b=c&d=é#f"
    post = parse_qs(urlsplit(share_on_x(title, url)).query, keep_blank_values=True)

    assert post == {"text": [title], "url": [url]}
    assert parse_qs(urlsplit(share_on_linkedin(url)).query) == {"url": [url]}
    assert "+" not in share_on_x(title.replace("+", ""), url)


def test_every_way_out_of_a_mail_is_ours(rendition: Rendition) -> None:
    page = html.fromstring(rendition.html)
    addresses = {*page.xpath("//a/@href"), *page.xpath("//img/@src")}

    assert all(a.startswith("https://n.theshiftmaker.example/") for a in addresses)


def test_each_merge_field_stands_in_its_own_address_alone(rendition: Rendition) -> None:
    for part in (rendition.html, rendition.text):
        for field in MergeField:
            before = [part[m.start() - 14 : m.start()] for m in re.finditer(field.sentinel, part)]
            doors = {
                MergeField.CLICK: ("/c/",),
                MergeField.OPEN: ("/o/",),
                MergeField.VIEW: ("/v/",),
                MergeField.DOOR: ("/u/", "/preferences/"),
            }[field]
            assert all(b.endswith(doors) for b in before)
    assert MergeField.OPEN.sentinel not in rendition.text
    assert all(field.sentinel in rendition.html for field in MergeField)


def test_what_is_shared_bears_no_token(rendition: Rendition) -> None:
    shared = [link.url for link in rendition.links if link.role == "share"]

    assert len(shared) == 2
    assert all("MERGE" not in url and "n.theshiftmaker" not in url for url in shared)
    assert all("theshiftmaker.example%2F2026-07-05-how" in url for url in shared)


@pytest.mark.parametrize(
    "hidden", ["{}", "{} ", "MERGE&#95;_CLICK", "&#x4d;ERGE__DOOR", "MERGE_\x00_DOOR", "x{}y"]
)
def test_no_article_can_take_a_readers_token(
    newsletter: Newsletter, make_edition: Any, make_article: Any, templates: Any, hidden: str
) -> None:
    stolen = "".join(hidden.format(field.sentinel) for field in MergeField)
    evil = make_article(
        stolen,
        title=stolen,
        dek=stolen.lower(),
        body=f'<p title="{stolen}">{stolen}<a href="https://evil.example/{stolen}">{stolen}</a>{stolen}</p>',
        url=f"https://evil.example/u/{stolen}",
    )
    off = newsletter.tracking.model_copy(update={"clicks": "off", "opens": "off"})
    for tracking in (newsletter.tracking, off):
        own = newsletter.model_copy(update={"tracking": tracking, "title": stolen, "home": stolen})
        mail = render(
            make_edition(lead=evil, subject=stolen, preheader=stolen),
            own,
            templates=templates,
            site_url=SITE,
        )
        for field in MergeField:
            for part in (mail.html, mail.text, mail.subject, mail.preheader):
                before = [part[: m.start()] for m in re.finditer(field.sentinel, part)]
                assert all(
                    b.endswith(("/c/", "/o/", "/v/", "/u/", "/preferences/")) for b in before
                )
                assert all(b[:-1].rsplit("/", 1)[0].endswith(SITE) for b in before)
        assert not any(field.sentinel in link.url for field in MergeField for link in mail.links)


def test_a_template_cannot_put_a_token_elsewhere() -> None:
    with pytest.raises(RenderError, match="Line 2 of the finished mail"):
        check_merge_fields(f"\nhttps://evil.example/u/{MergeField.DOOR.sentinel}", SITE)
    with pytest.raises(RenderError):
        check_merge_fields(f"{SITE}/c/{MergeField.DOOR.sentinel}", SITE)
