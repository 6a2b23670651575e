"""
An address is a parsed type, never a string: what is one, is safe to hand to any mail server.

Syntax is email-validator's (RFC 5321, RFC 6531, UTS 46 for the domain), without DNS. Beyond it:

- A part before the @ is at most 64 octets (RFC 5321 4.5.3.1.1), and the whole at most 254.
- Refused though RFC 5322 allows them: a leading `-` (it became a program's argument,
  CVE-2026-45068), `%` and `!` (old routes through a third host), `$ ? { } | backtick` (shells;
  Yahoo refuses them), quoted parts, comments, IP addresses in brackets.
- Refused everywhere: controls, spaces, bidi controls, zero-width and private characters.
- `.test` and `.example` are let through: they are reserved for samples (RFC 6761), and no
  server will ever take a mail for them. `.invalid`, `.local`, `.onion` and the like are not.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES

from newsletter.errors import InvalidAddress

#: Octets of an address (RFC 3696, erratum 1690) and of its part before the @.
LONGEST = 254
_LONGEST_LOCAL = 64

_ATOM = r"[A-Za-z0-9_#&'*+/=^~-]+"
_LABEL = r"(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_PLAIN_LOCAL = re.compile(rf"(?!-)(?=.{{1,{_LONGEST_LOCAL}}}$){_ATOM}(?:\.{_ATOM})*", re.ASCII)
_PLAIN = re.compile(
    rf"(?!-)(?=[^@]{{1,{_LONGEST_LOCAL}}}@)({_ATOM}(?:\.{_ATOM})*)"
    rf"@((?:{_LABEL}\.)+(?!..--)(?:[A-Za-z0-9][A-Za-z0-9-]{{0,61}})?[A-Za-z])",
    re.ASCII,
)
_ROLES = frozenset(CASE_INSENSITIVE_MAILBOX_NAMES)
_RESERVED = tuple(f".{name}" for name in SPECIAL_USE_DOMAIN_NAMES)
_DANGEROUS = re.compile(r"[%!$?{}|`]")
#: Control, format (bidi, zero-width), surrogate, private, unassigned; any kind of space.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})
#: Spelled as letters, marks or symbols by Unicode, and yet of no width.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


@dataclass(frozen=True, slots=True)
class Address:
    """One address, parsed. Make it with `parse`."""

    #: As on the wire: NFC, the domain in lower case and A-labels.
    text: str
    #: What makes it the same address again: the part before the @ is case-folded as well. Dots
    #: and plus signs stay: whoever wrote `me+news@` asked for that one.
    key: str

    @property
    def domain(self) -> str:
        """What stands after the @, in A-labels."""
        return self.text.rpartition("@")[2]

    @property
    def needs_smtputf8(self) -> bool:
        """True when only servers with SMTPUTF8 (RFC 6531) can take it."""
        return not self.text.isascii()

    def __str__(self) -> str:
        return self.text


def parse(text: str) -> Address:
    """Read an address. Raises InvalidAddress, with a sentence for the person who wrote it."""
    return _plain(text) or _abroad(text) or _unusual(text)


def _plain(text: str) -> Address | None:
    """Read nine addresses of ten quickly; None when the long way must decide."""
    found = _PLAIN.fullmatch(text)
    if not found or len(text) > LONGEST:
        return None
    local, domain = found[1], found[2].lower()
    if domain.endswith(_RESERVED) or len(domain) > LONGEST - 1:
        return None
    lowered = local.lower()
    address = f"{lowered if lowered in _ROLES else local}@{domain}"
    return Address(address, f"{lowered}@{domain}")


def _abroad(text: str) -> Address | None:
    """Read a plain name at a domain of other letters quickly, when the domain was read before."""
    local, _, domain = text.rpartition("@")
    if domain.isascii() or not _PLAIN_LOCAL.fullmatch(local):
        return None
    ascii_domain = _a_labels(domain)
    if not ascii_domain or max(len(text.encode()), len(local) + 1 + len(ascii_domain)) > LONGEST:
        return None
    lowered = local.lower()
    address = f"{lowered if lowered in _ROLES else local}@{ascii_domain}"
    return Address(address, f"{lowered}@{ascii_domain}")


@lru_cache(maxsize=4096)
def _a_labels(domain: str) -> str:
    """Return a domain in A-labels, empty where it is none: the long way says why."""
    try:
        return _unusual(f"a@{domain}").domain
    except InvalidAddress:
        return ""


def _unusual(text: str) -> Address:
    _refuse_unsafe(text)
    try:
        found = validate_email(
            text,
            check_deliverability=False,
            strict=True,
            allow_smtputf8=True,
            test_environment=True,
        )
    except EmailNotValidError as error:
        raise InvalidAddress(f"That is not an address: {_lowered(str(error))}") from error
    local, domain = found.local_part or "", found.ascii_domain
    _refuse_outsized(local, domain)
    folded = unicodedata.normalize("NFC", local.casefold())
    return Address(f"{local}@{domain}", f"{folded}@{domain}")


def _refuse_unsafe(text: str) -> None:
    """Refuse what must not go any further, before a library looks at it."""
    if not text:
        raise InvalidAddress("There is no address.")
    if len(text) > LONGEST:
        raise InvalidAddress(f"That is too long for an address: more than {LONGEST} octets.")
    if "<" in text or ">" in text:
        raise InvalidAddress("Only the address is wanted, without a name and without < and >.")
    if any(unicodedata.category(c) in _UNSEEN or c in _INVISIBLE for c in text):
        raise InvalidAddress("There is a space or an invisible character in that address.")
    if "@" not in text:
        raise InvalidAddress("That is not a full address: there is no @.")
    if text.startswith("-"):
        raise InvalidAddress("An address must not begin with a dash.")
    if found := _DANGEROUS.search(text.rpartition("@")[0]):
        raise InvalidAddress(f"Mail for an address with a {found[0]} is refused by many servers.")


def _refuse_outsized(local: str, domain: str) -> None:
    """Refuse by octets what the library counts in characters."""
    if len(local.encode()) > _LONGEST_LOCAL:
        raise InvalidAddress(f"There are more than {_LONGEST_LOCAL} octets before the @.")
    if "." not in domain:
        raise InvalidAddress("What stands after the @ is no full domain: there is no dot.")


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
