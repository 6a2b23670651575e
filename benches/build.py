"""
How fast an edition is rendered: `python benches/build.py`.

Warm, articles in memory → HTML and text, twelve stories and thirty. Each step stands alone below
the whole, so that a slow one shows. Beside it: lxml reading and writing the same HTML once.
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import median
from time import perf_counter

from lxml import html as lxml_html  # type: ignore[import-untyped]

from newsletter.model import Article, Edition, EditionId, Image, Kind, Section, Video
from newsletter.rendering import jinja, render, rendition_size
from newsletter.rendering.compose import INLINED
from newsletter.rendering.inline import inline, squeeze
from newsletter.rendering.letter import letter
from newsletter.rendering.links import LinkTable
from newsletter.rendering.mjml import to_html
from newsletter.settings import Newsletter

TEMPLATES = Path(__file__).parents[1] / "templates"
SITE = "https://n.theshiftmaker.example"
DAY = date(2026, 7, 5)
PARAGRAPH = "<p>" + "Every morning the desk reads what came in and throws most away. " * 5 + "</p>"


def article(number: int, **fields: object) -> Article:
    return Article(
        id=f"2026-07-05-story-{number}-of-an-edition-that-is-made-to-be-measured",
        title=f"Story {number} has a headline that is about as long as most of them are",
        url=f"https://theshiftmaker.example/story-{number}",
        published=datetime(2026, 7, 4, 20, tzinfo=UTC),
        dek="A dek says in one or two sentences what the headline had to leave out. It ends here.",
        body=PARAGRAPH * 6,
        image=Image(url=f"{SITE}/i/{number:064}", alt="A desk at dawn, seen from above"),
        **fields,  # type: ignore[arg-type]
    )


def edition(stories: int) -> Edition:
    """The lead, a reel, and the other stories in two sections."""
    rest = [article(number) for number in range(2, stories)]
    half = len(rest) // 2
    return Edition(
        id=EditionId("daily", DAY),
        subject="An edition that is made to be measured",
        preheader="And nothing else.",
        lead=article(1),
        sections=(
            Section(name="one", title="One", articles=tuple(rest[:half])),
            Section(name="two", title="Two", articles=tuple(rest[half:])),
        ),
        reel=article(0, kind=Kind.REEL, video=Video(url="https://video.example/1", seconds=58)),
        cutoff=datetime(2026, 7, 5, 1, 30, tzinfo=UTC),
    )


def milliseconds(act: Callable[[], object], *, rounds: int = 60) -> float:
    act()
    times = []
    for _ in range(rounds):
        start = perf_counter()
        act()
        times.append(perf_counter() - start)
    return median(times) * 1000


def measure(stories: int, newsletter: Newsletter) -> None:
    today = edition(stories)

    def laid_out() -> dict[str, object]:
        links = LinkTable(SITE, tracked=True)
        shown = letter(today, newsletter, links=links, templates=TEMPLATES, site_url=SITE)
        return {"letter": shown}

    context = laid_out()
    mjml = jinja.fill("daily/edition.mjml.j2", context, TEMPLATES)
    html, css = to_html(mjml), jinja.source(INLINED, TEMPLATES)
    whole = render(today, newsletter, templates=TEMPLATES, site_url=SITE)
    steps: dict[str, Callable[[], object]] = {
        "whole": lambda: render(today, newsletter, templates=TEMPLATES, site_url=SITE),
        "  lay out": laid_out,
        "  jinja": lambda: jinja.fill("daily/edition.mjml.j2", context, TEMPLATES),
        "  mjml": lambda: to_html(mjml),
        "  inline": lambda: squeeze(inline(html, css)),
        "  text": lambda: jinja.fill("daily/edition.txt.j2", context, TEMPLATES),
        "lxml, read and write": lambda: lxml_html.tostring(lxml_html.fromstring(whole.html)),
    }
    print(f"{stories} stories, {rendition_size(whole):,} bytes of HTML")
    for name, act in steps.items():
        print(f"  {name:22}{milliseconds(act):8.2f} ms")


def main() -> None:
    newsletter = Newsletter.load("daily", TEMPLATES)
    for stories in (12, 30):
        measure(stories, newsletter)
    print("reach: 12 stories in 8 ms")


if __name__ == "__main__":
    main()
