"""
Ways out of the building. A transport hands calls over; it decides nothing else.

    outbox     writes mails into a folder: the default, so that a new clone is harmless
    smtp       hands them to a relay
    sendgrid   hands them to SendGrid
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from newsletter.model import Call, Receipt
from newsletter.settings import Settings

if TYPE_CHECKING:
    from newsletter.transports.sendgrid import SendGridTransport


def uptime() -> float:
    """Return seconds on a clock that nobody sets, and that goes on while the machine sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Transport(Protocol):
    """
    Hands one call to whoever carries mail for us.

    A transport does not retry, pace, write to the ledger or look at suppressions: delivery
    does. So a new one is a single method, and `tests/transports/test_contract.py` tells
    whether it keeps the contract.
    """

    @property
    def name(self) -> str:
        """What reports and the ledger call it: `outbox`."""
        ...

    @property
    def largest_call(self) -> int:
        """The most envelopes that one call may carry."""
        ...

    @property
    def calls_at_once(self) -> int:
        """How many calls one process may have in flight: what a kill can leave in doubt."""
        ...

    @property
    def idempotent(self) -> bool:
        """True: the same delivery handed over twice is one mail, so a doubtful one may go again."""
        ...

    def send(self, call: Call) -> Iterator[Receipt]:
        """
        Yield one receipt for each envelope, as soon as its answer is known.

        An envelope that is refused is a receipt, not an exception. A receipt never names an
        address.

        Raises:
            TemporaryFailure: nothing more was accepted; the rest may be sent again.
            PermanentFailure: nothing more was accepted, nor will be until a person acts.
            UnknownOutcome: the rest may or may not have been accepted.

        """
        ...

    def probe(self) -> None:
        """
        Ask, without a mail, whether calls would be taken now.

        Raises TransportError, whose kind means nothing here: no mail was in it.
        """
        ...

    def close(self) -> None:
        """
        Give back connections and files; a closed transport is not used again.

        Another thread may call it: a call in flight then ends within a second, in UnknownOutcome
        where it may have been accepted.
        """
        ...


def open_transport(settings: Settings) -> Transport:
    """
    Open the transport that `NEWSLETTER_TRANSPORT` names.

    Raises SettingsError when a key that it needs cannot be read.
    """
    if settings.transport == "outbox":
        from newsletter.transports.outbox import OutboxTransport  # noqa: PLC0415 - quick start

        return OutboxTransport(settings.outbox.dir)
    if settings.transport == "smtp":
        from newsletter.transports.dkim import Signer  # noqa: PLC0415 - quick start
        from newsletter.transports.smtp import SmtpTransport  # noqa: PLC0415 - quick start

        signer = Signer.of(settings.dkim)
        return SmtpTransport(settings.smtp, sign=signer.sign if signer else None)
    return sendgrid_account(settings)


def sendgrid_account(settings: Settings) -> "SendGridTransport":
    """Open the account itself, which keeps appointments. Raises SettingsError."""
    from newsletter.transports.sendgrid import SendGridTransport  # noqa: PLC0415 - quick start

    account = settings.sendgrid
    return SendGridTransport(account.api_key.get_secret_value(), account.host)
