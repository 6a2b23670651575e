"""Connections to SendGrid: verified, bounded in time, without redirects, and cut when asked."""

import socket
import ssl
import threading
import urllib.request
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from typing import Any

from newsletter.settings import on_loopback

#: Seconds that SendGrid may be silent; the package itself would wait for ever.
TIMEOUT = 30.0


class _Patience(HTTPConnection):
    """
    Waits for an answer's head twice the timeout and no more, however it drips in.

    The socket's own timeout counts from the last byte, so an ill-willed other side could hold
    a call for ever. `live` holds its line while it is open, for who must cut it.
    """

    def __init__(self, *words: Any, live: set[socket.socket], **more: Any) -> None:
        super().__init__(*words, **more)
        self._live = live

    def connect(self) -> None:
        super().connect()
        self._live.add(self.sock)

    def close(self) -> None:
        self._live.discard(self.sock)
        super().close()

    def getresponse(self) -> HTTPResponse:
        end = threading.Timer(2 * (self.timeout or TIMEOUT), cut, [self.sock])
        end.daemon = True
        end.start()
        try:
            return super().getresponse()
        finally:
            end.cancel()


class _PatientTls(_Patience, HTTPSConnection):
    """The same, encrypted."""


def cut(line: socket.socket) -> None:
    """End a connection under whoever reads from it; TLS has no say in it."""
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)


class _Http(urllib.request.HTTPHandler):
    def __init__(self, live: set[socket.socket]) -> None:
        super().__init__()
        self._live = live

    def http_open(self, req: urllib.request.Request) -> HTTPResponse:
        return self.do_open(partial(_Patience, live=self._live), req)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, live: set[socket.socket]) -> None:
        # Once for all requests: to read the certificates takes as long as to send a thousand.
        self.verified = ssl.create_default_context()
        super().__init__(context=self.verified)
        self._live = live

    def https_open(self, req: urllib.request.Request) -> HTTPResponse:
        connection = partial(_PatientTls, live=self._live)
        return self.do_open(connection, req, context=self.verified)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Leaves a redirect as the answer that it is: the key goes nowhere else."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""


def opener(host: str, live: set[socket.socket]) -> urllib.request.OpenerDirector:
    """Make the only opener; certificates are verified, and open lines are in `live`."""
    handlers: list[urllib.request.BaseHandler] = [_NoRedirects(), _Http(live), _Https(live)]
    if on_loopback(host):
        handlers.append(urllib.request.ProxyHandler({}))
    return urllib.request.build_opener(*handlers)
