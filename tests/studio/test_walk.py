"""One morning at the studio, by somebody who has read the README and nothing else."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.look.conftest import browser, chromium, playwright
from tests.studio.conftest import PATIENCE, ROOT, SECRET

__all__ = ["browser", "chromium", "playwright"]

pytestmark = pytest.mark.browser

STORY = """---
title: {title}
dek: {dek}
published: 2026-07-05T0{hour}:00+05:30
section: how-we-make-this
---

{text}
"""
TEXT = "Every morning the desk reads what came in, and throws most of it away. " * 6

TITLES = ("The bridge reopens", "Trams run at night again", "A market moves", "Rain is due")


def write(folder: Path, number: int, *, text: str = TEXT) -> Path:
    """Save a story as an editor does: a Markdown file with a few lines above its text."""
    title = TITLES[number]
    path = folder / "articles" / f"{title.lower().replace(' ', '-')}.md"
    dek = f"What it means for who lives there, told in story {number + 1}."
    story = STORY.format(title=title, dek=dek, hour=number + 1, text=text)
    path.write_text(story, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clone's templates, where an editor's word is needed, and a folder of Markdown."""
    shutil.copytree(ROOT / "templates", tmp_path / "templates")
    toml = tmp_path / "templates/daily/newsletter.toml"
    text = toml.read_text(encoding="utf-8")
    assert 'approval = "automatic"' in text
    toml.write_text(text.replace('approval = "automatic"', 'approval = "editor"'), encoding="utf-8")
    (tmp_path / "articles").mkdir()
    for number in range(3):
        write(tmp_path, number)
    write(tmp_path, 3, text=f"TK how much. {TEXT}")
    (tmp_path / "subscribers").mkdir()
    readers = "email,name\nann@example.com,Ann Lee\nasha@example.com,Asha\n"
    (tmp_path / "subscribers/daily.csv").write_text(readers, encoding="utf-8")
    return tmp_path


def command(folder: Path, *words: str) -> "subprocess.Popen[bytes]":
    own = {name: value for name, value in os.environ.items() if not name.startswith("NEWSLETTER_")}
    return subprocess.Popen(
        [sys.executable, "-m", "newsletter", *words, "--date", "2026-07-05"],
        cwd=folder,
        env={**own, "PYTHONPATH": str(ROOT), "NEWSLETTER_SECRET": SECRET},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return not probe.connect_ex(("127.0.0.1", port))


@pytest.fixture
def page(folder: Path, browser: Browser) -> Iterator[Page]:
    """The page that the first and only command opens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    running = command(folder, "preview", "--no-open", "--port", str(port))
    end = time.monotonic() + PATIENCE
    while not answers(port):
        assert running.poll() is None
        assert time.monotonic() < end
        time.sleep(0.01)
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.goto(f"http://127.0.0.1:{port}/")
    yield opened
    context.close()
    running.terminate()
    running.wait(PATIENCE)


def test_from_a_folder_of_markdown_to_an_approved_edition(page: Page, folder: Path) -> None:
    chip, said, toast = (page.locator(where) for where in ("#top .chip", "#top .said", "#toast"))
    mail = page.frame_locator("#first iframe")
    inside = mail.locator("h1, h3")

    # What must be mended is named, and stops the approval.
    expect(chip).to_contain_text("1 error")
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()
    page.get_by_role("button", name="Error 1: “TK” left").click()
    expect(page.locator("#first .ring")).to_be_visible()
    write(folder, 3)
    expect(chip).not_to_contain_text("error")

    # A story that is saved now is there at once; one goes out, one leads, two change places.
    expect(page.locator("#desk h2")).to_contain_text("4 in")
    page.locator("#desk .story", has_text=TITLES[3]).click()
    page.locator("#desk li.here").get_by_role("button", name="Out").click()
    expect(page.locator("#desk .out")).to_contain_text(TITLES[3])
    page.locator("#desk .story", has_text=TITLES[0]).click()
    page.locator("#desk li.here").get_by_role("button", name="Lead").click()
    expect(mail.locator("h1")).to_have_text(TITLES[0])
    before = inside.all_inner_texts()
    page.locator("#desk li", has_text=TITLES[2]).locator(".story").click()
    page.keyboard.press("Alt+ArrowDown")
    expect(inside.nth(1)).not_to_have_text(before[1])

    # The words of the inbox.
    page.get_by_label("Subject").fill("The bridge reopens on Monday")
    page.get_by_label("Preheader").fill("Trams run at night again. Plus: a market moves.")
    page.keyboard.press("Tab")
    expect(page.locator("#row .subject")).to_have_text("The bridge reopens on Monday")
    expect(page.locator("#row .preheader")).to_contain_text("Plus: a market moves.")

    # What is left is judged, and ticked off by name.
    for box in page.get_by_label("Seen, send without").all():
        box.check()

    page.get_by_role("button", name="Proof").click()
    page.get_by_label("To", exact=True).fill("asha@example.com")
    page.get_by_role("button", name="Send", exact=True).click()
    expect(toast).to_contain_text("Proof sent to asha@example.com")

    page.get_by_role("button", name="Approve").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Approve 3 articles")
    expect(dialog.locator("#approve-left")).to_be_hidden()
    dialog.get_by_label("Your name").fill("Asha")
    dialog.get_by_role("button", name="Approve").click()
    expect(said).to_contain_text("Approved by Asha")

    # Changed afterwards, it says what, and asks again.
    write(folder, 1, text=f"One sentence more. {TEXT}")
    expect(chip).to_have_text(re.compile("Changed"))
    expect(said).to_contain_text("One change since Asha approved")
    page.get_by_role("button", name="Approve again").click()
    expect(dialog).to_contain_text("The text in articles/trams-run-at-night-again.md")
    dialog.get_by_role("button", name="Approve").click()
    expect(chip).to_have_text(re.compile("Approved"))

    # What was approved is what goes out.
    assert 'by = "Asha"' in (folder / "articles/editions/2026-07-05.toml").read_text("utf-8")
    proofs = set((folder / "var/outbox/new").iterdir())
    assert command(folder, "send", "--yes").wait(PATIENCE) == 0
    sent = set((folder / "var/outbox/new").iterdir()) - proofs
    assert len(sent) == 2
    expect(said).to_have_text("2 accepted, 0 refused.")
