"""The newsroom's own folder: Markdown, one story a file, and the sponsors' slots."""

import os
from collections.abc import Iterator
from pathlib import Path

from newsletter.model import Article, Gathered, Problem, Sponsor
from newsletter.settings import Newsletter
from newsletter.sources.choices import FOLDER as CHOICES
from newsletter.sources.sponsor import read_sponsor
from newsletter.sources.story import Desk, name_of, read_story

_STORIES = (".md", ".markdown")
_SPONSORS = ("sponsor.toml",)


class FolderSource:
    """
    Reads every `*.md` and `*-sponsor.toml` of a folder and the folders in it.

    Names that begin with a dot or `_`, and README.md, are the newsroom's own notes. What lies in
    `editions/` are choices, and no stories.
    """

    def __init__(
        self,
        folder: Path,
        newsletter: Newsletter,
        *,
        site_url: str,
        name: str = "articles",
        section: str = "",
    ) -> None:
        self.name = name
        self._desk = Desk(
            folder=folder,
            newsletter=newsletter,
            archive=f"{site_url}/archive/{newsletter.name}",
            source=name,
            section=section,
        )

    def read(self) -> Gathered:
        """Read all of it; one bad file never takes another down."""
        articles: list[Article] = []
        sponsors: list[Sponsor] = []
        problems: list[Problem] = list(self._missing())
        for path in _files(self._desk.folder, problems):
            if path.name.lower().endswith(_SPONSORS):
                sponsor, found = read_sponsor(path)
                sponsors += [sponsor] if sponsor else []
            else:
                article, found = read_story(path, self._desk)
                articles += [article] if article else []
            problems += found
        if not (articles or problems):
            hint = "newsletter articles import FILE makes one of a published page."
            problems.append(Problem(where=self._folder, what="there are no articles", hint=hint))
        return Gathered(
            articles=tuple(articles), problems=tuple(problems), sponsors=tuple(sponsors)
        )

    @property
    def _folder(self) -> str:
        return name_of(self._desk.folder)

    def _missing(self) -> Iterator[Problem]:
        if not self._desk.folder.is_dir():
            hint = "NEWSLETTER_ARTICLES_DIR, or a source's path, says where stories are."
            yield Problem(where=self._folder, what="there is no such folder", hint=hint)


def _files(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """Yield files in the order of their names, so that the disk's own order never counts."""
    root = os.path.realpath(folder)
    for path in sorted(_named(folder, problems)):
        inside = os.path.realpath(path).startswith(os.path.join(root, ""))  # noqa: PTH118 - it is text
        if inside and path.is_file():
            yield path
        else:
            what = "this is no file" if inside else "this leads out of the folder"
            problems.append(Problem(where=name_of(path), what=what))


def _named(folder: Path, problems: list[Problem]) -> Iterator[Path]:
    """Yield what is named like a story or a sponsor; notes are left out."""

    def closed(error: OSError) -> None:
        what = f"the folder cannot be read: {error.strerror}"
        problems.append(Problem(where=name_of(Path(error.filename)), what=what))

    onerror = closed if folder.is_dir() else None
    for parent, folders, names in os.walk(folder, onerror=onerror):
        folders[:] = [name for name in folders if not name.startswith((".", "_"))]
        kept_apart = Path(parent) == folder / CHOICES
        for name in names:
            is_note = name.startswith((".", "_")) or name.lower() == "readme.md"
            if kept_apart and not is_note and name.lower().endswith(_STORIES):
                hint = "Put the story beside the others."
                where = name_of(Path(parent, name))
                problems.append(Problem(where=where, what="no story is read here", hint=hint))
            elif not kept_apart and not is_note and name.lower().endswith(_STORIES + _SPONSORS):
                yield Path(parent, name)
