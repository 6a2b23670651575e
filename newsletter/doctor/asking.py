"""What the checks that ask the outside have in common: each domain, and never a made-up one."""

from collections.abc import Callable, Iterator

from newsletter.doctor.case import Case
from newsletter.doctor.resolver import NoAnswer
from newsletter.doctor.verdicts import Finding, not_run

#: A check: yields what it found, one thing or several.
Check = Callable[[Case], Iterator[Finding]]

#: Names that are nobody's (RFC 2606, RFC 6761): nothing is asked about them.
_NOBODYS = ("example", "test", "invalid", "localhost", "local")


def is_made_up(domain: str) -> bool:
    """Say whether a domain can be nobody's, such as the sample's."""
    return "." not in domain or domain.rpartition(".")[2] in _NOBODYS


def each_domain(look: Callable[[Case, str], Iterator[Finding]]) -> Check:
    """Make a check of what is to be looked at for each domain that mails are from."""

    def check(case: Case) -> Iterator[Finding]:
        if not case.domains:
            yield not_run("there is no newsletter")
        for domain in case.domains:
            if is_made_up(domain):
                yield not_run(f"{domain} is a made-up name").of(domain)
            else:
                yield from (found.of(domain) for found in asked(look, case, domain))

    return check


def asked(
    look: Callable[[Case, str], Iterator[Finding]], case: Case, domain: str
) -> Iterator[Finding]:
    """Look at what DNS says of a name, if there is a DNS that knows the world."""
    if not case.sees(domain):
        yield not_run("no network: DNS does not answer, or knows nothing of the world")
        return
    try:
        yield from look(case, domain)
    except NoAnswer as error:
        yield not_run(f"no network: {error}")
