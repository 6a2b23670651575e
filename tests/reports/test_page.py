"""The page needs nothing from outside, and nothing from outside can do anything on it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from newsletter.errors import RenderError
from newsletter.reports.clickmap import click_map, diameter
from newsletter.reports.page import page
from newsletter.reports.report import Report
from tests.reports.made import EVERY, HINDI, HOSTILE_REPORT, LARGE, NONE, SENDING, SMTP, TINY
from tests.reports.values import reports

#: What makes a browser fetch something, or go somewhere.
_LEADS = {"src", "href", "srcset", "action", "formaction", "data", "poster", "background", "ping"}
_FORBIDDEN = {
    "script", "link", "img", "object", "embed", "base", "form", "input", "video", "audio",
    "source", "template", "button",
}  # fmt: skip


class Reader(HTMLParser):
    """Reads a page as a browser does, the page in its frame too, and keeps what could leave it."""

    def __init__(self) -> None:
        super().__init__()
        self.dangers: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.labels: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self._in_style = tag == "style"
        if tag in _FORBIDDEN:
            self.dangers.append(tag)
        for name, value in attrs:
            text = value or ""
            local = text.startswith("#") or re.fullmatch(r"url\(#\w+\)", text)
            if name.startswith("on") or (name in _LEADS and not local):
                self.dangers.append(f"{tag} {name}={text}")
            if name == "style" and "url(" in text:
                self.dangers.append(f"{tag} {text}")
            if name == "srcdoc":
                self.inside = read(text)
                self.dangers += self.inside.dangers
            if name == "aria-label":
                self.labels.append(text)
            if name == "http-equiv" and text.lower() == "refresh":
                self.dangers.append("refresh")

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            outside = re.sub(r"url\(#\w+\)", "", data)
            self.dangers += re.findall(r"url\(|@import|image-set|\\", outside)
        else:
            self.words.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def visible(report: Report) -> str:
    return " ".join(" ".join(read(page(report)).words).split())


@pytest.mark.parametrize("name", EVERY)
def test_the_page_fetches_nothing_and_runs_nothing(name: str) -> None:
    assert read(page(EVERY[name])).dangers == []


def test_a_page_that_would_fetch_is_found_out() -> None:
    for danger in (
        "<img src=//evil.example>",
        "<style>@import '//evil.example';</style>",
        '<p onclick="1">',
        '<p style="background:url(//evil.example)">',
        '<iframe srcdoc="&lt;script&gt;1&lt;/script&gt;">',
    ):
        assert read(danger).dangers


@given(reports())
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_no_report_breaks_the_page(report: Report) -> None:
    whole = page(report)
    found = read(whole)

    assert found.dangers == []
    assert "MERGE__" not in whole
    assert whole.rstrip().endswith("</html>")
    assert found.tags.count("main") == found.tags.count("h1") == 1
    marks = re.sub(r'srcdoc="[^"]*"', "", whole)
    places = re.findall(r' (?:x|y|[xy][12]|cx|cy|width|height)="([^"]+)%"', marks)
    assert [place for place in places if not -0.01 <= float(place) <= 100.01] == []


def test_what_others_wrote_is_shown_as_they_wrote_it() -> None:
    shown = visible(HOSTILE_REPORT)

    assert "<script>alert(1)</script>" in shown
    assert "{{7*7}}" in shown
    assert HINDI in visible(LARGE)


def test_the_parts_stand_in_their_order() -> None:
    headings = re.findall(r"<h2[^>]*>(.*?)</h2>", page(LARGE))

    assert headings == ["Reached", "Clicks by people", "Left and complained", "Unsure", "Opens"]


def test_doubt_is_red_and_stands_at_the_top_too() -> None:
    assert 'class="bad"' not in page(LARGE)
    assert 'class="alarm"' not in page(LARGE)
    assert 'class="bad"' in page(SENDING)
    assert page(SENDING).index('class="alarm"') < page(SENDING).index("<h2")


def test_a_small_edition_has_no_rate_anywhere() -> None:
    shown = visible(replace(TINY, html=""))

    assert "Fewer than 200 delivered" in shown
    assert not re.search(r"\d\s?%|per 1", shown)


def test_aggregate_counts_never_say_readers_who_clicked() -> None:
    clicks = visible(SMTP).split("Clicks by people")[1].split("Left and complained")[0]

    assert "By 4,168" in visible(LARGE)
    assert "By 4,168" not in clicks
    assert "nobody knows who clicked" in clicks


def test_there_is_no_plus_minus_and_no_arrow() -> None:
    for report in EVERY.values():
        assert not set("±↑↓▲▼⬆⬇") & set(visible(replace(report, html="")))


def test_every_chart_says_what_it_shows_and_has_its_numbers_behind_it() -> None:
    whole = page(LARGE)
    drawings = whole.count('role="img"')

    assert drawings == 9
    assert whole.count("<details>") == drawings
    assert all(label.endswith((".", "%")) for label in read(whole).labels)


def test_definitions_stand_where_the_numbers_stand() -> None:
    shown = visible(LARGE)

    for word in ("Accepted:", "Delivered:", "Clicks by people:", "Left:", "Complained:", "Usual:"):
        assert word in shown


def test_an_axis_that_does_not_start_at_nothing_says_so() -> None:
    assert "axis from 98.7, not from 0" in visible(LARGE)


def test_nothing_that_is_not_known_leaves_an_empty_heading() -> None:
    headings = re.findall(r"<h3>(.*?)</h3>", page(NONE))

    assert headings == ["How fast it went out", "Bounces", "Complaints", "Hard bounces"]


def test_the_same_report_is_the_same_page() -> None:
    assert page(LARGE) == page(LARGE)


def test_a_newsroom_may_have_a_page_of_its_own(tmp_path: Path) -> None:
    assert page(LARGE, tmp_path) == page(LARGE)
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "report.html.j2").write_text("{{ words.opening }}", encoding="utf-8")
    assert page(LARGE, tmp_path).startswith("48,093 of 48,120")
    (tmp_path / "reports" / "report.html.j2").write_text("{{ nothing }}", encoding="utf-8")
    with pytest.raises(RenderError, match=r"report\.html\.j2, line 1"):
        page(LARGE, tmp_path)


# ── The click map ───────────────────────────────────────────────────────────────────────────


def pills(html: str) -> Iterator[tuple[str, bool]]:
    for found in re.finditer(r'<span class="(np-pill[^"]*)"[^>]*>(\d+)</span>', html):
        yield found[2], "np-none" in found[1]


def test_every_counted_link_bears_its_number() -> None:
    drawn = click_map(LARGE)

    assert {number for number, _ in pills(drawn)} == {str(n) for n in range(1, 10)}
    assert ("9", True) in pills(drawn)
    assert ("1", False) in pills(drawn)


def test_no_link_of_the_map_leads_anywhere() -> None:
    drawn = click_map(LARGE)

    assert "<a" in drawn
    assert "href" not in drawn
    assert "MERGE__" not in drawn


def test_a_picture_is_a_box_with_its_words() -> None:
    drawn = click_map(LARGE)

    assert "<img" not in drawn
    assert "np-picture" in drawn
    assert "A desk at dawn, seen from above" in unescape(drawn)


def test_a_pills_area_is_its_share() -> None:
    assert diameter(0, 100) == 0
    assert diameter(1, 0) == 0
    assert diameter(100, 100) == 64
    assert diameter(25, 100) == 32
    assert diameter(1, 10_000) == 22


def test_a_mail_that_is_none_has_no_map() -> None:
    for html in ("", "  ", "<!-- -->", "\x00"):
        assert "srcdoc" not in page(replace(LARGE, html=html)) or click_map(
            replace(LARGE, html=html)
        )
    assert click_map(NONE) == ""


def test_the_frame_has_no_rights_and_loads_nothing() -> None:
    whole = page(LARGE)

    assert 'sandbox=""' in whole
    assert whole.count("Content-Security-Policy") == 2
    assert "default-src &#39;none&#39;" in whole or "default-src 'none'" in whole
