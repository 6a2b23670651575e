"""
How long `newsletter build` takes as a whole process, 12 stories, beside Node on the same MJML.

Runs the two in turn, so that a slow minute of the machine meets both; prints medians. The peer
is MJML 5 and juice from npm (`npm install` in `benches/node`, done here when npm is there).
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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
        env = os.environ | {"NEWSLETTER_TEMPLATES_DIR": str(ROOT / "templates")}
        command = Path(sys.executable).with_name("newsletter")
        ours = [str(command), "build", "--date", "2026-07-05", "--out", str(work / "out")]
        subprocess.run(ours, cwd=work, env=env, check=True, stdout=subprocess.DEVNULL)
        peer = _peer(work)
        mine, theirs = [], []
        for _ in range(RUNS):
            mine.append(_timed(ours, work, env))
            if peer:
                theirs.append(_timed(peer, work, dict(os.environ)))
    _show("newsletter build, 12 stories", mine)
    if theirs:
        _show("node: MJML 5 and juice", theirs)
        ratio = statistics.median(a[0] / b[0] for a, b in zip(mine, theirs, strict=True))
        print(f"  ratio of wall times, run by run: {ratio:.2f}   (to reach: 0.90)")
    else:
        print("  npm is not here: no peer to measure against")


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
    wall = statistics.median(run[0] for run in runs)
    cpu = statistics.median(run[1] for run in runs)
    print(f"  {name:<32} wall {wall:.3f} s   CPU {cpu:.3f} s   (median of {len(runs)})")


if __name__ == "__main__":
    main()
