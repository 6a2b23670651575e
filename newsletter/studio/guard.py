"""
Stands before every page of the studio: it is for the person at this machine alone.

A page elsewhere can make a browser ask 127.0.0.1 for anything. It is refused by the name in Host
(a name that was rebound to this machine is not ours), by Origin, and by what browsers say of a
request's origin (Sec-Fetch-Site, w3.org/TR/fetch-metadata).
"""

from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Names by which this machine calls itself.
NAMES = ("127.0.0.1", "localhost", "[::1]")

#: Octets of a body: a name, a few addresses, a reason.
LARGEST_BODY = 16_384

#: Of the page: our own script, style and pictures, and nothing from anywhere else.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

#: Of a mail in its frame: no script at all, wherever it is opened, and no picture from the web.
MAIL_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
)

#: Of a report: its own style, and the mail in a frame of no origin that is written into it.
REPORT_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-src about:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
    "Cache-Control": "no-store",
}
_PAIRS = tuple((name.lower().encode(), value.encode()) for name, value in _HEADERS.items())


class Guard:
    """The outermost layer, pure ASGI."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(scope, receive, _with_headers(send))

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if reason := refusal(scope):
            await _refuse(send, reason)
        else:
            await self._app(scope, receive, send)


def refusal(scope: Scope) -> str:
    """Say why a request is refused; empty: it is not."""
    headers, port = Headers(scope=scope), (scope.get("server") or ("", 0))[1]
    hosts = {f"{name}:{port}" for name in NAMES}
    if headers.getlist("host") != [headers.get("host")] or headers.get("host") not in hosts:
        return "This is the studio of another machine, or of no name of this one."
    if _is_foreign(headers, {f"http://{host}" for host in hosts}, acts=scope["method"] != "GET"):
        return "Only the studio's own page may ask for this."
    length = headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LARGEST_BODY or "transfer-encoding" in headers:
        return "That is too much for the studio."
    if scope["method"] not in {"GET", "HEAD", "POST"}:
        return "The studio knows GET and POST."
    return ""


def _is_foreign(headers: Headers, ours: set[str], *, acts: bool) -> bool:
    """Say whether another page asks; who acts must show to be our own page."""
    origin, site = headers.get("origin"), headers.get("sec-fetch-site")
    if origin is not None and origin not in ours:
        return True
    if acts:
        return origin is None or site not in {None, "same-origin"}
    visits = headers.get("sec-fetch-mode") == "navigate"
    opens = visits and headers.get("sec-fetch-dest") == "document"
    # A link or a bookmark may open the page; a script or a picture of another page may not ask.
    return site not in {None, "none", "same-origin"} and not opens


def _with_headers(send: Send) -> Send:
    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            said = list(message["headers"])
            names = {name for name, _ in said}
            message = {**message, "headers": [*said, *(p for p in _PAIRS if p[0] not in names)]}
        await send(message)

    return answer


async def _refuse(send: Any, reason: str) -> None:
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": reason.encode()})
