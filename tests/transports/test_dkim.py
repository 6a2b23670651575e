"""Signatures that dkimpy, a verifier of somebody else's, believes; and no other mail's."""

from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.errors import SettingsError
from newsletter.model import Call, Envelope
from newsletter.settings import DkimSettings, Settings, SmtpSettings
from newsletter.transports import open_transport
from newsletter.transports.dkim import Signer
from newsletter.transports.message import compile_message
from newsletter.transports.smtp import SmtpTransport
from tests.transports.relay import ordinary

MakeCall = Callable[..., Call]
MakeEnvelope = Callable[..., Envelope]

RSA = rsa.generate_private_key(65537, 2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
SIGNER = Signer("news.example.com", "s1", RSA, ED25519)


def pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def records() -> dict[bytes, bytes]:
    """What DNS would say."""
    of_rsa = RSA.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    of_ed25519 = ED25519.public_key().public_bytes_raw()
    return {
        b"s1._domainkey.news.example.com.": b"v=DKIM1; k=rsa; p=" + b64encode(of_rsa),
        b"s1-ed25519._domainkey.news.example.com.": b"v=DKIM1; k=ed25519; p="
        + b64encode(of_ed25519),
    }


def believed(mail: bytes) -> list[bool]:
    """Whether each signature is believed, from the top."""
    said = records()

    def look_up(name: bytes, timeout: float = 5) -> bytes | None:
        del timeout
        return said.get(name)

    count = mail[: mail.index(b"\r\n\r\n")].count(b"DKIM-Signature:")
    found = []
    for index in range(count):
        try:
            found.append(dkim.DKIM(mail).verify(index, dnsfunc=look_up))
        except dkim.DKIMException:
            found.append(False)
    return found


@pytest.fixture(scope="module")
def make_mail(make_call: MakeCall, make_envelope: MakeEnvelope) -> Callable[..., bytes]:
    def make(name: str = "", address: str = "ann@example.com") -> bytes:
        call = make_call(make_envelope(1, address=address, name=name))
        return compile_message(call.rendition, call.headers).splice(call.envelopes[0], call.at)

    return make


@pytest.fixture(scope="module")
def signed(make_mail: Callable[..., bytes]) -> bytes:
    return SIGNER.sign(make_mail())


def test_both_signatures_are_believed_and_rsa_stands_first(signed: bytes) -> None:
    assert believed(signed) == [True, True]
    assert 0 < signed.index(b"a=rsa-sha256") < signed.index(b"a=ed25519-sha256")


def test_without_a_second_key_there_is_one_signature(make_mail: Callable[..., bytes]) -> None:
    assert believed(Signer("news.example.com", "s1", RSA, None).sign(make_mail())) == [True]


def test_signing_leaves_the_mail_as_it_is(signed: bytes, make_mail: Callable[..., bytes]) -> None:
    assert signed.endswith(make_mail())
    above = signed.removesuffix(make_mail())
    assert max(len(line) for line in above.split(b"\r\n")) <= 78
    assert above.count(b"\n") == above.count(b"\r\n") == above.count(b"\r")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Story 7 ", b"Story 8 "),
        (b"Subject: Agents", b"Subject: agents"),
        (b"To: ann@", b"To: eve@"),
        (b"From: ", b"From: The "),
        (b"\r\nDate: Sun, 05", b"\r\nDate: Sun, 12"),
        (b"\r\nList-Unsubscribe: <https://n.", b"\r\nList-Unsubscribe: <https://x."),
        (b"List-Unsubscribe=One-Click", b"List-Unsubscribe=Two-Click"),
        (b"\r\nFeedback-ID: ed", b"\r\nFeedback-ID: xx"),
        (b"Reply-To: editor@", b"Reply-To: eve@"),
        (b"\r\nList-Id: ", b"\r\nList-Id: x "),
        (b"\r\nMIME-Version: 1.0", b"\r\nMIME-Version: 2.0"),
        (b"multipart/alternative", b"multipart/mixed"),
        (b"\r\nMessage-ID: <", b"\r\nMessage-ID: <x"),
        (b"\r\nTo: ", b"\r\nList-Unsubscribe: <https://eve.example/u>\r\nTo: "),
        (b"\r\nTo: ", b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\nTo: "),
        (b"--\r\n", b"--\r\nand more\r\n"),
    ],
)
def test_what_is_changed_on_the_way_is_not_believed(
    signed: bytes, before: bytes, after: bytes
) -> None:
    top, found, below = signed.rpartition(before)
    assert found
    if before != b"--\r\n":
        top, found, below = signed.partition(before)
    assert believed(top + after + below) == [False, False]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"\r\nSubject: ", b"\r\nsubject:   "),
        (b"multipart/alternative;\r\n boundary", b"multipart/alternative; boundary"),
        (b"--\r\n", b"--\r\n\r\n\r\n"),
        (b"From: ", b"Received: from here\r\nFrom: "),
    ],
)
def test_what_relays_may_do_is_still_believed(signed: bytes, before: bytes, after: bytes) -> None:
    top, found, below = signed.rpartition(before)
    assert found
    assert believed(top + after + below) == [True, True]


@given(st.text(max_size=80), st.sampled_from(["ann@example.com", "राम@example.com"]))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_whoever_the_reader_is_the_signature_is_believed(
    make_mail: Callable[..., bytes], name: str, address: str
) -> None:
    assert believed(SIGNER.sign(make_mail(name=name, address=address))) == [True, True]


# ── Through a relay, with the keys that settings name ───────────────────────────────────────


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "rsa.pem").write_bytes(pem(RSA))
    (tmp_path / "ed25519.pem").write_bytes(pem(ED25519))
    return {
        "domain": "news.example.com",
        "selector": "s1",
        "rsa_key_file": str(tmp_path / "rsa.pem"),
        "ed25519_key_file": str(tmp_path / "ed25519.pem"),
    }


def test_what_a_relay_receives_is_signed(keys: dict[str, str], make_call: MakeCall) -> None:
    with ordinary() as (caught, port):
        smtp = SmtpSettings.model_validate({"host": "127.0.0.1", "port": port, "tls": "none"})
        dkim_settings = DkimSettings.model_validate(keys)
        given = {"transport": "smtp", "smtp": smtp, "dkim": dkim_settings}
        transport = open_transport(Settings.model_validate(given))
        list(transport.send(make_call(count=5)))
        transport.close()
    assert [believed(mail.content) for mail in caught.mails] == [[True, True]] * 5


def test_nothing_is_signed_where_no_key_is_named() -> None:
    assert Signer.of(DkimSettings()) is None
    transport = open_transport(Settings(transport="smtp"))
    assert isinstance(transport, SmtpTransport)
    assert transport._sign is None


@pytest.mark.parametrize("missing", ["domain", "selector", "rsa_key_file"])
def test_half_of_the_settings_are_refused(keys: dict[str, str], missing: str) -> None:
    del keys[missing]
    with pytest.raises(ValueError, match="needed together"):
        DkimSettings.model_validate(keys)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("domain", "news.example.com; x=y", "NEWSLETTER_DKIM__DOMAIN"),
        ("selector", "s1\r\n", "NEWSLETTER_DKIM__SELECTOR"),
        ("rsa_key_file", "/nowhere/rsa.pem", "RSA_KEY_FILE: .* cannot be read"),
        ("ed25519_key_file", "/nowhere/rsa.pem", "ED25519_KEY_FILE: .* cannot be read"),
    ],
)
def test_what_cannot_be_used_is_named(
    keys: dict[str, str], setting: str, value: str, said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        Signer.of(DkimSettings.model_validate(keys | {setting: value}))


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("rsa.pem", b"no key", "no private key"),
        ("rsa.pem", pem(ED25519), "no RSA key"),
        ("rsa.pem", pem(ec.generate_private_key(ec.SECP256R1())), "no RSA key"),
        ("ed25519.pem", pem(RSA), "no Ed25519 key"),
        ("ed25519.pem", b"\0\xff", "no private key"),
    ],
    ids=["text", "swapped", "another kind", "swapped back", "bytes"],
)
def test_a_file_that_holds_no_such_key_is_named(
    keys: dict[str, str], tmp_path: Path, file: str, content: bytes, said: str
) -> None:
    (tmp_path / file).write_bytes(content)
    with pytest.raises(SettingsError, match=said) as refused:
        Signer.of(DkimSettings.model_validate(keys))
    assert refused.value.hint
