"""
Looks an edition over before readers do: one small function a check.

An error stops the edition; a warning is the editor's to judge. Every check runs, so that all
can be mended in one go. `REGISTER` is the list: to add a check, write a function and name it
there.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from newsletter.model import Edition, Finding, Problem, Rendition, Severity
from newsletter.preflight import content, law, links, pictures, shape, wording
from newsletter.preflight.proof import Check, Proofsheet
from newsletter.preflight.shape import SIZE_LIMIT
from newsletter.settings import Newsletter

__all__ = ["CHECKS", "SIZE_LIMIT", "inspect"]

#: Each check by the name that its findings bear.
REGISTER: Mapping[str, Check] = {
    "size": shape.size,
    "leftovers": shape.leftovers,
    "merge-fields": shape.merge_fields,
    "long-lines": shape.long_lines,
    "unsubscribe": law.unsubscribe,
    "address": law.address,
    "sender": law.sender,
    "reply-to": law.reply_to,
    "web-view": law.web_view,
    "subject": wording.subject,
    "preheader": wording.preheader,
    "placeholder": content.placeholder,
    "headlines": content.headlines,
    "references": content.references,
    "stale": content.stale,
    "thin": content.thin,
    "update": content.update,
    "sources": content.sources,
    "alt": pictures.alt,
    "picture-weight": pictures.weight,
    "loopback": links.loopback,
    "hosts": links.hosts,
    "look-alikes": links.look_alikes,
}

#: The names of all checks, in the order in which they are shown.
CHECKS: tuple[str, ...] = tuple(REGISTER)


def inspect(
    edition: Edition,
    rendition: Rendition,
    newsletter: Newsletter,
    *,
    problems: Sequence[Problem] = (),
    site_url: str = "",
    transport: str = "outbox",
    smtp_host: str = "",
) -> tuple[Finding, ...]:
    """
    Run every check and return all findings: errors first, else in the order of `CHECKS`.

    `problems` is what could not be read on the way here. A link to this machine is an error
    when `transport` carries mail away from it; `smtp_host` tells a relay on this machine.
    """
    sheet = Proofsheet(
        edition=edition,
        rendition=rendition,
        newsletter=newsletter,
        problems=tuple(problems),
        site_url=site_url.rstrip("/"),
        transport=transport,
        smtp_host=smtp_host,
    )
    return tuple(sorted(_findings(sheet), key=lambda found: found.severity is not Severity.ERROR))


def _findings(sheet: Proofsheet) -> Iterator[Finding]:
    for name, check in REGISTER.items():
        yield from (replace(finding, check=name) for finding in check(sheet))
