"""One question to one address, over a line that is cut when the time is over."""

import contextlib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from http.client import HTTPException
from queue import Empty, SimpleQueue
from threading import Thread, Timer
from time import monotonic
from typing import TypeVar

import certifi
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse

from newsletter.errors import FetchError
from newsletter.sources.fetch_address import Target, shown
from newsletter.sources.fetch_unpack import too_much, unpacked

Value = TypeVar("Value")

OK = HTTPStatus.OK
_CHUNK = 64 * 1024


class Deadline:
    """The moment at which a reading ends, wherever it is."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end = monotonic() + seconds

    @property
    def left(self) -> float:
        return self._end - monotonic()

    def check(self, what: str) -> None:
        """Raises FetchError when the time is over."""
        if self.left <= 0:
            raise FetchError(
                f"{shown(what)} did not answer within {self._seconds:g} seconds.",
                hint="It may be slow today; the next build asks again.",
            )

    @contextlib.contextmanager
    def cuts(self, cut: Callable[[], None]) -> Iterator[None]:
        """Call `cut` when the time is over while the block still runs."""
        watch = Timer(max(self.left, 0.001), cut)
        watch.daemon = True
        watch.start()
        try:
            yield
        finally:
            watch.cancel()
            watch.join()

    def bound(self, work: Callable[[], Value], what: str) -> Value:
        """Do what cannot be interrupted, and go on without it when the time is over."""
        answers: SimpleQueue[Future[Value]] = SimpleQueue()

        def do() -> None:
            done: Future[Value] = Future()
            try:
                done.set_result(work())
            except (OSError, UnicodeError) as error:
                done.set_exception(error)
            answers.put(done)

        # Not a pool: a program waits for the threads of its pools before it ends.
        Thread(target=do, daemon=True).start()
        try:
            return answers.get(timeout=max(self.left, 0.001)).result()
        except Empty:
            self._end = monotonic()
            self.check(what)
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server said, its body unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class _Cuttable(HTTPConnection):
    """A connection that another thread can cut, whatever it is waiting for."""

    _line: socket.socket | None = None

    def _new_conn(self) -> socket.socket:
        found = super()._new_conn()
        # TLS takes the socket over; a second handle on the same line can still end it.
        self._line = found.dup()
        return found

    def cut(self) -> None:
        if self._line:
            with contextlib.suppress(OSError):
                self._line.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Hold the line for as long as the block runs; `close` alone leaves a body to be read."""
        try:
            yield
        finally:
            self.close()
            if self._line:
                self._line.close()


class _CuttableTls(_Cuttable, HTTPSConnection):
    pass


@cache
def trusted() -> ssl.SSLContext:
    """Return the machine's own certificate store, or certifi's on a machine that has none."""
    paths = ssl.get_default_verify_paths()
    own = paths.cafile or paths.capath
    return ssl.create_default_context(cafile=None if own else certifi.where())


def ask(
    target: Target,
    addresses: Sequence[str],
    headers: Mapping[str, str],
    *,
    context: ssl.SSLContext,
    deadline: Deadline,
    largest: int,
    method: str = "GET",
) -> Answer:
    """
    Ask the first address that can be reached; the host's name is not looked up again.

    `largest`: of the body, unpacked; 0: it is not read.
    Raises FetchError: nobody there, a certificate that is not the host's, too much, too slow.
    """
    with _in_plain_words(target, deadline):
        for number, address in enumerate(addresses, 1):
            share = deadline.left / (len(addresses) - number + 1)
            line = _connection(target, address, context, share)
            with line.held(), deadline.cuts(line.cut):
                try:
                    line.connect()
                except ssl.SSLError:
                    raise
                except (OSError, HTTPError):
                    deadline.check(target.host)
                    if number < len(addresses):
                        continue
                    raise
                line.timeout = max(deadline.left, 0.001)
                answer = _exchange(line, target, method, headers, largest)
                # A line that was cut looks like one that came to its end.
                deadline.check(target.host)
                return answer
        raise OSError("it has no address")


@contextlib.contextmanager
def _in_plain_words(target: Target, deadline: Deadline) -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise FetchError(
            f"{shown(target.host)} does not prove that it is who it says: {error.verify_message}.",
            hint="Its certificate is old, or another host's. Its owner can mend it.",
        ) from error
    except (OSError, HTTPError, HTTPException, ValueError) as error:
        deadline.check(target.host)
        said = shown(str(error) or type(error).__name__)
        raise FetchError(f"{shown(target.host)} gave no whole answer: {said}.") from error


def _connection(target: Target, address: str, context: ssl.SSLContext, share: float) -> _Cuttable:
    timeout = max(share, 0.001)
    if not target.secure:
        return _Cuttable(address, target.port, timeout=timeout)
    return _CuttableTls(
        address, target.port, timeout=timeout, ssl_context=context, server_hostname=target.host
    )


def _exchange(
    line: _Cuttable, target: Target, method: str, headers: Mapping[str, str], largest: int
) -> Answer:
    sent = {"Host": target.host_header, "Connection": "close", **headers}
    line.request(method, target.path, headers=sent, preload_content=False, decode_content=False)
    with closing(line.getresponse()) as response:
        said = {name.lower(): value for name, value in response.headers.items()}
        packed = _read(response, largest) if response.status == OK and largest else b""
    layers = said.get("content-encoding", "").lower().split(",") if packed else []
    return Answer(
        status=response.status,
        headers=said,
        body=unpacked(packed, [layer.strip() for layer in layers], largest=largest),
    )


def _read(response: BaseHTTPResponse, largest: int) -> bytes:
    found = bytearray()
    for chunk in response.stream(_CHUNK, decode_content=False):
        found += chunk
        if len(found) > largest:
            raise too_much(largest)
    return bytes(found)
