"""A folder is read as a whole, and no file of it takes another down."""

import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from newsletter.settings import Newsletter, Sender
from newsletter.sources.folder import FolderSource

GOOD = "---\ntitle: {}\npublished: 2026-07-05\n---\nText.\n"
SPONSOR = 'name = "N"\ntext = "T"\nurl = "https://s.example/"\nday = 2026-07-05\n'
DAILY = Newsletter(
    name="daily",
    title="The ShiftMaker",
    sender=Sender(name="The ShiftMaker", address="desk@theshiftmaker.example"),
    postal_address="1 Example Street",
)


def make_source(folder: Path, **fields: Any) -> FolderSource:
    return FolderSource(folder, DAILY, site_url="https://news.example", **fields)


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(SPONSOR if name.endswith(".toml") else GOOD.format(path.stem))


def test_stories_of_a_folder_and_its_folders_come_in_the_order_of_their_names(
    tmp_path: Path,
) -> None:
    names = ["b.md", "a/z.md", "a/b/y.md", "c.MD", "d.markdown", "a.md"]
    for seed in range(5):
        folder = tmp_path / str(seed)
        write(folder, *Random(seed).sample(names, len(names)))  # noqa: S311
        found = make_source(folder).read()
        assert found.problems == ()
        assert [article.title for article in found.articles] == ["y", "z", "a", "b", "c", "d"]


def test_notes_are_left_out(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "README.md", "readme.md", ".b.md", "_c.md", "_d/e.md", ".f/g.md")
    write(tmp_path, "h/README.md", "i.txt", "j.md~", "_x-sponsor.toml", "settings.json")
    (tmp_path / "k.toml").write_text("not = a sponsor")
    found = make_source(tmp_path).read()
    assert (found.problems, found.sponsors) == ((), ())
    assert [article.title for article in found.articles] == ["a"]


def test_one_broken_file_never_stops_the_others(tmp_path: Path) -> None:
    write(tmp_path, "a.md", "z.md", "x-sponsor.toml")
    (tmp_path / "b.md").write_text("no front matter")
    (tmp_path / "c.md").write_bytes(b"---\ntitle: \xff\n---\n")
    (tmp_path / "d.md").write_bytes(b"x" * 1_000_001)
    (tmp_path / "e.md").write_text(f"---\na: {'[' * 9000}\n---\n")
    (tmp_path / "f.md").write_text("")
    (tmp_path / "g-sponsor.toml").write_text("name = ")
    os.mkfifo(tmp_path / "h.md")
    (tmp_path / "i.md").symlink_to("gone.md")
    (tmp_path / "j.md").symlink_to("j.md")
    (tmp_path / "k.md").mkdir()
    found = make_source(tmp_path).read()
    assert [article.title for article in found.articles] == ["a", "z"]
    assert [sponsor.name for sponsor in found.sponsors] == ["N"]
    assert sorted(p.where.removeprefix(f"{tmp_path}/") for p in found.problems) == [
        *("b.md:1", "c.md:2", "d.md", "e.md:2", "f.md:1"),
        *("g-sponsor.toml:1", "h.md", "i.md", "j.md"),
    ]


def test_a_story_outside_the_folder_is_named_and_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    write(folder, "a.md")
    write(tmp_path, "secret.md", "articles-too/b.md")
    (folder / "b.md").symlink_to(tmp_path / "secret.md")
    (folder / "c.md").symlink_to(tmp_path / "articles-too" / "b.md")
    (folder / "d").symlink_to(tmp_path / "articles-too")
    (folder / "e.md").symlink_to("a.md")
    found = make_source(folder).read()
    assert [article.title for article in found.articles] == ["a", "a"]
    assert [(p.where, p.what) for p in found.problems] == [
        (str(folder / "b.md"), "this leads out of the folder"),
        (str(folder / "c.md"), "this leads out of the folder"),
    ]


def test_two_stories_may_have_one_id(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.md").write_text(
            f"---\nid: same\ntitle: {name}\npublished: 2026-07-05\n---\n"
        )
    found = make_source(tmp_path).read()
    assert [(article.id, article.title) for article in found.articles] == [
        ("same", "a"),
        ("same", "b"),
    ]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    (problem,) = make_source(tmp_path / "gone").read().problems
    assert (problem.where, problem.what) == (str(tmp_path / "gone"), "there is no such folder")
    assert "NEWSLETTER_ARTICLES_DIR" in problem.hint


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    assert make_source(tmp_path / "a.md").read().problems[0].what == "there is no such folder"


def test_an_empty_folder_says_so(tmp_path: Path) -> None:
    write(tmp_path, "README.md", "x-sponsor.toml")
    (problem,) = make_source(tmp_path).read().problems
    assert (problem.where, problem.what) == (str(tmp_path), "there are no articles")


def test_a_folder_that_cannot_be_read_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    """Names longer than the system's longest path can be made, and not be listed from outside."""
    write(tmp_path, "a.md")
    here, deep = os.open(tmp_path, os.O_RDONLY), "d" * 250
    for _ in range(17):
        os.mkdir(deep, dir_fd=here)
        inner = os.open(deep, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(here)
    found = make_source(tmp_path).read()
    assert [article.title for article in found.articles] == ["a"]
    assert [p.what for p in found.problems] == ["the folder cannot be read: File name too long"]


def test_a_source_gives_its_name_and_section(tmp_path: Path) -> None:
    write(tmp_path, "a.md")
    source = make_source(tmp_path, name="desk", section="news")
    (article,) = source.read().articles
    assert (source.name, article.source, article.section) == ("desk", "desk", "news")
    assert article.url == "https://news.example/archive/daily/2026-07-05?story=2026-07-05-a"


def test_a_relative_folder_names_files_as_an_editor_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "articles", "a.md")
    monkeypatch.chdir(tmp_path)
    (article,) = make_source(Path("articles")).read().articles
    assert article.origin == "articles/a.md"
