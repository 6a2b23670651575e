"""
Mail by SMTP, through a relay: persistent connections, pipelined, and sure of every answer.

    replies    what an answer proves, as a table
    wire       a connection as bytes
    opening    connect, EHLO, TLS, AUTH
    session    one mail after the other on a connection
    pool       the connections of a process
    handover   one call over several connections
    mail       one reader's mail, checked for the wire

The house is synchronous; an event loop in a thread of the transport's own does the talking.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import CancelledError, Future
from queue import Empty, SimpleQueue

from newsletter.errors import TemporaryFailure, UnknownOutcome
from newsletter.model import Call, Receipt
from newsletter.settings import SmtpSettings
from newsletter.transports.memory import keep_freed_memory
from newsletter.transports.smtp.handover import HandOver
from newsletter.transports.smtp.mail import Mail, Sign, mails_of
from newsletter.transports.smtp.opening import Relay
from newsletter.transports.smtp.pool import Pool
from newsletter.transports.smtp.session import Patience

#: Seconds that closing, or giving a call up, may take.
LEAVING = 5.0

#: Seconds that a relay has to say that it lives.
PROBING = 30.0

#: Some receipts; None: there are no more.
_Told = SimpleQueue[list[Receipt] | None]


def new_loop() -> asyncio.AbstractEventLoop:
    """Make an event loop: uvloop's where it is to be had, which costs a third less a mail."""
    try:
        import uvloop  # noqa: PLC0415 - see above
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


class SmtpTransport:
    """
    Hands mails to a relay. May be used by several threads: they share its connections.

    A mail handed over twice is two mails, so what is in doubt is `unknown`. Receipts come as
    answers do, not in the order of the envelopes. A call that is given up half way begins no
    further mail; what was under way then is in doubt.
    """

    name = "smtp"
    largest_call = 50
    calls_at_once = 2
    idempotent = False

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        sign: Sign | None = None,
        patience: Patience | None = None,
        loops: Callable[[], asyncio.AbstractEventLoop] = new_loop,
    ) -> None:
        keep_freed_memory()
        self._relay = Relay.of(settings, patience or Patience())
        self._size = settings.connections
        self._sign = sign
        self._loops = loops
        self._lock = threading.Lock()
        self._room: _Room | None = None

    def send(self, call: Call) -> Iterator[Receipt]:
        """
        Hand a call over, and yield receipts as the relay answers.

        Raises TemporaryFailure, PermanentFailure: what has no receipt was not accepted;
        UnknownOutcome when the transport was closed meanwhile.
        """
        mails, refused = mails_of(call, self._sign)
        yield from refused
        if mails:
            yield from self._carried(mails, call.begin_by)

    def probe(self) -> None:
        """
        Ask the relay for nothing (NOOP, RFC 5321 section 4.1.1.9), on a line that mails may use.

        Raises TemporaryFailure, PermanentFailure; UnknownOutcome when the transport is closed.
        """
        asked = self._open_room().start_probe()
        try:
            asked.result(PROBING)
        except TimeoutError:
            asked.cancel()
            raise TemporaryFailure(
                f"The relay did not answer within {PROBING:g} seconds."
            ) from None
        except CancelledError:
            raise UnknownOutcome("The transport was closed while the relay was asked.") from None

    def close(self) -> None:
        """Say goodbye to the relay, and end the thread."""
        with self._lock:
            room, self._room = self._room, None
        if room:
            room.close()

    def _carried(self, mails: list[Mail], begin_by: float) -> Iterator[Receipt]:
        told: _Told = SimpleQueue()
        room = self._open_room()
        running = room.start(_hand_over(room.pool, mails, begin_by, told))
        left = True
        try:
            while receipts := told.get():
                yield from receipts
            left = False
        finally:
            if left:
                running.cancel()
                _wait_for_end(told)
        try:
            running.result()
        except CancelledError as error:
            raise UnknownOutcome("The transport was closed while mails were under way.") from error

    def _open_room(self) -> "_Room":
        with self._lock:
            if self._room is None:
                self._room = _Room(self._loops(), self._relay, self._size)
            return self._room


async def _hand_over(pool: Pool, mails: list[Mail], begin_by: float, told: _Told) -> None:
    try:
        await HandOver(pool, mails, told.put, begin_by).run()
    finally:
        told.put(None)


def _wait_for_end(told: _Told) -> None:
    """Wait until what was given up has ended, so that its connections are free."""
    try:
        while told.get(timeout=LEAVING):
            pass
    except Empty:
        pass


class _Room:
    """An event loop in a thread of its own, and the connections that live in it."""

    def __init__(self, loop: asyncio.AbstractEventLoop, relay: Relay, size: int) -> None:
        self._loop = loop
        self.pool = Pool(relay, size)
        self._thread = threading.Thread(target=loop.run_forever, name="smtp", daemon=True)
        self._thread.start()

    def start(self, work: Coroutine[None, None, None]) -> Future[None]:
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def start_probe(self) -> Future[None]:
        return asyncio.run_coroutine_threadsafe(self.pool.probe(), self._loop)

    def close(self) -> None:
        self.start(self._leave()).result(LEAVING * 2)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LEAVING)
        self._loop.close()

    async def _leave(self) -> None:
        """End what is at work, then say goodbye; connections need a turn of the loop to close."""
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.wait([*others, asyncio.create_task(self.pool.close())], timeout=LEAVING)
        await asyncio.sleep(0)
