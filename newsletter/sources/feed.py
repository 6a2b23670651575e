"""Articles from a web feed: RSS, Atom, RDF or JSON Feed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from newsletter.errors import SourceError
from newsletter.model import Gathered
from newsletter.settings import Newsletter, Settings, SourceConfig
from newsletter.sources.feed_answer import GATHERED, REFUSED
from newsletter.sources.fetch import Fetcher

#: Of the processor's time, for parsing alone.
SECONDS = 2.0
#: Of the clock's, for all: a machine with much to do takes its time to start a process.
PATIENCE = 20.0
_CACHE = Path("var/cache/feeds")
#: What of our own surroundings that process gets to see: no settings, so no secrets.
_SEEN = ("PATH", "SYSTEMROOT", "TMPDIR", "TZPATH", "PYTHONTZPATH", "PYTHONHOME")


class FeedSource:
    """One feed on the web, with what was fetched of it the last time."""

    def __init__(self, config: SourceConfig, newsletter: Newsletter, settings: Settings) -> None:
        self._config = config
        self._newsletter = newsletter
        self._fetcher = Fetcher(_CACHE, allow_loopback=settings.fetch_loopback)

    @property
    def name(self) -> str:
        return self._config.name or urlsplit(self._config.url).hostname or "feed"

    def read(self) -> Gathered:
        """Fetch and parse it. Raises FetchError, SourceError when there is nothing to be had."""
        page = self._fetcher.fetch(self._config.url)
        return parse_feed(
            page.body,
            url=page.url,
            media_type=page.media_type,
            charset=page.charset,
            zone=self._newsletter.schedule.zone,
            source=self.name,
            section=self._config.section,
            lang=self._newsletter.lang,
        )


def parse_feed(
    body: bytes,
    *,
    url: str,
    media_type: str,
    charset: str,
    zone: ZoneInfo,
    source: str,
    section: str,
    lang: str = "en",
    seconds: float = SECONDS,
    patience: float = PATIENCE,
) -> Gathered:
    """
    Parse a feed in a process of its own that ends when its time is over.

    `url` is where it came from, for relative links; `media_type` and `charset` are what its server
    said; `zone` and `lang` are for entries that name none. An entry that cannot be used is a
    problem. Raises SourceError when the feed as a whole cannot be.
    """
    feed = {"url": url, "source": source, "section": section, "lang": lang}
    asked = {"feed": feed, "zone": zone.key, "charset": charset, "seconds": seconds}
    done = _run(json.dumps(asked).encode() + b"\n" + body, source, patience)
    if done.returncode == REFUSED:
        said = json.loads(done.stdout)
        raise SourceError(f"{source}: {said['sentence']}", hint=_hint(said["hint"], media_type))
    if done.returncode:
        stopped = done.returncode < 0
        raise _out_of_time(source, seconds) if stopped else _broken(source, done.stderr)
    return GATHERED.validate_json(done.stdout)


def _run(asked: bytes, source: str, patience: float) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-P", "-m", "newsletter.sources.feed_child"]
    try:
        return subprocess.run(  # noqa: S603 (our own module)
            command,
            input=asked,
            capture_output=True,
            env=_surroundings(),
            timeout=patience,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise _out_of_time(source, patience) from error
    except OSError as error:
        raise _broken(source, str(error).encode()) from error


def _surroundings() -> dict[str, str]:
    seen = {name: os.environ[name] for name in _SEEN if name in os.environ}
    # The folder that this package was imported from, wherever it is installed.
    return seen | {"PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONUTF8": "1"}


def _out_of_time(source: str, seconds: float) -> SourceError:
    return SourceError(
        f"{source}: parsing the feed took longer than {seconds:g} seconds, so it was stopped.",
        hint="A feed of news takes a tenth of a second: it may be damaged, or meant to do harm.",
    )


def _broken(source: str, said: bytes) -> SourceError:
    last = said.decode("utf-8", "replace").strip().rpartition("\n")[2][:200]
    return SourceError(
        f"{source}: the feed could not be parsed ({last or 'its parser ended early'}).",
        hint="Please report it, with the feed.",
    )


def _hint(hint: str, media_type: str) -> str:
    """Say also what the server calls it, where that is no feed at all."""
    odd = media_type and not any(word in media_type for word in ("xml", "json", "rss", "atom"))
    return " ".join(filter(None, (hint, f"Its server calls it {media_type}." if odd else "")))
