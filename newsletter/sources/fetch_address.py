"""Which addresses may be asked at all: those of the public internet."""

import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from newsletter.errors import FetchError

#: Turns a host and a port into addresses. Raises OSError when there are none.
Resolver = Callable[[str, int], Sequence[str]]

#: IPv4 inside IPv6: NAT64 (RFC 6052), and its local form (RFC 8215).
_NAT64 = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
#: The old form of the same, which nothing routes any more (RFC 4291, 2.5.5.1).
_COMPATIBLE = IPv6Network("::/96")
#: A host whose last part is a number is an address in an odd spelling: 0x7f.1, 017700000001.
_ODD_NUMBER = re.compile(r"(.*\.)?(0x[0-9a-f]*|[0-9]+)\.?", re.IGNORECASE)
_LONGEST = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """An address on the web, taken apart; its host in the letters of the wire."""

    url: str
    secure: bool
    host: str
    port: int
    #: Path and query, as they stand in the request.
    path: str

    @property
    def host_header(self) -> str:
        """The host, with its port where it is not the usual one (RFC 9110, 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"


def parse(url: str) -> Target:
    """Take an address apart. Raises FetchError for all but http and https to a plain host."""
    try:
        parts = parse_url(url) if len(url) <= _LONGEST else None
    except LocationParseError:
        parts = None
    if parts is None or not parts.host or not parts.scheme:
        raise FetchError(f"{shown(url)} is not a full address.", hint="https://… is one.")
    if parts.scheme not in {"http", "https"}:
        raise FetchError(f"{shown(url)} is neither http nor https, so it is not read.")
    if parts.auth:
        raise FetchError(
            f"The address at {parts.host} holds a name or a password, so it is not read.",
            hint="Ask its owner for an address that works without.",
        )
    secure = parts.scheme == "https"
    return Target(
        url=parts.url,
        secure=secure,
        host=parts.host.strip("[]"),
        port=parts.port or (443 if secure else 80),
        path=parts.request_uri,
    )


def resolve(host: str, port: int) -> Sequence[str]:
    """Ask the system for a host's addresses, in the order in which it would try them."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def allowed(host: str, addresses: Sequence[str], *, loopback: bool) -> Sequence[str]:
    """
    Return the addresses when every single one may be asked. Raises FetchError.

    One that is private among public ones is how a name is made to lead inside (DNS rebinding).
    """
    plain = _is_address(host) or not _ODD_NUMBER.fullmatch(host)
    if not plain or not addresses or not all(_may_be_asked(a, loopback) for a in addresses):
        raise FetchError(
            f"{shown(host)} is not on the public internet, so it is not read.",
            hint="A feed must have a public address.",
        )
    return addresses


def shown(text: str) -> str:
    """Return a foreign text short and harmless enough to stand in a sentence."""
    plain = "".join(c if c.isprintable() else "�" for c in text)
    return plain if len(plain) <= 100 else f"{plain[:99]}…"


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _may_be_asked(text: str, loopback: bool) -> bool:
    try:
        address = _innermost(ip_address(text))
    except ValueError:
        return False
    if address.is_loopback:
        return loopback
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or getattr(address, "is_site_local", False)
    )


def _innermost(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return the IPv4 address that an IPv6 address only wraps. Raises ValueError for a tunnel."""
    if isinstance(address, IPv4Address):
        return address
    if address.teredo:
        raise ValueError(address)
    wrapped = address.ipv4_mapped or address.sixtofour
    if wrapped:
        return wrapped
    if any(address in network for network in _NAT64):
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    if address in _COMPATIBLE and not address.is_loopback:
        raise ValueError(address)
    return address
