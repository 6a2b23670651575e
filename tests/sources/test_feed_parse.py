"""Feeds as they are on the web, made into articles."""

import codecs
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import NewsletterError, SourceError
from newsletter.model import Article, Gathered, Kind
from newsletter.sources.feed_entry import Feed
from newsletter.sources.feed_parse import MOST_ENTRIES, read_feed

DATA = Path(__file__).parents[1] / "data" / "feeds"
PAPER = Feed(
    url="https://paper.example/feed/all.xml",
    zone=ZoneInfo("Asia/Kolkata"),
    source="paper",
    section="world",
    lang="en",
)
NAMESPACES = (
    'xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/'
    '1.1/" xmlns:media="http://search.yahoo.com/mrss/" xmlns:atom="http://www.w3.org/2005/Atom"'
    ' xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"'
)


def read(body: bytes | str, charset: str = "") -> Gathered:
    return read_feed(body.encode() if isinstance(body, str) else body, charset=charset, feed=PAPER)


def item(**fields: str) -> str:
    """An RSS item that differs from an ordinary one only in what a test names."""
    ordinary = {
        "title": "Story",
        "link": "https://paper.example/a",
        "pubDate": "Sun, 05 Jul 2026 07:00:00 GMT",
        "description": "Words.",
    }
    chosen = (ordinary | fields).items()
    return "".join(f"<{k}>{v}</{k}>" for k, v in chosen if v).join(("<item>", "</item>"))


def rss(*items: str, head: str = "", channel: str = "") -> str:
    return (
        f'{head}<rss version="2.0" {NAMESPACES}><channel><title>P</title>{channel}'
        f"{''.join(items)}</channel></rss>"
    )


def only(body: bytes | str, charset: str = "") -> Article:
    gathered = read(body, charset)
    assert gathered.problems == ()
    (article,) = gathered.articles
    return article


def problems(body: bytes | str) -> list[str]:
    return [f"{problem.where}: {problem.what}" for problem in read(body).problems]


def outcome(body: bytes) -> list[str]:
    """All that a feed came to: where its articles stood, and what was said of the rest."""
    try:
        gathered = read(body)
    except NewsletterError as error:
        return [f"paper: {error}"]
    return [article.origin for article in gathered.articles] + [
        f"{problem.where}: {problem.what}" for problem in gathered.problems
    ]


# ── Real programs' feeds ────────────────────────────────────────────────────────────────────


def test_a_wordpress_feed() -> None:
    gathered = read((DATA / "wordpress.xml").read_bytes())
    ferry, lighthouse = gathered.articles

    assert ferry.id == "https://harbour.example/?p=4711"
    assert ferry.title == "The ferry’s new timetable & what it means"
    assert ferry.published == datetime(2026, 7, 5, 4, 30, tzinfo=UTC)
    assert (ferry.byline, ferry.tags) == ("Mira Quell", ("Transport", "Ferries & boats"))
    assert (ferry.lang, ferry.section, ferry.source) == ("en-GB", "world", "paper")
    assert ferry.dek == ""
    assert "https://harbour.example/uploads/ferry.jpg" in ferry.body
    assert '<a href="https://harbour.example/timetable">' in ferry.body
    assert not any(word in ferry.body for word in ("track", "stats.example", "appeared first"))
    assert lighthouse.dek == "Nobody was asked."
    (problem,) = gathered.problems
    assert problem.where == "paper: entry 2, A note without a title. Its date is no date."
    assert problem.what == "a date that could not be read: yesterday evening"
    assert "left out" in problem.hint


def test_a_substack_feed() -> None:
    article = only((DATA / "substack.xml").read_bytes())

    assert article.dek == "It still cuts, and here is why"
    assert article.image is not None
    assert article.image.url == "https://media.example/plane.jpeg"
    assert "https://media.example/x.jpeg" in article.body
    assert "▶" in article.body
    assert "Subscribe" not in article.body


def test_a_ghost_feed() -> None:
    article = only((DATA / "ghost.xml").read_bytes())

    assert article.id == "6866aa00b1c2d3e4f5a6b7c8"
    assert article.image is not None
    assert article.image.url.endswith("street.jpg")
    assert "<table>" in article.body
    assert "<pre><code>for tide in tides:\n    print(tide)" in article.body


def test_the_atom_feed_of_a_static_site() -> None:
    city, market = read((DATA / "static.atom").read_bytes()).articles

    assert (city.lang, city.dir, city.title) == ("ar", "rtl", "عن المدينة")
    assert city.url == "https://static.example/blog/2026/city/"
    assert 'href="https://static.example/blog/2026/city/map.html"' in city.body
    assert city.dek == "فقرة قصيرة < عن المدينة."
    assert (city.byline, city.tags) == ("سلمى نور", ("مدن",))
    assert city.updated == datetime(2026, 7, 5, 3, tzinfo=UTC)
    assert (market.lang, market.dir, market.byline) == ("fr-FR", "ltr", "Jean Roc, Anne Lis")
    assert market.published == datetime(2026, 7, 4, 10, tzinfo=UTC)
    assert market.body == "<p>Le marché est ouvert.</p>"
    assert market.updated is None


def test_a_film_is_a_reel() -> None:
    article = only((DATA / "youtube.xml").read_bytes())

    assert article.kind == Kind.REEL
    assert article.video is not None
    assert article.video.url == "https://www.youtube.com/watch?v=aaaaaaaaaaa"
    assert article.video.poster is not None
    assert article.video.poster.url == "https://i2.ytimg.com/vi/aaaaaaaaaaa/hqdefault.jpg"
    assert article.body == "<p>Water does the work.</p><p>Filmed in one morning.</p>"


def test_a_json_feed() -> None:
    gathered = read((DATA / "feed.json").read_bytes())
    clock, pump = gathered.articles

    assert (clock.id, clock.title) == ("17", "घड़ी <1> की मरम्मत")
    assert (clock.lang, clock.byline) == ("hi-IN", "Asha Rao")
    assert clock.dek == "एक पुरानी घड़ी, दो नए पहिए।"
    assert 'href="https://machines.example/tools"' in clock.body
    assert clock.tags == ("clocks", "repair")
    assert clock.image is not None
    assert clock.updated == datetime(2026, 7, 5, 1, 30, tzinfo=UTC)
    assert (pump.title, pump.byline, pump.lang) == ("A pump <that> hums.", "Guest", "hi")
    assert pump.body == "<p>A pump &lt;that&gt; hums.</p><p>It hums in B flat.</p>"
    assert pump.day_only
    assert pump.video is not None
    assert pump.video.seconds == 65
    assert [(p.where, p.what) for p in gathered.problems] == [
        ("paper: entry 3", "cannot be read: TypeError, it is no object"),
        ("paper: entry 4, No date", "no date"),
        ("paper: entry 5, No address", "no address where it can be read"),
    ]


def test_an_old_rdf_feed_with_a_doctype_in_latin_letters() -> None:
    article = only((DATA / "slashes.rdf").read_bytes())

    assert article.title == "Café builds its own computer — from cups"
    assert article.published == datetime(2026, 7, 5, 2, 22, tzinfo=UTC)
    assert "<img" not in article.body
    assert article.tags == ("cups",)


@pytest.mark.parametrize(
    "file", sorted((DATA / "feedparser").glob("*.[xj]*")), ids=lambda f: f.stem
)
def test_odd_feeds_give_articles_or_a_named_problem(file: Path) -> None:
    said = outcome(file.read_bytes())

    assert said
    assert all(sentence.startswith("paper") for sentence in said)


# ── Entries ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "broken",
    [
        item(pubDate=""),
        item(pubDate="soon"),
        item(link=""),
        item(link="javascript:alert(1)"),
        item(link="mailto:a@b.example"),
        item(title="", description=""),
        "<item/>",
        "<item><item></item>",
        item(enclosure="<x/>", pubDate="no"),
    ],
)
def test_a_broken_entry_never_loses_the_rest(broken: str) -> None:
    first, last = item(link="https://paper.example/1"), item(link="https://paper.example/2")
    gathered = read(rss(first, broken, last))

    assert [a.url[-1] for a in gathered.articles] == ["1", "2"]
    assert gathered.problems


def test_an_id_may_come_twice_but_the_same_entry_to_the_letter_is_once() -> None:
    twins = (item(guid="7"), item(guid="7", title="Another"), item(guid="7"))

    assert [a.title for a in read(rss(*twins)).articles] == ["Story", "Another"]


def test_without_an_id_the_address_is_one() -> None:
    assert only(rss(item())).id == "https://paper.example/a"


def test_an_id_that_is_an_address_is_one_where_there_is_none() -> None:
    article = only(rss(item(link="", guid="https://paper.example/g")))

    assert article.url == "https://paper.example/g"


def test_without_a_title_the_first_words_are_one() -> None:
    words = "word " * 40
    article = only(rss(item(title="", description=f"<![CDATA[<p>{words}</p><p>More.</p>]]>")))

    assert article.title.startswith("word word")
    assert article.title.endswith("word…")
    assert len(article.title) <= 81


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("AT&amp;T", "AT&T"),
        ("AT&amp;amp;T", "AT&T"),
        ("<![CDATA[A <b>bold</b> tale]]>", "A bold tale"),
        ("1 &lt; 2", "1 < 2"),
        ("&lt;b&gt;bold&lt;/b&gt; tale", "bold tale"),
        ("Use C++ &lt;vector&gt;", "Use C++ <vector>"),
        ("two\n  lines\u202e", "two lines"),
    ],
)
def test_a_title_is_one_plain_line(written: str, shown: str) -> None:
    assert only(rss(item(title=written))).title == shown


@pytest.mark.parametrize(
    ("summary", "dek"),
    [
        ("Another thought.", "Another thought."),
        ("The body begins", ""),
        ("The body begins like this [&#8230;]", ""),
        ("The body begins like this...", ""),
        (
            "Two ideas. " + "Very long words here. " * 20,
            ("Two ideas. " + "Very long words here. " * 13).strip(),
        ),
        ("x " * 200, ("x " * 150).strip() + "…"),
        ("", ""),
    ],
)
def test_the_dek_is_what_the_body_does_not_say(summary: str, dek: str) -> None:
    full = {"content:encoded": "<![CDATA[<p>The body begins like this and goes on.</p>]]>"}

    assert only(rss(item(description=summary, **full))).dek == dek


def test_without_a_full_text_the_summary_is_the_body() -> None:
    article = only(rss(item(description="<![CDATA[One<br><br>two]]>")))

    assert (article.body, article.dek) == ("<p>One</p><p>two</p>", "")


def test_links_are_relative_to_the_feed_or_to_the_site_that_it_is_handed_on_for() -> None:
    here = {"content:encoded": '<![CDATA[<a href="x">l</a>]]>'}
    there = here | {"link": "https://site.example/2026/a"}

    assert 'href="https://paper.example/feed/x"' in only(rss(item(**here))).body
    assert 'href="https://site.example/2026/x"' in only(rss(item(**there))).body


@pytest.mark.parametrize(
    ("markup", "url"),
    [
        (
            (
                '<media:content url="https://i.example/s.jpg" type="image/jpeg" width="99"/>'
                '<media:content url="https://i.example/l.jpg" medium="image" width="800"/>'
            ),
            "l.jpg",
        ),
        ('<media:thumbnail url="https://i.example/t.jpg"/>', "t.jpg"),
        (
            (
                '<media:group><media:content url="https://i.example/g.jpg" medium="image"/>'
                "</media:group>"
            ),
            "g.jpg",
        ),
        ('<enclosure url="https://i.example/e.png" type="image/png" length="1"/>', "e.png"),
        ('<itunes:image href="https://i.example/p.jpg"/>', "p.jpg"),
        ('<enclosure url="http://i.example/e.png" type="image/png" length="1"/>', None),
        ('<enclosure url="https://i.example/e.mp3" type="audio/mpeg" length="1"/>', None),
        ('<media:content url="javascript:x" medium="image" width="1e9"/>', None),
    ],
)
def test_pictures_come_from_wherever_a_feed_puts_them(markup: str, url: str | None) -> None:
    article = only(rss(item().replace("</item>", f"{markup}</item>")))

    assert (article.image and article.image.url) == (url and f"https://i.example/{url}")


def test_a_film_with_a_long_story_is_a_story() -> None:
    film = '<enclosure url="https://i.example/f.mp4" type="video/mp4" length="1"/>'
    timed = f"{film}<itunes:duration>1:05</itunes:duration></item>"
    short = only(rss(item().replace("</item>", timed)))
    long = only(rss(item(description="word " * 200).replace("</item>", timed)))

    assert short.kind == Kind.REEL
    assert short.video is not None
    assert short.video.seconds == 65
    assert (long.kind, long.video) == (Kind.ARTICLE, None)


def test_a_film_whose_length_is_no_length_is_one_all_the_same() -> None:
    film = '<media:content url="https://i.example/f.mp4" type="video/mp4" duration="long"/></item>'
    article = only(rss(item().replace("</item>", film)))

    assert article.video is not None
    assert article.video.seconds == 0


def test_an_address_of_mail_is_nobodys_name() -> None:
    assert only(rss(item(author="desk@paper.example (Ann Lee)"))).byline == "Ann Lee"
    assert only(rss(item(author="desk@paper.example"))).byline == ""


def test_the_newsletters_language_is_that_of_a_feed_that_says_none() -> None:
    assert only(rss(item())).lang == "en"
    assert only(rss(item(), channel="<language>ur_PK</language>")).lang == "ur-PK"
    assert only(rss(item(), channel="<language>ur-PK</language>")).dir == "rtl"
    assert only(rss(item(), channel="<language>not a language</language>")).lang == "en"


def test_months_are_read_in_the_feeds_language() -> None:
    dated = item(pubDate="5. listopada 2026. 10:00 GMT")

    assert only(rss(dated, channel="<language>hr</language>")).published.month == 10
    assert only(rss(dated, channel="<language>pl</language>")).published.month == 11


def test_a_date_that_was_guessed_is_named_and_the_story_stands() -> None:
    gathered = read(rss(item(pubDate="Sun, 05 Jul 2026 07:00:00 QQQ")))

    assert len(gathered.articles) == 1
    assert "time zone QQQ is unknown" in gathered.problems[0].what


def test_an_update_that_cannot_be_read_is_named_and_the_story_stands() -> None:
    gathered = read(rss(item(**{"atom:updated": "later"})))

    assert gathered.articles[0].updated is None
    assert gathered.problems[0].what == "its update has a date that could not be read: later"


def test_an_update_alone_is_the_date_or_the_reason() -> None:
    good = item(pubDate="", **{"atom:updated": "2026-07-05T01:00:00Z"})
    bad = item(pubDate="", **{"atom:updated": "later"})

    assert only(rss(good)).published == datetime(2026, 7, 5, 1, tzinfo=UTC)
    assert "could not be read: later" in problems(rss(bad))[0]


def test_more_entries_than_can_be_news_are_not_read() -> None:
    gathered = read(
        rss(*(item(link=f"https://paper.example/{n}") for n in range(MOST_ENTRIES + 2)))
    )

    assert len(gathered.articles) == MOST_ENTRIES
    assert gathered.problems[0].what == "of the feed's 502 entries only the first 500 were read"


def test_when_the_time_is_over_it_says_what_it_has() -> None:
    body = rss(*(item(link=f"https://paper.example/{n}") for n in range(9))).encode()
    gathered = read_feed(body, charset="", feed=PAPER, seconds=0)

    assert len(gathered.articles) == 1
    assert gathered.problems[0].what == "of the feed's 9 entries only the first 1 were read"


def test_content_that_is_no_text_is_not_shown() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>t</title><entry><title>T</title><id>i</id>'
        '<link href="https://paper.example/a"/><updated>2026-07-05T00:00:00Z</updated>'
        '<content type="image/png">aGVsbG8=</content><summary type="text">1 &lt; 2</summary>'
        "</entry></feed>"
    )

    assert only(atom).body == "<p>1 &lt; 2</p>"


# ── The text of a feed ──────────────────────────────────────────────────────────────────────

BOMB = "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize(
    "doctype",
    [
        BOMB,
        BOMB.lower(),
        f"<!-- x --><?y z?>\n{BOMB}",
        "<!DOCTYPE x SYSTEM 'a>b' [ <!ENTITY % p 'q'> ]>",
        "<!DOCTYPE x [ <!-- ]> --> <!ENTITY a SYSTEM 'file:///etc/passwd'> ]>",
        "<!DOCTYPE x [<!ENTITY a 'b'",
        "<!ENTITY a 'b'>",
    ],
)
def test_entities_are_refused_before_anything_is_parsed(doctype: str, encoding: str) -> None:
    with pytest.raises(SourceError, match="entities"):
        read(rss(item(title="&b;"), head=doctype).encode(encoding))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32-be"])
@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE rss PUBLIC "-//Netscape//DTD RSS 0.91//EN" "https://old.example/rss-0.91.dtd">',
        "<!DOCTYPE rss>",
        "<!doctype rss [ <!ELEMENT rss ANY> <!-- fine ]> --> ]>",
        "\n\n<!-- <rss> --><!DOCTYPE rss>",
    ],
)
def test_an_old_doctype_is_dropped(doctype: str, encoding: str) -> None:
    assert only(rss(item(title="Good"), head=doctype).encode(encoding)).title == "Good"


def test_names_of_characters_that_xml_does_not_know_are_read() -> None:
    assert only(rss(item(title="Caf&eacute; &mdash; &amp; &lt;b"))).title == "Café — & <b"


@pytest.mark.parametrize(
    ("encoding", "declared", "charset"),
    [
        ("utf-8", "", ""),
        ("utf-8", "utf-8", "iso-8859-1"),
        ("utf-8", "iso-8859-1", ""),
        ("cp1252", "iso-8859-1", ""),
        ("cp1252", "", "windows-1252"),
        ("cp1252", "bogus", "latin-1"),
        ("cp1252", "utf-8", "iso-8859-1"),
        ("utf-16", "utf-8", "utf-8"),
        ("utf-16-le", "", ""),
        ("utf-32", "", ""),
    ],
)
def test_letters_are_read_whatever_they_are_called(
    encoding: str, declared: str, charset: str
) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""

    assert only(rss(item(title="Größe"), head=head).encode(encoding), charset).title == "Größe"


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("gb2312", "不归移民"),
        ("big5", "漫畫系列"),
        ("shift_jis", "記事投稿"),
        ("euc-jp", "ゲーム三昧"),
        ("iso-2022-jp", "記事投稿"),
        ("euc-kr", "한글"),
        ("koi8-r", "Как"),
        ("windows-1251", "Как"),
    ],
)
def test_letters_of_many_scripts_are_read_as_declared(encoding: str, title: str) -> None:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'

    assert only(rss(item(title=title), head=head).encode(encoding)).title == title


def test_letters_that_nothing_names_are_guessed_and_that_is_said() -> None:
    words = "Новый мост открыт, и по нему уже ходят люди. " * 5
    gathered = read(rss(item(title="Мост", description=words)).encode("koi8-r"))

    assert gathered.articles[0].title == "Мост"
    assert gathered.problems[0].what == "it does not say its encoding; read as koi8-r"


def test_damaged_letters_are_shown_and_that_is_said() -> None:
    head = '<?xml version="1.0" encoding="euc-jp"?>'
    body = rss(item(title="記事"), head=head).encode("euc-jp").replace(b"Words", b"W\xff\xffs")
    gathered = read(body)

    assert gathered.articles[0].title == "記事"
    assert gathered.problems[0].what == "damaged letters are shown as �; read as euc_jp"


@pytest.mark.parametrize(
    "name", ["zip", "rot13", "unicode_escape", "utf-7", "idna", "\0", "é", "a" * 99]
)
def test_a_name_that_is_no_encoding_of_the_web_is_not_used(name: str) -> None:
    assert only(rss(item(title="Größe")), name).title == "Größe"
    assert read(rss(item()).encode() + "é".encode("latin-1"), name).articles


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_packed_feed_is_unpacked_however_often(times: int) -> None:
    body = rss(item()).encode()
    for _ in range(times):
        body = gzip.compress(body)

    assert only(body).title == "Story"


def test_a_packed_bomb_is_refused() -> None:
    with pytest.raises(NewsletterError, match="larger than 5 MB"):
        read(gzip.compress(bytes(50_000_000)))


@pytest.mark.parametrize(
    ("body", "sentence", "hint"),
    [
        (b"", "The feed is empty", "browser"),
        (b"\0\0", "The feed is empty", "browser"),
        (b"/etc/passwd", "This is no feed", "RSS, Atom"),
        (b"https://paper.example/feed", "This is no feed", "RSS, Atom"),
        (b"<svg/>", "This is no feed", "RSS, Atom"),
        (b"<rss", "This is no feed|No entry", ""),
        (b"<!DOCTYPE html><html><body>x", "This is a web page", "Look on it"),
        (
            b"<html><link rel=alternate type='application/rss+xml' href='/f.xml'>",
            "This is a web page",
            "It names a feed: /f.xml",
        ),
        (b"<html><link type='application/atom+xml'>", "This is a web page", "Look on it"),
        (b"{", "This is no JSON", ""),
        (b"[]", "not a JSON Feed", ""),
        (b'{"items": {}}', "not a JSON Feed", ""),
        (b"[" * 100_000, "This is no JSON", ""),
        (codecs.BOM_UTF8, "The feed is empty", ""),
    ],
)
def test_what_is_no_feed_says_what_it_is(body: bytes, sentence: str, hint: str) -> None:
    with pytest.raises(SourceError, match=sentence) as error:
        read(body)
    assert hint in error.value.hint


def test_a_feed_without_entries_is_said_so() -> None:
    assert problems(rss()) == ["paper: the feed has no entries"]
    assert problems('{"items": []}') == ["paper: the feed has no entries"]


def test_a_feed_that_breaks_off_gives_what_came_before() -> None:
    whole = rss(item(link="https://paper.example/1"), item(link="https://paper.example/2"))
    gathered = read(whole[: whole.rindex("<pubDate>")])

    assert gathered.articles[0].url == "https://paper.example/1"
    assert "the feed is damaged" in gathered.problems[0].what


def broken_json(**fields: object) -> str:
    ordinary = {
        "id": "1",
        "url": "https://paper.example/1",
        "title": "T",
        "date_published": "2026-07-05",
    }
    return json.dumps({"items": [ordinary | fields]})


@pytest.mark.parametrize(
    "fields",
    [
        {"tags": "x"},
        {"tags": [1, None]},
        {"authors": "x"},
        {"authors": [1, {}]},
        {"attachments": {}},
        {
            "attachments": [
                1,
                {"mime_type": "video/mp4", "duration_in_seconds": "long", "url": "http://x"},
            ]
        },
        {"attachments": [{"mime_type": "video/mp4", "duration_in_seconds": 1e999}]},
        {"image": 5},
        {"id": True},
        {"id": 1.5},
        {"content_html": ["x"]},
        {"language": 7},
    ],
)
def test_a_json_item_may_be_wrong_in_what_is_not_needed(fields: dict[str, object]) -> None:
    assert read(broken_json(**fields)).articles


PIECES = st.sampled_from(
    [
        "<rss>",
        "<channel>",
        "<item>",
        "</item>",
        "<title>",
        "</title>",
        "<link>",
        "</link>",
        "<pubDate>",
        "2026-07-05",
        "</pubDate>",
        "<feed xmlns='http://www.w3.org/2005/Atom'>",
        "<entry>",
        "</entry>",
        "<content type='xhtml'>",
        "<div>",
        "<!DOCTYPE x",
        "<!ENTITY a 'b'>",
        "[",
        "]>",
        "<![CDATA[",
        "]]>",
        "&a;",
        "&eacute;",
        "<?xml",
        "?>",
        "<!--",
        "-->",
        "{",
        '"items":',
        "[{}]",
        "}",
        "\x1f\x8b",
        "\0",
        "x",
    ]
)


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=60), st.lists(PIECES, max_size=20).map(lambda p: "".join(p).encode())
    )
)
def test_whatever_comes_it_is_a_feed_or_a_sentence(body: bytes) -> None:
    assert outcome(body)
