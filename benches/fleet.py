"""
Three workers on PostgreSQL, one killed for good: `python benches/fleet.py [READERS]`.

An edition for 100,000 readers goes by SMTP to a fast sink while one of the workers is killed
with -9. Printed are the seconds until it was sent, how long nothing came from the batches of the
dead one, and what `newsletter prove` says.
"""

import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

from _bench import row
from send import environment, newsroom, run, smtp
from smtp import listening

from newsletter.delivery.ledger import Ledger
from newsletter.model import EditionId
from newsletter.storage.database import Database

READERS = 100_000
SUNDAY = EditionId("daily", date(2026, 7, 5))

#: Freezes the edition and says that sending begins, so that workers find it.
BEGIN = """
from datetime import date
from newsletter.delivery.ledger import Ledger
from newsletter.newsroom import Newsroom
newsroom = Newsroom.open()
daily = newsroom.newsletter()
made = newsroom.desk.build(daily, date(2026, 7, 5))
newsroom.dispatch.plan(made)
Ledger(newsroom._house.database, made.id).begin()
"""


def settled(ledger: Ledger) -> int:
    counts = ledger.counts()
    return counts.selected - counts.pending - counts.unknown


def holders(database: Database) -> list[tuple[int, str | None]]:
    """Return every open batch, and the name of the worker that has its lease."""
    with database.read() as connection:
        rows = connection.exec_driver_sql("SELECT number, holder FROM batches WHERE open")
        return [(row.number, row.holder) for row in rows]


def until_taken_over(ledger: Ledger, held: set[int]) -> int:
    """Wait until what a dead one held is others' or done; returns how many batches that was."""
    orphans = set(ledger.due()) & held
    while not orphans:
        orphans = set(ledger.due()) & held
    while set(ledger.due()) & orphans:
        time.sleep(0.02)
    return len(orphans)


def main() -> None:
    """Print the figures; takes about a minute."""
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else READERS
    with newsroom("postgresql", readers) as (folder, url), listening() as (port, end):
        given = smtp(url, port)
        subprocess.run([sys.executable, "-c", BEGIN], cwd=folder, env=given, check=True)
        began = time.monotonic()
        workers = [work(folder, given) for _ in range(3)]
        database = Database.open(url)
        ledger = Ledger(database, SUNDAY)
        while settled(ledger) < readers // 4:
            time.sleep(0.1)
        held = {number for number, holder in holders(database) if holder}
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        killed = time.monotonic()
        left = until_taken_over(ledger, held)
        over = time.monotonic() - killed
        while ledger.left().open or ledger.left().unwritten:
            time.sleep(0.1)
        took = time.monotonic() - began
        for worker in workers[1:]:
            worker.terminate()
            worker.wait(15)
        counts = ledger.counts()
        database.close()
        proven = run(folder, environment(url), "prove", str(SUNDAY))
        taken, _ = end()
    row("three workers, one killed", f"{counts.selected:,}", f"{took:.1f} s")
    row("submitted · unknown", f"{counts.submitted:,}", f"{counts.unknown:,}")
    row("mails at the sink", f"{taken:,}")
    row(f"its {left} batches are others' after", "", f"{over:.2f} s")
    row("newsletter prove agrees", "", f"{proven.seconds:.1f} s")


def work(folder: Path, given: dict[str, str]) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "newsletter", "worker"]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, env=given, stdout=log, stderr=log)


if __name__ == "__main__":
    main()
