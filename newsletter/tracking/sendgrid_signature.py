"""
Whether a post to our webhook comes from SendGrid.

It signs the timestamp and the very bytes of the body: ECDSA on the curve P-256 with SHA-256
(twilio.com/docs/sendgrid, "Event Webhook Security Features"). So a body is verified before it
is read, and never after it was parsed and written again. A repeated post is told by its
events' ids; the timestamp only keeps old ones from being played back.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from newsletter.errors import SettingsError

#: Seconds that a post's timestamp and our clock may be apart, either way.
TOLERANCE = 300

#: Characters of the longest signature: 72 bytes of DER take 96.
_LONGEST_SIGNATURE = 100

_ALGORITHM = ECDSA(SHA256())


def load_keys(text: str) -> tuple[str, ...]:
    """
    Read NEWSLETTER_SENDGRID__WEBHOOK_KEY: one key, or several parted by commas.

    While SendGrid changes to a new key both are good. Empty: there is none, and so no webhook.
    Raises SettingsError, naming the place of a key that is none.
    """
    keys = tuple(piece.strip() for piece in text.split(",") if piece.strip())
    for place, key in enumerate(keys, 1):
        if _key(key) is None:
            raise SettingsError(
                f"Key {place} in NEWSLETTER_SENDGRID__WEBHOOK_KEY is no verification key.",
                hint="Copy it from SendGrid: Settings, Mail Settings, Event Webhooks, Edit. "
                "Several are parted by commas.",
            )
    return keys


def verify(
    keys: Sequence[str], *, signature: str, timestamp: str, body: bytes, now: datetime
) -> bool:
    """
    Say whether one of the keys signed these bytes, within five minutes of `now`.

    `signature` and `timestamp` are the headers X-Twilio-Email-Event-Webhook-Signature and
    -Timestamp as they came; `now` has a zone. Whatever else they hold is no, never an error. Every
    key is tried each time, so an answer's time does not tell which one fitted.
    """
    raw = _decoded(signature)
    if raw is None or not re.fullmatch(r"\d{1,11}", timestamp, re.ASCII):
        return False
    fresh = abs(now.timestamp() - int(timestamp)) <= TOLERANCE
    signed = timestamp.encode("ascii") + body
    tried = [_signed(key, raw, signed) for key in keys]
    return any(tried) and fresh


def _signed(text: str, signature: bytes, signed: bytes) -> bool:
    key = _key(text)
    if key is None:
        return False
    try:
        key.verify(signature, signed, _ALGORITHM)
    except InvalidSignature:
        return False
    return True


def _decoded(text: str) -> bytes | None:
    """Read base64 in its one spelling; Python would also take others."""
    if not 0 < len(text) <= _LONGEST_SIGNATURE:
        return None
    try:
        raw = b64decode(text, validate=True)
    except ValueError:
        return None
    return raw if b64encode(raw).decode("ascii") == text else None


@lru_cache(maxsize=16)
def _key(text: str) -> EllipticCurvePublicKey | None:
    """Read a key as SendGrid shows it, base64 of DER; None when it is no key on P-256."""
    try:
        key = load_der_public_key(b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm):
        return None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    return None
