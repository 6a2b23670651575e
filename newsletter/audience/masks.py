"""An address as a page or a log may show it."""


def masked(address: str) -> str:
    """Show whose it is to its owner, and to nobody else: `m•••@example.com`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}" if domain else "•••"
