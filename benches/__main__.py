"""
Runs every bench and prints its figures: `make bench`, or `python benches plan` for one.

Each bench is a script of its own that prints a table; figures are medians, side by side with a
peer or a physical limit in the same run, since machines are noisy.
"""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main() -> int:
    wanted = sys.argv[1:]
    scripts = [p for p in sorted(HERE.glob("*.py")) if not p.stem.startswith("_")]
    worst = 0
    for script in scripts:
        if wanted and script.stem not in wanted:
            continue
        print(f"\n── {script.stem} " + "─" * (80 - len(script.stem)), flush=True)
        worst = max(worst, subprocess.run([sys.executable, script], check=False).returncode)
    return worst


if __name__ == "__main__":
    sys.exit(main())
