# ruff: noqa: INP001 (a script, no package)
"""
Takes pictures of the public pages, the report and the studio: `make picture`.

    python docs/pages_picture.py FOLDER

The pages are what `newsletter serve` shows to the links of a mail, in a newsroom that sent the
sample edition into its outbox. The report is the newsroom's own page; its readers are made up.
The studio shows the sample edition as `newsletter preview` does.
"""

import io
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from picture import FONTS, side_by_side
from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from newsletter.reports.page import page as report_page

ROOT = Path(__file__).parents[1]
COMMAND = (sys.executable, "-m", "newsletter")
PHONE, DESKTOP = (390, 780), (900, 780)

#: A page, on what, and light or dark. `{door}` is a reader's own token.
VIEWS = (
    ("/subscribe", PHONE, "light"),
    ("/preferences/{door}", PHONE, "light"),
    ("/u/{door}", PHONE, "dark"),
    ("/archive", DESKTOP, "light"),
)


def main() -> int:
    if len(sys.argv) != 2:
        sys.stderr.write(__doc__ or "")
        return 2
    folder = Path(sys.argv[1])
    with sync_playwright() as playwright:
        names = ("chromium", "chromium-browser", "google-chrome")
        browser = playwright.chromium.launch(
            executable_path=next((found for name in names if (found := shutil.which(name))), None),
            args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
            env={**os.environ, "FONTCONFIG_FILE": str(FONTS)},
        )
        _kept(_public_pages(browser), folder / "pages.png")
        _kept(_report(browser), folder / "report.png")
        _kept(_studio(browser), folder / "studio.png")
        browser.close()
    return 0


def _public_pages(browser: Browser) -> list[Image.Image]:
    with tempfile.TemporaryDirectory() as made, _served(Path(made)) as (site, door):
        return [
            _taken(browser, site + path.format(door=door), size, scheme)
            for path, size, scheme in VIEWS
        ]


def _report(browser: Browser) -> list[Image.Image]:
    sys.path.insert(0, str(ROOT))
    from tests.reports.made import LARGE  # noqa: PLC0415 - readers who are made up

    with tempfile.TemporaryDirectory() as made:
        file = Path(made, "report.html")
        file.write_text(report_page(LARGE), encoding="utf-8")
        views = (((1000, 1180), "light"), ((390, 1180), "dark"))
        return [_taken(browser, file.as_uri(), size, scheme) for size, scheme in views]


def _studio(browser: Browser) -> list[Image.Image]:
    with tempfile.TemporaryDirectory() as made:
        _furnish(Path(made))
        port = _free_port()
        words = ("preview", "--date", "2026-07-05", "--no-open")
        with _running(Path(made), port, {**os.environ, "PYTHONPATH": str(ROOT)}, *words):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"http://127.0.0.1:{port}")
            page.wait_for_selector("body[data-ready]")
            page.wait_for_timeout(500)
            taken = page.screenshot()
            page.close()
    return [Image.open(io.BytesIO(taken)).convert("RGB")]


@contextmanager
def _served(folder: Path) -> Iterator[tuple[str, str]]:
    """Send the sample edition and serve; gives the site, and the token of one reader's way out."""
    _furnish(folder)
    port = _free_port()
    site = f"http://127.0.0.1:{port}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NEWSLETTER_SITE_URL": site}
    for day in ("2026-07-05", "2026-07-06", "2026-07-07"):
        sending = [*COMMAND, "send", "--date", day, "--yes"]
        subprocess.run(sending, cwd=folder, env=environment, capture_output=True, check=True)  # noqa: S603
    mail = max((folder / "var/outbox/new").iterdir()).read_text(encoding="utf-8")
    (door,) = re.findall(r"List-Unsubscribe: <\S+/u/([\w-]{28})>", mail)
    with _running(folder, port, environment, "serve"):
        yield site, door


def _furnish(folder: Path) -> None:
    for name in ("articles", "templates", "subscribers"):
        shutil.copytree(ROOT / name, folder / name)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@contextmanager
def _running(folder: Path, port: int, environment: dict[str, str], *words: str) -> Iterator[None]:
    """Run a command that serves at a port, as long as it is looked at."""
    command = [*COMMAND, *words, "--port", str(port)]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    try:
        _awaited(port)
        yield
    finally:
        process.terminate()
        process.wait(20)


def _awaited(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the pages do not come up")


def _taken(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Image.Image:
    page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(address)
    taken = page.screenshot()
    page.close()
    return Image.open(io.BytesIO(taken)).convert("RGB")


def _kept(views: list[Image.Image], target: Path) -> None:
    side_by_side(views).quantize(256).save(target, optimize=True)
    sys.stdout.write(f"{target}, {target.stat().st_size // 1000} kB\n")


if __name__ == "__main__":
    sys.exit(main())
