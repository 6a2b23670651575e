"""SPF (RFC 7208) of the domain that bounces go to: who may send for it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from newsletter.doctor.asking import Check, each_domain
from newsletter.doctor.case import Case
from newsletter.doctor.records import MOST_LOOKUPS, Term, is_spf, terms
from newsletter.doctor.resolver import Resolver
from newsletter.doctor.verdicts import Finding, error, good, not_run, warning

#: Deeper is nothing that a receiver would follow.
_DEEPEST = 10


@dataclass
class _Walk:
    """What a receiver meets on its way through a record and those that it includes."""

    resolver: Resolver
    lookups: int = 0
    #: Domains whose record is missing, or there more than once.
    broken: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def follow(self, domain: str, record: str, deep: int = 0) -> None:
        self.seen.add(domain)
        for term in terms(record):
            self.lookups += term.costs
            if term.name in {"include", "redirect"} and self.lookups <= MOST_LOOKUPS:
                self._include(term.value, deep)

    def _include(self, domain: str, deep: int) -> None:
        if "%" in domain or domain in self.seen or deep >= _DEEPEST:
            return
        found = [one for one in self.resolver.txt(domain) if is_spf(one)]
        if len(found) == 1:
            self.follow(domain, found[0], deep + 1)
        else:
            self.broken.append(domain)


def _spf(case: Case, domain: str) -> Iterator[Finding]:
    if case.settings.transport == "sendgrid":
        yield not_run("bounces go to a name of SendGrid's: sendgrid-domain says whether it holds")
        return
    sending = case.bounce_domain(domain)
    found = [record for record in case.resolver.txt(sending) if is_spf(record)]
    if not found:
        yield error(
            f"{sending} has no SPF record: Gmail, Yahoo and Outlook ask for one",
            f"Add a TXT record at {sending}: v=spf1 with what your relay says, then -all.",
        )
    elif len(found) > 1:
        yield error(
            f"{sending} has {len(found)} SPF records, which counts as an error (RFC 7208, 3.2)",
            "Join them into one.",
        )
    else:
        yield from _judge(case, sending, found[0])


def _judge(case: Case, domain: str, record: str) -> Iterator[Finding]:
    walk = _Walk(case.resolver)
    walk.follow(domain, record)
    words = list(terms(record))
    wrong = [*_too_much(walk), *_unknown(words), *_end(words), *_old(words)]
    yield from wrong or [
        good(f"{domain} says who may send; {walk.lookups} of {MOST_LOOKUPS} lookups")
    ]


def _too_much(walk: _Walk) -> Iterator[Finding]:
    if walk.lookups > MOST_LOOKUPS:
        yield error(
            f"SPF needs more than {MOST_LOOKUPS} lookups, and receivers give up",
            "Take out what is included and not used.",
        )
    if walk.broken:
        yield error(
            f"SPF includes {', '.join(walk.broken)}, where there is not one record",
            "Take it out, or write it as its owner says.",
        )


def _unknown(words: list[Term]) -> Iterator[Finding]:
    if any(term.name == "?" for term in words):
        yield error("SPF holds a word that no receiver knows", "Write it as RFC 7208 has it.")


def _end(words: list[Term]) -> Iterator[Finding]:
    ends = [term.sign for term in words if term.name == "all"]
    if "+" in ends:
        yield error("SPF ends with +all: everybody may send in your name", "End it with -all.")
    elif not ends and not any(term.name == "redirect" for term in words):
        yield warning("SPF has no end, which counts as ?all", "End it with -all, or ~all.")
    elif "?" in ends:
        yield warning("SPF ends with ?all, which says nothing", "End it with -all, or ~all.")


def _old(words: list[Term]) -> Iterator[Finding]:
    if any(term.name == "ptr" for term in words):
        yield warning("SPF uses ptr, which RFC 7208 advises against", "Name the addresses instead.")


spf: Check = each_domain(_spf)
