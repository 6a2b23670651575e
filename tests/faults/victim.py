"""What runs in a sender that is made to be killed."""

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NamedTuple

# Loaded once, in the server that victims are forked from.
import newsletter.cli
import newsletter.delivery.lanes
import newsletter.delivery.reconcile
import newsletter.newsroom
import newsletter.preflight
import newsletter.rendering
import newsletter.rendering.pictures
import newsletter.sources
import newsletter.storage.database
import newsletter.storage.snapshot
import newsletter.transports.dkim
import newsletter.transports.sendgrid
import newsletter.transports.smtp
from newsletter.transports.smtp.session import Patience
from tests.faults.mutants import MUTANTS

#: Seconds that transports wait for answers here: a test cannot wait ten minutes.
IMPATIENT = 1.0


class Point(NamedTuple):
    """Where a sender dies: at the n-th call of, or return from, a function."""

    #: The end of a module's name, and a function's qualified name.
    module: str
    function: str
    event: str
    nth: int = 1

    def __str__(self) -> str:
        return f"{self.event} {self.nth} of {self.module}.{self.function}"


def run(
    folder: Path,
    words: Sequence[str],
    environment: dict[str, str],
    mutant: str = "",
    point: Point | None = None,
    largest_file: int = 0,
    network: str = "",
    batch: int = 0,
) -> None:
    """Type a command in a folder; ends with the command's own exit code."""
    os.chdir(folder)
    if network:
        _move_to(network)
    if batch:
        newsletter.storage.snapshot.BATCH = batch
    os.environ.update(environment)
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(log, stream)
    _be_impatient()
    if mutant:
        MUTANTS[mutant]()
    if point:
        _die_at(point)
    if largest_file:
        _limit_files(largest_file)
    sys.argv = ["newsletter", *words]
    newsletter.cli.run()


def _move_to(network: str) -> None:
    """Have this process see a network namespace, and no other network."""
    system = ctypes.CDLL(None, use_errno=True)
    with Path("/run/netns", network).open("rb") as named:
        if system.setns(named.fileno(), 0):
            raise OSError(ctypes.get_errno(), f"network {network}")


def _be_impatient() -> None:
    smtp = newsletter.transports.smtp.SmtpTransport.__init__.__kwdefaults__
    sendgrid = newsletter.transports.sendgrid.SendGridTransport.__init__.__kwdefaults__
    assert smtp
    assert sendgrid
    smtp["patience"] = Patience(5, 5, IMPATIENT)
    sendgrid["timeout"] = IMPATIENT


def _die_at(point: Point) -> None:
    """Have the process killed there, in whatever thread it comes to it."""
    left = point.nth

    def watch(frame: FrameType, event: str, _: Any) -> None:
        nonlocal left
        code = frame.f_code
        if event != point.event or code.co_qualname != point.function:
            return
        if frame.f_globals.get("__name__", "").endswith(point.module):
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(watch)
    threading.setprofile(watch)


def _limit_files(octets: int) -> None:
    """Let no file grow beyond: to a database that is a full disk."""
    import resource  # noqa: PLC0415 - not everywhere

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (octets, octets))
