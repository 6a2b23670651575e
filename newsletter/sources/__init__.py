"""Where articles come from. Each source gives what it can read and names what it cannot."""

from itertools import chain
from time import monotonic
from typing import Protocol

from newsletter.errors import FetchError, SourceError
from newsletter.model import Gathered, Problem
from newsletter.settings import Newsletter, Settings, SourceConfig

__all__ = ["FeedsRead", "Source", "gather"]


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


class FeedsRead:
    """
    What feeds gave lately, for who builds at every save: the web is asked once in a while.

    Folders are always read anew.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._read: dict[SourceConfig, tuple[float, Gathered]] = {}

    def read(self, config: SourceConfig, newsletter: Newsletter, settings: Settings) -> Gathered:
        """Return what a source gives, of a feed what it gave in the last seconds."""
        asked, known = self._read.get(config, (0.0, None))
        if known is not None and monotonic() - asked < self._seconds:
            return known
        fresh = _read(config, newsletter, settings)
        if config.kind == "feed":
            self._read[config] = monotonic(), fresh
        return fresh


def gather(newsletter: Newsletter, settings: Settings, feeds: FeedsRead | None = None) -> Gathered:
    """Ask each of a newsletter's sources. One that fails is a problem, and stops no other."""
    read = feeds.read if feeds else _read
    gathered = [read(config, newsletter, settings) for config in newsletter.sources]
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
