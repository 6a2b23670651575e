# ruff: noqa: INP001 (a script, no package)
"""
Takes the README's picture of the studio, from a studio that is running.

    python docs/studio_picture.py ADDRESS PICTURE.png
"""

import io
import os
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

FONTS = Path(__file__).parents[1] / "tests" / "look" / "fonts.conf"


def main() -> int:
    if len(sys.argv) != 3:
        sys.stderr.write(__doc__ or "")
        return 2
    address, target = sys.argv[1], Path(sys.argv[2])
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next((found for name in names if (found := shutil.which(name))), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--disable-gpu", "--hide-scrollbars"],
            env={**os.environ, "FONTCONFIG_FILE": str(FONTS)},
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(address)
        page.wait_for_selector("body[data-ready]")
        page.wait_for_timeout(500)
        taken = page.screenshot()
        browser.close()
    Image.open(io.BytesIO(taken)).convert("RGB").quantize(256).save(target, optimize=True)
    sys.stdout.write(f"{target}, {target.stat().st_size // 1000} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
