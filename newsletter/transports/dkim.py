"""
DKIM signatures (RFC 6376, RFC 8463), for relays that do not sign.

Canonicalization is relaxed/relaxed. Our encoder writes bodies that are canonical as they
stand, so that a body's hash is that of its bytes. The RSA signature stands first, since some
verifiers know no other; Ed25519 is a second one, for those that do.
"""

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Self

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from newsletter.errors import SettingsError
from newsletter.settings import DkimSettings

#: Header fields that are signed where a mail has them.
SIGNED = (
    b"from",
    b"to",
    b"subject",
    b"date",
    b"message-id",
    b"reply-to",
    b"list-id",
    b"list-unsubscribe",
    b"list-unsubscribe-post",
    b"feedback-id",
    b"mime-version",
    b"content-type",
)

#: Named once more than they stand there, so that a second one breaks the signature (8.15).
OVERSIGNED = (b"list-unsubscribe", b"list-unsubscribe-post")

#: Bits of the shortest RSA key that receivers accept (RFC 8301); they advise 2,048.
SHORTEST_RSA = 1024

#: The second key's selector is the first one's with this: a DNS record holds one key.
ED25519_SUFFIX = "-ed25519"

_SPACE = re.compile(rb"[ \t\r\n]+")
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")

_Sign = Callable[[bytes], bytes]


class Signer:
    """Signs mails for one domain, with one or two keys."""

    def __init__(
        self, domain: str, selector: str, rsa: RSAPrivateKey, ed25519: Ed25519PrivateKey | None
    ) -> None:
        self._keys: list[tuple[str, _Sign]] = [
            (_tags("rsa-sha256", domain, selector), lambda data: _rsa(rsa, data))
        ]
        if ed25519 is not None:
            # RFC 8463: what is signed is the hash.
            self._keys.append(
                (
                    _tags("ed25519-sha256", domain, selector + ED25519_SUFFIX),
                    lambda data: ed25519.sign(sha256(data).digest()),
                )
            )

    @classmethod
    def of(cls, settings: DkimSettings) -> Self | None:
        """
        Read the keys that settings name, or return None when they name none.

        Raises SettingsError, naming the setting to mend.
        """
        if settings.rsa_key_file is None:
            return None
        for name, value in (("DOMAIN", settings.domain), ("SELECTOR", settings.selector)):
            if not _NAME.fullmatch(value):
                raise SettingsError(
                    f"NEWSLETTER_DKIM__{name} cannot stand in DNS: {value!r}.",
                    hint="Letters, digits and hyphens can, with dots between.",
                )
        ed25519 = settings.ed25519_key_file
        return cls(
            settings.domain,
            settings.selector,
            _rsa_key(settings.rsa_key_file),
            None if ed25519 is None else _ed25519_key(ed25519),
        )

    def sign(self, mail: bytes) -> bytes:
        """Return a mail with its signatures above it; the mail is one that we compiled."""
        end = mail.index(b"\r\n\r\n") + 2
        fields = _fields(mail[:end])
        names = [name for name in SIGNED if name in fields]
        listed = b":".join([*names, *(name for name in OVERSIGNED if name in fields)]).decode()
        # A field that is named again where there is none counts as nothing (5.4.2).
        data = b"".join(b"%b:%b\r\n" % (name, fields[name]) for name in names)
        body_hash = _base64(sha256(memoryview(mail)[end + 2 :]).digest())
        signatures = [_signature(tags, listed, body_hash, data, sign) for tags, sign in self._keys]
        return b"".join([*signatures, mail])


def _tags(algorithm: str, domain: str, selector: str) -> str:
    return f"v=1; a={algorithm}; c=relaxed/relaxed;\r\n d={domain}; s={selector};"


def _signature(tags: str, listed: str, body_hash: str, data: bytes, sign: _Sign) -> bytes:
    """Write one field. Its own value, with an empty `b=`, is signed last (3.7)."""
    names = listed.replace(":", ":\r\n ")
    value = f"{tags}\r\n h={names};\r\n bh={body_hash};\r\n b="
    own = b"dkim-signature:" + _relaxed(value.encode())
    signed = _base64(sign(data + own))
    rows = "\r\n ".join(signed[n : n + 72] for n in range(0, len(signed), 72))
    return f"DKIM-Signature: {value}\r\n {rows}\r\n".encode()


def _fields(head: bytes) -> Mapping[bytes, bytes]:
    """Part a header into its fields, by name, relaxed (3.4.2). Ours stand there once each."""
    lines = re.split(rb"\r\n(?![ \t])", head.removesuffix(b"\r\n"))
    pairs = (line.partition(b":") for line in lines)
    return {name.lower(): _relaxed(value) for name, _, value in pairs}


def _relaxed(value: bytes) -> bytes:
    return _SPACE.sub(b" ", value).strip(b" ")


def _rsa(key: RSAPrivateKey, data: bytes) -> bytes:
    return key.sign(data, PKCS1v15(), hashes.SHA256())


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def _rsa_key(file: Path) -> RSAPrivateKey:
    key = _key("RSA", file)
    if isinstance(key, RSAPrivateKey) and key.key_size >= SHORTEST_RSA:
        return key
    raise SettingsError(
        f"{file} is no RSA key that receivers accept.",
        hint="openssl genrsa -out FILE 2048 makes one.",
    )


def _ed25519_key(file: Path) -> Ed25519PrivateKey:
    key = _key("ED25519", file)
    if isinstance(key, Ed25519PrivateKey):
        return key
    raise SettingsError(
        f"{file} is no Ed25519 key.",
        hint="openssl genpkey -algorithm ed25519 -out FILE makes one.",
    )


def _key(name: str, file: Path) -> object:
    setting = f"NEWSLETTER_DKIM__{name}_KEY_FILE"
    try:
        return load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise SettingsError(f"{setting}: {file} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SettingsError(
            f"{setting}: {file} is no private key without a password, in PEM.",
            hint="It begins with a line of dashes and BEGIN PRIVATE KEY.",
        ) from error
