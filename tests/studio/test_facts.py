"""What the page says beside the mail: its bytes, its headers, its findings, its candidates."""

from dataclasses import replace
from email import message_from_bytes

import pytest

from newsletter.newsroom import Draft
from newsletter.preflight import SIZE_LIMIT
from newsletter.studio.desk import candidates
from newsletter.studio.findings import capital, counted, noticed
from newsletter.studio.mime import anatomy
from newsletter.studio.people import copy_for, find
from newsletter.studio.size import size
from tests.studio.conftest import LEAVING, Room


def test_the_shares_of_the_size_add_up_to_all_of_it(room: Room) -> None:
    measured = size(room.draft)

    assert sum(share.bytes for share in measured.shares) == measured.total
    assert measured.total == len(room.draft.rendition.html.encode())
    stories = [share.article for share in measured.shares if share.article]
    assert stories == [article.id for article in room.draft.edition.articles]
    assert measured.advice == ""


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("no sources", "No sources"),
        ("newsletter doctor says it", "newsletter doctor says it"),
        ("http://a.example/x is gone", "http://a.example/x is gone"),
        ("", ""),
    ],
)
def test_a_sentence_begins_with_a_capital_but_no_command_or_address(said: str, shown: str) -> None:
    assert capital(said) == shown


def grown(draft: Draft, by: int) -> Draft:
    """The draft with a lead that is so much longer."""
    html = draft.rendition.html
    at = html.index("Alibaba has banned")
    longer = html[:at] + "x" * by + html[at:]
    return replace(draft, rendition=replace(draft.rendition, html=longer))


@pytest.mark.parametrize(("by", "words"), [(62_000, "kB left. Shorten the lead"), (90_000, "over")])
def test_a_mail_that_is_too_large_says_what_to_cut(room: Room, by: int, words: str) -> None:
    measured = size(grown(room.draft, by))

    assert words in measured.advice
    assert measured.biggest
    assert measured.biggest.article == room.draft.edition.lead.id


def test_the_size_is_preflights_own(room: Room) -> None:
    old = room.hash
    long = "This sentence makes the mail larger than any mail should be. " * 20
    body = "\n\n".join([long] * 90)
    room.edit("templates/daily/newsletter.toml", 'body = "excerpt"', 'body = "full"')
    lead = next((room.folder / "articles").glob("2026-07-05-alibaba*"))
    lead.write_text(f"{lead.read_text(encoding='utf-8')}\n\n{body}\n", encoding="utf-8")
    room.wait(lambda: room.hash != old and size(room.draft).total > SIZE_LIMIT)

    finding = next(one for one in room.draft.findings if one.check == "size")
    measured = size(room.draft)
    assert f"{measured.total:,} bytes" in finding.sentence
    assert measured.biggest
    # Preflight counts a story up to the next one's first link, the sponsor's slot included.
    sponsor = next(share.bytes for share in measured.shares if share.label == "Sponsor")
    assert f"lead {(measured.biggest.bytes + sponsor) / 1000:.1f} kB" in finding.hint


def test_every_header_of_the_mail_is_explained_from_its_own_bytes(room: Room) -> None:
    copy = copy_for(find("hindi", room.newsroom), room.draft, room.newsroom)
    parts = anatomy(copy.mail)

    assert [header.name for header in parts.headers] == list(message_from_bytes(copy.mail).keys())
    assert [header.name for header in parts.headers if not header.why] == []
    to = next(header for header in parts.headers if header.name == "To")
    assert "आशा श्रीवास्तव" in to.read
    assert to.raw.startswith("=?utf-8?B?")
    assert [part.kind for part in parts.parts] == ["text/plain", "text/html"]
    assert parts.parts[1].size == copy.size
    assert parts.raw.replace("\n", "\r\n").encode() == copy.mail


def test_every_finding_has_its_place_and_a_reason(room: Room) -> None:
    room.edit(f"articles/{LEAVING}", "---\n\n", "---\n\nThis is TK for now. ")
    room.wait(lambda: room.draft.errors)
    found = noticed(room.live.shown.made)
    text = next(one for one in found if one.check == "placeholder")

    assert found[0] is text
    assert text.is_error
    assert (text.place, text.words) == ("story", "TK")
    assert text.file == LEAVING
    assert text.line.isdigit()
    linked = {link.number: link.article for link in room.draft.rendition.links}
    assert linked[text.link] == text.article
    assert all(one.sentence[0] == one.sentence[0].upper() for one in found)
    assert all(one.why for one in found)
    assert counted(found) == "1 error · 1 warning"


def test_a_finding_keeps_its_key_as_long_as_it_says_the_same(room: Room) -> None:
    before = noticed(room.live.shown.made)
    old = room.hash
    room.edit(f"articles/{LEAVING}", "title: Leaving takes one press", "title: Going takes one")
    room.wait(lambda: room.hash != old)

    assert [one.key for one in noticed(room.live.shown.made)] == [one.key for one in before]


def test_a_finding_says_why_and_points_where_preflight_does(room: Room) -> None:
    room.edit(f"articles/{LEAVING}", "dek: No login", "dek: TK no login")
    room.wait(lambda: room.draft.errors)
    found = next(one for one in noticed(room.live.shown.made) if one.is_error)
    with room.client() as client:
        page = client.get("/").text

    assert found.anchor == room.draft.errors[0].anchor
    assert found.anchor.startswith("html")
    assert (found.place, found.why) == ("story", "readers see that something was forgotten")
    assert "Why: readers see that something was forgotten." in page


def test_the_desk_shows_every_candidate_once_with_its_reason(room: Room) -> None:
    table = candidates(room.live.shown.made)
    chosen = [one for group in table.groups for one in group.candidates]
    choices = room.draft.selection.choices

    assert [one.id for one in chosen] == [a.id for a in room.draft.edition.articles]
    assert len(chosen) + len(table.left) == len(choices)
    assert all(one.reason for one in table.left)
    assert table.groups[0].title == ""


def test_words_of_a_story_stay_words_on_the_page(room: Room) -> None:
    evil = "</title><script>alert(1)</script><img src=x onerror=alert(1)> {{ 7 * 7 }}"
    room.edit(f"articles/{LEAVING}", "title: Leaving takes one press", f"title: '{evil}'")
    room.edit(f"articles/{LEAVING}", "dek: No login", "dek: TK <b onclick=alert(1)> no login")
    room.wait(lambda: room.draft.errors and "onerror" in str(room.draft.edition.articles))
    with room.client() as client:
        pages = client.get("/?a=390-links&b=390-html").text
        pages += client.post("/source/390-mime", data={"who": "plain"}).text

    assert "<img src=x" not in pages
    assert "<b onclick" not in pages
    assert "alert(1)</script>" not in pages
    assert "{{ 7 * 7 }}" in pages
