"""Size, leftovers, merge fields, long lines."""

from dataclasses import replace
from typing import Any

import pytest

from newsletter.model import MergeField, Rendition, Severity
from newsletter.preflight import CHECKS, SIZE_LIMIT

Make = Any


def padded(to: int) -> Any:
    """Fill a mail up to so many bytes, inside its second story."""

    def change(rendition: Rendition) -> Rendition:
        more = to - len(rendition.html.encode())
        place = rendition.html.rindex("</div>")
        html = rendition.html[:place] + "x" * more + rendition.html[place:]
        return replace(rendition, html=html)

    return change


def test_nothing_is_found_where_nothing_is_wrong(desk: Make) -> None:
    assert desk().findings() == ()


def test_every_check_has_a_name_of_its_own() -> None:
    assert len(set(CHECKS)) == len(CHECKS) > 20


def test_errors_come_first_and_the_rest_keeps_its_order(desk: Make, lead: Make) -> None:
    found = desk(lead=lead(references=(), title="TK", dek="x"), others=()).findings()

    assert [finding.severity for finding in found] == sorted(
        (finding.severity for finding in found), key=lambda severity: severity != "error"
    )
    warned = [CHECKS.index(f.check) for f in found if f.severity is Severity.WARNING]
    assert warned == sorted(warned)
    assert found[0].check == "placeholder"


@pytest.mark.parametrize(
    ("size", "severity"),
    [
        (84_999, None),
        (85_000, Severity.WARNING),
        (SIZE_LIMIT, Severity.WARNING),
        (SIZE_LIMIT + 1, Severity.ERROR),
    ],
)
def test_a_mail_that_gmail_would_cut_is_stopped(
    desk: Make, size: int, severity: Severity | None
) -> None:
    found = desk(change=padded(size)).of("size")

    assert [finding.severity for finding in found] == ([severity] if severity else [])


def test_the_biggest_story_is_named_with_its_bytes(desk: Make) -> None:
    found = desk(change=padded(103_000)).only("size")

    assert found.sentence == "103,000 bytes; Gmail cuts at 102,400 and hides the way out"
    assert found.hint.startswith("biggest: “Story second” 102.")
    assert found.hint.endswith("kB; shorten it, or move one story out")
    assert found.where == "articles/second.md"
    assert found.article == "second"


def test_bytes_are_counted_not_characters(desk: Make, html: Make) -> None:
    change = html("itself", "न" * 15_000)

    assert desk(change=change).of("size")


def test_the_lead_is_the_biggest_where_no_link_is_counted(desk: Make) -> None:
    def change(rendition: Rendition) -> Rendition:
        return replace(rendition, html=rendition.html + "x" * 90_000, links=())

    assert "biggest: lead 9" in desk(change=change).of("size")[0].hint


def test_the_biggest_story_is_found_by_its_address_too(desk: Make) -> None:
    def untracked(rendition: Rendition) -> Rendition:
        html = rendition.html
        for link in rendition.links:
            counted = f"/c/{MergeField.CLICK.sentinel}/{link.number}"
            html = html.replace(f"https://n.theshiftmaker.example{counted}", link.url)
        return padded(90_000)(replace(rendition, html=html))  # type: ignore[no-any-return]

    assert "biggest: “Story second”" in desk(change=untracked).only("size").hint


@pytest.mark.parametrize(
    "left",
    [
        "<mj-text>",
        "</mj-column>",
        "<p>{{ letter.title }}</p>",
        "<p>{% if %}</p>",
        r"<p>\u{94d}</p>",
    ],
)
def test_what_mjml_or_a_template_left_behind_is_found(desk: Make, html: Make, left: str) -> None:
    found = desk(change=html("</body>", left + "</body>")).of("leftovers")

    assert {finding.severity for finding in found} == {Severity.ERROR}
    assert "templates/daily/" in found[0].hint


@pytest.mark.parametrize("left", ["<td>None</td>", '<img alt="undefined">', "<p> NaN </p>"])
def test_a_value_that_was_not_there_is_found(desk: Make, html: Make, left: str) -> None:
    assert len(desk(change=html("</body>", left + "</body>")).of("leftovers")) == 1


def test_leftovers_are_found_in_the_text_and_the_subject(desk: Make) -> None:
    def in_text(rendition: Rendition) -> Rendition:
        return replace(rendition, text=rendition.text + "\nNone\n{{ x }}\n")

    def in_subject(rendition: Rendition) -> Rendition:
        return replace(rendition, subject="News of {{day}}")

    assert len(desk(change=in_text).of("leftovers")) == 3
    assert desk(change=in_subject).only("leftovers").sentence.startswith("“{{day}}”")


def test_an_article_may_write_braces_and_the_word_none(desk: Make, make_article: Make) -> None:
    story = make_article(
        "braces",
        title="What {{7*7}}: does in a template, and {% raw %}",
        dek=r"None of it, and \u{94d}",
        body="<p>Write <b>{{</b>name}} and </p><pre>{% if x %}</pre>",
    )
    one = make_article("none", title="None", body="<p><b>undefined</b></p>")

    assert desk(others=(story, one)).findings() == ()


def test_words_like_none_inside_a_sentence_are_words(desk: Make, html: Make) -> None:
    assert not desk(change=html("itself", "None of this is undefined")).findings()


@pytest.mark.parametrize("name", ["subject", "preheader"])
def test_a_merge_field_in_a_header_is_found(desk: Make, name: str) -> None:
    def change(rendition: Rendition) -> Rendition:
        words = f"{getattr(rendition, name)} {MergeField.DOOR.sentinel}"
        return replace(rendition, **{name: words})  # type: ignore[arg-type]

    assert name in desk(change=change).of("merge-fields")[0].sentence


def test_a_damaged_merge_field_is_found_in_both_parts(desk: Make) -> None:
    half = MergeField.CLICK.sentinel[:-4]

    def change(rendition: Rendition) -> Rendition:
        html = rendition.html.replace("</body>", f"{half} </body>")
        return replace(rendition, html=html, text=f"{rendition.text}{half} ")

    found = desk(change=change).of("merge-fields")

    assert [f.sentence.rpartition(" ")[2] for f in found] == ["HTML", "text"]


@pytest.mark.parametrize("pasted", ["*|FNAME|*", "%%first%%", "%recipient.name%", "<%= name %>"])
def test_another_programs_merge_field_is_told(desk: Make, lead: Make, pasted: str) -> None:
    found = desk(lead=lead(dek=f"Dear {pasted}, here it is.")).of("merge-fields")

    assert [finding.severity for finding in found] == [Severity.WARNING]
    assert pasted in found[0].sentence
    assert found[0].where == "articles/lead.md"


def test_a_line_that_mail_does_not_take_is_told(desk: Make) -> None:
    def change(rendition: Rendition) -> Rendition:
        return replace(rendition, text=rendition.text + "x" * 998 + "\n" + "é" * 500 + "\n")

    found = desk(change=change).only("long-lines")

    assert "1,000 bytes" in found.sentence


@pytest.mark.parametrize("field", ["*|FNAME|*", "%%name%%", "[First Name]", "${name}"])
def test_another_programs_field_in_a_template_is_told(desk: Make, html: Make, field: str) -> None:
    (found,) = desk(change=html("</body>", f"<p>Dear {field}</p></body>")).of("merge-fields")

    assert (found.severity, found.where) == ("warning", "templates/daily/")


def test_too_much_style_is_told(desk: Make, html: Make) -> None:
    rule = ".a { color:#15181E } "
    fits, more = (f"<style>{rule * count}</style><body>" for count in (780, 781))

    assert not desk(change=html("<body>", fits)).of("style-size")
    (found,) = desk(change=html("<body>", more)).of("style-size")
    assert found.sentence == "16,401 bytes of style sheets; Gmail drops what is past 16,384"


def test_an_at_rule_inside_another_is_told(desk: Make, html: Make) -> None:
    deep = "<style>@media screen { @font-face { color:red } }</style><body>"
    flat = "<style>@media screen { p { color:red } } @media print { p { top:0 } }</style><body>"

    assert len(desk(change=html("<body>", deep)).of("style-size")) == 1
    assert not desk(change=html("<body>", flat)).of("style-size")
