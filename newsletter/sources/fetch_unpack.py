"""What came packed, unpacked as far as it may grow."""

import zlib
from collections.abc import Sequence

from newsletter.errors import FetchError

#: Layers of compression; a server that is asked for one sends one.
_MOST_LAYERS = 2
GZIP = b"\x1f\x8b"


def unpacked(packed: bytes, layers: Sequence[str], *, largest: int) -> bytes:
    """
    Undo the compressions that a server names, the last one first (RFC 9110, 8.4).

    Raises FetchError for one that was not asked for, for damage, and above `largest` bytes.
    """
    named = [layer for layer in layers if layer and layer != "identity"]
    if len(named) > _MOST_LAYERS or not {*named} <= {"gzip", "x-gzip", "deflate"}:
        raise FetchError(f"The answer is packed as {', '.join(named)[:60]}, which was not asked.")
    for _ in named:
        packed = inflated(packed, largest=largest) if packed else packed
    return packed


def inflated(packed: bytes, *, largest: int) -> bytes:
    """Unpack gzip (all its parts) or deflate (RFC 1950, RFC 1951). Raises FetchError."""
    # RFC 9110 says zlib's frame (low four bits 8); some servers send deflate bare.
    framed = packed[:2] == GZIP or (packed[0] & 0x0F == 8 and len(packed) > 1)
    found = bytearray()
    while packed:
        machine = zlib.decompressobj(47 if framed else -15)
        try:
            found += machine.decompress(packed, largest + 1 - len(found))
        except zlib.error as error:
            raise FetchError("The answer is packed, and damaged.") from error
        if len(found) > largest:
            raise too_much(largest)
        if not machine.eof:
            raise FetchError("The answer is packed, and ends too early.")
        # What follows the last part and is none itself is padding.
        packed = machine.unused_data if machine.unused_data[:2] == GZIP else b""
    return bytes(found)


def too_much(largest: int) -> FetchError:
    return FetchError(
        f"The answer is larger than {largest / 1_000_000:g} MB, so it is not read.",
        hint="A feed of the newest stories is far smaller.",
    )
