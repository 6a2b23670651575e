"""Limits on joining: for one place on the net, and for all together. Kept in memory."""

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address

#: Places that are remembered; the one that was quiet for longest is forgotten first.
_PLACES = 50_000


class Limits:
    """Counts requests in sliding windows. Not thread-safe: the event loop alone asks."""

    def __init__(
        self, *, per_hour: int, per_minute: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._per_hour, self._per_minute = per_hour, per_minute
        self._clock = clock
        self._places: OrderedDict[str, deque[float]] = OrderedDict()
        self._all: deque[float] = deque()

    def allow(self, client: str) -> bool:
        """Say whether one more request may be served from there, and count it."""
        now, place = self._clock(), place_of(client)
        mine = self._places.setdefault(place, deque())
        self._places.move_to_end(place)
        _drop(mine, now - 3600)
        _drop(self._all, now - 60)
        if len(mine) >= self._per_hour or len(self._all) >= self._per_minute:
            return False
        mine.append(now)
        self._all.append(now)
        while len(self._places) > _PLACES:
            self._places.popitem(last=False)
        return True


def _drop(times: deque[float], before: float) -> None:
    while times and times[0] <= before:
        times.popleft()


def place_of(client: str) -> str:
    """Return what one subscriber line has: an IPv4 address, or an IPv6 network of 64 bits."""
    try:
        address = ip_address(client)
    except ValueError:
        return "nowhere"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return str(address.ipv4_mapped)
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
