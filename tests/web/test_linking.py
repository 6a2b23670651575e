"""A link that is pointed anew leads there in every mail that is out, and counts as itself."""

import httpx
import pytest

from newsletter.errors import DeliveryError
from newsletter.model import EditionId
from tests.web.conftest import Site
from tests.web.test_count import PERSON, click, mail

__all__ = ["mail"]

ID = EditionId.parse("daily/2026-07-05")
RIGHT = "https://theshiftmaker.example/right"


def test_a_link_that_is_pointed_anew_leads_there_and_is_counted_as_before(
    site: Site, browser_like: httpx.Client, mail: str
) -> None:
    before = browser_like.get(click(mail), headers=PERSON).headers["location"]
    site.newsroom.linking.point(ID, 1, RIGHT)
    site.newsroom.linking.point(ID, 1, f"{RIGHT}-after-all")
    site.newsroom.counting.refresh()

    after = browser_like.get(click(mail), headers=PERSON).headers["location"]
    assert after == f"{RIGHT}-after-all"
    assert [row.link for row in site.rows("SELECT link FROM events")] == [1, 1]
    # What was said before stays written.
    assert site.rows("SELECT url FROM links WHERE number = 1") == [(before,)]
    assert [row.url for row in site.rows("SELECT url FROM link_changes ORDER BY id")] == [
        RIGHT,
        f"{RIGHT}-after-all",
    ]


@pytest.mark.parametrize(
    ("number", "url", "words"),
    [
        (1, "javascript:alert(1)", "no address of the web"),
        (1, "//evil.example", "no address of the web"),
        (1, "mailto:a@b.example", "no address of the web"),
        (999, RIGHT, "has no link 999"),
    ],
)
def test_a_link_is_pointed_only_from_what_is_there_to_what_can_be(
    site: Site, mail: str, number: int, url: str, words: str
) -> None:
    with pytest.raises(DeliveryError, match=words):
        site.newsroom.linking.point(ID, number, url)
    assert mail
    assert site.rows("SELECT id FROM link_changes") == []


def test_the_desk_lists_links_and_points_one_anew(site: Site, mail: str) -> None:
    assert mail
    said = site.command("links", str(ID), "--point", "1", "--to", RIGHT)
    assert (said.code, RIGHT in said.out) == (0, True)

    listed = site.command("links", str(ID)).out
    assert RIGHT in listed
    assert "it led to https://" in listed
    assert site.command("links", str(ID), "--point", "1").code == 2
    assert site.command("links", "daily/2020-01-01").code == 1
