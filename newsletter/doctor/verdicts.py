"""What a check finds: a verdict, why, and what to do about it."""

from dataclasses import dataclass, replace
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is."""

    GOOD = "good"
    #: It works today; somebody should look at it.
    WARNING = "warning"
    #: Mail would not go out, not arrive, or do harm.
    ERROR = "error"
    #: It could not be looked at.
    NOT_RUN = "not run"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that a check found; never with a secret or a reader's address in it."""

    #: The check's name; filled in by who runs it.
    check: str = ""
    #: What it is about where there are several, such as a domain; else empty.
    about: str = ""
    verdict: Verdict
    #: A plain sentence.
    why: str
    #: What to do, in a sentence; empty where nothing is to be done.
    fix: str = ""

    def of(self, about: str) -> "Finding":
        """Return the same, about something."""
        return replace(self, about=about)


def good(why: str) -> Finding:
    return Finding(verdict=Verdict.GOOD, why=why)


def warning(why: str, fix: str) -> Finding:
    return Finding(verdict=Verdict.WARNING, why=why, fix=fix)


def error(why: str, fix: str) -> Finding:
    return Finding(verdict=Verdict.ERROR, why=why, fix=fix)


def not_run(why: str) -> Finding:
    """Say why it was not looked at: the last words of `not run: …`."""
    return Finding(verdict=Verdict.NOT_RUN, why=why)
