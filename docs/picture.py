# ruff: noqa: INP001 (a script, no package)
"""
Takes the README's picture of the mail: desktop and phone, light and dark, side by side.

    python docs/picture.py EDITION.html PICTURE.png [FOLDER]

FOLDER holds the mail's own pictures by their hash (`<hash>.jpg`), as `/i/<hash>` serves them;
without it, their places stay empty.
"""

import io
import os
import re
import shutil
import sys
from pathlib import Path

from PIL import Image, ImageDraw
from playwright.sync_api import Browser, Route, sync_playwright

FONTS = Path(__file__).parents[1] / "tests" / "look" / "fonts.conf"

#: Width of the window and scheme of each view, from left to right.
VIEWS = ((640, "light"), (375, "light"), (375, "dark"), (640, "dark"))
HEIGHT, GAP, CORNER = 1180, 40, 12
GROUND = "#DAD5CA"


def main() -> int:
    if len(sys.argv) not in {3, 4}:
        sys.stderr.write(__doc__ or "")
        return 2
    mail = Path(sys.argv[1]).read_text(encoding="utf-8")
    folder = Path(sys.argv[3]) if len(sys.argv) == 4 else Path(sys.argv[1]).parent / "pictures"
    target = Path(sys.argv[2])
    target.parent.mkdir(parents=True, exist_ok=True)
    views = photographed(mail, folder)
    side_by_side(views).quantize(256).save(target, optimize=True)
    sys.stdout.write(f"{target}, {target.stat().st_size // 1000} kB\n")
    return 0


def photographed(mail: str, folder: Path) -> list[Image.Image]:
    """Open the mail in each view and take the top of it."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
            env={**os.environ, "FONTCONFIG_FILE": str(FONTS)},
        )
        views = [view(browser, mail, folder, width, scheme) for width, scheme in VIEWS]
        browser.close()
    return views


def view(browser: Browser, mail: str, folder: Path, width: int, scheme: str) -> Image.Image:
    page = browser.new_page(
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.route("**/*", lambda route: answer(route, folder))
    page.set_content(mail)
    taken = page.screenshot()
    page.close()
    return Image.open(io.BytesIO(taken)).convert("RGB")


def answer(route: Route, folder: Path) -> None:
    """Give the mail its own pictures, and nothing from the web."""
    name = re.search(r"/i/([0-9a-f]+)", route.request.url)
    found = next(folder.glob(f"{name[1]}*"), None) if name else None
    if found:
        route.fulfill(body=found.read_bytes())
    else:
        route.abort()


def side_by_side(views: list[Image.Image]) -> Image.Image:
    """Lay the views out on one ground, with round corners."""
    width = sum(one.width for one in views) + GAP * (len(views) + 1)
    height = max(one.height for one in views)
    sheet = Image.new("RGB", (width, height + 2 * GAP), GROUND)
    left = GAP
    for one in views:
        mask = Image.new("L", one.size, 0)
        ImageDraw.Draw(mask).rounded_rectangle([0, 0, *one.size], CORNER, 255)
        sheet.paste(one, (left, GAP), mask)
        left += one.width + GAP
    return sheet


if __name__ == "__main__":
    sys.exit(main())
