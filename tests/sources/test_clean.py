"""Foreign HTML is fit for a mail, whatever it was."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lxml import html as lxml_html  # type: ignore[import-untyped]

from newsletter.sources.clean import ALLOWED, EVERYWHERE, _as_text, clean, plain
from newsletter.sources.clean_links import absolute, https_only

PAYLOADS = (
    Path(__file__)
    .parents[1]
    .joinpath("data/feeds/payloads.txt")
    .read_text(encoding="utf-8")
    .splitlines()
)
BASE = "https://paper.example/2026/story"
NEVER = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def faults(cleaned: str) -> list[str]:
    """What an independent parser finds in it that no mail may carry."""
    root = lxml_html.fragment_fromstring(cleaned, create_parent="div")
    found = ["controls"] if NEVER.search(cleaned) else []
    for element in root.iterdescendants():
        if element.tag not in ALLOWED:
            found.append(str(element.tag))
            continue
        found += sorted(set(element.attrib) - ALLOWED[element.tag] - EVERYWHERE)
        found += [v for v in [element.get("href")] if v and not re.match("https?://.|mailto:.", v)]
        found += [v for v in [element.get("src")] if v and not v.startswith("https://")]
        if len(list(element.iterancestors())) > 50:
            found.append("depth")
    return found


def test_there_are_payloads_enough() -> None:
    assert len(set(PAYLOADS)) >= 200


@pytest.mark.parametrize("payload", PAYLOADS)
def test_no_payload_comes_through(payload: str) -> None:
    for html in (payload, f"<p>{payload}</p>", f'<p title="{payload}">x</p>', f"<pre>{payload}"):
        cleaned = clean(html, base=BASE)

        assert faults(cleaned) == []
        assert "evil.example/x" not in "".join(re.findall('src="[^"]*"', cleaned))
        assert clean(cleaned, base=BASE) == cleaned


def test_all_payloads_at_once_do_not_come_through_either() -> None:
    cleaned = clean("".join(PAYLOADS), base=BASE)

    assert faults(cleaned) == []


def test_the_judge_of_these_tests_sees_what_is_wrong() -> None:
    assert faults("<p onclick=x>y</p>") == ["onclick"]
    assert faults('<a href="javascript:x">y</a>') == ["javascript:x"]
    assert faults('<script>x</script><img src="http://a">') == ["script", "http://a"]
    assert "depth" in faults("<b>" * 60 + "x")


TAGS = st.sampled_from(
    (  # noqa: SIM905
        "p div span a b i em table tr td th caption ul ol li dl dt dd pre code blockquote h1 h2 br"
        " hr img iframe svg math style script section figure form select option button mglyph"
        " template noscript font center object textarea title plaintext rt ruby"
    ).split()
)
PIECES = st.one_of(
    TAGS.map("<{}>".format),
    TAGS.map("</{}>".format),
    TAGS.map('<{} lang=hi dir=rtl href="/x" src="https://a.example/b.png" title=" a  b ">'.format),
    st.sampled_from(
        ["<!--", "-->", "<", ">", "&", "&lt;", "\n", "\n\n", " ", "\xa0", "&nbsp;", '"', "'", "="]
    ),
    st.sampled_from(["word", "हिन्दी", "\u202e", "\ud800", "&#1;", "&#x202e;", "\r", "\0", "👩‍👧"]),
    st.text(max_size=5),
)
SOUP = st.lists(PIECES, max_size=40).map("".join)


@settings(max_examples=400, deadline=None)
@given(SOUP)
@example("<p><object><p>x</p></object></p>")
@example("<pre>\n\n\nx</pre>")
@example("<b><p>x</p>y</b><table><td>a<table><td>b")
def test_whatever_comes_in_what_goes_out_is_clean_and_stays_as_it_is(html: str) -> None:
    cleaned = clean(html, base=BASE)

    assert faults(cleaned) == []
    assert clean(cleaned, base=BASE) == cleaned
    assert clean(cleaned) == cleaned


@settings(max_examples=200, deadline=None)
@given(SOUP)
def test_its_words_are_plain(html: str) -> None:
    words = plain(html)

    assert not NEVER.search(words)
    assert words == words.strip()
    assert "\n\n\n" not in words


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 20_000 + "x",
        "<b>" * 20_000 + "x",
        "<blockquote>x" * 20_000,
        "<ul><li>x" * 20_000,
        "<table><tr><td>x" * 10_000,
        "<li><dd>x" * 20_000,
        "<ruby><rt>x" * 20_000,
        "<span lang=aa><div>x" * 2_000,
        "".join(f"<font a={n}>" for n in range(400)) + "<p>x" * 20_000,
        "<b><table><td></b>x" * 5_000,
    ],
    ids=lambda bomb: bomb[:12],
)
def test_a_bomb_of_nested_tags_becomes_a_page_of_few(bomb: str) -> None:
    cleaned = clean(bomb)

    assert "x" in cleaned
    assert faults(cleaned) == []
    assert len(cleaned) < 3 * len(bomb)


@pytest.mark.parametrize("bomb", ["<a " + "b=c " * 99_999, '<a "' * 99_999, "<!--" * 99_999])
def test_a_tag_or_comment_that_never_ends_is_nothing(bomb: str) -> None:
    assert clean(f"<p>x</p>{bomb}") == "<p>x</p>"


def test_a_picture_written_into_its_address_takes_no_words_along() -> None:
    assert clean(f'<p>a<img src="data:image/png;base64,{"A" * 900_000}">b</p>') == "<p>ab</p>"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("just words", "<p>just words</p>"),
        ("a <b>b</b> c", "<p>a <b>b</b> c</p>"),
        ("<div>one</div><div>two</div>", "<p>one</p><p>two</p>"),
        ("<div>one<div>two</div>three</div>", "<p>one</p><p>two</p><p>three</p>"),
        ("one<br>two<br><br>three<br>", "<p>one<br>two</p><p>three</p>"),
        ("<p>&nbsp;</p><p><br></p><p>x</p><h2></h2><ul><li></li></ul>", "<p>x</p>"),
        ("<b id=docs><p>x</p><p>y</p></b>", "<p><b>x</b></p><p><b>y</b></p>"),
        ("<em>a<p>x</p>b <i>c</i> d</em>",
         "<p><em>a</em></p><p><em>x</em></p><p><em>b <i>c</i> d</em></p>"),
        ("<span lang=hi><p>x</p></span>", '<p lang="hi">x</p>'),
        ("<blockquote>a<br><br>b</blockquote>", "<blockquote><p>a</p><p>b</p></blockquote>"),
        ("<h2><div>a</div><div>b</div></h2>", "<h2>a b </h2>"),
        ("<ul><li><p>a</p></li><li><div>b</div>c</li></ul>",
         "<ul><li>a</li><li><p>b</p>c</li></ul>"),
        ("<li>orphan", "<p>orphan</p>"),
        ("<p dir=rtl lang=ar>x<br><br>y",
         '<p dir="rtl" lang="ar">x</p><p dir="rtl" lang="ar">y</p>'),
        ("<del>a</del> <ins>b</ins> <kbd>c</kbd>", "<p><s>a</s> <u>b</u> <code>c</code></p>"),
        ("<figure><img src=https://a.example/x.png><figcaption>c</figcaption></figure>",
         '<p><img src="https://a.example/x.png"></p><p>c</p>'),
        ("<b><b>x</b></b>", "<p><b>x</b></p>"),
        ("a<hr>b", "<p>a</p><hr><p>b</p>"),
        ("<table><caption> </caption><td> <td></table>x", "<p>x</p>"),
        ("a &amp; b &lt; c", "<p>a &amp; b &lt; c</p>"),
        ("", ""),
        (" \n ", ""),
    ],
)  # fmt: skip
def test_blocks_are_whole(html: str, expected: str) -> None:
    assert clean(html) == expected


def test_what_cannot_be_repaired_keeps_its_words() -> None:
    assert _as_text("<p>a &lt; b</p><x>c") == "<p>a &lt; b</p><p>c</p>"
    assert _as_text("<x> </x>") == ""


def test_code_keeps_its_lines_and_gaps() -> None:
    html = "<pre>\n\n<code>if x:<br>    go()\n<div>end</div></code></pre>"

    assert clean(html) == "<pre><code>if x:\n    go()\nend\n</code></pre>"


def test_a_table_of_figures_stays_one() -> None:
    html = "<table border=1><tr><th colspan=2 width=9>H<tr><td>1<td colspan=99>2</table>"

    assert clean(html) == (
        '<table><tbody><tr><th colspan="2">H</th></tr><tr><td>1</td><td>2</td></tr></tbody></table>'
    )


def test_a_table_within_a_table_or_of_one_cell_only_placed_its_words() -> None:
    nested = "<table><tr><td>a<table><tr><td>b<td>c</table><td>d</table>"

    assert clean("<table><tr><td>x</table>") == "<p>x</p>"
    assert clean(nested).count("<table>") == 1
    assert plain(nested).split() == ["a", "b", "c", "d"]


def test_what_played_on_the_page_is_a_link_to_it() -> None:
    html = '<p>a</p><iframe src="https://www.video.example/embed/1" allow=x><b>no</b></iframe>'

    assert clean(html) == (
        '<p>a</p><p><a href="https://www.video.example/embed/1">▶ video.example</a></p>'
    )


@pytest.mark.parametrize(
    ("player", "page"),
    [
        ("https://www.youtube-nocookie.com/embed/aaa_bbb-ccc?rel=0",
         "www.youtube.com/watch?v=aaa_bbb-ccc"),
        ("https://player.vimeo.com/video/123?h=x", "vimeo.com/123"),
    ],
)  # fmt: skip
def test_a_player_leads_to_the_page_of_its_film(player: str, page: str) -> None:
    assert f'href="https://{page}"' in clean(f'<iframe src="{player}"></iframe>')


def test_a_pixel_that_counts_readers_is_no_picture() -> None:
    html = '<p>x<img src="https://count.example/p.gif" width=1 height=1></p>'

    assert clean(html) == "<p>x</p>"


def test_joiners_and_direction_marks_stay_and_what_hides_goes() -> None:
    assert clean("क्\u200dष می\u200cروم \u200fא\u200e \u202ex\u202c\ufeff\x92") == (
        "<p>क्\u200dष می\u200cروم \u200fא\u200e x</p>"
    )


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/x", "https://paper.example/x"),
        ("y?a=1&b=2#c", "https://paper.example/2026/y?a=1&b=2#c"),
        ("//cdn.example/z", "https://cdn.example/z"),
        ("HTTPS://A.example/Ü b", "https://A.example/Ü%20b"),
        ("mailto:desk@paper.example?subject=Hi", "mailto:desk@paper.example?subject=Hi"),
        ("mailto:a@b.example?bcc=x@y.example", ""),
        ("mailto:a@b.example?subject=x%0d%0aBcc:y", ""),
        ("javascript:alert(1)", ""),
        ("java\tscript:alert(1)", ""),
        ("https://user:pw@paper.example/", ""),
        ("https://a.example:99999/", ""),
        ("https://[::1/", ""),
        ("https://", ""),
        ("", ""),
    ],
)
def test_a_link_leads_where_it_says_or_nowhere(link: str, expected: str) -> None:
    assert absolute(link, BASE) == expected


def test_a_link_that_leads_nowhere_keeps_its_words() -> None:
    assert clean('<a href="/x">here</a> <a name=y>there</a>') == "<p>here there</p>"


def test_pictures_come_over_https_alone() -> None:
    assert https_only("http://a.example/x.png") == ""
    assert https_only("/x.png", BASE) == "https://paper.example/x.png"


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("no markup\nat all\n\nnext", "no markup at all\n\nnext"),
        ("<p>One<br>two</p><ul><li>a<li>b</ul><p>c &amp; d</p>", "One\ntwo\n\na\nb\n\nc & d"),
        ("AT&T", "AT&T"),
        ("<script>x</script>", ""),
    ],
)
def test_the_words_of_a_page(html: str, words: str) -> None:
    assert plain(html) == words
