"""A studio on a free port, over a newsroom in an empty folder."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from newsletter.newsroom import Draft, Newsroom
from newsletter.settings import Settings
from newsletter.studio.server import Studio

ROOT = Path(__file__).parents[2]
SECRET = "a canary of thirty-two characters!"
DAY = date(2026, 7, 5)

#: Long enough for a busy machine; what is well takes a tenth of a second.
PATIENCE = 20.0

LEAVING = "2026-07-05-leaving-takes-one-press.md"


class Room:
    """A newsroom's folder, and the studio that looks at it."""

    def __init__(self, folder: Path, *, day: date = DAY, **more: Any) -> None:
        self.folder = folder
        self.opened: list[str] = []
        values = {
            "secret": SECRET,
            "database_url": f"sqlite:///{folder}/newsletter.db",
            "outbox": {"dir": folder / "outbox"},
            "templates_dir": folder / "templates",
            "articles_dir": folder / "articles",
            "subscribers_dir": folder / "subscribers",
            **more,
        }
        settings = Settings(_env_file=None, **values)  # type: ignore[call-arg]
        self.newsroom = Newsroom(settings)
        newsletter = self.newsroom.newsletter()
        self.studio = Studio(self.newsroom, newsletter, day, port=0, launch=self.opened.append)
        self._thread = threading.Thread(target=self.studio.run, name="studio")

    def start(self) -> None:
        self._thread.start()
        self.wait(lambda: self.studio.server.started)

    def stop(self) -> None:
        self.studio.live.end()
        self.studio.server.should_exit = True
        self._thread.join(PATIENCE)
        if "database" in vars(self.newsroom._house):
            self.newsroom._house.database.close()

    @property
    def live(self) -> Any:
        return self.studio.live

    @property
    def url(self) -> str:
        return self.studio.url.rstrip("/")

    @property
    def draft(self) -> Draft:
        assert self.live.shown.draft
        return self.live.shown.draft  # type: ignore[no-any-return]

    @property
    def hash(self) -> str:
        return self.draft.rendition.hash

    def wait(self, until: Callable[[], object]) -> None:
        """Wait until something holds; it must, in a bounded time."""
        end = time.monotonic() + PATIENCE
        while not until():
            assert time.monotonic() < end, "it never came"
            time.sleep(0.005)

    def edit(self, path: str, old: str, new: str) -> None:
        """Save a file of the newsroom with some words changed."""
        file = self.folder / path
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new), encoding="utf-8")

    def client(self, **headers: str) -> httpx.Client:
        """Something that asks as the studio's own page does."""
        own = {"Origin": self.url, **headers}
        return httpx.Client(base_url=self.url, headers=own, timeout=PATIENCE)

    def do(self, act: str, **fields: str) -> httpx.Response:
        """Press a button."""
        with self.client() as client:
            return client.post(f"/do/{act}", data={"hash": self.hash, **fields})


def furnish(folder: Path) -> Path:
    """Put the house's templates, sample articles and sample readers into a folder."""
    for name in ("templates", "articles", "subscribers"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(furnish(tmp_path))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def room_with(tmp_path: Path) -> Iterator[Callable[..., Room]]:
    """A room that is furnished first, by hand: `room_with(change)`."""
    running: list[Room] = []

    def make(change: Callable[[Path], object] = lambda _: None, **more: Any) -> Room:
        change(furnish(tmp_path))
        running.append(Room(tmp_path, **more))
        running[-1].start()
        return running[-1]

    yield make
    for one in running:
        one.stop()
