"""A feed on the web, fetched and parsed in a process of its own."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

import pytest

from newsletter.errors import FetchError, SourceError
from newsletter.model import Gathered
from newsletter.settings import Newsletter, Sender, Settings, SourceConfig
from newsletter.sources import gather
from newsletter.sources.feed import FeedSource, parse_feed
from newsletter.sources.feed_answer import GATHERED, REFUSED
from newsletter.sources.feed_child import answer, limit
from newsletter.sources.feed_entry import Feed
from newsletter.sources.feed_parse import read_feed

DATA = Path(__file__).parents[1] / "data" / "feeds"
ZONE = ZoneInfo("Asia/Kolkata")
WHERE = {"url": "https://paper.example/feed", "source": "paper", "section": "world"}


def parse(
    body: bytes,
    *,
    media_type: str = "application/rss+xml",
    seconds: float = 30,
    patience: float = 60,
) -> Gathered:
    return parse_feed(
        body,
        url=WHERE["url"],
        media_type=media_type,
        charset="",
        zone=ZONE,
        source=WHERE["source"],
        section=WHERE["section"],
        lang="hi",
        seconds=seconds,
        patience=patience,
    )


@pytest.mark.parametrize("name", ["wordpress.xml", "youtube.xml", "feed.json", "static.atom"])
def test_what_a_process_of_its_own_finds_is_what_there_is(name: str) -> None:
    body = (DATA / name).read_bytes()
    feed = Feed(zone=ZONE, lang="hi", **WHERE)

    assert parse(body) == read_feed(body, charset="", feed=feed)
    assert parse(body).articles


def test_what_is_no_feed_is_a_sentence_with_its_source() -> None:
    with pytest.raises(SourceError, match="paper: This is a web page, not a feed") as error:
        parse(b"<html><body>x</body></html>", media_type="text/html")
    assert error.value.hint.endswith("Its server calls it text/html.")


def test_a_feed_that_takes_too_long_is_stopped() -> None:
    entry = (
        "<item><title>T</title><description>&lt;p&gt;x"
        + "&lt;p&gt;y" * 2_000
        + "</description></item>"
    )
    body = f"<rss version='2.0'><channel>{entry * 200}</channel></rss>".encode()

    with pytest.raises(
        SourceError, match=r"paper: parsing the feed took longer than 0\.05 seconds"
    ):
        parse(body, seconds=0.05)


def test_entities_are_refused_in_there_too() -> None:
    ring = "".join(f'<!ENTITY e{n} "{f"&e{n + 1};" * 10}">' for n in range(9))
    with pytest.raises(SourceError, match="entities"):
        parse(f"<!DOCTYPE x [{ring}]><rss><channel>&e0;</channel></rss>".encode())


def test_a_parser_that_fails_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")

    with pytest.raises(SourceError, match="could not be parsed"):
        parse(b"<rss/>")


def test_a_parser_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asleep = tmp_path / "python"
    asleep.write_text("#!/bin/sh\nexec sleep 60\n")
    asleep.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(asleep))

    with pytest.raises(SourceError, match=r"took longer than 0\.2 seconds"):
        parse(b"<rss/>", patience=0.2)


def test_a_parser_that_cannot_be_started_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    with pytest.raises(SourceError, match="could not be parsed"):
        parse(b"<rss/>")


def test_the_process_sees_no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = tmp_path / "seen"
    spy = tmp_path / "python"
    spy.write_text(f"#!/bin/sh\nenv > {seen}\nexit 1\n")
    spy.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(spy))
    monkeypatch.setenv("NEWSLETTER_SECRET", "canary-canary-canary-canary-canary")

    with pytest.raises(SourceError):
        parse(b"<rss/>")
    assert "PYTHONPATH=" in seen.read_text()
    assert "canary" not in seen.read_text()


def asked(body: bytes) -> io.BytesIO:
    feed = {**WHERE, "lang": "en"}
    line = {"feed": feed, "zone": ZONE.key, "charset": "", "seconds": 100}
    return io.BytesIO(json.dumps(line).encode() + b"\n" + body)


def test_the_process_answers_in_json() -> None:
    bounds: list[float] = []
    good, bad = io.BytesIO(), io.BytesIO()

    assert answer(asked((DATA / "ghost.xml").read_bytes()), good, bounds.append) == 0
    assert len(GATHERED.validate_json(good.getvalue()).articles) == 1
    assert answer(asked(b""), bad, bounds.append) == REFUSED
    assert bounds == [100, 100]
    assert json.loads(bad.getvalue())["sentence"] == "The feed is empty."


def test_its_memory_and_its_time_have_an_end() -> None:
    limited = "from newsletter.sources.feed_child import limit\nlimit(0.2)\n"
    greedy, busy = (
        subprocess.run(
            [sys.executable, "-c", limited + work], capture_output=True, timeout=60, check=False
        )
        for work in ("x = bytes(1 << 31)", "while True: pass")
    )

    assert b"MemoryError" in greedy.stderr
    assert busy.returncode < 0


def test_what_is_done_in_time_is_done() -> None:
    process = get_context("spawn").Process(target=limit, args=(30,))
    process.start()
    process.join(60)

    assert process.exitcode == 0


# ── On the web ──────────────────────────────────────────────────────────────────────────────


class _Paper(BaseHTTPRequestHandler):
    """Serves the fixture of that name, or says that it has not changed."""

    def do_GET(self) -> None:
        file = DATA / self.path.lstrip("/")
        known = self.headers.get("If-None-Match") == '"1"'
        self.send_response(304 if known else 200 if file.is_file() else 404)
        self.send_header("ETag", '"1"')
        self.end_headers()
        if file.is_file() and not known:
            self.wfile.write(file.read_bytes())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server of feeds; what is kept of them lies in a folder of the test's own."""
    monkeypatch.chdir(tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Paper) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def newsletter(*sources: SourceConfig) -> Newsletter:
    return Newsletter(
        name="daily",
        title="Daily",
        sender=Sender(name="Daily", address="daily@paper.example"),
        postal_address="1 Quay",
        sources=sources,
    )


def source(url: str, name: str = "") -> SourceConfig:
    return SourceConfig(kind="feed", url=url, name=name, section="world")


LOCAL = Settings(fetch_loopback=True)


def test_a_feed_is_read_and_read_again_when_nothing_is_new(paper: str, tmp_path: Path) -> None:
    config = source(f"{paper}/wordpress.xml", "harbour")
    first = FeedSource(config, newsletter(config), LOCAL).read()
    again = FeedSource(config, newsletter(config), LOCAL).read()

    assert len(first.articles) == 2
    assert {a.source for a in first.articles} == {"harbour"}
    assert {a.section for a in first.articles} == {"world"}
    assert again == first
    assert len(list((tmp_path / "var/cache/feeds").iterdir())) == 1


def test_a_source_without_a_name_is_called_by_its_host() -> None:
    config = source("https://paper.example/feed")

    assert FeedSource(config, newsletter(config), LOCAL).name == "paper.example"


def test_a_feed_that_is_away_does_not_cost_the_others(paper: str) -> None:
    gone, there = source(f"{paper}/gone.xml", "gone"), source(f"{paper}/ghost.xml", "ghost")
    gathered = gather(newsletter(gone, there), LOCAL)

    assert [a.source for a in gathered.articles] == ["ghost"]
    assert [p.where for p in gathered.problems] == ["gone"]
    assert "404" in gathered.problems[0].what


def test_this_machine_is_no_source_unless_a_test_says_so(paper: str) -> None:
    config = source(f"{paper}/ghost.xml")
    with pytest.raises(FetchError, match="public internet"):
        FeedSource(config, newsletter(config), Settings()).read()
