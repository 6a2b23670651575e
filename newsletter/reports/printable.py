"""What came from outside, made fit for a page, a terminal and a spreadsheet."""

from collections.abc import Mapping
from dataclasses import replace

from newsletter.rendering.harmless import harmless
from newsletter.reports.report import Report


def printable(report: Report) -> Report:
    """Return it without the mail, and without characters that would break a page or a terminal."""
    bare = harmless(replace(report, html=""))
    return replace(bare, skipped=_harmless(bare.skipped), refused=_harmless(bare.refused))


def _harmless(reasons: Mapping[str, int]) -> dict[str, int]:
    return {harmless(reason): count for reason, count in reasons.items()}
