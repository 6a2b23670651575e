"""An inquiry at the relay, without a mail: who it is, what it offers, whether it lets us in."""

import asyncio
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from newsletter.settings import SmtpSettings
from newsletter.transports.smtp.opening import Relay, open_session
from newsletter.transports.smtp.session import Patience


class Inquired(NamedTuple):
    """What a relay said."""

    #: Keyword in capitals, then its parameters; what was offered under TLS, where there is any.
    offers: Mapping[str, str]
    #: Such as TLSv1.3; empty without.
    tls: str
    #: When its certificate ends; None without TLS.
    ends: datetime | None


def inquire(
    settings: SmtpSettings, *, seconds: float, trust: ssl.SSLContext | None = None
) -> Inquired:
    """
    Connect, greet, begin TLS and sign in as for a mail, and say goodbye.

    `seconds` for each answer; `trust` replaces the system's certificates. Raises TemporaryFailure
    and PermanentFailure as for a mail; what the network said is their `__cause__`.
    """
    relay = Relay.of(settings, Patience(connect=seconds, reply=seconds, end=seconds), trust=trust)
    return asyncio.run(_inquire(relay))


async def _inquire(relay: Relay) -> Inquired:
    session = await open_session(relay)
    security = session.security
    offers = dict(session.offers)
    await session.quit()
    if security is None:
        return Inquired(offers, "", None)
    return Inquired(offers, security.version() or "", _ends(security.getpeercert()))


def _ends(certificate: Mapping[str, object] | None) -> datetime | None:
    held = (certificate or {}).get("notAfter")
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(held)), UTC) if held else None
