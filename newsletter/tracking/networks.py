"""
Networks: many readers' clicks from one of them, in memory alone.

A company's gateway presses links for all its readers from one network. So does, it seems, an office
behind one address, and so do the thousands behind a carrier's: how many readers come from a network
says nothing. What tells them apart is how they press. Few people open two different links within
ten seconds; of a gateway's readers nearly all do. So a network is judged by the share of its
readers that press so, and never by their number (decision 0013). A gateway that presses one link of
each mail is not found.

Nothing of this is ever written: addresses go when the process goes, or sooner.
"""

from collections import OrderedDict, deque
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from newsletter.model import Verdict
from newsletter.tracking.robots import Judged

JUDGED = Judged(Verdict.PROBABLE, "one-network")

#: Seconds that a click is held.
_WINDOW = 60.0

#: Two different links within so many seconds are a reader in haste.
_HASTE = 10.0

#: From so many readers on there is a crowd, and from this share in haste on it is a gateway's.
_READERS = 5
_SHARE = 0.8

#: Networks that are held, those last seen, and clicks of each: at most some fifty megabytes.
_NETWORKS = 10_000
_CLICKS = 20

#: This machine and the networks around it (RFC 1918, 4193, 6598): a proxy's address, most
#: probably, behind which everybody is.
_NEAR = tuple(
    map(
        ip_network,
        (
            *("10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"),
            *("100.64.0.0/10", "::1/128", "fc00::/7", "fe80::/10"),
        ),
    )
)


class _Click:
    __slots__ = ("at", "id", "link", "reader", "told")

    def __init__(self, reader: int, link: int, id: str, at: float) -> None:
        self.reader, self.link, self.id, self.at = reader, link, id, at
        self.told = False


class Crowds:
    """Who presses from where. Not thread-safe: one event loop tells it of every click."""

    def __init__(self, networks: int = _NETWORKS) -> None:
        self._networks: OrderedDict[bytes, deque[_Click]] = OrderedDict()
        self._most = networks

    def __len__(self) -> int:
        return len(self._networks)

    def take(self, address: str, reader: int, link: int, id: str, now: float) -> dict[str, Judged]:
        """
        Take a click in; returns which clicks turn out to be a gateway's, by id, this one too.

        `address`: the client's, as the guard found it; what is none is passed over. `reader`: as
        the token says; 0, nobody in particular, is passed over too. `now`: in monotonic seconds,
        never less than before. Each click is returned at most once, and within 60 s.
        """
        network = network_of(address)
        if not network or not reader:
            return {}
        clicks = self._clicks(network, now)
        click = _Click(reader, link, id, now)
        theirs = [other for other in clicks if other.reader == reader]
        clicks.append(click)
        return _judge(clicks) if any(_is_haste(click, other) for other in theirs) else {}

    def _clicks(self, network: bytes, now: float) -> deque[_Click]:
        """Return what is held of a network, without what is over."""
        clicks = self._networks.get(network)
        if clicks is None:
            clicks = self._networks[network] = deque(maxlen=_CLICKS)
            if len(self._networks) > self._most:
                self._networks.popitem(last=False)
            return clicks
        self._networks.move_to_end(network)
        while clicks and now - clicks[0].at > _WINDOW:
            clicks.popleft()
        return clicks


def _is_haste(one: _Click, other: _Click) -> bool:
    return (
        one.reader == other.reader and one.link != other.link and abs(one.at - other.at) <= _HASTE
    )


def _judge(clicks: deque[_Click]) -> dict[str, Judged]:
    """Return the clicks of readers in haste, not told before, where nearly all of a crowd are."""
    readers = {click.reader for click in clicks}
    if len(readers) < _READERS:
        return {}
    hasty = {one.reader for one in clicks for other in clicks if _is_haste(one, other)}
    if len(hasty) < _SHARE * len(readers):
        return {}
    found = [click for click in clicks if click.reader in hasty and not click.told]
    for click in found:
        click.told = True
    return {click.id: JUDGED for click in found}


@lru_cache(maxsize=8192)
def network_of(address: str) -> bytes:
    """Return an address's network: /24 of IPv4, /56 of IPv6; empty for what says nothing."""
    try:
        found = ip_address(address)
    except ValueError:
        return b""
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    if any(found in near for near in _NEAR if near.version == found.version):
        return b""
    return found.packed[: 3 if isinstance(found, IPv4Address) else 7]
