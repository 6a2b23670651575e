"""The newsroom's own folder: Markdown, one story a file, and the sponsors' slots."""

from collections.abc import Iterator
from pathlib import Path

from newsletter.model import Article, Gathered, Problem, Sponsor
from newsletter.settings import Newsletter
from newsletter.sources.sponsor import read_sponsor
from newsletter.sources.story import Desk, read_story


class FolderSource:
    """
    Reads every `*.md` and `*-sponsor.toml` of a folder and the folders in it.

    Names that begin with a dot or `_`, and README.md, are the newsroom's own notes.
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
        folder = self._desk.folder
        if not folder.is_dir():
            hint = "NEWSLETTER_ARTICLES_DIR says where stories are looked for."
            problem = Problem(where=str(folder), what="there is no such folder", hint=hint)
            return Gathered(problems=(problem,))
        articles: list[Article] = []
        problems: list[Problem] = []
        for path in _files(folder, ".md"):
            article, found = read_story(path, str(path), self._desk)
            articles += [article] if article else []
            problems += found
        sponsors = [read_sponsor(path, str(path)) for path in _files(folder, "sponsor.toml")]
        problems += [found for found in sponsors if isinstance(found, Problem)]
        return Gathered(
            articles=tuple(articles),
            problems=tuple(problems),
            sponsors=tuple(found for found in sponsors if isinstance(found, Sponsor)),
        )


def _files(folder: Path, ending: str) -> Iterator[Path]:
    """Yield files in the order of their names, so that the disk's own order never counts."""
    root = folder.resolve()
    for path in sorted(folder.rglob(f"*{ending}")):
        parts = path.relative_to(folder).parts
        private = any(part.startswith((".", "_")) for part in parts) or path.name == "README.md"
        if not private and path.is_file() and root in path.resolve().parents:
            yield path
