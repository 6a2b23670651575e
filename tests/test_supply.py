"""What is shipped is pinned, known by name and hash, and under licences that we accept."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

#: Every package by its name, with its version.
PINNED = dict(re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)", LOCK, re.MULTILINE))

audit = runpy.run_path(str(ROOT / ".ci" / "audit.py"))


def run(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_every_pin_has_a_hash() -> None:
    pins = re.split(r"\n(?=[a-z0-9])", LOCK.partition("\n")[2])

    assert len(PINNED) > 50
    assert all("--hash=sha256:" in pin for pin in pins if "==" in pin)


def test_every_licence_of_what_is_shipped_is_accepted() -> None:
    done = run("piplicenses", "--packages", *PINNED)

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 50


def test_a_licence_that_asks_for_more_is_refused() -> None:
    done = run("piplicenses", "--allow-only", "MIT", "--packages", *PINNED)

    assert done.returncode == 1
    assert "not in allow-only" in done.stderr


def test_the_bill_of_materials_names_every_package_with_its_hash(tmp_path: Path) -> None:
    file = tmp_path / "bill.json"
    words = ("--output-reproducible", "--of", "JSON", "--output-file", str(file))
    done = run("cyclonedx_py", "requirements", "requirements.lock", *words)
    assert done.returncode == 0, done.stderr

    components = json.loads(file.read_text(encoding="utf-8"))["components"]
    assert {one["name"]: one["version"] for one in components} == PINNED
    assert all(one["externalReferences"][0]["hashes"] for one in components)


def report(**package: Any) -> dict[str, Any]:
    return {"dependencies": [{"name": "one", "version": "1.0", **package}]}


KNOWN = {"id": "CVE-2026-1", "fix_versions": ["1.1"]}


@pytest.mark.parametrize(
    ("found", "gate", "code"),
    [
        (report(vulns=[]), True, 0),
        (report(vulns=[KNOWN]), True, 1),
        (report(skip_reason="not there"), True, 0),
        (report(skip_reason="not there"), False, 2),
        (None, True, 0),
        (None, False, 2),
    ],
)
def test_a_known_hole_stops_the_gate_and_not_knowing_is_never_called_clean(
    found: dict[str, Any] | None, gate: bool, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit["main"](found, gate=gate) == code

    said = capsys.readouterr().out
    assert ("one 1.0: CVE-2026-1, mended in 1.1" in said) is (code == 1)
    clean = found is not None and "vulns" in found["dependencies"][0]
    assert ("The others are not known here" in said) is not clean
