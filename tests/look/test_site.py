"""The documentation, built: every link leads somewhere, and nothing is loaded from elsewhere."""

import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from tests.look.conftest import launched

ROOT = Path(__file__).parents[2]
TARGET = "# A\n\n[there](b.md) and [its second part](b.md#second)\n"
SECOND = "# B\n\n## Second\n\nHere.\n"

Built = Callable[[Path, Path], "subprocess.CompletedProcess[str]"]


def built(source: Path, target: Path) -> "subprocess.CompletedProcess[str]":
    """Build as `make docs` does."""
    strict = ["--fail-on-warning", "--keep-going", "--nitpicky", "--quiet"]
    command = [sys.executable, "-m", "sphinx", "-c", str(ROOT / "docs/site"), "-b", "html", *strict]
    # A proxy that nobody is at: whoever asks the net fails.
    away = {"http_proxy": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}
    return subprocess.run(
        [*command, "-d", str(target / "doctrees"), str(source), str(target / "html")],
        env={"PATH": "/usr/bin:/bin", **away},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    ended = built(ROOT, target)
    assert (ended.returncode, ended.stderr) == (0, "")
    return target / "html"


def a_small_house(folder: Path, first: str) -> Path:
    """A source with a page for each that `conf.py` names, and two that link to each other."""
    contents = runpy.run_path(str(ROOT / "docs/site/conf.py"))["CONTENTS"]
    named = {page: list(chain(*entries.values())) for page, entries in contents.items()}
    for page, entries in named.items():
        beside = Path(page).parent if page != "README" else Path()
        for entry in (page, *(entry for entry in entries if page == "README" or "/" in entry)):
            at_root = entry == page or entry.startswith("/")
            name = entry.lstrip("/") if at_root else str(beside / entry)
            _write(folder / f"{name.replace('*', 'one')}.md", "# A page\n")
    _write(folder / "docs/decisions/0001-one.md", "# One\n")
    _write(folder / "docs/how-to/a.md", first)
    _write(folder / "docs/how-to/b.md", SECOND)
    return folder


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (TARGET, ""),
        (TARGET.replace("(b.md)", "(c.md)"), "c.md"),
        (TARGET.replace("#second", "#third"), "third"),
    ],
    ids=["whole", "a page that is not there", "an anchor that is not there"],
)
def test_a_link_that_leads_nowhere_stops_the_build(tmp_path: Path, broken: str, said: str) -> None:
    ended = built(a_small_house(tmp_path / "house", broken), tmp_path)

    assert (ended.returncode != 0) == bool(said), ended.stderr
    assert said in ended.stderr


class Loaded(HTMLParser):
    """What a browser would load for a page by itself, and where its links lead."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.links: list[str] = []
        self.ids: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.ids |= {given["id"]} if "id" in given else set()
        if tag == "a":
            self.links += [given["href"]] if "href" in given else []
        elif tag == "link":
            self.addresses += [given["href"]] if given.get("rel") not in {"next", "prev"} else []
        else:
            self.addresses += [given["src"]] if "src" in given else []


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))

    assert len(pages) > 30
    for page in pages:
        loaded = Loaded(page.read_text(encoding="utf-8")).addresses
        assert loaded
        assert not [one for one in loaded if re.match(r"(\w+:)?//", one)], page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import\s*)['\"]?(\w+:)?//", sheet.read_text("utf-8")), sheet


def test_every_link_of_the_site_leads_to_a_page_and_an_anchor_of_it(site: Path) -> None:
    read = {page: Loaded(page.read_text("utf-8")) for page in site.rglob("*.html")}
    for page, loaded in read.items():
        for link in loaded.links:
            name, _, anchor = link.partition("#")
            if re.match(r"\w+:", link) or page.name in {"search.html", "genindex.html"}:
                continue
            there = (page.parent / name).resolve() if name else page
            assert there.exists(), f"{page.name}: {link}"
            if anchor and there in read:
                assert anchor in read[there].ids, f"{page.name}: {link}"


def test_every_page_of_the_documentation_is_on_the_site(site: Path) -> None:
    for page in [*ROOT.glob("docs/**/*.md"), ROOT / "README.md", ROOT / "deploy/README.md"]:
        assert (site / page.relative_to(ROOT)).with_suffix(".html").exists()


@pytest.fixture(scope="module")
def window(playwright: Any, chromium: str) -> Iterator[Any]:
    running = launched(playwright, chromium)
    yield running
    running.close()


SHOWN = (
    "index",
    "docs/how-to/deploy",
    "docs/reference",
    "docs/reference/options",
    "docs/explanation",
)


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_a_page_whole_and_asks_nobody(window: Any, site: Path, scheme: str) -> None:
    context = window.new_context(viewport={"width": 375, "height": 667}, color_scheme=scheme)
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    for name in SHOWN:
        page.goto(f"file://{site}/{name}.html")
        assert page.evaluate("document.documentElement.scrollWidth") <= 375, name
    context.close()

    assert len(asked) > len(SHOWN)
    assert {url.split(":")[0] for url in asked} <= {"file", "data"}
