"""
How soon an editor sees a save: `python benches/studio.py`.

An edition of twelve stories in a folder of sixty, in a real Chromium at 1280 × 800 with two
views: from the moment before the file is written until the frame after the new mail was put up.
Below it, what of that is ours: until the new version is announced, and the build alone. Beside
it, the floor: the time that the browser takes for one answer of the same size. Then the start of
the command, in a process of its own, to its first page.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median, quantiles

import httpx
from _bench import row
from playwright.sync_api import Page, sync_playwright

from newsletter.newsroom import Draft, Newsroom
from newsletter.settings import Settings
from newsletter.studio.server import Studio

ROOT = Path(__file__).parents[1]
DAY = date(2026, 7, 5)
ROUNDS = 40

STORY = """---
title: Story {number} has a headline that is about as long as most of them are
dek: A dek says in one or two sentences what the headline had to leave out. Round 0.
published: 2026-07-{day:02}T06:{number:02}+05:30
section: how-we-make-this
image: media/one-hop.png
alt: A desk at dawn, seen from above
featured: {lead}
---

{text}
"""
TEXT = "Every morning the desk reads what came in and throws most away. " * 30


def furnish(folder: Path) -> None:
    shutil.copytree(ROOT / "templates", folder / "templates")
    shutil.copytree(ROOT / "articles" / "media", folder / "articles" / "media")
    for number in range(1, 61):
        # Twelve are of the day; the others lie there, as stories do.
        day = 5 if number <= 12 else 1
        lead = "true" if number == 1 else "false"
        text = STORY.format(number=number % 60, day=day, lead=lead, text=TEXT)
        (folder / "articles" / f"story-{number}.md").write_text(text, encoding="utf-8")


def newsroom(folder: Path) -> Newsroom:
    values = {
        "secret": "a secret of thirty-two characters!",
        "database_url": f"sqlite:///{folder}/newsletter.db",
        "templates_dir": folder / "templates",
        "articles_dir": folder / "articles",
    }
    return Newsroom(Settings(_env_file=None, **values))  # type: ignore[call-arg, arg-type]


def save(folder: Path, number: int) -> float:
    """Save the third story's dek anew; returns the moment before."""
    path = folder / "articles" / "story-3.md"
    text = path.read_text(encoding="utf-8")
    began = time.time()
    path.write_text(text.replace(f"Round {number - 1}.", f"Round {number}."), encoding="utf-8")
    return began


def until_painted(page: Page, folder: Path, number: int) -> float:
    began = save(folder, number)
    page.wait_for_function(
        """([number, began]) => Number(document.body.dataset.paintedAt) > began
          && document.querySelector('#first iframe').contentDocument.body.textContent
            .includes(`Round ${number}.`)""",
        arg=[number, 1000 * began],
        polling=4,
    )
    return 1000 * (float(page.evaluate("Number(document.body.dataset.paintedAt)")) / 1000 - began)


def until_announced(studio: Studio, folder: Path, number: int) -> float:
    version, told = studio.live.shown.version, threading.Event()
    forget = studio.live.listen(told.set)
    began = save(folder, number)
    while studio.live.shown.version == version:
        told.wait(1)
        told.clear()
    forget()
    return 1000 * (time.time() - began)


def measured(name: str, times: list[float]) -> None:
    ninth = quantiles(times, n=10)[-1]
    row(name, f"{median(times):.0f} ms", f"{ninth:.0f} ms", f"{min(times):.0f} ms")


def timed(act: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        act()
        times.append(1000 * (time.perf_counter() - began))
    return times


def saves(folder: Path) -> None:
    room = newsroom(folder)
    studio = Studio(room, room.newsletter(), DAY, port=0, launch=print)
    thread = threading.Thread(target=studio.run)
    thread.start()
    while not studio.server.started:
        time.sleep(0.01)
    draft = studio.live.shown.draft
    assert draft is not None
    assert len(draft.edition.articles) == 12
    print(f"12 stories of 60 files, {len(draft.rendition.html):,} bytes of HTML")
    row("", "median", "9 of 10", "best")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(studio.url)
        page.wait_for_selector("body[data-ready]")
        numbers = iter(range(1, 1000))
        for _ in range(3):
            until_painted(page, folder, next(numbers))
        painted = []
        for _ in range(ROUNDS):
            time.sleep(0.05)
            painted.append(until_painted(page, folder, next(numbers)))
        measured("save to picture on screen", painted)
        measured("floor: one answer in the browser", _floor(page))
        browser.close()
    announced = []
    for _ in range(ROUNDS):
        time.sleep(0.05)
        announced.append(until_announced(studio, folder, next(numbers)))
    measured("save to new version, server", announced)
    newsletter = room.newsletter()
    measured("  build and preflight alone", timed(lambda: room.desk.build(newsletter, DAY)))
    assert isinstance(studio.live.shown.made, Draft)
    studio.live.end()
    studio.server.should_exit = True
    thread.join()


def _floor(page: Page) -> list[float]:
    found = page.evaluate(
        """async rounds => {
          const times = [];
          for (let n = 0; n < rounds; n += 1) {
            const began = performance.now();
            await fetch('/mail/390-light').then(answer => answer.text());
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            times.push(performance.now() - began);
          }
          return times;
        }""",
        ROUNDS,
    )
    return [float(one) for one in found]


def start(folder: Path) -> float:
    """Run the command until its first page is there; returns milliseconds."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    words = ["-m", "newsletter", "preview", "--date", str(DAY), "--no-open", "--port", str(port)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    began = time.perf_counter()
    running = subprocess.Popen(
        [sys.executable, *words], cwd=folder, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                httpx.get(f"http://127.0.0.1:{port}/", timeout=20).raise_for_status()
            except httpx.TransportError:
                time.sleep(0.005)
            else:
                return 1000 * (time.perf_counter() - began)
    finally:
        running.terminate()
        running.wait()


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        furnish(folder)
        saves(folder)
        measured("command to first page", [start(folder) for _ in range(7)])
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    print(f"reach: 150 ms to the picture, 1,500 ms to the first page; load {load:.1f}")


if __name__ == "__main__":
    main()
