"""A newsroom in an empty folder, and a way to type commands there."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from newsletter import cli

ROOT = Path(__file__).parents[1]


class Result(NamedTuple):
    code: int
    out: str
    err: str


Command = Callable[..., Result]

STORY = """---
title: {title}
dek: What is new in a sentence.
published: {published}
sources:
  - title: The desk
    url: https://theshiftmaker.example/desk
---

The story itself, in a paragraph.
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with the house's templates and one reader."""
    monkeypatch.chdir(tmp_path)
    for name in ("SECRET", "DATABASE_URL", "TRANSPORT", "SITE_URL"):
        monkeypatch.delenv(f"NEWSLETTER_{name}", raising=False)
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    (tmp_path / "articles").mkdir()
    (tmp_path / "subscribers").mkdir()
    (tmp_path / "subscribers" / "daily.csv").write_text("email,name\nann@example.com,Ann\n")
    return tmp_path


@pytest.fixture
def story(desk: Path) -> Callable[..., Path]:
    """Publish a story: `story("one", title="…", published="2026-07-05T06:00:00+05:30")`."""

    def write(
        name: str = "one", title: str = "", published: str = "2026-07-05T06:00+05:30"
    ) -> Path:
        path = desk / "articles" / f"{name}.md"
        text = STORY.format(title=title or f"Story {name}", published=published)
        path.write_text(text, encoding="utf-8")
        return path

    write()
    return write


@pytest.fixture
def newsletter(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Type a command: `newsletter("build", "--explain")`."""

    def run(*words: str) -> Result:
        monkeypatch.setattr("sys.argv", ["newsletter", *words])
        capfd.readouterr()
        code = 0
        try:
            cli.run()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        out, err = capfd.readouterr()
        return Result(code, out, err)

    return run


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(desk: Path) -> Iterator[Start]:
    """Start a process of the fleet in the newsroom's folder: `start("worker")`."""
    started: list[subprocess.Popen[str]] = []

    def run(*words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "newsletter", *words]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(
            command, cwd=desk, env=environment, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()
