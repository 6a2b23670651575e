"""The fleet: processes that run for ever, and deliver what is to be delivered."""

import logging
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from newsletter.errors import DeliveryError
from newsletter.model import EditionId
from newsletter.newsroom.circulation import Circulation
from newsletter.newsroom.desk import Desk, NoEdition
from newsletter.newsroom.dispatch import Dispatch
from newsletter.newsroom.house import House

#: Seconds between two looks whether to stop.
_GLANCE = 0.2

#: Seconds that the engine may take to end, once no call is in flight.
_ENDING = 1.0

_log = logging.getLogger(__name__)


class FleetDesk:
    """Runs a worker of the fleet, with or without the schedule."""

    def __init__(
        self, house: House, desk: Desk, dispatch: Dispatch, circulation: Circulation
    ) -> None:
        self._house = house
        self._desk = desk
        self._dispatch = dispatch
        self._circulation = circulation

    def run(self, *, schedule: bool, stop: Callable[[], bool]) -> None:
        """
        Work until told to stop; then the calls in flight end, and the leases are given back.

        With `schedule`, editions begin by themselves at their newsletters' hours. Raises
        StorageError when the database is away at the start, TransportError never.
        """
        from newsletter.delivery.engine import Engine
        from newsletter.delivery.fleet import Fleet
        from newsletter.delivery.retry import Rules
        from newsletter.delivery.worker import Worker
        from newsletter.transports import open_transport

        settings, database = self._house.settings, self._house.database
        rules = Rules.of(settings.delivery, settings.max_rate)
        transport = open_transport(settings)
        keyring = self._house.keyring
        with Worker(database, transport, keyring, rules=rules, stop=stop) as worker:
            fleet = Fleet(database, worker, self.publish)
            engine = Engine(
                settings.database_url, database.folder, fleet, lanes=transport.calls_at_once
            )
            engine.launch(self._house.hours() if schedule else ())
            _log.info("worker %s, through %s", fleet.name, self._dispatch.carrier)
            while not stop():
                time.sleep(_GLANCE)
            worker.drain()
            transport.close()
            engine.close(_ENDING)
            fleet.leave()

    def publish(self, name: str, at: datetime) -> None:
        """
        Begin a newsletter's edition at its hour, as `send --yes` would.

        Raises DeliveryError when that hour is not today's any more, or too late.
        """
        from newsletter.delivery.ledger import Ledger

        newsletter = self._house.newsletter(name)
        # A schedule fires at its second, and a clock may be behind by one.
        day = (at + timedelta(seconds=1)).astimezone(newsletter.schedule.zone).date()
        edition = EditionId(name, day)
        if day != newsletter.schedule.today():
            raise DeliveryError(f"{edition} is not of today, so it is not sent by itself.")
        if not self._dispatch.is_planned(edition):
            self._dispatch.refuse_if_late(newsletter, edition)
            self._circulation.fill(newsletter)
            made = self._desk.build(newsletter, day)
            if isinstance(made, NoEdition):
                self._dispatch.skip(made)
                _log.info("%s: no edition, %s", edition, made.reason)
                return
            selected = self._dispatch.plan(made)
            _log.info("%s: begun, %s readers", edition, f"{selected:,}")
        Ledger(self._house.database, edition).begin()
