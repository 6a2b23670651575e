"""From nothing to a conversation: connect, EHLO, TLS, AUTH. All of it, or a sentence why not."""

import asyncio
import re
import socket
import ssl
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Literal, NoReturn

from newsletter.errors import PermanentFailure, TemporaryFailure
from newsletter.settings import SmtpSettings, on_loopback
from newsletter.transports.smtp.replies import (
    Reply,
    Stage,
    Verdict,
    judge,
    words,
)
from newsletter.transports.smtp.session import Patience, Session
from newsletter.transports.smtp.wire import Wire

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]*\.)+[A-Za-z0-9-]*[A-Za-z0-9]", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relay:
    """Where mails are handed over, and how it is made sure who that is."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    patience: Patience = field(default_factory=Patience)

    @classmethod
    def of(
        cls, settings: SmtpSettings, patience: Patience, *, trust: ssl.SSLContext | None = None
    ) -> "Relay":
        return cls(
            context=trust or ssl.create_default_context(),
            host=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password.get_secret_value(),
            tls=settings.tls,
            patience=patience,
        )

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


async def open_session(relay: Relay) -> Session:
    """
    Open a conversation in which the next word may be MAIL.

    Raises:
        TemporaryFailure: the relay cannot be reached, or does not want us now.
        PermanentFailure: it is not who it should be, or does not want us at all.

    """
    wire = await _connected(relay)
    opened = False
    try:
        session = await _Opening(relay, wire).session()
        opened = True
    finally:
        if not opened:
            wire.abort()
    return session


async def _connected(relay: Relay) -> Wire:
    implicit = relay.context if relay.tls == "implicit" else None
    name = relay.host if implicit else None
    try:
        async with asyncio.timeout(relay.patience.connect):
            loop = asyncio.get_running_loop()
            _, wire = await loop.create_connection(
                Wire, relay.host, relay.port, ssl=implicit, server_hostname=name
            )
    except (OSError, ValueError) as error:
        _unreachable(relay, error)
    return wire


def _unreachable(relay: Relay, error: OSError | ValueError) -> NoReturn:
    if isinstance(error, ssl.SSLCertVerificationError):
        raise PermanentFailure(
            f"The relay {relay} cannot prove who it is: {error.verify_message}.",
            hint="NEWSLETTER_SMTP__HOST must be a name that its certificate bears.",
        ) from error
    if isinstance(error, ssl.SSLError):
        raise TemporaryFailure(
            f"The relay {relay} does not speak TLS as it should: {error.reason or error}."
        ) from error
    if isinstance(error, TimeoutError):
        seconds = f"{relay.patience.connect:g} seconds"
        raise TemporaryFailure(f"The relay {relay} did not answer within {seconds}.") from error
    why = (error.strerror if isinstance(error, OSError) else "") or str(error) or "it hung up"
    raise TemporaryFailure(f"The relay {relay} cannot be reached: {why}.") from error


class _Opening:
    """What is said before the first mail."""

    def __init__(self, relay: Relay, wire: Wire) -> None:
        self._relay = relay
        self._wire = wire
        self._offers: dict[str, str] = {}

    async def session(self) -> Session:
        self._expect(Stage.GREETING, await self._answer())
        await self._hello()
        if self._relay.tls == "starttls":
            await self._start_tls()
            await self._hello()
        if self._relay.username:
            await self._sign_in()
        return Session(self._wire, self._offers, self._relay.patience)

    async def _hello(self) -> None:
        """Learn what is offered; what was said before TLS does not count (RFC 3207, 4.2)."""
        name = _own_name(self._wire)
        reply = await self._answer(f"EHLO {name}")
        if 500 <= reply.code < 600:
            self._offers = {}
            self._expect(Stage.HELLO, await self._answer(f"HELO {name}"))
            return
        self._expect(Stage.HELLO, reply)
        pairs = (line.strip().upper().partition(" ") for line in reply.lines[1:])
        self._offers = {keyword: parameters for keyword, _, parameters in pairs}

    async def _start_tls(self) -> None:
        if "STARTTLS" not in self._offers:
            raise PermanentFailure(
                f"The relay {self._relay} does not offer STARTTLS, so mails would be readable "
                "by all on the way.",
                hint="Somebody may stand between. A relay on this machine that has no TLS needs "
                "NEWSLETTER_SMTP__TLS=none, one on port 465 implicit.",
            )
        self._expect(Stage.STARTTLS, await self._answer("STARTTLS"))
        if not self._wire.quiet:
            raise PermanentFailure(
                f"The relay {self._relay} went on in plain words after STARTTLS.",
                hint="Somebody may stand between and put words in; nothing was sent.",
            )
        try:
            await self._wire.secure(
                self._relay.context, self._relay.host, self._relay.patience.connect
            )
        except OSError as error:
            _unreachable(self._relay, error)

    async def _sign_in(self) -> None:
        """Say name and password, where only the relay can hear them (RFC 4954, RFC 4616)."""
        if self._relay.tls == "none" and not on_loopback(self._relay.host):
            raise PermanentFailure(
                "A password is never sent without TLS.",
                hint="Set NEWSLETTER_SMTP__TLS=starttls or implicit.",
            )
        methods = self._offers.get("AUTH", "").split()
        name, password = self._relay.username.encode(), self._relay.password.encode()
        if "PLAIN" in methods:
            reply = await self._answer(f"AUTH PLAIN {_base64(_plain(name, password))}")
        elif "LOGIN" in methods:
            reply = await self._log_in(name, password)
        else:
            raise PermanentFailure(
                f"The relay {self._relay} offers no way to sign in that we know.",
                hint="PLAIN and LOGIN are known. Without NEWSLETTER_SMTP__USERNAME none is needed.",
            )
        self._signed_in(reply)

    async def _log_in(self, name: bytes, password: bytes) -> Reply:
        reply = await self._answer("AUTH LOGIN")
        for answer in (name, password):
            if reply.code != 334:
                break
            reply = await self._answer(_base64(answer))
        return reply

    def _signed_in(self, reply: Reply) -> None:
        """Hold the relay's words back here: they may hold what we said."""
        verdict = judge(Stage.AUTH, reply)
        code = f"{reply.code} {reply.enhanced}".strip()
        if verdict is Verdict.OURS:
            raise PermanentFailure(
                f"The relay {self._relay} does not accept name and password ({code}).",
                hint="Look at NEWSLETTER_SMTP__USERNAME and NEWSLETTER_SMTP__PASSWORD.",
            )
        if verdict is not Verdict.GO_ON:
            raise TemporaryFailure(f"The relay {self._relay} cannot sign us in now ({code}).")

    async def _answer(self, command: str = "") -> Reply:
        """Say something, if anything, and return what is answered. Raises TemporaryFailure."""
        if command:
            if not self._wire.trouble and not self._wire.quiet:
                raise TemporaryFailure(f"The relay {self._relay} answered before it was asked.")
            self._wire.write(f"{command}\r\n".encode())
        replies = await self._wire.replies(1, self._relay.patience.reply)
        if not replies:
            raise TemporaryFailure(f"The relay {self._relay} {self._wire.trouble}.")
        return replies[0]

    def _expect(self, stage: Stage, reply: Reply) -> None:
        verdict = judge(stage, reply)
        if verdict is Verdict.GO_ON:
            return
        sentence = f"The relay {self._relay} does not let us in: {words(reply)}"
        if verdict is Verdict.OURS:
            raise PermanentFailure(
                sentence, hint="It will not do so until a person has looked at it."
            )
        raise TemporaryFailure(sentence)


def _plain(name: bytes, password: bytes) -> bytes:
    return b"\0%b\0%b" % (name, password)


def _base64(octets: bytes) -> str:
    return b64encode(octets).decode("ascii")


def _own_name(wire: Wire) -> str:
    """Return this machine's full name, or its address as a literal (RFC 5321 section 4.1.3)."""
    name = socket.gethostname()
    return name if _HOST_NAME.fullmatch(name) else wire.address_literal
