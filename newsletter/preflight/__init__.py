"""
Looks an edition over before readers do: one small function a check.

An error stops the edition; a warning is the editor's to judge. Every check runs, so that all
can be mended in one go. The list is in `register`: to add a check, write a function and name it
there. How severe its findings are is the newsletter's word: `[preflight]` in newsletter.toml.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from newsletter.model import Edition, Finding, Memory, Problem, Rendition, Severity
from newsletter.preflight.proof import AskDns, Follow, Proofsheet
from newsletter.preflight.register import CHECKS, REGISTER, Entry
from newsletter.preflight.severities import refuse_unknown, wished
from newsletter.preflight.shape import SIZE_LIMIT
from newsletter.preflight.spam import installed
from newsletter.settings import Newsletter

__all__ = [
    "CHECKS",
    "FURTHER",
    "OF_ANY_MAIL",
    "REGISTER",
    "SIZE_LIMIT",
    "inspect",
    "installed",
    "remarks",
    "that_stop",
]

#: Those that take seconds, and ask others: this machine's filter, the web, DNS.
FURTHER: tuple[str, ...] = ("spam", "dead-links", "sender-dns")

#: Those that look at a mail whatever it says: for one that is no edition's own.
OF_ANY_MAIL: frozenset[str] = frozenset(
    {
        "size",
        "leftovers",
        "merge-fields",
        "long-lines",
        "unsubscribe",
        "address",
        "sender",
        "web-view",
        "loopback",
        "hosts",
        "look-alikes",
    }
)


def inspect(
    edition: Edition,
    rendition: Rendition,
    newsletter: Newsletter,
    *,
    problems: Sequence[Problem] = (),
    site_url: str = "",
    transport: str = "outbox",
    smtp_host: str = "",
    memory: Memory | None = None,
    operators: Mapping[str, float] | None = None,
    follow: Follow | None = None,
    mail: Callable[[], bytes] | None = None,
    dns: AskDns | None = None,
    checks: Mapping[str, Entry] = REGISTER,
) -> tuple[Finding, ...]:
    """
    Run every check and return all findings: errors first, else in the order of `CHECKS`.

    `problems` is what could not be read on the way here. A link to this machine is an error
    when `transport` carries mail away from it; `smtp_host` tells a relay on this machine.
    `memory` is what the edition before said; `operators` the part of the readers at each mailbox
    operator, 0 to 1. Without `follow` no link is followed, without `mail` no filter is
    asked, without `dns` no DNS.

    Raises SettingsError: `[preflight]` names a check that is not there.
    """
    refuse_unknown(newsletter, CHECKS)
    sheet = Proofsheet(
        edition=edition,
        rendition=rendition,
        newsletter=newsletter,
        problems=tuple(problems),
        site_url=site_url.rstrip("/"),
        transport=transport,
        smtp_host=smtp_host,
        memory=memory or Memory(),
        operators=operators or {},
        follow=follow,
        mail=mail,
        dns=dns,
    )
    found = _findings(sheet, checks)
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))


def _findings(sheet: Proofsheet, checks: Mapping[str, Entry]) -> Iterator[Finding]:
    for name, (check, why) in checks.items():
        severity = wished(sheet.newsletter, name)
        if severity == "off":
            continue
        for finding in check(sheet):
            yield replace(
                finding,
                check=name,
                severity=Severity(severity) if severity else finding.severity,
                why=why,
                anchor=finding.anchor or sheet.anchor(finding.article),
            )


def that_stop(newsletter: Newsletter) -> tuple[str, ...]:
    """Name those of `FURTHER` that a newsletter lets stop its edition."""
    return tuple(name for name in FURTHER if wished(newsletter, name) == "error")


def remarks(
    newsletter: Newsletter, rendition: Rendition, *, asked: Collection[str]
) -> Mapping[str, str]:
    """
    Say of checks that found nothing why that may be: `31, not followed`, `off`.

    `asked` names those of `FURTHER` that ran.
    """
    said = {name: "off" for name in CHECKS if wished(newsletter, name) == "off"}
    count = len({link.url for link in rendition.links if link.role != "share"})
    told = {
        "dead-links": f"{count}, followed" if "dead-links" in asked else f"{count}, not followed",
        "spam": (installed() if "spam" in asked else "not asked") or "no filter here",
        "sender-dns": "asked" if "sender-dns" in asked else "not asked",
    }
    return told | said
