"""
Fingerprints: how an address is remembered that must not be kept.

A fingerprint is a keyed hash: who has only the database cannot try addresses against it. It
names the key that made it, so that those of earlier secrets are still known.
"""

from collections.abc import Mapping
from hashlib import blake2b
from types import MappingProxyType


class Fingerprints:
    """Makes and compares fingerprints, by today's secret and by earlier ones."""

    def __init__(
        self, secret: bytes, *, key: int = 0, old: Mapping[int, bytes] = MappingProxyType({})
    ) -> None:
        self._current = key
        self._keys = {
            kid: blake2b(text, digest_size=32, person=b"fingerprint").digest()
            for kid, text in {**old, key: secret}.items()
        }

    def of(self, key: str) -> str:
        """Return the fingerprint of an address, given in the form that is compared."""
        return self._made(self._current, key)

    def all_of(self, key: str) -> tuple[str, ...]:
        """Return every fingerprint that an address may be known by, today's first."""
        others = (self._made(kid, key) for kid in self._keys if kid != self._current)
        return (self.of(key), *others)

    def of_mailbox(self, key: str) -> str:
        """Return that of the box behind an address: `an.na+news@` is `anna@` there."""
        return self.of(mailbox_key(key))

    def all_of_mailbox(self, key: str) -> tuple[str, ...]:
        """Return every fingerprint that the box behind an address may be known by."""
        return self.all_of(mailbox_key(key))

    def _made(self, kid: int, key: str) -> str:
        made = blake2b(key.encode(), key=self._keys[kid], digest_size=20).hexdigest()
        return f"fingerprint:{kid}:{made}"


def mailbox_key(key: str) -> str:
    """Take from an address what many providers take for the same box: dots, and `+` on."""
    local, _, domain = key.rpartition("@")
    plain = local.partition("+")[0].replace(".", "")
    return f"{plain or local}@{domain}"
