"""
The breaker: after one failure of a transport nobody calls it, over the whole fleet.

Probes ask, without a mail, whether it would take any; then one small call is made, then all.
So an outage leaves at most the calls in doubt that were in flight when it began.
"""

from datetime import timedelta

from newsletter.delivery.retry import Rules, doubled
from newsletter.errors import NewsletterError, TemporaryFailure, TransportError
from newsletter.monitoring.meters import BREAKER_TRIPS
from newsletter.storage import pace
from newsletter.storage.database import Database, clock
from newsletter.storage.pace import Breaker
from newsletter.transports import Transport


class CircuitBreaker:
    """One transport's, shared by all workers through the database."""

    def __init__(self, database: Database, transport: str, rules: Rules) -> None:
        self._database = database
        self._transport = transport
        self._rules = rules

    def trip(self, failure: NewsletterError) -> None:
        """Let nothing through until a probe is answered, not before the other side allows."""
        asked = failure.retry_after if isinstance(failure, TemporaryFailure) else None
        with self._database.begin() as connection:
            now = clock(connection)
            known = pace.breaker(connection, self._transport)
            failures = known.failures + 1 if known else 1
            pause = doubled(self._rules.first_probe, self._rules.longest_probe, failures)
            pace.trip(
                connection,
                self._transport,
                reason=str(failure),
                next_try=now + (asked or timedelta(seconds=pause)),
                asked=asked is not None,
            )
        BREAKER_TRIPS.inc(self._transport)

    def seen(self) -> Breaker | None:
        """Return what is wrong; None when all is in order."""
        with self._database.read() as connection:
            return pace.breaker(connection, self._transport)

    def probe(self, transport: Transport) -> None:
        """Ask the other side, if it is time and nobody else of the fleet does."""
        if not self._is_our_turn():
            return
        try:
            transport.probe()
        except TransportError as failure:
            self.trip(failure)
            return
        with self._database.begin() as connection:
            pace.admit(connection, self._transport, now=clock(connection))

    def _is_our_turn(self) -> bool:
        with self._database.begin() as connection:
            now = clock(connection)
            until = now + self._rules.lease
            return pace.take_turn(connection, self._transport, "open", now=now, until=until)

    def mend(self) -> None:
        """Let everything through again."""
        with self._database.begin() as connection:
            pace.mend(connection, self._transport)
