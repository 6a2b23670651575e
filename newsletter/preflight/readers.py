"""
Which programs the readers open their mail with, as far as their mailboxes tell.

No operator says how its users read. The parts below are our own estimate of 2026, rounded, for
readers of whom half are in India: enough to tell a program of one in fifty from one of one in four.
"""

from collections.abc import Collection, Mapping

from newsletter.model.operators import OTHER, operator_of

#: Where readers have their mailbox while nobody has counted.
USUAL: Mapping[str, float] = {
    "gmail.com": 0.58,
    "outlook.com": 0.10,
    "yahoo.com": 0.08,
    "icloud.com": 0.06,
    "": 0.18,
}

#: Programs as caniemail.com names them, for each operator; of `Other`, a company's own domain.
_READ_WITH: Mapping[str, Mapping[str, float]] = {
    "Gmail": {
        "gmail/android": 0.45,
        "gmail/desktop-webmail": 0.28,
        "gmail/ios": 0.10,
        "apple-mail/ios": 0.11,
        "samsung-email/android": 0.03,
        "outlook/windows": 0.02,
        "apple-mail/macos": 0.01,
    },
    "Microsoft": {
        "outlook/outlook-com": 0.38,
        "outlook/windows": 0.22,
        "outlook/android": 0.14,
        "apple-mail/ios": 0.12,
        "outlook/ios": 0.08,
        "gmail/android": 0.06,
    },
    "Yahoo": {
        "yahoo/android": 0.40,
        "yahoo/desktop-webmail": 0.32,
        "yahoo/ios": 0.14,
        "apple-mail/ios": 0.14,
    },
    "Apple": {"apple-mail/ios": 0.75, "apple-mail/macos": 0.25},
    OTHER: {
        "outlook/windows": 0.32,
        "gmail/desktop-webmail": 0.26,
        "gmail/android": 0.12,
        "apple-mail/ios": 0.14,
        "outlook/outlook-com": 0.06,
        "outlook/macos": 0.04,
        "apple-mail/macos": 0.04,
        "thunderbird/macos": 0.02,
    },
}

PROGRAMS: frozenset[str] = frozenset(name for parts in _READ_WITH.values() for name in parts)


def share(programs: Collection[str], operators: Mapping[str, float]) -> float:
    """
    Return the part of the readers, 0 to 1, who read with one of some programs.

    `operators`: the part of them with a mailbox at each domain; what is left is companies' own.
    """
    parts = operators or USUAL
    known = sum(part for domain, part in parts.items() if domain)
    everybody = {**parts, "": max(parts.get("", 0.0), 1.0 - known)}
    return sum(
        part * sum(_READ_WITH[operator_of(domain)].get(name, 0.0) for name in programs)
        for domain, part in everybody.items()
    )
