"""
Asks whether anything is known against what is shipped: the pinned packages of requirements.lock.

Advisories come from the service that pip-audit asks. Where it cannot be reached nothing is
known, and that is said; it is a failure for a person who asks (exit code 2), not for the gate.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

LOCK = Path(__file__).parents[1] / "requirements.lock"

#: Seconds for all packages together.
LONGEST = 300


def asked() -> Mapping[str, Any] | None:
    """Run pip-audit over the lock; None: its service could not be reached."""
    words = ("--disable-pip", "--require-hashes", "--progress-spinner=off", "--format=json")
    command = (sys.executable, "-m", "pip_audit", *words, f"--requirement={LOCK}")
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=LONGEST
        )
        return json.loads(done.stdout)
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        return None


def advisories(report: Mapping[str, Any]) -> Iterator[str]:
    """Say what is known against each package, a line for each advisory."""
    for package in report["dependencies"]:
        for one in package.get("vulns", ()):
            mended = ", ".join(one["fix_versions"]) or "nothing yet"
            yield f"{package['name']} {package['version']}: {one['id']}, mended in {mended}"


def looked_up(report: Mapping[str, Any]) -> int:
    """Count the packages that the service knows."""
    return sum("vulns" in package for package in report["dependencies"])


def main(report: Mapping[str, Any] | None, *, gate: bool) -> int:
    """Print what is known; 0: nothing against what is shipped, 1: something, 2: nobody knows."""
    packages = len(report["dependencies"]) if report else 0
    number = looked_up(report) if report else 0
    found = list(advisories(report)) if report else []
    for line in found:
        print(line)
    print(f"Advisories: {number} of {packages} packages looked up, {len(found)} found.")
    if found:
        return 1
    if number < packages or not packages:
        print("The others are not known here: run `make audit` where the internet can be reached.")
        return 0 if gate else 2
    return 0


if __name__ == "__main__":
    sys.exit(main(asked(), gate=os.environ.get("CI") == "true"))
