"""
How soon a killed process goes on: `python benches/restart.py [READERS]`.

An edition for 1,000,000 readers is being sent by `newsletter worker`; seconds after its first
mails the process is killed with -9, and what is named is started in its place. "first mail": from
that start until a mail is begun at the relay; "ready": until `newsletter serve`, started anew as
well, answers /readyz.

Reach: 3 s each.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from _bench import DATABASES, row
from fleet import BEGIN
from send import SEND, arrival, newsroom, smtp
from smtp import listening

READERS = 1_000_000

#: Seconds that the first one sends before it is killed.
SENDS = 3.0


def start(folder: Path, given: dict[str, str], *words: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "newsletter", *words]
    with (folder / "log").open("ab") as log:
        return subprocess.Popen(command, cwd=folder, env=given, stdout=log, stderr=log)


def kill(process: "subprocess.Popen[bytes]") -> float:
    """Kill it; returns the seconds of CPU that it used."""
    process.send_signal(signal.SIGKILL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return used.ru_utime + used.ru_stime


def send_a_while(folder: Path, url: str) -> None:
    """Have a worker mail some readers, and kill it amid the others."""
    with arrival() as (port, came):
        first = start(folder, smtp(url, port), "worker")
        if not came.wait(60):
            sys.exit((folder / "log").read_text()[-3000:])
        kill(first)
    with listening() as (port, end):
        sending = start(folder, smtp(url, port), "worker")
        time.sleep(SENDS + 2)
        kill(sending)
        end()


def until_mail(folder: Path, url: str, *words: str) -> str:
    """Say how long it is from a command's start to the first mail that it begins."""
    with arrival() as (port, came):
        began = time.perf_counter()
        process = start(folder, smtp(url, port), *words)
        if not came.wait(60):
            sys.exit((folder / "log").read_text()[-3000:])
        seconds = time.perf_counter() - began
        return f"{seconds:.2f} · {kill(process):.1f}"


def until_ready(folder: Path, url: str) -> str:
    """Say how long it is from the start of `serve` until it says that it is ready."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    began = time.perf_counter()
    process = start(folder, smtp(url, 9), "serve", "--port", str(port))
    while not is_ready(port):
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    return f"{seconds:.2f} · {kill(process):.1f}"


def is_ready(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError):
        return False


def measure(kind: str, readers: int) -> None:
    with newsroom(kind, readers) as (folder, url):
        subprocess.run([sys.executable, "-c", BEGIN], cwd=folder, env=smtp(url, 9), check=True)
        send_a_while(folder, url)
        figures = [until_mail(folder, url, *words) for words in (("worker",), ("run",), SEND)]
        figures.append(until_ready(folder, url))
    row(kind, *figures)


def main() -> None:
    """Print the figures; takes two minutes."""
    os.environ.setdefault("NEWSLETTER_DELIVERY__LEASE_SECONDS", "60")
    readers = int(sys.argv[1]) if len(sys.argv) > 1 else READERS
    row("first mail after a kill, by", "worker", "run", "send", "serve ready")
    for kind in DATABASES:
        measure(kind, readers)
    print("  seconds · of the process's CPU; reach: 3 s each")


if __name__ == "__main__":
    main()
