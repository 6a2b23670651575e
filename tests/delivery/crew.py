"""A crew that writes down what it was given, in a process of its own."""

import logging
import os
import time
from collections.abc import Sequence
from pathlib import Path

from newsletter.delivery.engine import Engine
from newsletter.delivery.jobs import Job

#: A job of this edition is never done: its process is to be killed over it.
STUCK = "stuck/2026-07-05"


class Crew:
    """Every file in `due` is a job; it is done when its file is gone."""

    def __init__(self, folder: Path, name: str) -> None:
        self.name = name
        self._folder = folder
        (folder / f"alive-{name}").write_text(str(os.getpid()))

    def due(self) -> Sequence[Job]:
        found = sorted((self._folder / "due").iterdir())
        return [Job(*_parts(file.name)) for file in found]

    def work(self, job: Job) -> None:
        # A sweep that looked before a job ended hands it out again: as with the ledger, what is
        # done says so itself.
        if not (self._folder / "due" / _name(job)).exists():
            return
        with (self._folder / "worked").open("a") as told:
            told.write(f"{job.edition} {job.batch} {self.name} {time.time()}\n")
        if job.edition == STUCK and self.name == "victim":
            time.sleep(60)
        (self._folder / "due" / _name(job)).unlink(missing_ok=True)

    def is_alive(self, name: str) -> bool:
        try:
            os.kill(int((self._folder / f"alive-{name}").read_text()), 0)
        except (OSError, ValueError):
            return False
        return True


def _name(job: Job) -> str:
    return f"{job.edition.replace('/', '_')}_{job.batch}"


def _parts(name: str) -> tuple[str, int]:
    newsletter, day, batch = name.split("_")
    return f"{newsletter}/{day}", int(batch)


def put(folder: Path, edition: str, batch: int) -> None:
    (folder / "due").mkdir(exist_ok=True)
    (folder / "due" / _name(Job(edition, batch))).touch()


def run(url: str, folder: Path, name: str, seconds: float) -> None:
    """Be one process of a fleet for a while."""
    logging.basicConfig(filename=folder / f"log-{name}", level=logging.INFO)
    beside = folder / "n.db.d" if url.startswith("sqlite") else None
    engine = Engine(url, beside, Crew(folder, name), lanes=2)
    engine.launch()
    (folder / f"launched-{name}").touch()
    time.sleep(seconds)
    engine.close(1)
