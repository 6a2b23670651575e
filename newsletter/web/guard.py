"""
Stands before every page.

It says whose request it is, how large it may be, what browsers may do with the answer, and what
the log may say of it.
"""

import logging
import re
import time
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from newsletter.errors import SettingsError
from newsletter.web.measure import count

#: Octets of a body. A one-click is 26, a preferences form a few hundred.
LARGEST_BODY = 16_384

#: Octets of what an ESP posts: SendGrid's own limit is 768 KB.
LARGEST_HOOK = 2_000_000

#: Nothing may be loaded but our own style and pictures, and nobody may frame a page.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}

_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,}")

Network = IPv4Network | IPv6Network

_log = logging.getLogger("newsletter.web")


class Guard:
    """The outermost layer. Pure ASGI: it adds microseconds, not milliseconds."""

    def __init__(self, app: ASGIApp, *, proxies: str = "", secure: bool = False) -> None:
        """`proxies`: networks that may say whose request it is; `secure`: behind TLS."""
        self._app = app
        self._proxies = networks(proxies)
        headers = dict(_HEADERS)
        if secure:
            headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
        self._headers = [(n.lower().encode("ascii"), v.encode("ascii")) for n, v in headers.items()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope["client"] = (self._client(scope, headers), 0)
        answer = _Answer(send, self._headers)
        began = time.perf_counter()
        largest = LARGEST_HOOK if scope["path"].startswith("/webhooks/") else LARGEST_BODY
        try:
            if not _fits(headers, largest):
                await _too_large(answer)
            else:
                await self._app(scope, _Measured(receive, answer, largest), answer)
        finally:
            took = time.perf_counter() - began
            # Of what ended in a fault the answer is the server's.
            count(scope, answer.status or 500, took)
        if _log.isEnabledFor(logging.DEBUG):
            words = scope["method"], masked(scope["path"]), answer.status, 1000 * took
            _log.debug("%s %s %s %.1f ms", *words)

    def _client(self, scope: Scope, headers: Headers) -> str:
        """Return whose request it is: the last hop that no proxy of ours vouches for."""
        here = (scope.get("client") or ("",))[0]
        hops = [hop.strip() for hop in headers.get("x-forwarded-for", "").split(",") if hop.strip()]
        while hops and _inside(here, self._proxies):
            here = hops.pop()
        return here


class _Answer:
    """Passes an answer on, with the house's headers."""

    def __init__(self, send: Send, headers: Sequence[tuple[bytes, bytes]]) -> None:
        self.status = 0
        self._send = send
        self._headers = headers

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            said = message["headers"]
            names = {name for name, _ in said}
            more = [pair for pair in self._headers if pair[0] not in names]
            # A list of its own: an answer may be shown to many.
            message = {**message, "headers": [*said, *more]}
        await self._send(message)


class _Measured:
    """Passes a body on, and ends it where it grows too large."""

    def __init__(self, receive: Receive, answer: _Answer, largest: int) -> None:
        self._receive = receive
        self._answer = answer
        self._left = largest

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._left -= len(message.get("body", b""))
            if self._left < 0:
                # Whoever reads it sees a client that hung up; the form is not whole.
                return {"type": "http.disconnect"}
        return message


def _fits(headers: Headers, largest: int) -> bool:
    length = headers.get("content-length", "0")
    return length.isdigit() and int(length) <= largest


async def _too_large(send: Any) -> None:
    body = b"That is too much for this form."
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def networks(written: str) -> tuple[Network, ...]:
    """Read networks parted by commas. Raises SettingsError."""
    found = []
    for part in filter(None, (part.strip() for part in written.split(","))):
        try:
            found.append(ip_network(part, strict=False))
        except ValueError as error:
            raise SettingsError(
                f"NEWSLETTER_WEB__TRUSTED_PROXIES: {part!r} is no network.",
                hint="Such as 10.0.0.0/8 or 127.0.0.1.",
            ) from error
    return tuple(found)


def _inside(host: str, known: Iterable[Network]) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return False
    return any(address in network for network in known)


def masked(path: str) -> str:
    """Return a path as a log may say it: tokens let their holder unsubscribe somebody."""
    return _TOKEN.sub("•••", path)
