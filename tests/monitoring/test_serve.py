"""`newsletter serve` as it runs, watched: what was done is what is counted, and nobody is shown."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from sqlite3 import connect

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from newsletter.tracking.tokens import Keyring, Purpose, TokenType

ROOT = Path(__file__).parents[2]
SECRET = "canary-of-the-signing-secret-000000"
KEY = "SG.canary-of-the-account.canary"
PERSON = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0", "Accept-Language": "en"}

Series = dict[tuple[str, frozenset[str]], float]


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Watched:
    """A process, its public port and its port for Prometheus."""

    def __init__(self, folder: Path) -> None:
        self.port, self.metrics, self.folder = free_port(), free_port(), folder
        self.log = folder / "log"
        command = [sys.executable, "-m", "newsletter", "serve", "--port", str(self.port)]
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, cwd=folder, env=environment(self.metrics), stderr=log
            )
        self.web = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", headers=PERSON)

    def wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError(self.log.read_text())

    def scrape(self) -> Series:
        answer = httpx.get(f"http://127.0.0.1:{self.metrics}/metrics", timeout=10)
        assert answer.status_code == 200
        return {
            (sample.name, frozenset(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        }

    def stop(self) -> None:
        self.web.close()
        self.process.terminate()
        assert self.process.wait(20) in {0, -15}


def environment(metrics: int) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "NEWSLETTER_SECRET": SECRET,
        "NEWSLETTER_SENDGRID__API_KEY": KEY,
        "NEWSLETTER_TEMPLATES_DIR": str(ROOT / "templates"),
        "NEWSLETTER_ARTICLES_DIR": str(ROOT / "articles"),
        "NEWSLETTER_METRICS__PORT": str(metrics),
        "NEWSLETTER_LOG__FORMAT": "json",
        "NEWSLETTER_LOG__LEVEL": "DEBUG",
    }


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    (tmp_path / "subscribers").mkdir()
    (tmp_path / "subscribers" / "daily.csv").write_text("email\nann@example.com\nbo@example.com\n")
    command = [sys.executable, "-m", "newsletter", "send", "--date", "2026-07-05", "--yes"]
    subprocess.run(command, cwd=tmp_path, env=environment(1), check=True, capture_output=True)
    running = Watched(tmp_path)
    running.wait()
    yield running
    running.stop()


def test_what_was_done_is_what_is_counted(watched: Watched) -> None:
    keyring = Keyring(SECRET.encode())
    click = keyring.mint(Purpose.CLICK, TokenType.EDITION, 1, 77)
    seen = keyring.mint(Purpose.OPEN, TokenType.EDITION, 1, 77)
    with connect(watched.folder / "var" / "newsletter.db") as looked:
        ((reader,),) = looked.execute("SELECT min(public_id) FROM subscribers")
        looked.execute("UPDATE editions SET day = date('now')")
    door = keyring.mint(Purpose.DOOR, TokenType.EDITION, 1, reader)
    for _ in range(10):
        assert watched.web.get(f"/c/{click}/1").status_code == 302
    for _ in range(3):
        watched.web.get(f"/o/{seen}.gif")
    watched.web.get(f"/c/{click}/1", headers={"User-Agent": "Googlebot/2.1"})
    assert watched.web.post(f"/u/{door}", data={"List-Unsubscribe": "One-Click"}).is_success
    watched.web.request("PROPFIND", f"/pot/{door}?to=ann@example.com")
    said = watched.scrape()

    def value(name: str, *labels: str) -> float:
        return said[name, frozenset(labels)]

    requests = "newsletter_http_requests_total"
    assert value(requests, "/c/{token}/{n}", "GET", "302") == 11
    assert value(requests, "/o/{token}.gif", "GET", "200") == 3
    assert value(requests, "/u/{token}", "POST", "200") == 1
    assert value(requests, "none", "other", "404") == 1
    seconds = "newsletter_http_request_duration_seconds_count"
    assert value(seconds, "click") == 11
    assert value(seconds, "pixel") == 3
    assert value(seconds, "press") == 1
    assert value("newsletter_verdicts_total", "clicked", "person", "") == 10
    assert value("newsletter_verdicts_total", "clicked", "certain", "agent") == 1
    assert value("newsletter_commit_items_sum", "counted") == 14
    assert value("newsletter_commit_items_sum", "leaving") == 1
    assert value("newsletter_database_up") == 1
    assert value("newsletter_spool_items", "counted") == 0
    (edition,) = {
        label for name, labels in said if name == "newsletter_edition_state" for label in labels
    } - {"daily", "sent"}
    assert value("newsletter_edition_deliveries", "daily", edition, "submitted") == 2
    assert time.time() - value("newsletter_last_sent_timestamp_seconds", "daily") < 60
    assert not any("ann@" in label or door in label for _, labels in said for label in labels)


def test_the_public_port_has_no_metrics(watched: Watched) -> None:
    assert watched.web.get("/metrics").status_code == 404


def test_every_line_of_the_log_is_json_and_shows_no_canary(watched: Watched) -> None:
    keyring = Keyring(SECRET.encode())
    tokens = [keyring.mint(purpose, TokenType.EDITION, 1, 77) for purpose in Purpose]
    for page in ("c", "o", "u", "v", "preferences", "confirm", "forget", "mydata", "x"):
        for token in tokens:
            watched.web.get(f"/{page}/{token}?to=ann@example.com")
            watched.web.post(f"/{page}/{token}", data={"email": "ann@example.com"})
    watched.scrape()
    watched.process.terminate()
    watched.process.wait(20)
    said = watched.log.read_text()

    lines = [json.loads(line) for line in said.splitlines()]
    assert len(lines) > 2 * len(tokens)
    assert {"time", "level", "logger", "message"} <= set(lines[0])
    for canary in (*tokens, "ann@", SECRET, KEY, "canary"):
        assert canary not in said


def test_a_port_that_is_taken_keeps_nobody_from_starting(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        env = environment(taken.getsockname()[1])
        log = (tmp_path / "log").open("w")
        command = [sys.executable, "-m", "newsletter", "worker"]
        with subprocess.Popen(command, cwd=tmp_path, env=env, stderr=log) as process:
            deadline = time.monotonic() + 20
            while "worker " not in (tmp_path / "log").read_text():
                assert time.monotonic() < deadline
                time.sleep(0.1)
            process.terminate()
            assert process.wait(20) == 0
        log.close()
    assert "no metrics on 127.0.0.1" in (tmp_path / "log").read_text()
