"""
The line to SendGrid: its package, and around it what the package leaves open.

Out of the box it waits for ever, follows redirects with the key in hand, prints the key when
debugging is on and reads an answer of any length. Here it does none of that, and what it
raises, with urllib's and http.client's errors, is translated once.
"""

import json
import logging
import re
import socket
import ssl
import time
import urllib.request
from collections.abc import Callable, Mapping
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from python_http_client.client import Client  # type: ignore[import-untyped]
from python_http_client.exceptions import HTTPError as Refused  # type: ignore[import-untyped]
from sendgrid import SendGridAPIClient  # type: ignore[import-untyped]

from newsletter.errors import SettingsError, TemporaryFailure, UnknownOutcome
from newsletter.settings import on_loopback
from newsletter.transports.sendgrid_answers import Answer
from newsletter.transports.sendgrid_wire import TIMEOUT, cut, opener

#: Bytes of an error that are read, and seconds that this may take.
LONGEST_ERROR = 64 * 1024
SLOWEST_ERROR = 10.0

#: The same of a page of a list: 500 entries have a few hundred bytes each.
LONGEST_PAGE = 8 * 1024 * 1024
SLOWEST_PAGE = 60.0


class Line:
    """Posts mails to SendGrid; safe to use from many threads."""

    def __init__(self, key: str, host: str, *, timeout: float = TIMEOUT) -> None:
        host = host.rstrip("/")
        _check(key, host)
        _keep_the_key_out_of_logs()
        self._api = SendGridAPIClient(key, host)
        self._api.client = _Client(
            host=host,
            # Said here and never for one call: the package would change what threads share.
            request_headers=self._api.client.request_headers
            | {"Content-Type": "application/json; charset=utf-8"},
            version=3,
            timeout=timeout,
        )
        self._live: set[socket.socket] = set()
        self._closed = False
        self._api.client.opener = opener(host, self._live)

    def post(self, body: str) -> Answer:
        """
        Send one request to `mail/send` and return its answer, whatever its status.

        Raises:
            TemporaryFailure: the request did not go out whole.
            UnknownOutcome: it did, and no answer came.

        """
        return self._answer(lambda client: client.mail.send.post(request_body=_Body(body)))

    def open_batch(self) -> Answer:
        """Ask for a name under which scheduled mails can be called off. Raises like `post`."""
        return self._answer(lambda client: client.mail.batch.post())

    def schedule(self, batch: str, status: str) -> Answer:
        """Pause or cancel what is scheduled under a name. Raises like `post`."""
        body = json.dumps({"batch_id": batch, "status": status})
        return self._answer(lambda client: client.user.scheduled_sends.post(request_body=body))

    def unschedule(self, batch: str) -> Answer:
        """Take back a pause. Raises like `post`."""
        return self._answer(lambda client: client.user.scheduled_sends._(batch).delete())

    def suppressed(self, name: str, query: Mapping[str, int]) -> Answer:
        """Ask for a page of a suppression list, which changes nothing. Raises like `post`."""
        asked = dict(query)
        return self._answer(lambda client: client.suppression._(name).get(query_params=asked))

    def told(self, *path: str) -> Answer:
        """Read something of the account, such as `scopes`; changes nothing. Raises like `post`."""
        return self._answer(lambda client: client._("/".join(path)).get())

    def close(self) -> None:
        """Begin no further request, and cut the lines of those in flight."""
        self._closed = True
        for line in tuple(self._live):
            cut(line)

    def _answer(self, ask: Callable[[Any], Any]) -> Answer:
        if self._closed:
            raise TemporaryFailure("The transport is closed, so nothing more is handed over.")
        try:
            response = ask(self._api.client)
        except Refused as error:
            return Answer(error.status_code, _small(error.headers), error.body)
        except URLError as error:
            # urllib wraps what fails up to the last byte of the request, and nothing after it.
            raise TemporaryFailure(f"SendGrid was not reached: {_reason(error)}.") from None
        except (OSError, HTTPException) as error:
            raise UnknownOutcome(
                f"SendGrid did not answer a request that it may have taken: {_name(error)}."
            ) from None
        return Answer(response.status_code, _small(response.headers), response.body)


class _Client(Client):  # type: ignore[misc]
    """The package's client, with a line of ours at the place that it keeps for that."""

    opener: urllib.request.OpenerDirector

    def _build_client(self, name: str | None = None) -> "_Client":
        further = _Client(
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
            timeout=self.timeout,
        )
        further.opener = self.opener
        return further

    def _make_request(
        self,
        opener: object,  # noqa: ARG002 - one that follows redirects, made anew for each request
        request: urllib.request.Request,
        timeout: float | None = None,
    ) -> "_Accepted":
        try:
            with self.opener.open(request, timeout=timeout or self.timeout) as response:
                return _Accepted(response.status, response.headers, _needed(response, request))
        except HTTPError as error:
            with error:
                body = _beginning(error)
            raise Refused(error.code, error.reason, body, error.headers) from None


class _Body(str):
    """A request that cannot be printed: the package would format it for its log even unlogged."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> "_Unprinted":
        return _Unprinted(super().encode(encoding, errors))


class _Unprinted(bytes):
    def __format__(self, _: str) -> str:
        return f"[{len(self)} bytes]"


class _Accepted:
    """An answer as the package wants it."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self._status, self._headers, self._body = status, headers, body

    def getcode(self) -> int:
        return self._status

    def read(self) -> bytes:
        return self._body

    def info(self) -> Any:
        return self._headers


def _check(key: str, host: str) -> None:
    """Raise SettingsError unless the key can stand in a header, and goes nowhere unencrypted."""
    if not key.isascii() or not key.isprintable() or not key or " " in key:
        raise SettingsError(
            "The key of the SendGrid account holds characters that no key has.",
            hint="Copy it again into NEWSLETTER_SENDGRID__API_KEY, without spaces or quotes.",
        )
    if not _is_host(host):
        raise SettingsError(
            "NEWSLETTER_SENDGRID__HOST must be like https://api.sendgrid.com.",
            hint="http is for this machine alone, and nothing may follow the name.",
        )


def _is_host(url: str) -> bool:
    """Say whether an address is a host alone, and one that the key may be told."""
    try:
        parts = urlsplit(url)
        named = str(parts.hostname or "").encode("idna") and parts.port != 0
    except ValueError:
        return False
    safe = parts.scheme == "https" or (parts.scheme == "http" and on_loopback(url))
    bare = re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+", url, re.ASCII)
    return bool(safe and named and bare)


def _keep_the_key_out_of_logs() -> None:
    """At DEBUG the package prints the key and every address; a filter holds at any level."""
    logger = logging.getLogger("python_http_client.client")
    logger.setLevel(logging.INFO)
    if _harmless not in logger.filters:
        logger.addFilter(_harmless)


def _harmless(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.INFO


def _needed(response: HTTPResponse, request: urllib.request.Request) -> bytes:
    """Read what an answer is asked for; of mail/send the status says it all, and cannot fail."""
    if request.get_method() == "GET":
        return _beginning(response, LONGEST_PAGE, SLOWEST_PAGE)
    return b"" if request.full_url.endswith("/mail/send") else _beginning(response)


def _beginning(
    answer: HTTPError | HTTPResponse, most: int = LONGEST_ERROR, slowest: float = SLOWEST_ERROR
) -> bytes:
    """Read as much of an answer as is needed, in bounded time; what came is enough."""
    held, end = bytearray(), time.monotonic() + slowest
    try:
        while len(held) < most and time.monotonic() < end:
            piece = answer.read1(most - len(held))
            if not piece:
                break
            held += piece
    except (OSError, HTTPException):
        pass
    return bytes(held)


def _small(headers: Any) -> dict[str, str]:
    """Names in small letters; of those that stand twice, the first."""
    return {name.lower(): value for name, value in reversed(list(headers.items()))}


def _reason(error: URLError) -> str:
    return _name(error.reason) if isinstance(error.reason, OSError) else "the host is not known"


def _name(error: BaseException) -> str:
    """Name an error in plain words where there are some; its text could hold anything."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid ({error.verify_message})"
    if isinstance(error, TimeoutError):
        return "the time was up"
    if isinstance(error, ConnectionRefusedError):
        return "the connection was refused"
    if isinstance(error, ConnectionError):
        return "the line was cut"
    return f"the line failed ({type(error).__name__})"
