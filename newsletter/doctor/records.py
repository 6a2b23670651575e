"""Reads what stands in DNS about mail: SPF (RFC 7208), DMARC (RFC 9989), DKIM keys (RFC 6376)."""

import re
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

#: Tags that RFC 9989 knows; the others are ignored by receivers.
DMARC_TAGS = frozenset({"v", "p", "sp", "np", "adkim", "aspf", "rua", "ruf", "fo", "psd", "t"})

#: Tags that RFC 7489 had, and RFC 9989 took away.
REMOVED_TAGS = frozenset({"pct", "rf", "ri"})

POLICIES = ("none", "quarantine", "reject")

#: Questions that a receiver asks for one SPF record at most (RFC 7208, 4.6.4).
MOST_LOOKUPS = 10

#: Mechanisms and modifiers that cost a question.
_COSTS = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})


class Term(NamedTuple):
    """One word of an SPF record: `-all`, `include:example.net`."""

    #: `+`, `-`, `~` or `?`; empty for a modifier such as `redirect=`.
    sign: str
    name: str
    value: str

    @property
    def costs(self) -> bool:
        return self.name in _COSTS


class Dmarc(NamedTuple):
    """A DMARC record, at the name where it stands."""

    #: The domain that it was found at, without `_dmarc.`.
    domain: str
    tags: Mapping[str, str]

    @property
    def policy(self) -> str:
        """What it asks for; a record with reports alone counts as none (RFC 9989, 4.7)."""
        return self.tags.get("p", "none").lower()

    def policy_for(self, domain: str) -> str:
        """Return what holds for a domain that is the record's own, or lies below it."""
        if domain == self.domain:
            return self.policy
        return self.tags.get("sp", self.policy).lower()


class DkimKey(NamedTuple):
    """A key's record."""

    #: `rsa` or `ed25519`.
    kind: str
    #: As DNS has it, decoded; empty: the key was taken back.
    data: bytes
    #: Flags such as `y`: only testing.
    flags: str
    #: Of an RSA key; 0 where it cannot be read.
    bits: int


def tags(record: str) -> dict[str, str] | None:
    """Read `v=…; p=…`, names in small letters; None when it is no such list."""
    found: dict[str, str] = {}
    for piece in filter(None, (part.strip() for part in record.split(";"))):
        name, equals, value = (word.strip() for word in piece.partition("="))
        if not equals or not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) or name in found:
            return None
        found[name.lower()] = value
    return found


def is_spf(record: str) -> bool:
    return record.lower() == "v=spf1" or record.lower().startswith("v=spf1 ")


def terms(record: str) -> Iterator[Term]:
    """Yield the words of an SPF record after its version."""
    for word in record.split()[1:]:
        if modifier := re.fullmatch(r"([A-Za-z][\w.-]*)=(.*)", word):
            yield Term("", modifier[1].lower(), modifier[2])
        elif mechanism := re.fullmatch(r"([+~?-]?)([A-Za-z0-9]+)(?::([^/]*))?(/.*)?", word):
            yield Term(mechanism[1] or "+", mechanism[2].lower(), mechanism[3] or "")
        else:
            yield Term("+", "?", word)


def is_dmarc(record: str) -> bool:
    """Say whether a record calls itself one: the name in any letters, the value in capitals."""
    return bool(re.match(r"[vV]\s*=\s*DMARC1\s*(;|$)", record))


def dkim_key(record: str) -> DkimKey | None:
    """Read a key's record; None when it is none."""
    found = tags(record)
    if found is None or found.get("v", "DKIM1") != "DKIM1" or "p" not in found:
        return None
    kind = found.get("k", "rsa").lower()
    try:
        data = b64decode("".join(found["p"].split()), validate=True)
    except (NoBase64, ValueError):
        return None
    return DkimKey(kind, data, found.get("t", ""), _bits(data) if kind == "rsa" else 0)


def _bits(data: bytes) -> int:
    if not data:
        return 0
    try:
        key = load_der_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        return 0
    return key.key_size if isinstance(key, RSAPublicKey) else 0
