"""The engine hands jobs out over processes, and again when a process dies over one."""

import multiprocessing
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import pytest

from tests.delivery import crew
from tests.waiting import until

DAILY = "daily/2026-07-05"

Start = Callable[..., SpawnProcess]


@pytest.fixture
def start(database_url: str, tmp_path: Path) -> Any:
    """Start a process of the fleet: `start("ann", seconds=3)`."""
    (tmp_path / "due").mkdir()
    started: list[SpawnProcess] = []

    def run(name: str, seconds: float = 4) -> SpawnProcess:
        spawn = multiprocessing.get_context("spawn")
        words = (database_url, tmp_path, name, seconds)
        process = spawn.Process(target=crew.run, args=words, daemon=True)
        process.start()
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.join()


def lines(folder: Path, name: str) -> list[str]:
    file = folder / name
    return file.read_text().splitlines() if file.exists() else []


def test_two_processes_share_the_jobs_and_do_each_once(start: Start, tmp_path: Path) -> None:
    for number in range(20):
        crew.put(tmp_path, DAILY, number)
    processes = [start("ann", seconds=5), start("bob", seconds=5)]
    for process in processes:
        process.join(30)

    worked = [line.split() for line in lines(tmp_path, "worked")]
    assert [process.exitcode for process in processes] == [0, 0]
    assert sorted(int(batch) for _, batch, *_ in worked) == list(range(20))
    # Nothing of the engine's own is told to anybody.
    assert lines(tmp_path, "log-ann") == []


def test_a_job_whose_process_was_killed_is_handed_out_again(start: Start, tmp_path: Path) -> None:
    crew.put(tmp_path, crew.STUCK, 1)
    victim = start("victim", seconds=60)
    assert until(lambda: bool(lines(tmp_path, "worked")))
    start("heir", seconds=15)
    assert until((tmp_path / "launched-heir").exists)
    victim.kill()
    victim.join()
    killed = time.time()

    assert until(lambda: len(lines(tmp_path, "worked")) > 1)
    edition, batch, name, at = lines(tmp_path, "worked")[-1].split()
    assert (edition, batch, name) == (crew.STUCK, "1", "heir")
    assert float(at) - killed < 10


def test_a_command_that_needs_no_engine_does_not_load_it() -> None:
    program = (
        "import sys, newsletter.cli, newsletter.delivery, newsletter.newsroom.dispatch;"
        "sys.exit('dbos' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
