import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html  # type: ignore[import-untyped]

from newsletter.rendering.body import body, word_count
from newsletter.rendering.plain import Block


def same(url: str) -> str:
    return url


def texts(source: str) -> list[Block]:
    return list(body(source, href=same, words=None).blocks)


def test_whole_paragraphs_stand_in_the_mail() -> None:
    shown = body("<p>one two</p>\n<p>three</p><p>four</p>", href=same, words=3)

    assert shown.html == "<p>one two</p><p>three</p>"
    assert shown.cut


def test_the_first_paragraph_is_whole_however_long() -> None:
    assert (
        body("<p>one two three</p><p>four</p>", href=same, words=1).html == "<p>one two three</p>"
    )


def test_nothing_is_cut_that_fits() -> None:
    assert not body("<p>one two</p><p>three</p>", href=same, words=3).cut
    assert not body("<p>one two</p><p>three</p>", href=same, words=None).cut


def test_a_heading_never_stands_last() -> None:
    shown = body("<h2>a</h2><p>b c</p><h2>d</h2><p>e f g h i</p>", href=same, words=5)

    assert shown.html == "<h2>a</h2><p>b c</p>"


def test_words_outside_of_paragraphs_are_not_lost() -> None:
    assert (
        body("<div>one <!-- no -->two<p>three</p> four</div>", href=same, words=None).html
        == "<p>one two</p><p>three</p><p>four</p>"
    )


def test_a_body_of_nothing_is_nothing() -> None:
    assert body("", href=same, words=10).html == ""
    assert body(" \n ", href=same, words=10).blocks == ()


def test_empty_elements_are_closed_as_the_renderer_needs() -> None:
    assert body("<p>a<br>b<b></b></p>", href=same, words=None).html == "<p>a<br/>b<b></b></p>"


def test_code_keeps_its_lines_and_columns() -> None:
    shown = body("<pre><code>if x:\n    y\tz\n</code></pre>", href=same, words=None)

    assert shown.html.replace("&#160;", " ") == "<pre><code>if x:<br/>    y   z</code></pre>"
    assert "  " not in shown.html
    assert shown.blocks == (Block(text="if x:\n    y   z", indent=4, verbatim=True),)


def test_a_picture_is_no_wider_than_the_column() -> None:
    shown = body(
        '<p><img src="https://a.example/b.jpg" width="9000" height="1">'
        '<img src="x" width="40" alt="y"><img src="z" width="50%"></p>',
        href=same,
        words=None,
    )
    images = html.fromstring(shown.html).xpath("//img")

    assert [(i.get("width"), i.get("height"), i.get("alt")) for i in images] == [
        ("552", None, ""),
        ("40", None, "y"),
        ("552", None, ""),
    ]


def test_a_link_that_leads_nowhere_is_only_words() -> None:
    shown = body(
        '<p><a href="javascript:x">a</a> <a>b</a> <a href="k">c</a></p>',
        href=lambda u: u if u == "k" else "",
        words=None,
    )

    assert shown.html == '<p><a>a</a> <a>b</a> <a href="k">c</a></p>'
    assert shown.blocks[0].links == (("c", "k"),)


@pytest.mark.parametrize(
    ("source", "blocks"),
    [
        ("<p>a\n  b<br>c</p>", [Block(text="a b\nc")]),
        (
            "<ul><li>a<ul><li>b</li></ul></li><li><p>c</p></li><li></li></ul>",
            [
                Block(text="a", mark="• "),
                Block(text="b", mark="• ", indent=2),
                Block(text="c", mark="• "),
            ],
        ),
        (
            "<ol><li>a</li><li>b</li></ol>",
            [Block(text="a", mark="1. "), Block(text="b", mark="2. ")],
        ),
        ("<table><tr><th>a</th><td>b</td></tr><tr><td></td></tr></table>", [Block(text="a · b")]),
        (
            "<blockquote><p>a</p><p>b</p></blockquote>",
            [Block(text="a", indent=2), Block(text="b", indent=2)],
        ),
        ("<blockquote>a <b>b</b></blockquote>", [Block(text="a b", indent=2)]),
        ("<figure><img src='x'><figcaption>a</figcaption></figure>", [Block(text="a")]),
        (
            "<p><a href='mailto:a@b.example'>write</a></p>",
            [Block(text="write", links=(("write", "a@b.example"),))],
        ),
        ("<p>&nbsp;</p>", [Block(text="\u00a0")]),
        ("<section><p>a</p></section><p>b</p>", [Block(text="a"), Block(text="b")]),
    ],
)
def test_a_body_is_read_as_text(source: str, blocks: list[Block]) -> None:
    assert texts(source) == blocks


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>one two</p><p>three</p>", 3),
        ("a<br>b", 2),
        ("", 0),
        ("हिन्दी में", 2),
        ("<ul><li>a</li><li>b</li></ul>", 2),
        ("<b>o</b>ne", 1),
    ],
)
def test_words_are_counted_as_read(source: str, words: int) -> None:
    assert word_count(source) == words


TAGS = st.sampled_from(
    ["p", "b", "ul", "li", "pre", "h3", "blockquote", "div", "br", "table", "tr", "td"]
)


@given(
    st.lists(st.tuples(TAGS, st.booleans(), st.text("ab \n<&é")), max_size=12), st.integers(1, 9)
)
def test_a_body_is_always_balanced(pieces: list[tuple[str, bool, str]], words: int) -> None:
    source = "".join(f"<{'/' * closed}{tag}>{text}" for tag, closed, text in pieces)
    shown = body(source, href=same, words=words)

    html.etree.fromstring(f"<x>{shown.html}</x>")
    assert "\n" not in "".join(html.etree.fromstring(f"<x>{shown.html}</x>").xpath("//pre//text()"))


def test_code_inside_of_code_keeps_its_lines() -> None:
    assert (
        body("<pre>a<b><pre>\nb\n</pre></b></pre>", href=same, words=None).html.count("<pre>") == 1
    )


def test_what_an_article_says_about_its_looks_is_left_out() -> None:
    source = (
        '<p class="fill" style="color:red" id="x" onclick="y" lang="hi">a</p><script>b</script>'
    )

    assert body(source, href=same, words=None).html == '<p lang="hi">a</p>'
