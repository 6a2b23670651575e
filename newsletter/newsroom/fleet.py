"""The fleet: processes that run for ever, and deliver what is to be delivered."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from newsletter.newsroom.house import House
from newsletter.newsroom.notices import NoticeBoard
from newsletter.newsroom.restoring import Restoring
from newsletter.newsroom.upkeep import Upkeep

#: Seconds between two looks whether to stop.
_GLANCE = 0.2

#: Seconds that the engine may take to end, once no call is in flight.
_ENDING = 1.0

#: Seconds that an edition in the making, or a notice on its way, is waited for at the end.
_LEAVING = 2.0

_log = logging.getLogger(__name__)

#: Waits so many seconds, and says whether to stop.
Stop = Callable[[float], bool]


class Hours(Protocol):
    """Has editions begun at their hours; `schedule.Timekeeper` does."""

    def look_back(self) -> None:
        """Declare what is late by now, before anything goes on. Raises nothing."""
        ...

    def run(self, stop: Stop) -> None:
        """Look at the clock until told to stop. Raises nothing that is expected."""
        ...


class FleetDesk:
    """Runs a worker of the fleet, with or without the schedule."""

    def __init__(
        self,
        house: House,
        carrier: Callable[[], str],
        board: NoticeBoard,
        restoring: Restoring,
        upkeep: Upkeep,
    ) -> None:
        """`carrier`: names what mails go through."""
        self._house = house
        self._carrier = carrier
        self._board = board
        self._restoring = restoring
        self._upkeep = upkeep

    def run(self, *, hours: Hours | None, stop: Callable[[], bool]) -> None:
        """
        Work until told to stop; then the calls in flight end, and the leases are given back.

        With `hours`, editions begin by themselves, people are told what became of them, and what
        comes back is read. Raises StorageError when the database is away at the start, or when it
        was migrated meanwhile, DeliveryError when it is older than what was sent from here,
        TransportError never.
        """
        from newsletter.delivery.engine import Engine
        from newsletter.delivery.fleet import Fleet
        from newsletter.delivery.retry import Rules
        from newsletter.delivery.worker import Worker
        from newsletter.transports import open_transport

        settings, database = self._house.settings, self._house.database
        self._restoring.refuse_if_behind()
        rules = Rules.of(settings.delivery, settings.max_rate)
        transport = open_transport(settings)
        keyring = self._house.keyring
        if hours:
            hours.look_back()
        loops = (self._board.run, self._upkeep.run, self._upkeep.run_errands)
        beside = (hours.run, *loops) if hours else ()
        schema = self._house.schema
        over = lambda: stop() or schema.is_changed()  # noqa: E731 - it is asked before every call
        with Worker(database, transport, keyring, rules=rules, stop=over) as worker:
            fleet = Fleet(database, worker)
            engine = Engine(
                settings.database_url, database.folder, fleet, lanes=transport.calls_at_once
            )
            engine.launch()
            _log.info("worker %s, through %s", fleet.name, self._carrier())
            with _running(fleet.prove_life, *beside):
                self._stay(over)
            worker.drain()
            transport.close()
            engine.close(_ENDING)
            fleet.leave()
        schema.refuse()
        self._restoring.keep()

    def _stay(self, stop: Callable[[], bool]) -> None:
        """Wait until told to stop, and remember from time to time how far editions went."""
        self._restoring.keep()
        remember = self._restoring.now_and_then()
        while not stop():
            remember()
            time.sleep(_GLANCE)


@contextmanager
def _running(*beside: Callable[[Stop], None]) -> Iterator[None]:
    """Run some loops in threads of their own; what they were at in the end is not lost."""
    done = threading.Event()
    threads = [threading.Thread(target=run, args=(done.wait,), daemon=True) for run in beside]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        done.set()
        until = time.monotonic() + _LEAVING
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
