"""Where articles come from. Each source gives what it can read and names what it cannot."""

from itertools import chain
from typing import Protocol

from newsletter.errors import FetchError, SourceError
from newsletter.model import Gathered, Problem
from newsletter.settings import Newsletter, Settings, SourceConfig

__all__ = ["Source", "gather"]


class Source(Protocol):
    """
    Gives the articles of one place.

    A new one is a class with these two, and a line in `_open`.
    """

    @property
    def name(self) -> str:
        """What reasons and problems call it."""
        ...

    def read(self) -> Gathered:
        """
        Read everything that is there now, HTML cleaned and links absolute.

        Raises:
            SourceError, FetchError: the source as a whole cannot be read.

        """
        ...


def gather(newsletter: Newsletter, settings: Settings) -> Gathered:
    """Ask each of a newsletter's sources. One that fails is a problem, and stops no other."""
    gathered = [_read(config, newsletter, settings) for config in newsletter.sources]
    return Gathered(
        articles=tuple(chain.from_iterable(part.articles for part in gathered)),
        problems=tuple(chain.from_iterable(part.problems for part in gathered)),
        sponsors=tuple(chain.from_iterable(part.sponsors for part in gathered)),
    )


def _read(config: SourceConfig, newsletter: Newsletter, settings: Settings) -> Gathered:
    try:
        return _open(config, newsletter, settings).read()
    except (SourceError, FetchError) as error:
        where = config.name or config.url or str(config.path or settings.articles_dir)
        problem = Problem(where=where, what=str(error).rstrip("."), hint=error.hint)
        return Gathered(problems=(problem,))


def _open(config: SourceConfig, newsletter: Newsletter, settings: Settings) -> Source:
    # Each kind brings its own libraries: only the ones in use are loaded.
    if config.kind == "feed":
        from newsletter.sources.feed import FeedSource  # noqa: PLC0415

        return FeedSource(config, newsletter, settings)
    from newsletter.sources.folder import FolderSource  # noqa: PLC0415

    return FolderSource(
        config.path or settings.articles_dir,
        newsletter,
        site_url=settings.site_url,
        name=config.name or "articles",
        section=config.section,
    )
