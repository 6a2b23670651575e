"""Runs the checks side by side, in bounded time."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from threading import Thread

from newsletter.doctor.asking import Check
from newsletter.doctor.case import Case
from newsletter.doctor.register import REGISTER
from newsletter.doctor.verdicts import Finding, not_run

#: Seconds that all of it may take.
PATIENCE = 8.0


def examine(
    case: Case, *, checks: Mapping[str, Check] = REGISTER, patience: float = PATIENCE
) -> tuple[Finding, ...]:
    """
    Run every check and return all findings, in the checks' order.

    One that is not done when the time is over was not run, and holds nobody up.
    """
    looks = [_Looking(name, check, case) for name, check in checks.items()]
    for look in looks:
        look.start()
    until = time.monotonic() + patience
    for look in looks:
        look.join(max(0.0, until - time.monotonic()))
    return tuple(found for look in looks for found in look.findings())


class _Looking(Thread):
    """One check at work, in a thread that keeps no process from ending."""

    def __init__(self, name: str, check: Check, case: Case) -> None:
        super().__init__(name=f"doctor-{name}", daemon=True)
        self._check, self._case = check, case
        self._title = name
        self._found: list[Finding] = []
        self._whole = False

    def run(self) -> None:
        # A name that is looked up by the system can take as long as it likes.
        for found in self._check(self._case):
            self._found.append(found)
        self._whole = True

    def findings(self) -> Iterator[Finding]:
        if self.is_alive():
            yield replace(not_run("it took too long"), check=self._title)
            return
        if not self._whole:
            yield replace(not_run("the check itself is at fault"), check=self._title)
        for found in self._found:
            yield replace(found, check=self._title)
