"""Cables that a test can pull: each is a process's only way to a server, over TCP."""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any

#: Where a server listens: a port of this machine, or a socket in a folder.
Server = int | Path


class Wire:
    """
    Forwards from a port of its own to a server.

    A pulled wire loses nothing: as on a network, what was sent waits in a buffer, and nobody is
    told. A cut one resets what goes through it, and refuses what comes.
    """

    def __init__(self, server: Server, address: str) -> None:
        self.address = address
        self.port = 0
        self._server = server
        self._listening: asyncio.Server
        self._whole = asyncio.Event()
        self._whole.set()
        self._is_cut = False
        self._ends: set[asyncio.StreamWriter] = set()

    async def open(self) -> None:
        self._listening = await asyncio.start_server(self._meet, self.address, 0)
        self.port = self._listening.sockets[0].getsockname()[1]

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._ends.add(writer)
        await self._whole.wait()
        if self._is_cut:
            writer.transport.abort()
            return
        with suppress(OSError):
            there, theirs = await self._dial()
            self._ends.add(theirs)
            await asyncio.gather(self._carry(reader, theirs), self._carry(there, writer))
        writer.close()

    async def _dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self._server, Path):
            return await asyncio.open_unix_connection(str(self._server))
        return await asyncio.open_connection("127.0.0.1", self._server)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while said := await reader.read(65_536):
                await self._whole.wait()
                writer.write(said)
                await writer.drain()
        writer.close()

    async def pull(self) -> None:
        self._whole.clear()

    async def cut(self) -> None:
        self._is_cut = True
        for end in self._ends:
            end.transport.abort()
        self._ends.clear()

    async def mend(self) -> None:
        self._is_cut = False
        self._whole.set()

    async def close(self) -> None:
        self._listening.close()
        await self.cut()
        # Nobody waits any more when the loop ends.
        self._whole.set()


class Exchange:
    """A thread in which wires live."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop
        self._over: asyncio.Event
        self._wires: list[Wire] = []
        begun = threading.Event()
        self._thread = threading.Thread(target=asyncio.run, args=(self._live(begun),), daemon=True)
        self._thread.start()
        begun.wait(10)

    async def _live(self, begun: threading.Event) -> None:
        self._loop, self._over = asyncio.get_running_loop(), asyncio.Event()
        begun.set()
        await self._over.wait()
        for wire in self._wires:
            await wire.close()
        # What was aborted says so before the loop ends.
        await asyncio.sleep(0.05)

    def wire(self, server: Server, address: str = "127.0.0.1") -> Wire:
        wire = Wire(server, address)
        self.do(wire.open)
        self._wires.append(wire)
        return wire

    def do(self, act: Callable[[], Coroutine[Any, Any, None]]) -> None:
        asyncio.run_coroutine_threadsafe(act(), self._loop).result(10)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)
