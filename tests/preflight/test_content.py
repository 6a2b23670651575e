"""Placeholders, twins, sources, dates."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from newsletter.model import Edition, Problem, Reference, Severity, Sponsor, Video

Make = Any


@pytest.mark.parametrize("word", ["TK", "TKTK", "TODO", "XXX", "FIXME", "lorem ipsum"])
@pytest.mark.parametrize("field", ["title", "dek", "update_note"])
def test_words_to_be_replaced_stop_an_edition(
    desk: Make, make_article: Make, word: str, field: str
) -> None:
    found = desk(others=(make_article("leaving", **{field: f"In {word} presses"}),)).of(
        "placeholder"
    )

    assert [finding.severity for finding in found] == [Severity.ERROR]
    assert f"“{word}” left in the" in found[0].sentence
    assert found[0].where == "articles/leaving.md"
    assert found[0].article == "leaving"


def test_the_paragraph_of_a_placeholder_is_named(desk: Make, make_article: Make) -> None:
    body = "<p>It takes one press.</p><p>Or is it <b>TK</b>?</p>"

    found = desk(others=(make_article("a", title="Leaving", body=body),)).of("placeholder")

    assert found[0].sentence == "“TK” left in ¶ 2 of “Leaving”"


def test_the_line_of_a_placeholder_is_named_where_the_file_is_there(
    desk: Make, make_article: Make, tmp_path: Path
) -> None:
    file = tmp_path / "leaving.md"
    file.write_text("---\ntitle: Leaving\n---\n\nIt takes\nTK presses.\n", encoding="utf-8")
    story = make_article("a", body="<p>It takes\nTK presses.</p>", origin=str(file))

    assert desk(others=(story,)).of("placeholder")[0].where == f"{file}:6"


@pytest.mark.parametrize("name", ["gone.md", "a\0b.md", "https://x.example/feed", "large.md"])
def test_an_origin_that_cannot_be_read_has_no_line(
    desk: Make, make_article: Make, tmp_path: Path, name: str
) -> None:
    (tmp_path / "large.md").write_text("TK" + " " * 1_000_000, encoding="utf-8")
    origin = f"{tmp_path}/{name}"

    assert desk(others=(make_article("a", dek="TK", origin=origin),)).of("placeholder")[
        0
    ].where == (origin)


@pytest.mark.parametrize(
    "words", ["Todo lo que sabemos", "The TKO of the year", "A stock called TKX", "xxx-large"]
)
def test_other_words_are_words(desk: Make, make_article: Make, words: str) -> None:
    assert desk(others=(make_article("a", dek=words),)).findings() == ()


def test_code_may_say_todo(desk: Make, make_article: Make) -> None:
    body = "<p>Search for <code>TODO</code></p><pre><code># TODO</code> XXX</pre>"

    assert not desk(others=(make_article("a", body=body),)).findings()


def test_a_placeholder_in_the_sponsors_words_is_found(desk: Make) -> None:
    sponsor = Sponsor(
        name="Your name here",
        text="TODO: one sentence.",
        url="https://theshiftmaker.example/sponsor",
        first=date(2026, 7, 5),
        last=date(2026, 7, 5),
        origin="articles/sponsors.toml",
    )

    def sponsored(made: Edition) -> Edition:
        return replace(made, sponsor=sponsor)

    assert desk(change_edition=sponsored).only("placeholder").where == "articles/sponsors.toml"


def test_the_same_headline_twice_is_told(desk: Make, make_article: Make) -> None:
    twins = (make_article("a", title="Ask the desk"), make_article("b", title="ask  the Desk"))

    found = desk(others=twins).only("headlines")

    assert found.severity is Severity.WARNING
    assert (found.where, found.article) == ("articles/b.md", "b")
    assert "articles/a.md" in found.hint


def test_a_story_without_a_headline_is_stopped(desk: Make, make_article: Make) -> None:
    assert desk(others=(make_article("a", title=" "),)).of("headlines")[0].severity == "error"


def test_a_lead_without_sources_is_told(desk: Make, lead: Make) -> None:
    found = desk(lead=lead(references=())).only("references")

    assert (found.severity, found.sentence) == (Severity.WARNING, "no sources with the lead")


@pytest.mark.parametrize(("day", "told"), [(3, False), (2, True)])
def test_a_stale_lead_is_told_against_the_editions_day(
    desk: Make, lead: Make, day: int, told: bool
) -> None:
    published = datetime(2026, 7, day, 12, tzinfo=UTC)

    found = desk(lead=lead(published=published)).of("stale")

    assert [f.sentence for f in found] == (
        ["the lead is 3 days old: it is dated 2 July 2026"] if told else []
    )


def test_an_updated_lead_is_new(desk: Make, lead: Make) -> None:
    story = lead(
        published=datetime(2026, 6, 1, tzinfo=UTC),
        updated=datetime(2026, 7, 4, tzinfo=UTC),
        update_note="a number",
    )

    assert desk(lead=story).findings() == ()


def test_the_leads_day_is_the_newsletters(desk: Make, lead: Make) -> None:
    # 20:00 in London on the 2nd is the 3rd in Kolkata.
    assert not desk(lead=lead(published=datetime(2026, 7, 2, 20, tzinfo=UTC))).findings()


def test_a_lead_of_tomorrow_is_told(desk: Make, lead: Make) -> None:
    found = desk(lead=lead(published=datetime(2026, 7, 6, 12, tzinfo=UTC))).only("stale")

    assert "dated after its edition" in found.sentence


def test_a_headline_alone_is_told(desk: Make, make_article: Make) -> None:
    bare = make_article("a", dek="", body="<p> </p>")
    filmed = make_article("b", dek="", body="", video=Video(url="https://video.example/1"))

    assert desk(others=(bare, filmed)).only("thin").article == "a"


def test_an_update_that_does_not_say_what_changed_is_told(desk: Make, make_article: Make) -> None:
    silent = make_article("a", update_of="daily/2026-07-04")
    told = make_article("b", update_of="daily/2026-07-04", update_note="the right number")

    found = desk(others=(silent, told)).only("update")

    assert "was in daily/2026-07-04" in found.sentence


def test_what_could_not_be_read_is_told_once_with_its_place(desk: Make) -> None:
    problem = Problem(where="articles/x.md:14", what="no date is “5th Julember”", hint="mend it")

    found = desk(problems=(problem, problem)).only("sources")

    assert found.severity is Severity.WARNING
    assert (found.where, found.sentence, found.hint) == (
        "articles/x.md:14",
        "no date is “5th Julember”",
        "mend it",
    )


def test_a_reference_is_read_too(desk: Make, lead: Make) -> None:
    assert desk(lead=lead(references=(Reference(title="TK"),))).of("placeholder")
