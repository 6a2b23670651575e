"""
Import a million CSV rows: seconds, rows a second and peak memory, on both databases.

Reach: 30 s and 300 MB each. `python benches/import_subscribers.py [ROWS]`. Beside it: parting
the same file with the csv module alone, which is as fast as Python can read it.
"""

import csv
import sys
import tempfile
import time
from pathlib import Path

from _bench import DATABASES, alone, megabytes, row

from newsletter.audience.fingerprints import Fingerprints
from newsletter.audience.importer import import_subscribers
from newsletter.storage.database import Database

ROWS = 1_000_000

PRINTS = Fingerprints(b"a secret for measuring")


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
    begun, worked = time.perf_counter(), time.process_time()
    report = import_subscribers(database, path, "daily", prints=PRINTS, apply=True)
    seconds, worked = time.perf_counter() - begun, time.process_time() - worked
    database.close()
    speed = f"{report.new / seconds:,.0f}"
    row(name, f"{report.new:,}", f"{seconds:.1f}", f"{worked:.1f}", speed, f"{megabytes()}")


def parted(path: Path) -> float:
    """Return how many seconds the csv module alone takes."""
    begun = time.perf_counter()
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.reader(file):
            pass
    return time.perf_counter() - begun


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "readers.csv"
        write_file(path, rows)
        row("import", "rows", "seconds", "our CPU", "rows/s", "MB")
        for name, database in DATABASES.items():
            with database(Path(folder)) as url:
                alone(__file__, name, url, str(path))
        row("the csv module alone", f"{rows:,}", f"{parted(path):.1f}")
    print("  reach: 30 s and 300 MB each")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], sys.argv[3], Path(sys.argv[4]))
    else:
        main()
