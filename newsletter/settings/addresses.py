"""Where an address leads, as far as settings must know."""

from ipaddress import ip_address
from urllib.parse import urlsplit


def on_loopback(url_or_host: str) -> bool:
    """Say whether an address can only ever reach this machine."""
    host = urlsplit(url_or_host).hostname or url_or_host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
