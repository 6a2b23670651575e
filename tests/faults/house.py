"""A newsroom in a folder, a provider beside it, and senders that are made to be killed."""

import multiprocessing
import random
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

from newsletter.model import EditionId
from newsletter.storage.database import Database
from tests.faults import victim
from tests.faults.judge import Judgement, judge
from tests.faults.provider import Mood, OtherSide, provider
from tests.waiting import until

ROOT = Path(__file__).parents[2]
SUNDAY = EditionId("daily", date(2026, 7, 5))
SEND = ("send", "--date", "2026-07-05", "--yes")

STORY = """---
title: Killed, and none the worse
dek: A story for tests.
published: 2026-07-05T06:00:00+05:30
sources:
  - title: The desk
    url: https://theshiftmaker.example/desk
---

The story itself, in a paragraph.
"""


class House:
    """One run: a folder, a list of readers, a database, a transport, a provider."""

    def __init__(
        self, folder: Path, url: str, transport: str, other_side: OtherSide, readers: int
    ) -> None:
        self.folder = folder
        self.url = url
        self.transport = transport
        self.other_side = other_side
        self.audience = {f"r{n}@example.com" for n in range(readers)}
        self.mutant = ""
        self.kills = 0
        self.more: dict[str, str] = {}
        #: Seconds from a sender's start to the next mail after a kill; the longest.
        self.longest_stop = 0.0
        _furnish(folder, sorted(self.audience))

    @property
    def environment(self) -> dict[str, str]:
        return {
            "NEWSLETTER_DATABASE_URL": self.url,
            "NEWSLETTER_TRANSPORT": self.transport,
            "NEWSLETTER_SMTP__HOST": "127.0.0.1",
            "NEWSLETTER_SMTP__PORT": str(self.other_side.smtp_port),
            "NEWSLETTER_SMTP__TLS": "none",
            "NEWSLETTER_SMTP__CONNECTIONS": "4",
            "NEWSLETTER_SENDGRID__API_KEY": "SG.made.up",
            "NEWSLETTER_SENDGRID__HOST": f"http://127.0.0.1:{self.other_side.http_port}",
            "NEWSLETTER_SITE_URL": "https://n.theshiftmaker.com",
            "NEWSLETTER_SECRET": "a canary that is long enough to be one",
            "NO_COLOR": "1",
            **self.more,
        }

    def release_in(self, steps: Sequence[int]) -> None:
        """Let the newsletter be released in such steps, each watched for a moment."""
        toml = self.folder / "templates" / "daily" / "newsletter.toml"
        release = f"\n[release]\nsteps = {list(steps)}\nwatch_minutes = 0\n"
        toml.write_text(toml.read_text() + release)

    def start(self, *words: str, **more: Any) -> ForkServerProcess:
        """Start a command in a process of its own."""
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tests.faults.victim"])
        process = context.Process(
            target=victim.run,
            args=(self.folder, words or SEND, self.environment),
            kwargs={"mutant": self.mutant, **more},
            daemon=True,
        )
        process.start()
        return process

    def finish(self, *words: str, seconds: float = 60, **more: Any) -> int:
        """Run a command to its end; returns its exit code."""
        process = self.start(*words, **more)
        process.join(seconds)
        code = process.exitcode
        if code is None:
            process.kill()
            process.join()
            raise AssertionError(f"{words or SEND} did not end in {seconds} s: {self.log[-2000:]}")
        return code

    def kill_one(self, chance: random.Random, *words: str) -> None:
        """Start a sender, or another command, and kill it at a moment that nobody can foresee."""
        before, began = self.other_side.size, time.monotonic()
        process = self.start(*words)
        if chance.random() < 0.8:
            self._wait_for_mail(process, before)
            if self.other_side.size > before and self.kills:
                self.longest_stop = max(self.longest_stop, time.monotonic() - began)
        time.sleep(chance.uniform(0, 0.12))
        process.kill()
        process.join()
        self.kills += 1

    def _wait_for_mail(self, process: ForkServerProcess, before: int) -> None:
        until(lambda: self.other_side.size > before or not process.is_alive(), 10, every=0.002)

    def judge(self) -> Judgement:
        database = Database.open(self.url)
        try:
            return judge(database, SUNDAY, self.other_side.accepted, self.audience)
        finally:
            database.close()

    @property
    def is_over(self) -> bool:
        """Nothing is left that a kill could disturb."""
        database = Database.open(self.url)
        try:
            return judge(database, SUNDAY, [], set()).counts.pending == 0
        except AssertionError:
            return False
        finally:
            database.close()

    @property
    def log(self) -> str:
        """What all senders said."""
        file = self.folder / "log"
        return file.read_text(errors="replace") if file.exists() else ""


def _furnish(folder: Path, addresses: Sequence[str]) -> None:
    shutil.copytree(ROOT / "templates", folder / "templates")
    toml = folder / "templates" / "daily" / "newsletter.toml"
    # A domain that mail can come from; nothing leaves this machine.
    toml.write_text(toml.read_text().replace("theshiftmaker.example", "theshiftmaker.com"))
    (folder / "articles").mkdir()
    (folder / "articles" / "2026-07-05-killed.md").write_text(STORY)
    (folder / "subscribers").mkdir()
    (folder / "subscribers" / "daily.csv").write_text("\n".join(["email", *addresses, ""]))


@contextmanager
def house(
    folder: Path, url: str, transport: str, *, readers: int, mood: Mood | None = None
) -> Iterator[House]:
    """Furnish a newsroom, with a provider beside it."""
    folder.mkdir(parents=True, exist_ok=True)
    with provider(folder / "provider") as other_side:
        other_side.feel(mood or Mood())
        yield House(folder, url, transport, other_side, readers)
