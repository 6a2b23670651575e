"""
What the spam filter of this machine makes of the mail: SpamAssassin or rspamd, where one is.

The mail leaves for nowhere: no hosted checker is asked, and the filter asks no network.
"""

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from time import monotonic
from typing import NamedTuple

from newsletter.model import Finding
from newsletter.preflight.proof import Proofsheet, warning

#: For the whole mail; a filter that is slower has nothing to say.
SECONDS = 10.0

#: As many rules are named, the heaviest first.
_MOST = 3


class Verdict(NamedTuple):
    """A filter's score, and the rules that gave it, heaviest first."""

    score: float
    limit: float
    rules: tuple[tuple[float, str], ...]


class _Filter(NamedTuple):
    """A program: how it is asked for a report of the mail on its input, and how that is read."""

    name: str
    words: tuple[str, ...]
    read: Callable[[str], Verdict | None]


_SCORE = re.compile(r"^\s*(?P<score>-?[\d.]+)\s*/\s*(?P<limit>-?[\d.]+)\s*$", re.MULTILINE)
_DETAILS = re.compile(r"\((?P<score>-?[\d.]+) points?, (?P<limit>-?[\d.]+) required\)")
_POINTS = re.compile(r"^\s*(-?\d+(?:\.\d+)?)\s+([A-Z][A-Z0-9_]+)\s", re.MULTILINE)
_RSPAMD = re.compile(r"^Score:\s*(?P<score>-?[\d.]+)\s*/\s*(?P<limit>-?[\d.]+)", re.MULTILINE)
_SYMBOL = re.compile(r"^Symbol:\s*([A-Z][A-Z0-9_]+)\s*\((-?[\d.]+)\)", re.MULTILINE)


def _spamassassin(report: str) -> Verdict | None:
    found = _DETAILS.search(report) or _SCORE.search(report)
    rules = [(float(points), name) for points, name in _POINTS.findall(report)]
    return _verdict(found, rules)


def _rspamd(report: str) -> Verdict | None:
    rules = [(float(points), name) for name, points in _SYMBOL.findall(report)]
    return _verdict(_RSPAMD.search(report), rules)


def _verdict(found: re.Match[str] | None, rules: list[tuple[float, str]]) -> Verdict | None:
    # A limit of 0 is how spamc says that it reached no filter.
    if found is None or float(found["limit"]) <= 0:
        return None
    bad = sorted((rule for rule in rules if rule[0] > 0), reverse=True)
    return Verdict(float(found["score"]), float(found["limit"]), tuple(bad))


#: The first can be told to ask no network; the others call on a daemon, which does as it is set up.
_FILTERS = (
    _Filter("spamassassin", ("--local", "--test-mode"), _spamassassin),
    _Filter("spamc", ("--full",), _spamassassin),
    _Filter("rspamc", ("symbols",), _rspamd),
)


def installed() -> str:
    """Name the filter that would be asked; empty: this machine has none."""
    return next((one.name for one in _FILTERS if shutil.which(one.name)), "")


def spam(sheet: Proofsheet) -> Iterator[Finding]:
    """A filter as many receivers run it takes the mail for none."""
    if sheet.mail is None or not installed():
        return
    name, verdict = _ask(sheet.mail())
    if verdict is None:
        return
    rules = ", ".join(f"{rule} {points:g}" for points, rule in verdict.rules[:_MOST])
    sentence = f"{name} gives it {verdict.score:g} points, spam is {verdict.limit:g}: {rules}"
    if verdict.score >= verdict.limit / 2:
        yield warning(sentence, "reword what these rules name, or look them up")


def _ask(mail: bytes) -> tuple[str, Verdict | None]:
    """Ask one filter after the other, until one has something to say or the time is over."""
    end = monotonic() + SECONDS
    for program in _FILTERS:
        path = shutil.which(program.name)
        if path and (verdict := program.read(_report(path, program, mail, end - monotonic()))):
            return program.name, verdict
    return "", None


def _report(path: str, program: _Filter, mail: bytes, seconds: float) -> str:
    """Return what a filter prints; nothing where it cannot run, or is too slow."""
    try:
        done = subprocess.run(  # noqa: S603 - one of the names above, found on PATH
            [path, *program.words],
            input=mail,
            capture_output=True,
            timeout=max(seconds, 0.1),
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace")
