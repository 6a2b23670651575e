"""The connections of a process: opened when needed, kept, and shared by its calls."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from newsletter.errors import TemporaryFailure
from newsletter.transports.smtp.opening import Relay, open_session
from newsletter.transports.smtp.session import Session

#: Seconds after which a connection without work is closed; relays do so after 300.
IDLE = 60.0

#: Seconds for which a place stays empty after a relay took some connections and refused one more.
CROWDED = 60.0


class Pool:
    """At most so many connections; it lives in one event loop."""

    def __init__(self, relay: Relay, size: int) -> None:
        self.size = size
        self._relay = relay
        self._places = asyncio.Semaphore(size)
        self._empty: set[asyncio.TimerHandle] = set()
        self._opening = 0
        self._busy: set[Session] = set()
        self._idle: dict[Session, asyncio.TimerHandle] = {}

    @asynccontextmanager
    async def place(self) -> AsyncIterator["Place"]:
        """Wait for one of the places, and hold it."""
        await self._places.acquire()
        place = Place(self)
        try:
            yield place
        finally:
            place.leave()
            if place.crowded and self.alive:
                self._leave_empty()
            else:
                self._places.release()

    async def session(self) -> Session:
        """Take a connection that waits, or open one. Raises TemporaryFailure, PermanentFailure."""
        while self._idle:
            session, clock = self._idle.popitem()
            clock.cancel()
            if session.usable:
                self._busy.add(session)
                return session
            session.abort()
        self._opening += 1
        try:
            session = await open_session(self._relay)
        finally:
            self._opening -= 1
        self._busy.add(session)
        return session

    async def probe(self) -> None:
        """Ask whether the relay lives. Raises TemporaryFailure, PermanentFailure."""
        async with self.place() as place:
            session = await place.session()
            # None: others are at work on their lines, so that it does.
            if session and (trouble := await session.nothing()):
                raise TemporaryFailure(f"The relay {self._relay} {trouble}.")

    def give_back(self, session: Session) -> None:
        """Keep a connection for the next call, or end it when it cannot be used again."""
        self._busy.discard(session)
        if not session.usable:
            session.abort()
            return
        loop = asyncio.get_running_loop()
        self._idle[session] = loop.call_later(IDLE, self._retire, session)

    @property
    def alive(self) -> bool:
        """True while any connection is at work, or about to be."""
        return bool(self._busy or self._opening)

    async def close(self) -> None:
        """Say goodbye on every connection, and end those still at work."""
        for session in self._busy:
            session.abort()
        idle, self._idle = self._idle, {}
        for clock in (*idle.values(), *self._empty):
            clock.cancel()
        await asyncio.gather(*(session.quit() for session in idle))

    def _retire(self, session: Session) -> None:
        self._idle.pop(session, None)
        session.abort()

    def widen(self, *places: asyncio.TimerHandle) -> None:
        """Take empty places into use again: those named, or all."""
        for place in places or tuple(self._empty):
            place.cancel()
            self._empty.discard(place)
            self._places.release()

    def _leave_empty(self) -> None:
        mine: list[asyncio.TimerHandle] = []
        loop = asyncio.get_running_loop()
        mine.append(loop.call_later(CROWDED, lambda: self.widen(*mine)))
        self._empty.update(mine)


class Place:
    """The right to one connection, and the connection once there is one."""

    def __init__(self, pool: Pool) -> None:
        #: True when the relay had no room for this one, while others go on.
        self.crowded = False
        self._pool = pool
        self._session: Session | None = None

    async def session(self) -> Session | None:
        """
        Return a connection that can be used, a new one when the last was lost.

        None: the relay has no room for one more, but others are at work; wait for a place.
        Raises TemporaryFailure, PermanentFailure when there is none at all.
        """
        if self._session and self._session.usable:
            return self._session
        self.leave()
        try:
            self._session = await self._pool.session()
        except TemporaryFailure:
            if not self._pool.alive:
                self._pool.widen()
                raise
            self.crowded = True
        return self._session

    def leave(self) -> None:
        if self._session:
            self._pool.give_back(self._session)
            self._session = None
