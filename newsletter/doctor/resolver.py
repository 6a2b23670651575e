"""Questions to DNS, by dnspython: bounded in time, and with two kinds of no."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from dns import exception, rdatatype, resolver, reversename

#: Seconds for one question, over all servers and tries.
LIFETIME = 2.5


class NoAnswer(Exception):
    """DNS could not be asked: no network, no server, or none that answers."""


class Mx(NamedTuple):
    preference: int
    #: Without the dot at its end; empty: no mail at all (RFC 7505).
    host: str


class Resolver:
    """Asks the system's servers, or those that it is given. Thread-safe."""

    def __init__(
        self, servers: Sequence[str] = (), *, port: int = 53, lifetime: float = LIFETIME
    ) -> None:
        self._servers, self._port, self._lifetime = servers, port, lifetime

    def knows(self, top: str) -> bool:
        """Say whether a top-level domain is there; a server of a closed network knows none."""
        return bool(self._ask(f"{top}.", "NS"))

    def txt(self, name: str) -> tuple[str, ...]:
        """Return the TXT records of a name, each with its pieces joined. Raises NoAnswer."""
        found = self._ask(name, "TXT")
        return tuple(b"".join(one.strings).decode("utf-8", "replace") for one in found)

    def mx(self, name: str) -> tuple[Mx, ...]:
        """Return a domain's mail servers, the preferred first. Raises NoAnswer."""
        found = (Mx(int(one.preference), _plain(one.exchange)) for one in self._ask(name, "MX"))
        return tuple(sorted(found))

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return the addresses of a host, IPv4 first. Raises NoAnswer."""
        return tuple(one.address for kind in ("A", "AAAA") for one in self._ask(name, kind))

    def names(self, address: str) -> tuple[str, ...]:
        """Return the names that an address claims (PTR). Raises NoAnswer."""
        found = self._ask(str(reversename.from_address(address)), "PTR")
        return tuple(_plain(one.target) for one in found)

    def _ask(self, name: str, kind: str) -> list[Any]:
        """Return records, none where the name or the kind is not there."""
        try:
            return list(self._asking().resolve(name, rdatatype.from_text(kind), search=False))
        except (resolver.NXDOMAIN, resolver.NoAnswer):
            return []
        except (exception.DNSException, OSError, ValueError) as error:
            raise NoAnswer(f"DNS does not say what {name} has ({type(error).__name__})") from error

    def _asking(self) -> resolver.Resolver:
        asking = resolver.Resolver(configure=not self._servers)
        if self._servers:
            asking.nameservers = list(self._servers)
            asking.port = self._port
        asking.lifetime = self._lifetime
        asking.timeout = self._lifetime / 2
        return asking


def _plain(name: object) -> str:
    return str(name).rstrip(".").lower()
