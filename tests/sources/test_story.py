"""A story's file becomes an article; every slip is named with its line, and costs only itself."""

import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.model import Article, Image, Kind, Problem, Reference, Video
from newsletter.settings import Newsletter, Schedule, Sender
from newsletter.sources.front_matter import KEYS
from newsletter.sources.story import Desk, read_story

IST = ZoneInfo("Asia/Kolkata")
SIX = datetime(2026, 7, 5, 6, tzinfo=IST)
ONCE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def make_newsletter(**fields: Any) -> Newsletter:
    ordinary: dict[str, Any] = {
        "name": "daily",
        "title": "The ShiftMaker",
        "sender": Sender(name="The ShiftMaker", address="desk@theshiftmaker.example"),
        "postal_address": "1 Example Street",
        "article_url": "https://theshiftmaker.example/{id}",
    }
    return Newsletter(**(ordinary | fields))


def make_desk(folder: Path, *, section: str = "", **fields: Any) -> Desk:
    return Desk(
        folder=folder,
        newsletter=make_newsletter(**fields),
        archive="https://news.example/archive/daily",
        source="articles",
        section=section,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A newsroom's folder with a picture in it, and a secret beside it."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    found = tmp_path / "articles"
    (found / "media").mkdir(parents=True)
    (found / "media" / "one.png").write_bytes(b"picture")
    return found


def attempt(
    folder: Path, head: str, body: str = "Text.", **fields: Any
) -> tuple[Article | None, list[str]]:
    """Read a story of that front matter: the article, and its problems as `line what`."""
    path = folder / "x.md"
    text = head if head[:3] in {"---", "+++"} else f"---\n{head}\n---\n{body}\n"
    path.write_text(text, encoding="utf-8")
    article, problems = read_story(path, make_desk(folder, **fields))
    return article, [f"{p.where.removeprefix(f'{path}:')} {p.what}" for p in problems]


def read(folder: Path, head: str = "", body: str = "Text.", **fields: Any) -> Article:
    """Read a story with nothing wrong in it."""
    start = "" if head[:3] in {"---", "+++"} else "title: T\npublished: 2026-07-05T06:00\n"
    article, problems = attempt(folder, start + head, body, **fields)
    assert problems == []
    assert article is not None
    return article


def slip(folder: Path, head: str) -> tuple[Article, list[str]]:
    """Read a story that is kept although something, from line 4 on, is wrong."""
    article, problems = attempt(folder, f"title: T\npublished: 2026-07-05T06:00\n{head}")
    assert article is not None
    assert article.title == "T"
    return article, problems


def lost(folder: Path, head: str) -> list[str]:
    article, problems = attempt(folder, head)
    assert article is None
    return problems


# ── Every field ─────────────────────────────────────────────────────────────────────────────

YAML = """---
id: the-id
title: "A headline: two halves"
dek: A sentence.
published: 2026-07-05T06:00
updated: 2026-07-06 08:30:00
update_note: A number was wrong.
draft: true
featured: yes
weight: 10
section: how-we-make-this
tags: [mail, 2026]
byline: Asha Rao
lang: hi
dir: rtl
subject: In the inbox
preheader: After it
image: media/one.png
alt: Lines.
url: https://paper.example/one
kind: reel
video:
  url: https://paper.example/video
  poster: {src: media/one.png}
  poster_alt: A page.
  duration: 0:58
sources:
  - title: A report
    url: https://report.example/
  - A person
---
Text.
"""

TOML = """+++
id = "the-id"
title = "A headline: two halves"
dek = "A sentence."
published = 2026-07-05T06:00:00
updated = 2026-07-06 08:30:00
update_note = "A number was wrong."
draft = true
featured = true
weight = 10
section = "how-we-make-this"
tags = ["mail", 2026]
byline = "Asha Rao"
lang = "hi"
dir = "rtl"
subject = "In the inbox"
preheader = "After it"
image = "media/one.png"
alt = "Lines."
url = "https://paper.example/one"
kind = "reel"
sources = [{title = "A report", url = "https://report.example/"}, "A person"]
[video]
url = "https://paper.example/video"
poster = "media/one.png"
poster_alt = "A page."
duration = 00:00:58
+++
Text.
"""


@pytest.mark.parametrize("text", [YAML, TOML])
def test_every_field_of_yaml_and_toml_is_read(folder: Path, text: str) -> None:
    picture = folder.resolve() / "media" / "one.png"
    assert read(folder, text) == Article(
        id="the-id",
        title="A headline: two halves",
        dek="A sentence.",
        published=SIX,
        updated=datetime(2026, 7, 6, 8, 30, tzinfo=IST),
        update_note="A number was wrong.",
        draft=True,
        featured=True,
        weight=10,
        section="how-we-make-this",
        tags=("mail", "2026"),
        byline="Asha Rao",
        lang="hi",
        dir="rtl",
        subject="In the inbox",
        preheader="After it",
        image=Image(file=picture, alt="Lines."),
        url="https://paper.example/one",
        kind=Kind.REEL,
        video=Video(
            url="https://paper.example/video",
            seconds=58,
            poster=Image(file=picture, alt="A page."),
        ),
        references=(
            Reference(title="A report", url="https://report.example/"),
            Reference(title="A person"),
        ),
        body="<p>Text.</p>",
        source="articles",
        origin=str(folder / "x.md"),
    )


def test_these_examples_use_every_key() -> None:
    for key in KEYS:
        assert f"\n{key}:" in YAML
        assert f"\n{key} =" in TOML or f"\n[{key}]" in TOML


def test_a_title_and_a_date_are_enough(folder: Path) -> None:
    assert read(folder) == Article(
        id="2026-07-05-t",
        id_made=True,
        title="T",
        url="https://theshiftmaker.example/2026-07-05-t",
        published=SIX,
        body="<p>Text.</p>",
        source="articles",
        origin=str(folder / "x.md"),
    )


@pytest.mark.parametrize("value", ["", " ~", " null"])
def test_a_key_without_a_value_is_as_if_it_were_not_there(folder: Path, value: str) -> None:
    keys = set(KEYS) - {"title", "published"}
    assert read(folder, "".join(f"{key}:{value}\n" for key in sorted(keys))) == read(folder)


@pytest.mark.parametrize(
    "title", ["007", "1.50", "No", "2026-07-05", "null and void", "'~'", "0x1F"]
)
def test_yaml_never_changes_an_authors_words(folder: Path, title: str) -> None:
    article, problems = attempt(folder, f"title: {title}\npublished: 2026-07-05")
    assert not problems
    assert article
    assert article.title == title.strip("'")


def test_norwegian_is_a_language(folder: Path) -> None:
    assert read(folder, "lang: no").lang == "no"


# ── Dates ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fence", ["---", "+++"])
@pytest.mark.parametrize(
    ("text", "day_only"),
    [
        *(("2026-07-05T06:00:00", False), ("2026-07-05 06:00:00", False)),
        *(("2026-07-05T00:30:00Z", False), ("2026-07-05T06:00:00+05:30", False)),
        ("2026-07-05", True),
    ],
)
def test_dates_of_both_languages_are_read(
    folder: Path, fence: str, text: str, *, day_only: bool
) -> None:
    sign = ":" if fence == "---" else " ="
    article = read(folder, f"{fence}\ntitle{sign} 'T'\npublished{sign} {text}\n{fence}\n")
    assert article.day_only is day_only
    assert article.published == (SIX.replace(hour=0) if day_only else SIX)


def test_an_id_has_the_newsletters_day(folder: Path) -> None:
    article, _ = attempt(folder, "title: T\npublished: 2026-07-04T20:00Z")
    assert article
    assert article.id == "2026-07-05-t"


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("title: T", "1 the date is missing"),
        ("title: T\npublished:", "3 the date is missing"),
        ("title: T\npublished: true", "3 the date is missing"),
        ("title: T\n\npublished: soon", "4 published: soon is no date"),
        ("title: T\npublished: [2026-07-05]", "3 published: ['2026-07-05'] is no date"),
        ("title: T\npublished: 0001-01-01T00:00", "3 published: 0001-01-01T00:00 is no date"),
        ("+++\ntitle = 'T'\npublished = 07:00:00\n+++\n", "3 published: 07:00:00 is no date"),
        ("+++\ntitle = 'T'\npublished = 20260705\n+++\n", ""),
        ("published: 2026-07-05", "1 the title is missing"),
        ("published: 2026-07-05\ntitle: ' '", "3 the title is missing"),
    ],
)
def test_a_story_without_title_or_date_is_named(folder: Path, head: str, problem: str) -> None:
    if problem:
        assert lost(folder, head) == [problem]
    else:
        assert read(folder, head).day_only


def test_what_led_to_a_missing_title_is_told_too(folder: Path) -> None:
    path = folder / "x.md"
    path.write_text("---\ntitel: T\npublished: 2026-07-05\n---\n", encoding="utf-8")
    _, problems = read_story(path, make_desk(folder))
    assert problems == (
        Problem(where=f"{path}:2", what="there is no key titel", hint="Did you mean title?"),
        Problem(where=f"{path}:1", what="the title is missing", hint="title: A headline"),
    )


def test_a_bad_date_is_told_once(folder: Path) -> None:
    assert lost(folder, "title: T\nwhat: 1\npublished: soon") == [
        "3 there is no key what",
        "4 published: soon is no date",
    ]


# ── Drafts ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "head", ["draft: true", "published: false", "draft: yes\npublished:", "published: no"]
)
def test_a_draft_needs_no_date(folder: Path, head: str) -> None:
    article, problems = attempt(folder, f"title: Ask the desk\n{head}")
    assert problems == []
    assert article
    assert article.draft
    assert article.id == "ask-the-desk"
    assert article.published.year == 9000


def test_a_draft_may_have_a_date(folder: Path) -> None:
    article = read(folder, "draft: true")
    assert (article.draft, article.published) == (True, SIX)


def test_published_false_in_toml_is_a_draft(folder: Path) -> None:
    assert read(folder, "+++\ntitle = 'T'\npublished = false\n+++\n").draft


def test_draft_false_is_none(folder: Path) -> None:
    assert not read(folder, "draft: false").draft


# ── Ids and addresses ───────────────────────────────────────────────────────────────────────


def test_an_id_of_any_script_is_escaped_in_its_address(folder: Path) -> None:
    assert read(folder, "id: 'क/ ?#'").url == "https://theshiftmaker.example/%E0%A4%95%2F%20%3F%23"


@pytest.mark.parametrize(
    ("published", "day"),
    [
        *(("2026-07-05T06:00", "2026-07-05"), ("2026-07-05", "2026-07-05")),
        *(("2026-07-05T07:00", "2026-07-06"), ("2026-07-04T23:00Z", "2026-07-05")),
    ],
)
def test_a_story_without_an_address_lives_in_its_editions_archive(
    folder: Path, published: str, day: str
) -> None:
    head = f"title: T\nid: a&b\npublished: {published}"
    article, _ = attempt(folder, head, article_url="")
    assert article
    assert article.url == f"https://news.example/archive/daily/{day}?story=a%26b"


def test_two_stories_of_one_day_are_never_twins_by_their_archive(folder: Path) -> None:
    one, two = (read(folder, f"id: {name}", article_url="") for name in ("a", "b"))
    assert one.key != two.key


def test_the_archive_follows_the_newsletters_own_cut_off(folder: Path) -> None:
    schedule = Schedule.model_validate({"timezone": "UTC", "cutoff": "05:00"})
    assert "/2026-07-06?" in read(folder, article_url="", schedule=schedule).url


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "/relative", "https://u:p@a.example/", "data:text/html,x", "x"]
)
def test_a_hostile_address_is_named_and_never_used(folder: Path, url: str) -> None:
    article, problems = slip(folder, f"url: '{url}'\nvideo: '{url}'\nsources: [{{url: '{url}'}}]")
    assert article.url == "https://theshiftmaker.example/2026-07-05-t"
    assert (article.video, article.references, article.kind) == (None, (), Kind.ARTICLE)
    words = f"{url} is no address that a reader can open"
    assert sorted(problems) == [
        f"4 url: {words}",
        f"5 video: {words}",
        f"6 sources.1.url: {words}",
    ]


# ── Wrong types ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("dek: [a]", "4 dek must be text"),
        ("byline: {a: b}", "4 byline must be text"),
        ("id: [a]", "4 id must be text"),
        ("x: 1", "4 there is no key x"),
        ("draft: maybe", "4 draft must be true or false"),
        ("featured: 1", "4 featured must be true or false"),
        ("dek: >\n  two\n  lines\nfeatured: []", "7 featured must be true or false"),
        ("weight: heavy", "4 weight must be a whole number"),
        ("weight: 1.5", "4 weight must be a whole number"),
        ("weight: 99999999999", "4 weight must be a whole number"),
        ("updated: later", "4 updated: later is no date"),
        ("lang: ../../x", "4 lang: ../../x is no language"),
        ("dir: up", "4 dir: up is unknown"),
        ("kind: podcast", "4 kind: podcast is unknown"),
        ("kind: [reel]", "4 kind must be text"),
        ("kind: reel", "4 a reel needs a video"),
        ("tags: [a, [b]]", "4 tags.2 must be text"),
        ("tags: {a: b}", "4 tags must be text"),
        ("alt: [x]", "4 alt must be text"),
        ("image: [x]", "4 image must be text"),
        ("image:\n  url: x", "5 there is no key url"),
        ("image:\n  src: [x]", "5 image.src must be text"),
        ("video: [x]", "4 video must be text"),
        ("video: {}", "4 the video has no url"),
        ("video:\n  url:", "4 the video has no url"),
        ("sources:\n  - a\n  - [b]", "6 sources.2 must be text"),
        ("sources:\n  - title: a\n    link: b", "6 there is no key link"),
        ("sources:\n  - title: a\n    url: ftp://b", "6 sources.1.url: ftp://b is no address"),
    ],
)
def test_a_wrong_value_is_named_with_its_line_and_costs_no_story(
    folder: Path, head: str, problem: str
) -> None:
    _, problems = slip(folder, head)
    assert len(problems) == 1
    assert problems[0].startswith(problem)


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("dek = true", "4 dek must be text"),
        ("draft = 1", "4 draft must be true or false"),
        ("weight = true", "4 weight must be a whole number"),
        ("weight = 2026-07-05", "4 weight must be a whole number"),
        ("updated = true", "4 updated: True is no date"),
        (
            "[video]\nurl = 'https://a.example'\nduration = inf",
            "6 video.duration: inf is no length",
        ),
        ("[video]\nurl = 'https://a.example'\nlength = 1", "6 there is no key length"),
        ("sources = [\n  'a',\n  {title = 'b', url = 'c'},\n]", "6 sources.2.url: c is no address"),
        ("[[sources]]\ntitle='a'\n[[sources]]\nurl='b'", "7 sources.2.url: b is no address"),
    ],
)
def test_a_wrong_value_of_toml_is_named_with_its_line(
    folder: Path, head: str, problem: str
) -> None:
    text = f"+++\ntitle = 'T'\npublished = 2026-07-05\n{head}\n+++\n"
    article, problems = attempt(folder, text)
    assert article
    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_nothing_that_is_named_can_paint_a_terminal(folder: Path) -> None:
    head = 'url: "\\e[31mred"\n"\\e[31mkey": 1\nupdated: "\\e[2J"\nimage: "\\e]8;;x"\ndir: "\\e"'
    _, problems = slip(folder, head)
    assert len(problems) == 4
    assert "\x1b" not in "".join(problems)


# ── Languages, tags, sources ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "lang", "direction"),
    [
        *(("", "en", "ltr"), ("lang: hi", "hi", "ltr"), ("lang: ar", "ar", "rtl")),
        *(("lang: ar\ndir: ltr", "ar", "ltr"), ("dir: RTL", "en", "rtl")),
        ("lang: zh_Hant", "zh-Hant", "ltr"),
    ],
)
def test_a_language_brings_its_direction(
    folder: Path, head: str, lang: str, direction: str
) -> None:
    article = read(folder, head)
    assert (article.lang, article.dir) == (lang, direction)


def test_a_newsletters_language_is_its_stories(folder: Path) -> None:
    article = read(folder, lang="ur")
    assert (article.lang, article.dir) == ("ur", "rtl")


@pytest.mark.parametrize("tags", ["a, b c,, ", "[a, b c, ~]", "\n  - a\n  - b c"])
def test_tags_are_a_list_or_stand_between_commas(folder: Path, tags: str) -> None:
    assert read(folder, f"tags: {tags}").tags == ("a", "b c")


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        ("A person", [("A person", "")]),
        ("[A person, A book]", [("A person", ""), ("A book", "")]),
        ("{title: A, url: 'https://a.example/'}", [("A", "https://a.example/")]),
        ("[https://a.example/x]", [("a.example/x", "https://a.example/x")]),
        ("[{url: 'https://a.example/x'}]", [("https://a.example/x", "https://a.example/x")]),
        ("[{title: 'https://a.example/x'}]", [("a.example/x", "https://a.example/x")]),
        ("[~, {}, '']", []),
    ],
)
def test_sources_are_named_with_or_without_an_address(
    folder: Path, sources: str, expected: list[tuple[str, str]]
) -> None:
    found = read(folder, f"sources: {sources}").references
    assert [(each.title, each.url) for each in found] == expected


def test_a_source_with_a_bad_address_keeps_its_name(folder: Path) -> None:
    article, _ = slip(folder, "sources: [{title: A, url: 'javascript:x'}]")
    assert article.references == (Reference(title="A"),)


def test_a_section_comes_from_the_source_unless_the_story_says(folder: Path) -> None:
    assert read(folder, section="b").section == "b"
    assert read(folder, "section: a", section="b").section == "a"


# ── Pictures ────────────────────────────────────────────────────────────────────────────────


def test_a_picture_may_carry_its_own_words(folder: Path) -> None:
    image = read(folder, "image: {src: media/one.png, alt: Its own.}\nalt: Other.").image
    assert image == Image(file=folder.resolve() / "media" / "one.png", alt="Its own.")


def test_a_picture_may_live_on_the_web(folder: Path) -> None:
    image = read(folder, "image: https://a.example/x.png\nalt: Words.").image
    assert image == Image(url="https://a.example/x.png", alt="Words.")


def test_a_picture_may_stand_beside_the_folders_of_stories(folder: Path) -> None:
    (folder / "july").mkdir()
    path = folder / "july" / "x.md"
    path.write_text("---\ntitle: T\npublished: 2026-07-05\nimage: ../media/one.png\n---\n")
    article, problems = read_story(path, make_desk(folder))
    assert not problems
    assert article
    assert article.image == Image(file=folder.resolve() / "media" / "one.png")


def hostile_places(folder: Path) -> list[str]:
    (folder / "out.png").symlink_to(folder.parent / "secret.png")
    (folder / "outside").symlink_to(folder.parent)
    (folder / "loop.png").symlink_to("loop.png")
    inside = str(folder / "media" / "one.png")
    return [
        *("../secret.png", "media/../../secret.png", "/etc/passwd", inside, "out.png", "loop.png"),
        *("outside/secret.png", "media", ".", "..", "gone.png", "~/x.png", "x" * 5000),
        *("javascript:alert(1)", "data:image/png;base64,x", "http://a.example/x.png"),
        *("file:///etc/passwd", "media\\one.png", "media/one.png/x", "\udcff"),
    ]


def test_no_picture_outside_the_folder_can_be_named(folder: Path) -> None:
    for place in hostile_places(folder):
        written = place.encode("unicode_escape").decode().replace("\\\\", "\\")
        text = written.replace("\\", "\\\\") if "\\o" in written else written
        article, problems = slip(folder, f'image: "{text}"\nalt: x')
        assert article.image is None, place
        assert len(problems) == (0 if place == "\udcff" else 1), place
        assert all(problem.startswith("4 ") for problem in problems)


def test_a_nul_never_reaches_the_disk(folder: Path) -> None:
    article, problems = slip(folder, 'image: "../secret.png\\0.png"')
    assert article.image is None
    assert problems == [f"4 ../secret.png.png is no file in {folder}"]


def test_a_picture_on_the_web_needs_a_whole_address(folder: Path) -> None:
    article, problems = slip(folder, "image: https://u@a.example/x.png")
    assert article.image is None
    assert problems == ["4 image: https://u@a.example/x.png is no address that a reader can open"]


def test_a_folder_behind_a_link_is_a_folder(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(folder)
    image = read(tmp_path / "link", "image: media/one.png").image
    assert image == Image(file=folder.resolve() / "media" / "one.png")


# ── Reels ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("duration", ["58", "0:58", "PT58S", "58.0", "'00:00:58'"])
def test_a_reel_knows_how_long_it_is(folder: Path, duration: str) -> None:
    video = read(folder, f"video: {{url: 'https://a.example/v', duration: {duration}}}").video
    assert video == Video(url="https://a.example/v", seconds=58)


def test_a_video_alone_makes_a_reel(folder: Path) -> None:
    article = read(folder, "video: https://a.example/v")
    assert (article.kind, article.video) == (Kind.REEL, Video(url="https://a.example/v"))


def test_an_article_may_have_a_video_beside_it(folder: Path) -> None:
    article = read(folder, "kind: article\nvideo: https://a.example/v")
    assert article.kind is Kind.ARTICLE


def test_a_bad_poster_and_a_bad_length_cost_no_video(folder: Path) -> None:
    head = "video:\n  url: https://a.example/v\n  poster: gone.png\n  duration: long"
    article, problems = slip(folder, head)
    assert article.video == Video(url="https://a.example/v")
    assert sorted(problems) == [
        f"6 gone.png is no file in {folder}",
        "7 video.duration: long is no length",
    ]


# ── Text ────────────────────────────────────────────────────────────────────────────────────


def test_a_story_is_markdown_with_tables_and_no_html(folder: Path) -> None:
    body = (
        "# One\n\n~~a~~ *b* <script>c</script>\n\n|d|e|\n|-|-|\n|f|g|\n\n[h](/i) [j](javascript:k)"
    )
    found = read(folder, body=body).body
    assert "<script" not in found
    assert "javascript:" not in found.replace("[j](javascript:k)", "")
    assert '<a href="https://theshiftmaker.example/i">h</a>' in found
    for piece in ("One</h", "<s>a</s>", "<em>b</em>", "<table>", "&lt;script&gt;c"):
        assert piece in found


@pytest.mark.parametrize(
    "title",
    ["आपका न्यूज़लेटर अब हिन्दी में भी", "نشرتك اليومية", "Yes ✔\ufe0f 👩\u200d💻 🏳\ufe0f\u200d🌈"],
)
def test_titles_of_every_script_are_kept_to_the_letter(folder: Path, title: str) -> None:
    article, problems = attempt(folder, f"title: {title}\npublished: 2026-07-05")
    assert not problems
    assert article
    assert article.title == title
    assert article.id.startswith("2026-07-05-")
    assert article.url.isascii()


def test_the_sample_keeps_the_newsrooms_id(folder: Path) -> None:
    title = (
        "Alibaba bans Anthropic's Claude Code over alleged China-detection backdoor as"
        " employees shift to Qoder"
    )
    article, _ = attempt(folder, f"title: {title}\npublished: 2026-07-05")
    assert article
    assert article.id == (
        "2026-07-05-alibaba-bans-anthropic-s-claude-code-over-alleged-china-detection"
        "-backdoor-as-em"
    )


def test_a_text_as_long_as_a_book_is_cut_and_said_so(folder: Path) -> None:
    start = "---\ntitle: T\npublished: 2026-07-05\n---\n"
    article, problems = attempt(folder, f"{start}{'One word. ' * 30_000}")
    assert article
    assert problems == ["1 the text is cut after 200,000 characters"]
    assert 150_000 < len(article.body) < 201_000


def test_no_more_unknown_keys_are_named_than_somebody_reads(folder: Path) -> None:
    _, problems = slip(folder, "".join(f"k{number}: x\n" for number in range(100)))
    assert problems == [f"{number + 4} there is no key k{number}" for number in range(20)]


# ── Anything ────────────────────────────────────────────────────────────────────────────────


@ONCE
@given(
    st.binary(max_size=200) | st.binary(max_size=80).map(lambda b: b"---\ntitle: " + b + b"\n---\n")
)
def test_any_bytes_are_an_article_or_a_problem(folder: Path, data: bytes) -> None:
    path = folder / "x.md"
    path.write_bytes(data)
    article, problems = read_story(path, make_desk(folder))
    assert article or problems


_YAML = st.recursive(
    st.none()
    | st.sampled_from(["true", "no", "1", "-1.5", "2026-07-05", "24:00", "https://a.example", "."])
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["url", "src", "alt", "poster", "poster_alt", "duration", "title", "x"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=5,
)


@ONCE
@given(st.dictionaries(st.sampled_from(KEYS), _YAML, max_size=8), st.booleans())
def test_any_values_are_an_article_or_named_problems(
    folder: Path, values: dict[str, Any], dated: bool
) -> None:
    extra = {"title": "T", "published": "2026-07-05"} if dated else {}
    path = folder / "x.md"
    path.write_text(f"---\n{json.dumps(values | extra, indent=1)}\n---\nx\n", encoding="utf-8")
    article, problems = read_story(path, make_desk(folder))
    assert article if dated else (article or problems)
    lines = len(path.read_text(encoding="utf-8").split("\n"))
    assert all(1 <= int(p.where.rpartition(":")[2]) <= lines for p in problems)


def test_a_file_that_cannot_be_opened_is_named_without_a_line(folder: Path) -> None:
    article, problems = read_story(folder / "gone.md", make_desk(folder))
    assert article is None
    assert [(p.where, p.what) for p in problems] == [
        (str(folder / "gone.md"), "the file cannot be read: No such file or directory")
    ]


def test_a_name_that_is_no_text_can_still_be_shown(folder: Path) -> None:
    path = Path(f"{folder}/x\udcff\x1b.md")
    shutil.copy(Path(__file__), path)
    _, (problem,) = read_story(path, make_desk(folder))
    assert problem.where == f"{folder}/x\\xff.md:1"
