"""
How long `newsletter build` takes as a whole process, 12 stories, beside Node on the same MJML.

Runs the two in turn, so that a slow minute of the machine meets both; prints medians. Ours reads
and checks the articles, chooses among them and writes the text part and a whole mail as well. The
peer is MJML 5 and juice from npm (`npm install` in `benches/node`, done here when npm is there).
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _bench import row

HERE = Path(__file__).parent
ROOT = HERE.parent
RUNS = 11

ARTICLE = """---
title: Story number {n} about a thing that happened this morning
dek: What happened, and why it matters to those who were there.
published: 2026-07-05T0{hour}:{minute:02}+05:30
section: how-we-make-this
sources:
  - title: A source
    url: https://source.example/{n}
---

{body}
"""
PARAGRAPH = "A sentence that says what a sentence of a story says, with a fact in it. " * 6


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        _articles(work / "articles")
        env = _installed(work)
        command = Path(sys.executable).with_name("newsletter")
        ours = [str(command), "build", "--date", "2026-07-05", "--out", str(work / "out")]
        subprocess.run(ours, cwd=work, env=env, check=True, stdout=subprocess.DEVNULL)
        peer = _peer(work)
        mine, theirs = [], []
        for _ in range(RUNS):
            mine.append(_timed(ours, work, env))
            if peer:
                theirs.append(_timed(peer, work, dict(os.environ)))
    row(f"medians of {RUNS} runs", "seconds", "CPU", "least")
    _show("newsletter build, 12 stories", mine)
    if not theirs:
        print("  reach: 0.6 s; npm is not here, so there is no peer to measure against")
        return
    _show("Node: MJML 5 and juice", theirs)
    pairs = list(zip(mine, theirs, strict=True))
    seconds, cpu = (statistics.median(a[at] / b[at] for a, b in pairs) for at in (0, 1))
    row("ours to theirs, run by run", f"{seconds:.2f}", f"{cpu:.2f}")
    print("  reach: 0.6 s, and 0.90 of Node's")


def _installed(work: Path) -> dict[str, str]:
    """Return an environment in which Python keeps what it compiled, as it does once installed."""
    env = os.environ | {
        "NEWSLETTER_TEMPLATES_DIR": str(ROOT / "templates"),
        "PYTHONPYCACHEPREFIX": str(work / "compiled"),
    }
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return env


def _articles(folder: Path) -> None:
    folder.mkdir()
    for n in range(12):
        text = ARTICLE.format(n=n, hour=1 + n // 6, minute=n * 4, body=f"{PARAGRAPH}\n\n" * 3)
        (folder / f"2026-07-05-story-{n}.md").write_text(text, encoding="utf-8")


def _peer(work: Path) -> list[str]:
    if not (shutil.which("npm") and shutil.which("node")):
        return []
    if not (HERE / "node" / "node_modules").exists():
        quiet = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--silent"]
        subprocess.run(quiet, cwd=HERE / "node", check=True)
    source, target = work / "out" / "edition.mjml", work / "peer.html"
    return ["node", str(HERE / "node" / "peer.mjs"), str(source), str(target)]


def _timed(command: list[str], cwd: Path, env: dict[str, str]) -> tuple[float, float]:
    before, began = os.times(), time.perf_counter()
    subprocess.run(command, cwd=cwd, env=env, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - began, os.times()
    cpu = after.children_user + after.children_system
    return wall, cpu - before.children_user - before.children_system


def _show(name: str, runs: list[tuple[float, float]]) -> None:
    wall, cpu = (statistics.median(run[at] for run in runs) for at in (0, 1))
    row(name, f"{wall:.3f}", f"{cpu:.3f}", f"{min(run[0] for run in runs):.3f}")


if __name__ == "__main__":
    main()
