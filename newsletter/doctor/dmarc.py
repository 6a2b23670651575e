"""
DMARC as RFC 9989 has it, and who is aligned with whom.

The record is looked for from the domain upwards, over at most eight names; there is no Public
Suffix List in it any more.
"""

from collections.abc import Iterator, Sequence

from newsletter.doctor.asking import Check, each_domain
from newsletter.doctor.case import Case
from newsletter.doctor.records import (
    DMARC_TAGS,
    POLICIES,
    REMOVED_TAGS,
    Dmarc,
    is_dmarc,
    tags,
)
from newsletter.doctor.resolver import Resolver
from newsletter.doctor.verdicts import Finding, error, good, not_run, warning

#: Names that a walk asks at most (RFC 9989, 4.10).
_MOST = 8


def walk(resolver: Resolver, domain: str) -> list[Dmarc]:
    """
    Return the records on the way up from a domain, the lowest first. Raises NoAnswer.

    Of a name with several, none counts (RFC 9989, 4.10).
    """
    found: list[Dmarc] = []
    for name in _names(domain):
        valid = _valid(name, resolver.txt(f"_dmarc.{name}"))
        if len(valid) == 1:
            found.append(valid[0])
            psd = valid[0].tags.get("psd", "u").lower()
            if psd == "n" or (psd == "y" and name != domain):
                break
    return found


def _names(domain: str) -> Iterator[str]:
    """Yield a domain and those above it; of one with many labels only some are asked."""
    labels = domain.split(".")
    yield domain
    rest = labels[1:] if len(labels) < _MOST else labels[-(_MOST - 1) :]
    while rest:
        yield ".".join(rest)
        rest = rest[1:]


def _valid(name: str, records: Sequence[str]) -> list[Dmarc]:
    read = (tags(record) for record in records if is_dmarc(record))
    return [Dmarc(name, one) for one in read if one is not None and _says_something(one)]


def _says_something(held: dict[str, str]) -> bool:
    return held.get("p", "").lower() in POLICIES or "rua" in held


def organization(domain: str, records: Sequence[Dmarc]) -> str:
    """Return the organizational domain, from the records of a walk (RFC 9989, 4.10.2)."""
    for record in records:
        psd = record.tags.get("psd", "u").lower()
        if psd == "n":
            return record.domain
        if psd == "y" and record.domain != domain:
            below = domain.removesuffix(f".{record.domain}").rpartition(".")[2]
            return f"{below}.{record.domain}"
    return records[-1].domain if records else domain


def holding(domain: str, records: Sequence[Dmarc]) -> Dmarc | None:
    """Return the record that holds for a domain: its own, else its organization's, else none."""
    own = organization(domain, records)
    return next((one for one in records if one.domain in {domain, own}), None) or next(
        iter(records), None
    )


def aligned(resolver: Resolver, one: str, other: str, *, strict: bool) -> bool:
    """Say whether two domains are aligned (RFC 9989, 4.4). Raises NoAnswer."""
    if strict or one == other:
        return one == other
    first, second = (organization(name, walk(resolver, name)) for name in (one, other))
    return first == second


# ── The checks ──────────────────────────────────────────────────────────────────────────────


def _dmarc(case: Case, domain: str) -> Iterator[Finding]:
    own = [record for record in case.resolver.txt(f"_dmarc.{domain}") if is_dmarc(record)]
    if len(own) > 1:
        yield error(
            f"_dmarc.{domain} has {len(own)} DMARC records, so none counts", "Keep one of them."
        )
        return
    if own and not _valid(domain, own):
        yield error(
            f"The DMARC record of {domain} cannot be read",
            f"Write v=DMARC1; p=none; rua=mailto:dmarc@{domain}",
        )
        return
    record = holding(domain, walk(case.resolver, domain))
    if record is None:
        yield error(
            f"{domain} has no DMARC record: Gmail, Yahoo, Outlook and iCloud ask for one",
            f"Add a TXT record at _dmarc.{domain}: v=DMARC1; p=none; rua=mailto:dmarc@{domain}",
        )
        return
    yield from _remarks(domain, record) or [_praise(domain, record)]


def _praise(domain: str, record: Dmarc) -> Finding:
    at = "" if record.domain == domain else f", by {record.domain}"
    return good(f"p={record.policy_for(domain)}{at}, reports to {_reports(record)}")


def _reports(record: Dmarc) -> str:
    return ", ".join(one.strip() for one in record.tags.get("rua", "").split(",")) or "nobody"


def _remarks(domain: str, record: Dmarc) -> list[Finding]:
    at, held = f"_dmarc.{record.domain}", record.tags
    found = []
    if gone := sorted(REMOVED_TAGS & set(held)):
        found.append(
            warning(
                f"{at} has {', '.join(gone)}, which RFC 9989 took away: receivers ignore it",
                f"Take {' and '.join(gone)} out; t=y says that a policy is only tried.",
            )
        )
    if strange := sorted(set(held) - DMARC_TAGS - REMOVED_TAGS):
        found.append(warning(f"{at} has {', '.join(strange)}, which is no tag", "Take it out."))
    if wrong := [
        name for name in ("p", "sp", "np") if held.get(name, "none").lower() not in POLICIES
    ]:
        found.append(error(f"{at}: {wrong[0]} is no policy", "none, quarantine or reject."))
    if "rua" not in held:
        found.append(
            warning(
                f"{at} asks for no reports, so nobody learns who sends in your name",
                f"Add rua=mailto:dmarc@{record.domain}",
            )
        )
    if held.get("t", "n").lower() == "y":
        found.append(
            warning(f"{at} has t=y: its policy is only tried", "Take it out once all is well.")
        )
    if record.domain != domain and record.policy_for(domain) == "reject":
        found.append(
            warning(
                f"{record.domain} decides for {domain}, and rejects",
                f"Give {domain} a record of its own, so that news and letters are apart.",
            )
        )
    return found


def _alignment(case: Case, domain: str) -> Iterator[Finding]:
    """Either is enough for DMARC; Outlook asks for both, by preference."""
    settings = case.settings
    if settings.transport == "sendgrid":
        yield not_run("SendGrid signs and takes bounces: sendgrid-domain says in whose name")
        return
    record = holding(domain, walk(case.resolver, domain))
    held = record.tags if record else {}
    bounces, signer = case.bounce_domain(domain), settings.dkim.domain.lower()
    by_spf = aligned(case.resolver, domain, bounces, strict=held.get("aspf") == "s")
    by_dkim = bool(signer) and aligned(
        case.resolver, domain, signer, strict=held.get("adkim") == "s"
    )
    if by_spf and (by_dkim or not signer):
        also = f" and the signature of {signer}" if signer else ""
        yield good(f"bounces to {bounces}{also} stand for {domain}")
    elif by_spf:
        yield warning(
            f"{signer} signs, and does not stand for {domain}",
            f"Sign with NEWSLETTER_DKIM__DOMAIN={domain}.",
        )
    elif by_dkim:
        yield warning(
            f"Bounces go to {bounces}, which does not stand for {domain}: DMARC hangs on DKIM",
            f"Take a NEWSLETTER_BOUNCES__ADDRESS at {domain}.",
        )
    else:
        yield error(
            f"Neither the bounces' domain {bounces} nor a signature stands for {domain}: "
            "DMARC fails",
            f"Take a NEWSLETTER_BOUNCES__ADDRESS at {domain}, and sign with it.",
        )


def _bimi(case: Case, domain: str) -> Iterator[Finding]:
    found = [one for one in case.resolver.txt(f"default._bimi.{domain}") if "BIMI1" in one.upper()]
    if not found:
        yield good("none, and none is needed: it shows a logo, and moves no mail")
        return
    held = (tags(found[0]) or {}) if len(found) == 1 else {}
    record = holding(domain, walk(case.resolver, domain))
    policy = record.policy_for(domain) if record else "none"
    if not held.get("l", "").startswith("https://"):
        yield warning("The BIMI record names no logo by https", "l=https://…/logo.svg")
    elif policy == "none" or (record and record.tags.get("t", "n") == "y"):
        yield warning(
            "No logo is shown: BIMI needs a DMARC policy of quarantine or reject",
            f"Raise the policy of _dmarc.{domain} once its reports are clean.",
        )
    elif not held.get("a"):
        yield warning(
            "The logo has no certificate: Gmail and Apple show none", "a=https://…/mark.pem"
        )
    else:
        yield good("a logo with a certificate")


dmarc: Check = each_domain(_dmarc)
alignment: Check = each_domain(_alignment)
bimi: Check = each_domain(_bimi)
