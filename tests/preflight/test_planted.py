"""Everything that can be wrong, in one mail; and nothing wrong in the house's own days."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from newsletter.model import Finding
from newsletter.newsroom import Draft, Newsroom
from newsletter.preflight import CHECKS, REGISTER, inspect
from newsletter.settings import Settings
from tests.preflight.planted import EDITION, FAULTS, NEWSLETTER, RENDITION, TOLD, Fault

ROOT = Path(__file__).parents[2]
SAMPLES = {"2026-07-05": ["references"], "2026-07-06": [], "2026-07-07": []}

#: A report as SpamAssassin 4 prints it.
REPORT = """\
Content preview: A mail.

Content analysis details:   (4.6 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
-0.0 NO_RELAYS              Informational: message was not relayed via SMTP
 3.1 URG_SUBJECT            Subject says that it is urgent
 1.5 BODY_SHOUTS            BODY: Too many capitals
"""


@pytest.fixture
def found(program: Callable[[str, str], Path]) -> Callable[..., tuple[Finding, ...]]:
    """Look the planted edition over, with all checks but one."""
    program("spamassassin", REPORT)

    def look(without: str = "") -> tuple[Finding, ...]:
        checks = {name: entry for name, entry in REGISTER.items() if name != without}
        return inspect(EDITION, RENDITION, NEWSLETTER, **TOLD, checks=checks)

    return look


def missed(findings: tuple[Finding, ...]) -> list[Fault]:
    return [
        fault
        for fault in FAULTS
        if not any(one.check == fault.check and fault.said in one.sentence for one in findings)
    ]


def test_every_planted_fault_is_found(found: Callable[..., tuple[Finding, ...]]) -> None:
    assert len(FAULTS) >= 40
    assert missed(found()) == []


def test_every_finding_of_the_planted_edition_says_where_why_and_what_to_do(
    found: Callable[..., tuple[Finding, ...]],
) -> None:
    for finding in found():
        assert finding.sentence, finding
        assert finding.why, finding
        assert finding.hint or finding.check == "sources", finding
        assert finding.where or finding.check in {"spam", "picture-weight", "sender-dns"}, finding


@pytest.mark.parametrize("check", CHECKS)
def test_no_other_check_finds_what_one_is_for(
    check: str, found: Callable[..., tuple[Finding, ...]]
) -> None:
    gone = missed(found(without=check))

    assert gone
    assert {fault.check for fault in gone} == {check}


@pytest.mark.parametrize("day", SAMPLES)
def test_the_sample_days_have_no_fault_but_the_missing_sources(
    day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    settings = Settings(database_url=f"sqlite:///{tmp_path}/n.db", secret="s" * 40)  # type: ignore[arg-type]
    newsroom = Newsroom(settings)

    made = newsroom.desk.build(newsroom.newsletter("daily"), date.fromisoformat(day))

    assert isinstance(made, Draft)
    assert [finding.check for finding in made.findings] == SAMPLES[day]
