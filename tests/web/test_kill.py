"""Killed under load, the web app has lost nothing that it answered: no click, and no leaving."""

import http.client
import os
import random
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from newsletter.tracking.tokens import Keyring, Purpose, TokenType
from tests.web.conftest import ROOT, SECRET

#: Times that the server is killed; `make torture` takes longer.
LONG = os.environ.get("TORTURE") == "long"
KILLS = 50 if LONG else 5

READERS = 12_000 if LONG else 600


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A newsroom whose edition has gone out to many."""
    (tmp_path / "subscribers").mkdir()
    lines = "".join(f"r{number}@example.com\n" for number in range(READERS))
    (tmp_path / "subscribers" / "daily.csv").write_text(f"email\n{lines}")
    command = [sys.executable, "-m", "newsletter", "send", "--date", "2026-07-05", "--yes"]
    subprocess.run(command, cwd=tmp_path, env=environment(), check=True, capture_output=True)
    return tmp_path


def environment() -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "NEWSLETTER_SECRET": SECRET,
        "NEWSLETTER_TEMPLATES_DIR": str(ROOT / "templates"),
        "NEWSLETTER_ARTICLES_DIR": str(ROOT / "articles"),
    }


class Server:
    """`newsletter serve`, on one port, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "newsletter", "serve", "--port", str(self.port)]
        return subprocess.Popen(
            command, cwd=self._folder, env=environment(), stderr=subprocess.DEVNULL
        )

    def wait(self) -> None:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise AssertionError("it does not listen")

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


@pytest.fixture
def server(folder: Path) -> Iterator[Server]:
    running = Server(folder)
    running.wait()
    yield running
    running.process.terminate()
    running.process.wait(20)


class Client(threading.Thread):
    """Clicks and leaves, over and over, and counts what was answered."""

    def __init__(self, port: int, doors: list[str], click: str) -> None:
        super().__init__(daemon=True)
        self._port, self._doors, self._click = port, doors, click
        self.over = threading.Event()
        self.clicks = 0
        self.left: list[str] = []

    def run(self) -> None:
        while not self.over.is_set() and self._doors:
            with suppress(OSError, http.client.HTTPException):
                self._work()
            time.sleep(0.02)

    def _work(self) -> None:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            while not self.over.is_set() and self._doors:
                line.request("GET", self._click, headers={"Accept-Language": "en"})
                answer = line.getresponse()
                answer.read()
                self.clicks += answer.status == 302
                door = self._doors[-1]
                line.request("POST", f"/u/{door}", "List-Unsubscribe=One-Click")
                answer = line.getresponse()
                answer.read()
                if answer.status == 200:
                    self.left.append(self._doors.pop())
        finally:
            line.close()


def test_no_answered_click_and_no_answered_leaving_is_lost(folder: Path, server: Server) -> None:
    database = folder / "var" / "newsletter.db"
    with sqlite3.connect(database) as looked:
        readers = [row[0] for row in looked.execute("SELECT public_id FROM subscribers")]
    keyring = Keyring(SECRET.encode())
    doors = [keyring.mint(Purpose.DOOR, TokenType.EDITION, 1, reader) for reader in readers]
    click = f"/c/{keyring.mint(Purpose.CLICK, TokenType.EDITION, 1, 77)}/1"
    clients = [Client(server.port, doors[n::4], click) for n in range(4)]
    for client in clients:
        client.start()
    for _ in range(KILLS):
        time.sleep(random.uniform(0.1, 0.4))  # noqa: S311 - a moment like any other
        server.kill()
        server.process = server.start()
        server.wait()
    time.sleep(0.3)
    for client in clients:
        client.over.set()
        client.join(15)
    server.kill()
    server.process = server.start()
    server.wait()

    with sqlite3.connect(database) as looked:
        (counted,) = looked.execute("SELECT count(*) FROM events WHERE kind = 'clicked'").fetchone()
        (left,) = looked.execute("SELECT count(*) FROM suppressions").fetchone()
    answered = sum(client.clicks for client in clients)
    assert answered > 50
    # A click that was written and whose answer was lost may be one more.
    assert answered <= counted <= answered + len(clients) * (KILLS + 1)
    assert sum(len(client.left) for client in clients) <= left <= READERS
    assert left > 50
    assert re.fullmatch(r"/c/[\w-]{28}/1", click)
