"""What addresses tell the sites behind them: by rule, the same for all, never in the text part."""

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from newsletter.rendering.links import LinkTable, ascii_address
from newsletter.rendering.utm import Tagger
from newsletter.settings import Utm

KNOWN = {"newsletter": "daily", "date": "2026-07-05"}


def tagger(**fields: object) -> Tagger:
    utm = {"source": "{newsletter}", "campaign": "{date}", "hosts": ["a.example"], **fields}
    return Tagger(Utm.model_validate(utm), KNOWN)


def test_an_address_of_a_named_site_tells_where_its_reader_came_from() -> None:
    tagged = tagger(content="{role}-{article}").tagged(
        "https://www.a.example/x?y=1&z=#part", role="story", article="tk"
    )

    assert tagged == (
        "https://www.a.example/x?y=1&z=&utm_source=daily&utm_campaign=2026-07-05"
        "&utm_content=story-tk#part"
    )


@pytest.mark.parametrize(
    "url",
    ["https://b.example/", "https://nota.example/", "https://a.example.evil.example/", "https://x"],
)
def test_other_sites_are_told_nothing(url: str) -> None:
    assert tagger().tagged(url, role="story", article="") == url


def test_a_share_link_stays_plain() -> None:
    assert tagger(hosts=["*"]).tagged("https://x.com/i", role="share", article="") == (
        "https://x.com/i"
    )


def test_what_an_address_says_already_stays() -> None:
    tagged = tagger().tagged("https://a.example/?UTM_Source=them", role="sponsor", article="")

    assert tagged == "https://a.example/?UTM_Source=them&utm_campaign=2026-07-05"


def test_a_value_is_never_read_as_a_field() -> None:
    tagged = tagger(content="{article}").tagged(
        "https://a.example/", role="story", article="{date}&x=1"
    )

    assert parse_qs(urlsplit(tagged).query)["utm_content"] == ["{date}&x=1"]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"source": "{reader}", "hosts": ["*"]}, "source names {reader}"),
        ({"source": "x"}, "hosts says which sites"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(fields: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Utm.model_validate(fields)


def test_where_links_are_not_counted_the_text_part_shows_plain_addresses() -> None:
    table = LinkTable("https://n.example", tracked=False, tagger=tagger())
    told = [table.href(f"https://a.example/{n}", role="story") for n in (1, 11)]

    assert all("utm_source=daily" in url for url in told)
    assert table.plain(f"one\n{told[0]}\ntwo\n{told[1]}") == (
        "one\nhttps://a.example/1\ntwo\nhttps://a.example/11"
    )


def test_where_links_are_counted_the_table_leads_to_the_address_that_tells() -> None:
    table = LinkTable("https://n.example", tracked=True, tagger=tagger())
    shown = table.href("https://a.example/", role="story")

    assert "utm" not in shown
    assert table.links[0].url == "https://a.example/?utm_source=daily&utm_campaign=2026-07-05"


@given(st.text(max_size=60), st.text(max_size=20))
def test_every_address_comes_out_as_one_address(path: str, article: str) -> None:
    url = ascii_address(f"https://a.example/{path}")
    tagged = tagger(content="{article}").tagged(url, role="body", article=article)

    assert tagged.startswith("https://a.example/")
    assert tagged.isascii() or not url.isascii()
    assert urlsplit(tagged).netloc == "a.example"
