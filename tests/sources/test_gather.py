"""Several sources are asked in turn; one that fails is named, and stops no other."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import ModuleType

import pytest

from newsletter.errors import FetchError, SourceError
from newsletter.model import Gathered, Problem
from newsletter.settings import Newsletter, Sender, Settings, SourceConfig
from newsletter.sources import FeedsRead, gather

DEAD = "https://dead.example/feed.xml"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(articles_dir=tmp_path / "articles", site_url="https://news.example")


def make_newsletter(*sources: SourceConfig) -> Newsletter:
    return Newsletter(
        name="daily",
        title="The ShiftMaker",
        sender=Sender(name="The ShiftMaker", address="desk@theshiftmaker.example"),
        postal_address="1 Example Street",
        sources=sources,
    )


def write(folder: Path, *names: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        text = f"---\ntitle: {name}\npublished: 2026-07-05\n---\n"
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def titles(found: Gathered) -> list[str]:
    return [article.title for article in found.articles]


def test_a_folder_without_a_path_is_the_newsrooms(settings: Settings) -> None:
    write(settings.articles_dir, "a", "b")
    found = gather(make_newsletter(SourceConfig(kind="folder")), settings)
    assert titles(found) == ["a", "b"]
    assert {article.source for article in found.articles} == {"articles"}
    assert found.articles[0].url.startswith("https://news.example/archive/daily/2026-07-05")


def test_sources_come_in_the_order_of_the_settings(settings: Settings, tmp_path: Path) -> None:
    write(settings.articles_dir, "b")
    write(tmp_path / "other", "a")
    (tmp_path / "other" / "s-sponsor.toml").write_text(
        'name = "N"\ntext = "T"\nurl = "https://s.example/"\nday = 2026-07-05\n'
    )
    other = SourceConfig(kind="folder", path=tmp_path / "other", name="other", section="news")
    found = gather(make_newsletter(SourceConfig(kind="folder"), other), settings)
    assert titles(found) == ["b", "a"]
    assert (found.articles[1].source, found.articles[1].section) == ("other", "news")
    assert [sponsor.name for sponsor in found.sponsors] == ["N"]


def test_a_missing_folder_stops_no_other(settings: Settings, tmp_path: Path) -> None:
    write(settings.articles_dir, "a")
    gone = SourceConfig(kind="folder", path=tmp_path / "gone")
    found = gather(make_newsletter(gone, SourceConfig(kind="folder")), settings)
    assert titles(found) == ["a"]
    assert [problem.where for problem in found.problems] == [str(tmp_path / "gone")]


def test_no_sources_give_nothing(settings: Settings) -> None:
    assert gather(make_newsletter(), settings) == Gathered()


class DeadFeed:
    """A feed that fails as a whole."""

    name = "feed"
    error: type[SourceError | FetchError] = FetchError

    def __init__(self, config: SourceConfig, newsletter: Newsletter, settings: Settings) -> None:
        pass

    def read(self) -> Gathered:
        raise self.error("The line is dead.", hint="Call them.")


@pytest.mark.parametrize("name", ["wire", ""])
@pytest.mark.parametrize("error", [SourceError, FetchError])
def test_a_source_that_fails_as_a_whole_is_a_problem_and_stops_no_other(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    error: type[SourceError | FetchError],
    name: str,
) -> None:
    module = ModuleType("newsletter.sources.feed")
    module.FeedSource = type("FeedSource", (DeadFeed,), {"error": error})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, module.__name__, module)
    write(settings.articles_dir, "a")
    dead = SourceConfig(kind="feed", url=DEAD, name=name)
    found = gather(make_newsletter(dead, SourceConfig(kind="folder")), settings)
    assert titles(found) == ["a"]
    assert found.problems == (
        Problem(where=name or DEAD, what="The line is dead", hint="Call them."),
    )


FEED = b"""<rss version="2.0"><channel><title>F</title><link>https://f.example/</link><item>
<title>From the web</title><link>https://f.example/1</link>
<pubDate>Sun, 05 Jul 2026 06:00:00 +0530</pubDate></item></channel></rss>"""


@pytest.fixture
def asked() -> Iterator[tuple[str, list[str]]]:
    """A feed on this machine, and who asked for it."""
    paths: list[str] = []

    class Feed(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "application/rss+xml")
            self.send_header("Content-Length", str(len(FEED)))
            self.end_headers()
            self.wfile.write(FEED)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/feed.xml", paths
    server.shutdown()
    thread.join()
    server.server_close()


def test_who_builds_at_every_save_asks_a_feed_once_and_a_folder_each_time(
    tmp_path: Path, asked: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = Settings(articles_dir=tmp_path / "articles", fetch_loopback=True)
    write(settings.articles_dir, "a")
    url, paths = asked
    newsletter = make_newsletter(SourceConfig(kind="folder"), SourceConfig(kind="feed", url=url))
    feeds = FeedsRead(60)

    assert titles(gather(newsletter, settings, feeds)) == ["a", "From the web"]
    write(settings.articles_dir, "b")
    assert titles(gather(newsletter, settings, feeds)) == ["a", "b", "From the web"]
    assert len(paths) == 1

    gather(newsletter, settings, FeedsRead(0))
    gather(newsletter, settings)
    assert len(paths) == 3
