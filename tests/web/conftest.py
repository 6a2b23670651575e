"""A real server on a free port, over a newsroom in an empty folder."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from sqlalchemy import text

from newsletter.newsroom import Draft, Newsroom
from newsletter.settings import Settings
from newsletter.storage.database import Database
from newsletter.tracking.tokens import Purpose, TokenType
from newsletter.web import server as web_server
from tests.newsroom_fixtures import Result

ROOT = Path(__file__).parents[2]
SECRET = "a canary of thirty-two characters!"


class Site:
    """The public web app as it runs, and what is behind it."""

    def __init__(self, newsroom: Newsroom, folder: Path) -> None:
        self.newsroom = newsroom
        self.folder = folder
        self._server = uvicorn.Server(web_server.config(newsroom, host="127.0.0.1", port=0))
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)

    @property
    def url(self) -> str:
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self.newsroom.postroom.close()
        self.database.close()

    @property
    def database(self) -> Database:
        return self.newsroom._house.database

    def command(self, *words: str, **more: str) -> Result:
        """Type a command, in a process of its own: `site.command("report", "--json")`."""
        settings = self.newsroom.settings
        values = {
            "DATABASE_URL": settings.database_url,
            "SECRET": SECRET,
            "TEMPLATES_DIR": str(settings.templates_dir),
            "BOUNCES__ADDRESS": settings.bounces.address,
            **more,
        }
        environment = {f"NEWSLETTER_{name}": value for name, value in values.items()}
        done = subprocess.run(
            [sys.executable, "-m", "newsletter", *words],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def rows(self, query: str, **values: Any) -> list[Any]:
        with self.database.read() as connection:
            return list(connection.execute(text(query), values))

    def mails(self, to: str = "") -> list[str]:
        """The letters in the outbox, the oldest first, decoded as far as links need it."""
        found = sorted(
            (self.folder / "var" / "outbox" / "new").glob("*.eml"), key=lambda p: p.stat().st_mtime
        )
        mails = [path.read_text().replace("=\n", "").replace("=3D", "=") for path in found]
        return [mail for mail in mails if f"To: {to}" in mail] if to else mails

    def mark(self, age: float = 5) -> str:
        """The mark of a form that was shown so many seconds ago."""
        keyring = self.newsroom._house.keyring
        return keyring.mint(Purpose.FORM, TokenType.EXPIRY, 0, int(time.time() - age))

    def reader(self, address: str = "ann@example.com", *lists: str) -> int:
        """Put a reader on the daily list, and others; returns their public id."""
        for name in ("daily", *lists):
            self.newsroom.circulation.add(address, name, name="Ann Lee", again=False)
        return int(self.rows("SELECT public_id FROM subscribers WHERE key = :k", k=address)[0][0])

    def edition(self, day: str = "2026-07-05", *, correction: str = "") -> int:
        """Send a day's edition, or write a correction of it down; returns its number."""
        newsletter = self.newsroom.newsletter()
        draft = self.newsroom.desk.build(newsletter, date.fromisoformat(day))
        assert isinstance(draft, Draft)
        if correction:
            revised = replace(draft.edition, id=draft.id._replace(revision=2))
            draft = replace(draft, id=revised.id, edition=revised)
        self.newsroom.dispatch.plan(draft)
        self.newsroom.dispatch.deliver(draft.id, show=lambda *_: None, stop=lambda: False)
        with self.database.begin() as connection:
            number = connection.exec_driver_sql("SELECT max(number) FROM editions").scalar_one()
            if correction:
                values = {"words": correction, "number": number}
                connection.execute(
                    text("UPDATE editions SET correction = :words WHERE number = :number"), values
                )
        return int(number)

    def token(self, purpose: Purpose, number: int, reader: int, *, type: int = 1) -> str:
        return self.newsroom._house.keyring.mint(purpose, TokenType(type), number, reader)

    def door(self, reader: int, number: int = 1) -> str:
        """The token of a way out of an edition."""
        return self.token(Purpose.DOOR, number, reader)

    def states(self) -> dict[str, str]:
        """The state of every subscription, by address and list."""
        rows = self.rows(
            "SELECT s.key, l.name, n.state FROM subscriptions n"
            " JOIN subscribers s ON s.id = n.subscriber_id JOIN lists l ON l.id = n.list_id"
        )
        return {f"{row.key} {row.name}": row.state for row in rows}

    def link(self, mail: str, page: str) -> str:
        """The path of a link in a mail."""
        found = re.search(rf"https?://[^/\s]+(/{page}/[\w-]{{28}})", mail)
        assert found, mail
        return found[1]


@pytest.fixture
def settings_of(tmp_path: Path, database_url: str) -> Callable[..., Settings]:
    """The settings of a newsroom; what a test names differs."""

    def make(**more: Any) -> Settings:
        shutil.copytree(ROOT / "templates", tmp_path / "templates", dirs_exist_ok=True)
        values = {
            "secret": SECRET,
            "database_url": database_url,
            "outbox": {"dir": tmp_path / "var" / "outbox"},
            "templates_dir": tmp_path / "templates",
            "articles_dir": ROOT / "articles",
            "subscribers_dir": tmp_path / "subscribers",
            **more,
        }
        return Settings(_env_file=None, **values)  # type: ignore[call-arg]

    return make


@pytest.fixture
def site(settings_of: Callable[..., Settings], tmp_path: Path) -> Iterator[Site]:
    yield from _running(settings_of(), tmp_path)


def _running(settings: Settings, folder: Path) -> Iterator[Site]:
    running = Site(Newsroom(settings), folder)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def site_with(
    settings_of: Callable[..., Settings], tmp_path: Path
) -> Iterator[Callable[..., Site]]:
    """A site with other settings: `site_with(web={"goodbye": True})`."""
    opened: list[Iterator[Site]] = []

    def start(**more: Any) -> Site:
        running = _running(settings_of(**more), tmp_path)
        opened.append(running)
        return next(running)

    yield start
    for running in opened:
        next(running, None)


@pytest.fixture
def browser_like(site: Site) -> Iterator[httpx.Client]:
    """Something that asks as a browser would."""
    with httpx.Client(base_url=site.url, timeout=20) as client:
        yield client


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of a page's form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
