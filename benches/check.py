"""
How fast an edition is looked over: `python benches/check.py`.

Warm, twelve stories and thirty: preflight alone, a build with it in memory, and the slowest of its
checks. Last `newsletter check` as a whole process, whose time is mostly the loading of libraries.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median

from _bench import row
from command import _articles, _installed

from build import SITE, TEMPLATES, edition, milliseconds
from newsletter.newsroom import Newsroom
from newsletter.preflight import REGISTER, inspect
from newsletter.preflight.register import Entry
from newsletter.rendering import render
from newsletter.settings import Newsletter

ROUNDS, RUNS, SLOWEST = 20, 7, 5


def measure(stories: int, newsletter: Newsletter) -> None:
    """Look one edition over, whole and check by check."""
    today = edition(stories)
    mail = render(today, newsletter, templates=TEMPLATES, site_url=SITE)

    def look(checks: Mapping[str, Entry]) -> float:
        return milliseconds(
            lambda: inspect(today, mail, newsletter, site_url=SITE, checks=checks), rounds=ROUNDS
        )

    row(f"{stories} stories, {len(REGISTER)} checks", "ms")
    row("preflight", f"{look(REGISTER):.1f}")
    each = {name: look({name: entry}) for name, entry in REGISTER.items()}
    for name, spent in sorted(each.items(), key=lambda pair: -pair[1])[:SLOWEST]:
        row(f"  {name}, alone", f"{spent:.1f}")


def command() -> None:
    """Time a build with its checks in one process, then the command from its start."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _articles(work / "articles")
        env = _installed(work)
        os.chdir(work)
        os.environ["NEWSLETTER_TEMPLATES_DIR"] = env["NEWSLETTER_TEMPLATES_DIR"]
        newsroom = Newsroom.open()
        named = newsroom.newsletter("daily")
        day = edition(1).id.day
        warm = milliseconds(
            lambda: newsroom.desk.build(named, day, further=["spam"]), rounds=ROUNDS
        )
        row("12 stories, from files to findings", "seconds")
        row("warm, in one process", f"{warm / 1000:.3f}")
        words = [str(Path(sys.executable).with_name("newsletter")), "check", "--date", str(day)]
        subprocess.run(words, env=env, check=True, stdout=subprocess.DEVNULL)
        times = []
        for _ in range(RUNS):
            began = time.perf_counter()
            subprocess.run(words, env=env, check=True, stdout=subprocess.DEVNULL)
            times.append(time.perf_counter() - began)
        row("newsletter check, the process", f"{median(times):.3f}")
    print("  reach: 0.3 s warm")


def main() -> None:
    newsletter = Newsletter.load("daily", TEMPLATES)
    for stories in (12, 30):
        measure(stories, newsletter)
    command()


if __name__ == "__main__":
    main()
