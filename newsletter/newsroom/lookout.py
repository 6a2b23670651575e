"""The lookout: what the gauges say, read when somebody asks, and stored nowhere."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from newsletter.errors import NewsletterError
from newsletter.model import DeliveryState
from newsletter.monitoring import meters
from newsletter.monitoring.instruments import Gauge, Labels, Readings

if TYPE_CHECKING:
    from newsletter.storage.census import Census

#: Seconds for which a reading is good, however many ask.
FRESH = 5.0

#: The part of the time that reading may take: a large ledger is read less often.
SHARE = 0.01

#: Seconds that a scrape waits for the ledger; Prometheus itself waits for ten.
PATIENCE = 3.0

_log = logging.getLogger(__name__)

#: Takes a census. Raises StorageError.
Take = Callable[[], "Census"]


class Lookout:
    """
    One for each process. Thread-safe.

    The ledger is read by one thread at a time, whatever it waits for: a database that is away, or
    a line to it that is dead, costs a scrape its gauges and never the scrape.
    """

    def __init__(
        self,
        take: Take,
        waiting: Callable[[], Mapping[str, int]],
        transport: str,
        *,
        patience: float = PATIENCE,
    ) -> None:
        """`waiting`: how many wait in each spool; `transport`: whose breaker is always shown."""
        self._take = take
        self._waiting = waiting
        self._transport = transport
        self._patience = patience
        self._guard = threading.Lock()
        self._census: Census | None = None
        self._good_until = 0.0
        self._looking: threading.Thread | None = None

    def readings(self) -> Readings:
        """Say what every gauge says now. Never raises, and answers within seconds."""
        spools: dict[Labels, float] = {
            (name,): float(count) for name, count in self._spools().items()
        }
        return {**self._ledger(), meters.SPOOL_ITEMS: spools}

    def _spools(self) -> Mapping[str, int]:
        try:
            return self._waiting()
        except OSError as error:
            _log.warning("the spool cannot be read: %s", error.strerror)
            return {}

    def _ledger(self) -> Readings:
        with self._guard:
            if time.monotonic() >= self._good_until:
                self._look()
            census = self._census
        if census is None:
            return {meters.DATABASE_UP: {(): 0.0}}
        return _read(census, self._transport)

    def _look(self) -> None:
        """Read the ledger, but wait no longer than it is worth."""
        if self._looking is None or not self._looking.is_alive():
            # Not kept from ending by a line that is dead.
            self._looking = threading.Thread(target=self._keep, name="lookout", daemon=True)
            self._looking.start()
        self._looking.join(self._patience)
        if self._looking.is_alive():
            self._census = None

    def _keep(self) -> None:
        began = time.monotonic()
        self._census = None
        try:
            self._census = self._take()
        except NewsletterError as error:
            _log.warning("no look at the ledger: %s", error)
        took = time.monotonic() - began
        self._good_until = began + max(FRESH, took / SHARE)


def _read(census: "Census", transport: str) -> Readings:
    """Say a census in gauges."""
    told: dict[Gauge, dict[Labels, float]] = {gauge: {} for gauge in meters.GAUGES}
    for one in census.editions:
        name, edition = one.id.newsletter, str(one.id)
        told[meters.EDITION_STATE][name, edition, one.state.value] = 1
        for state in DeliveryState:
            number = one.deliveries.get(state, 0)
            told[meters.EDITION_DELIVERIES][name, edition, state.value] = number
    unknown = sum(one.deliveries.get(DeliveryState.UNKNOWN, 0) for one in census.editions)
    told[meters.DATABASE_UP][()] = 1
    told[meters.LEDGER_READ][()] = census.at.timestamp()
    told[meters.UNKNOWN][()] = unknown
    told[meters.LAST_SENT] = {(name,): at.timestamp() for name, at in census.sent.items()}
    told[meters.LEASES][()] = census.leases
    told[meters.WORKERS][()] = census.workers
    told[meters.PARCELS] = dict(zip((("unread",), ("set aside",)), census.parcels, strict=True))
    told[meters.BREAKER_OPEN] = {(transport,): 0, **{(name,): 1 for name in census.broken}}
    return told
