"""The case: what a check may look at, and by what it reaches outside."""

import errno
import socket
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.doctor.resolver import NoAnswer, Resolver
from newsletter.model import Headers
from newsletter.settings import Newsletter, Settings, on_loopback

if TYPE_CHECKING:
    from newsletter.storage.database import Database

#: Seconds that one question to the outside may take.
PATIENCE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One newsletter, and what stands above its mails."""

    newsletter: Newsletter
    headers: Headers


@dataclass(frozen=True, kw_only=True)
class Case:
    """One machine with its settings. The checks run side by side, and only read it."""

    settings: Settings
    sheets: tuple[Sheet, ...]
    #: Why there are none, where a newsletter.toml is wrong.
    no_sheets: str = ""
    resolver: Resolver
    #: Opens the database whatever its version. Raises StorageError.
    database: "Callable[[], Database]"
    #: Editions of which this machine knows more than the database. Raises StorageError.
    lost: Callable[[], Iterable[object]]
    #: A time server, where somebody named one.
    ntp: str = ""
    patience: float = PATIENCE

    @property
    def now(self) -> datetime:
        return datetime.now(UTC)

    @cached_property
    def domains(self) -> tuple[str, ...]:
        """Domains that mails are from, each once."""
        return tuple(dict.fromkeys(sheet.headers.domain.lower() for sheet in self.sheets))

    @property
    def mails_leave(self) -> bool:
        """Say whether mails go to other people's servers."""
        transport, host = self.settings.transport, self.settings.smtp.host
        return transport == "sendgrid" or (transport == "smtp" and not on_loopback(host))

    def sees(self, name: str) -> bool:
        """Say whether DNS is that of the world: a closed network's knows no top-level domain."""
        try:
            return self.resolver.knows(name.rpartition(".")[2])
        except NoAnswer:
            return False

    def bounce_domain(self, domain: str) -> str:
        """Return the domain of the envelope's sender, of mails from a domain."""
        return self.settings.bounces.address.rpartition("@")[2].lower() or domain


#: What the system says when no network is to be had, rather than no such machine.
_NO_NETWORK = {errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL}


def is_offline(error: OSError, case: Case, host: str) -> bool:
    """Say whether it is our side that has no network, where a host was not reached."""
    if isinstance(error, socket.gaierror):
        return error.errno in {socket.EAI_AGAIN, socket.EAI_FAIL} or not case.sees(host)
    return error.errno in _NO_NETWORK
