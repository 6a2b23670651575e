"""
Who keeps readers' mailboxes, by the domain of their addresses alone.

A company whose own domain is kept by Google or Microsoft is `Other`: only DNS knows of that, and
nobody asks it about a reader.
"""

import re
from functools import lru_cache

OTHER = "Other"

#: What stands after the name in `yahoo.fr`, `yahoo.com`, `yahoo.co.in`, `yahoo.com.br`: as
#: patterns of LIKE, with one `_` for each letter.
_COUNTRIES = ("__", "___", "co.__", "com.__")


def _everywhere(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}.{country}" for name in names for country in _COUNTRIES)


#: The first whose domains fit is the one.
OPERATORS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Gmail", ("gmail.com", "googlemail.com")),
    # Yahoo Japan is another house (LY Corporation), with other rules.
    ("Other", ("yahoo.co.jp", "ymail.ne.jp")),
    (
        "Yahoo",
        (
            *_everywhere("yahoo", "aol"),
            "ymail.com",
            "rocketmail.com",
            "myyahoo.com",
            "aim.com",
            "verizon.net",
        ),
    ),
    ("Microsoft", (*_everywhere("outlook", "hotmail", "live"), "msn.com", "windowslive.com")),
    ("Apple", ("icloud.com", "me.com", "mac.com")),
)


@lru_cache(maxsize=4096)
def operator_of(domain: str) -> str:
    """Return who keeps the boxes of a domain, in small letters; `Other` for any other."""
    for name, patterns in OPERATORS:
        if any(re.fullmatch(re.escape(one).replace("_", "[a-z]"), domain) for one in patterns):
            return name
    return OTHER
