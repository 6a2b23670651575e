"""Whether a post comes from SendGrid: a body that it really signed, and all that is not it."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import SettingsError
from newsletter.tracking.sendgrid_signature import load_keys, verify

#: The machine may be busy with other tests.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

SIGNED = Path(__file__).parents[1] / "data/webhooks/signed"
BODY = (SIGNED / "single.body").read_bytes()
_TOLD = json.loads((SIGNED / "single.json").read_text(encoding="utf-8"))
KEY: str = _TOLD["public_key"]
SIGNATURE: str = _TOLD["signature"]
TIMESTAMP: str = _TOLD["timestamp"]
AT = datetime.fromtimestamp(int(TIMESTAMP), UTC)


def spelled(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> str:
    """A public key as SendGrid shows it."""
    told = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(told).decode()


OURS = ec.generate_private_key(ec.SECP256R1())
OTHER = spelled(OURS)


def good(
    *keys: str,
    signature: str = SIGNATURE,
    timestamp: str = TIMESTAMP,
    body: bytes = BODY,
    now: datetime = AT,
) -> bool:
    return verify(keys or (KEY,), signature=signature, timestamp=timestamp, body=body, now=now)


def test_what_sendgrid_signed_is_from_sendgrid() -> None:
    assert good()


def test_no_bit_may_differ() -> None:
    for bit in range(8 * len(BODY)):
        body = bytearray(BODY)
        body[bit // 8] ^= 1 << bit % 8
        assert not good(body=bytes(body))


@pytest.mark.parametrize(
    "body",
    [
        BODY.rstrip(),
        BODY.replace(b"\r\n", b"\n"),
        BODY + b"\n",
        json.dumps(json.loads(BODY)).encode(),
        json.dumps(json.loads(BODY), separators=(",", ":")).encode(),
        b"",
    ],
)
def test_a_body_that_was_touched_is_not_from_sendgrid(body: bytes) -> None:
    assert body != BODY
    assert not good(body=body)


def test_no_character_of_the_signature_may_differ() -> None:
    for place in range(len(SIGNATURE)):
        for letter in "A9/=":
            changed = SIGNATURE[:place] + letter + SIGNATURE[place + 1 :]
            assert changed == SIGNATURE or not good(signature=changed)


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_a_post_may_be_five_minutes_old_or_early(seconds: int) -> None:
    assert good(now=AT + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, -300.001, 300.001, 301, 86_400, -86_400])
def test_a_post_of_another_time_is_played_back(seconds: float) -> None:
    assert not good(now=AT + timedelta(seconds=seconds))


def test_another_timestamp_is_not_the_one_that_was_signed() -> None:
    later = str(int(TIMESTAMP) + 1)
    assert not good(timestamp=later)


def test_while_keys_change_either_is_good() -> None:
    assert good(KEY, OTHER)
    assert good(OTHER, KEY)
    assert not good(OTHER)
    assert not verify((), signature=SIGNATURE, timestamp=TIMESTAMP, body=BODY, now=AT)


def test_a_signature_of_ours_is_good_for_our_key_alone() -> None:
    signed = OURS.sign(TIMESTAMP.encode() + b"[]", ec.ECDSA(SHA256()))
    mine = b64encode(signed).decode()
    assert good(OTHER, body=b"[]", signature=mine)
    assert not good(KEY, body=b"[]", signature=mine)


@PATIENT
@given(signature=st.text(), timestamp=st.text(), body=st.binary(), key=st.text())
def test_garbage_is_no(signature: str, timestamp: str, body: bytes, key: str) -> None:
    assert not good(key, signature=signature, timestamp=timestamp, body=body)
    assert not good(signature=signature)
    assert not good(timestamp=timestamp)
    assert not good(key)


@pytest.mark.parametrize(
    "other",
    [
        f" {SIGNATURE}",
        f"{SIGNATURE}\n",
        SIGNATURE.rstrip("="),
        # The last letter has bits that base64 does not use.
        SIGNATURE.replace("M=", "N="),
    ],
)
def test_a_signature_has_one_spelling(other: str) -> None:
    assert other != SIGNATURE
    assert not good(signature=other)


@pytest.mark.parametrize("timestamp", [f"+{TIMESTAMP}", f"0{TIMESTAMP}", f"{TIMESTAMP}.0", "१६००"])
def test_a_timestamp_has_one_spelling(timestamp: str) -> None:
    assert not good(timestamp=timestamp)


# ── Keys in the settings ────────────────────────────────────────────────────────────────────


def test_the_setting_holds_one_key_or_several() -> None:
    assert load_keys("") == ()
    assert load_keys(KEY) == (KEY,)
    assert load_keys(f" {KEY} ,\n{OTHER}, ") == (KEY, OTHER)


WRONG = {
    "words": "not a key",
    "half a key": KEY[:60],
    "another curve": spelled(ec.generate_private_key(ec.SECP384R1())),
    "another kind": spelled(rsa.generate_private_key(65537, 2048)),
    "no base64": "ключ",
}


@pytest.mark.parametrize("name", WRONG)
def test_a_key_that_is_none_is_told_at_the_start(name: str) -> None:
    with pytest.raises(SettingsError, match=r"^Key 2 in NEWSLETTER_SENDGRID__WEBHOOK_KEY"):
        load_keys(f"{KEY},{WRONG[name]}")
    assert not good(WRONG[name])
