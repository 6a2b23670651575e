"""The command: it opens, it says what is in its way, it ends when it is told to."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from tests.studio.conftest import PATIENCE, ROOT, furnish

COMMAND = (sys.executable, "-m", "newsletter", "preview", "--date", "2026-07-05", "--port")


class Run:
    """The command as it runs in a folder."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        self.log = folder / "log"
        own = {name: value for name, value in os.environ.items() if "NEWSLETTER" not in name}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [*COMMAND, *words],
                cwd=folder,
                env={**own, "PYTHONPATH": str(ROOT), **environment},
                stderr=log,
                stdout=log,
            )

    def url(self) -> str:
        """The studio's address, as it is printed."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if found := re.search(r"http://127\.0\.0\.1:\d+/", self.log.read_text()):
                return found[0]
            time.sleep(0.02)
        raise AssertionError(self.log.read_text())

    def end(self, sign: int = signal.SIGINT) -> int:
        self.process.send_signal(sign)
        return self.process.wait(PATIENCE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return furnish(tmp_path)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_stop_and_then_ends_at_once(folder: Path, sign: int) -> None:
    run = Run(folder, "0", "--no-open")
    url = run.url()
    with httpx.Client(timeout=PATIENCE) as client:
        assert "Alibaba bans Claude Code" in client.get(url).text
        # An open stream does not keep it.
        with client.stream("GET", f"{url}live/events") as stream:
            assert next(stream.iter_lines()).startswith("data: ")
            began = time.monotonic()
            code = run.end(sign)

    assert time.monotonic() - began < 5
    assert code in {0, -sign}
    assert "Traceback" not in run.log.read_text()
    assert len(run.log.read_text().splitlines()) == 1


def test_a_port_that_is_taken_is_a_sentence_and_a_hint(folder: Path) -> None:
    first = Run(folder, "0", "--no-open")
    port = first.url().rstrip("/").rpartition(":")[2]
    second = Run(folder, port, "--no-open")

    assert second.process.wait(PATIENCE) == 1
    assert second.log.read_text().splitlines()[0].startswith(f"error: Port {port} is taken")
    assert "newsletter preview --port" in second.log.read_text()
    first.end()


@pytest.mark.parametrize("wanted", [True, False])
def test_the_browser_is_opened_unless_it_is_not_wanted(folder: Path, wanted: bool) -> None:
    browser = folder / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {folder}/asked\n')
    browser.chmod(0o755)
    words = ["0"] if wanted else ["0", "--no-open"]
    run = Run(folder, *words, BROWSER=f"{browser} %s")
    url = run.url()
    httpx.get(url, timeout=PATIENCE)
    asked = folder / "asked"
    end = time.monotonic() + (PATIENCE if wanted else 0.5)
    while time.monotonic() < end and not (asked.exists() and asked.read_text()):
        time.sleep(0.02)
    run.end()

    assert (asked.read_text().strip() if asked.exists() else "") == (url if wanted else "")


def test_an_unknown_newsletter_is_a_sentence(folder: Path) -> None:
    run = Run(folder, "0", "--no-open", "weekly")

    assert run.process.wait(PATIENCE) == 1
    assert run.log.read_text().startswith("error: There is no newsletter called weekly")
