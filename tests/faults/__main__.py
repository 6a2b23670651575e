"""
The long form of the proof: `make torture`, or `python -m tests.faults --kills 1000 --seed 5`.

Kills senders at random, spread over both transports and both databases, and prints what the
judge found. A red round names its seed, so that it can be run again.
"""

import argparse
import random
import sys
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.faults.torture import SETTINGS, round_of_kills
from tests.servers import postgresql_server


@dataclass
class Tally:
    """What came of one transport on one database."""

    name: str
    kills: int = 0
    rounds: int = 0
    recipients: int = 0
    duplicates: int = 0
    lost: int = 0
    unknown: int = 0
    #: Unknown after a round, for each of its kills; the most.
    worst: float = 0.0
    #: Seconds from a sender's start after a kill to its first mail; the longest.
    stop: float = 0.0
    red: list[str] = field(default_factory=list)


def fresh(server: str, kind: str, folder: Path) -> str:
    """Return the address of a database where nothing is yet."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/n.db"
    name = f"torture_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return server.replace("/postgres?", f"/{name}?").replace("postgresql:", "postgresql+psycopg:")


def torture(server: str, kind: str, transport: str, kills: int, seed: int) -> Tally:
    tally = Tally(f"{transport}, {kind}")
    while tally.kills < kills:
        mark = f"{seed} {transport} {kind} {tally.rounds}"
        chance = random.Random(mark)  # noqa: S311 - to be run again
        with tempfile.TemporaryDirectory(prefix="newsletter-") as name:
            folder = Path(name)
            url = fresh(server, kind, folder)
            left = kills - tally.kills
            run, found = round_of_kills(folder / "run", url, SETTINGS[transport], left, chance)
        tally.kills += run.kills
        tally.rounds += 1
        tally.recipients += found.recipients
        tally.duplicates += found.duplicates
        tally.lost += found.lost
        tally.unknown += found.counts.unknown
        tally.worst = max(tally.worst, found.counts.unknown / max(run.kills, 1))
        tally.stop = max(tally.stop, run.longest_stop)
        tally.red += [f"{mark}: {fault}" for fault in found.faults]
        print(f"\r{tally.name}: {tally.kills} of {kills} kills", end="", file=sys.stderr)
    print(file=sys.stderr)
    return tally


def show(tallies: list[Tally], seconds: float) -> None:
    head = ("", "kills", "rounds", "recipients", "duplicates", "lost", "unknown", "a kill", "stop")
    print(f"{head[0]:<28}" + "".join(f"{word:>11}" for word in head[1:]))
    for t in tallies:
        figures = (t.kills, t.rounds, t.recipients, t.duplicates, t.lost, t.unknown)
        more = (f"{t.worst:.0f}", f"{t.stop:.2f} s")
        print(f"{t.name:<28}" + "".join(f"{figure:>11,}" for figure in figures), end="")
        print("".join(f"{figure:>11}" for figure in more))
    print(f"{sum(t.kills for t in tallies):,} kills in {seconds:,.0f} s")


def main() -> int:
    """Kill, judge and print; ends with 1 when anything was red."""
    words = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    words.add_argument("--kills", type=int, default=1000, help="in all; default 1000")
    words.add_argument("--seed", type=int, default=random.randrange(10**6))  # noqa: S311
    given = words.parse_args()
    print(f"seed {given.seed}", file=sys.stderr)
    began = time.monotonic()
    with postgresql_server() as server:
        pairs = [(kind, transport) for kind in ("sqlite", "postgresql") for transport in SETTINGS]
        share = -(-given.kills // len(pairs))
        tallies = [torture(server.get_uri(), *pair, share, given.seed) for pair in pairs]
    show(tallies, time.monotonic() - began)
    red = [fault for tally in tallies for fault in tally.red]
    for fault in red:
        print(f"RED {fault}")
    return int(bool(red))


if __name__ == "__main__":
    sys.exit(main())
