"""DKIM keys in DNS, and the hosts behind names: MX and PTR."""

import re
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
)

from newsletter.doctor.asking import Check, asked, each_domain, is_made_up
from newsletter.doctor.case import Case
from newsletter.doctor.records import DkimKey, dkim_key
from newsletter.doctor.verdicts import Finding, error, good, not_run, warning
from newsletter.settings import on_loopback
from newsletter.transports.dkim import ED25519_SUFFIX, SHORTEST_RSA

#: Bits that receivers advise for an RSA key.
ADVISED_RSA = 2048

#: What providers call the addresses of connections that nobody should send mail from.
_GENERIC = re.compile(r"dyn|dhcp|pool|dsl|cable|(\d{1,3}[-.]){3}\d{1,3}", re.IGNORECASE)


def dkim(case: Case) -> Iterator[Finding]:
    """Hold the keys that we sign with against what DNS says of them."""
    own = case.settings.dkim
    if case.settings.transport == "sendgrid":
        yield not_run("SendGrid signs: sendgrid-domain says in whose name")
        return
    if own.rsa_key_file is None:
        yield not_run("we do not sign ourselves, and what the relay signs with is not known here")
        return
    if is_made_up(own.domain):
        yield not_run(f"{own.domain} is a made-up name")
        return
    yield from asked(_keys, case, own.domain)


def _keys(case: Case, domain: str) -> Iterator[Finding]:
    own = case.settings.dkim
    pairs = (
        (own.selector, own.rsa_key_file),
        (own.selector + ED25519_SUFFIX, own.ed25519_key_file),
    )
    for selector, file in pairs:
        if file:
            name = f"{selector}._domainkey.{domain}"
            yield _key(case, name, file).of(name)


def _key(case: Case, name: str, file: Path) -> Finding:
    own = _public(file)
    if own is None:
        return error(f"{file} is no private key that can be read", "newsletter send says more.")
    kind, data = own
    wanted = f"v=DKIM1; k={kind}; p={b64encode(data).decode()}"
    records = [found for found in map(dkim_key, case.resolver.txt(name)) if found]
    if len(records) != 1:
        how = f"{len(records)} keys" if records else "no key"
        return error(f"{name} has {how}, so signatures fail", f"A TXT record there: {wanted}")
    return _judged(name, records[0], data, wanted)


def _judged(name: str, found: DkimKey, own: bytes, wanted: str) -> Finding:
    if not found.data:
        return error(f"The key at {name} was taken back", f"A TXT record there: {wanted}")
    if found.data != own:
        return error(f"The key at {name} is not the one that we sign with", f"Write {wanted}")
    if found.kind == "rsa" and found.bits < SHORTEST_RSA:
        return error(
            f"{found.bits} bits: receivers take no key below {SHORTEST_RSA}", "Make one of 2048."
        )
    if found.kind == "rsa" and found.bits < ADVISED_RSA:
        return warning(f"{found.bits} bits; receivers advise {ADVISED_RSA}", "Make a longer key.")
    if "y" in found.flags.split(":"):
        return warning("t=y: the key is only being tried", "Take t=y out of the record.")
    return good(f"{found.bits} bits, ours" if found.kind == "rsa" else "Ed25519, ours")


def _public(file: Path) -> tuple[str, bytes] | None:
    """Return a key's kind, and its public half as DNS has it (RFC 6376, RFC 8463)."""
    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        return None
    if isinstance(key, RSAPrivateKey):
        data = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return "rsa", data
    if isinstance(key, Ed25519PrivateKey):
        return "ed25519", key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return None


def _mx(case: Case, domain: str) -> Iterator[Finding]:
    """Answers and bounces must be able to come back."""
    for name in dict.fromkeys((domain, case.bounce_domain(domain), *_answers(case, domain))):
        found = case.resolver.mx(name)
        if any(not one.host for one in found):
            yield error(f"{name} says that it takes no mail", "Give it an MX record.")
        elif found:
            yield good(f"{name} takes mail at {found[0].host}")
        elif case.resolver.addresses(name):
            yield warning(f"{name} has no MX record, only an address", "Give it an MX record.")
        else:
            yield error(f"Nothing can be answered to {name}", "Give it an MX record.")


def _answers(case: Case, domain: str) -> Iterator[str]:
    for sheet in case.sheets:
        reply = sheet.newsletter.reply_to.rpartition("@")[2].lower()
        if sheet.headers.domain.lower() == domain and reply and not is_made_up(reply):
            yield reply


def ptr(case: Case) -> Iterator[Finding]:
    """Look whether the relay's addresses have a name that leads back to them."""
    host = case.settings.smtp.host
    if case.settings.transport != "smtp":
        yield not_run("mails do not go out by SMTP from here")
    elif on_loopback(host):
        yield not_run("the relay is on this machine; which address it sends from is not known here")
    elif is_made_up(host):
        yield not_run(f"{host} is a made-up name")
    else:
        yield from asked(_addresses, case, host)


def _addresses(case: Case, host: str) -> Iterator[Finding]:
    addresses = case.resolver.addresses(host)
    if not addresses:
        yield not_run(f"DNS knows no address of {host}")
    for address in addresses:
        yield _named(case, address).of(address)


def _named(case: Case, address: str) -> Finding:
    names = case.resolver.names(address)
    if not names:
        return warning(
            f"{address} has no name", "Where mail is sent from it, give it a PTR record."
        )
    back = [name for name in names if address in case.resolver.addresses(name)]
    if not back:
        return warning(f"{names[0]} does not lead back to {address}", "Let name and address agree.")
    if _GENERIC.search(back[0]):
        return warning(f"{back[0]} looks like anybody's connection", "Give it a name of its own.")
    return good(f"{back[0]}, and back")


mx: Check = each_domain(_mx)
