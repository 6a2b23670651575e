"""
Workers on PostgreSQL that share an edition: `python benches/fleet.py [READERS] [four | killed]`.

- An edition goes by SMTP to a fast sink, which shares the machine's cores: by one worker, and by
  four (1,000,000 readers; reach: 1.6 times as fast on 2 cores, nobody twice).
- The same for 100,000 while one of three workers is killed with -9. Printed are the seconds until
  it was sent, how long nothing came from the batches of the dead one, and what `newsletter prove`
  says.
"""

import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path
from typing import NamedTuple

from _bench import row
from send import environment, newsroom, run, smtp
from smtp import listening

from newsletter.delivery.ledger import Ledger
from newsletter.model import EditionId
from newsletter.storage.database import Database
from newsletter.storage.presence import count_alive

READERS, MANY = 100_000, 1_000_000
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


class Sent(NamedTuple):
    """How an edition went out."""

    #: From when the workers were there to the last answer.
    seconds: float
    #: Of all workers together, start included.
    cpu: float
    mails: int
    #: By the ledger.
    submitted: int


def by_workers(number: int, readers: int) -> Sent:
    """Have some workers send an edition that was frozen before they are there."""
    with newsroom("postgresql", readers) as (folder, url), listening() as (port, end):
        given = smtp(url, port)
        workers = [work(folder, given) for _ in range(number)]
        database = Database.open(url)
        while alive(database) < number:
            time.sleep(0.1)
        subprocess.run([sys.executable, "-c", BEGIN], cwd=folder, env=given, check=True)
        began, ledger = time.monotonic(), Ledger(database, SUNDAY)
        while ledger.left().open or ledger.left().unwritten:
            time.sleep(0.2)
        seconds = time.monotonic() - began
        cpu = sum(sent_home(worker) for worker in workers)
        counts = ledger.counts()
        database.close()
        run(folder, environment(url), "prove", str(SUNDAY))
        taken, _ = end()
    return Sent(seconds, cpu, taken, counts.submitted)


def alive(database: Database) -> int:
    with database.read() as connection:
        return count_alive(database, connection)


def sent_home(worker: "subprocess.Popen[bytes]") -> float:
    """End a worker; returns the seconds of CPU that it used."""
    worker.terminate()
    _, status, used = os.wait4(worker.pid, 0)
    worker.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


def four(readers: int) -> None:
    """Print how much faster four workers are than one."""
    one, many = by_workers(1, readers), by_workers(4, readers)
    for name, sent in (("one worker", one), ("four workers", many)):
        twice = sent.mails - sent.submitted
        cpu = f"{sent.cpu / sent.mails * 1e6:,.0f} µs"
        row(name, f"{sent.mails:,}", f"{sent.mails / sent.seconds:,.0f}/s", cpu, f"{twice} twice")
    row("four against one", "", f"{one.seconds / many.seconds:.2f}")
    print("  reach: 1.6, and 0 twice")


def main() -> None:
    """Print the figures; takes about ten minutes, most of them for the million."""
    given = [int(word) for word in sys.argv[1:] if word.isdigit()]
    if "killed" not in sys.argv:
        four(*given or [MANY])
    if "four" not in sys.argv:
        killed(*given or [READERS])


def killed(readers: int) -> None:
    """Kill one of three workers, and print what became of its work."""
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
