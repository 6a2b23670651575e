"""
Quoted-printable (RFC 2045 section 6.7), exact enough to be spliced and signed.

Beyond the RFC's rules:

- a merge field's sentinel is never parted by a soft line break, so a token can take its place;
- no line begins with `.`, `-` or `F`: nothing to dot-stuff, no boundary, no `>From `;
- no TAB, no two spaces in a row and none at a line's end: what DKIM's relaxed canonical form
  (RFC 6376 section 3.4.4) would change is not there, so its body hash is that of the bytes;
- a character is never parted either, for readers that decode line by line.
"""

import re
from bisect import bisect_right

from newsletter.model import MergeField

#: The longest line without its CRLF; a soft line break is one of the 76.
COLUMNS = 76

SENTINELS = re.compile("|".join(field.sentinel for field in MergeField))

_UNWRITABLE = re.compile(r"[^\n -~]+")
_RISKY_FIRST = frozenset(".-F")
_CONTINUATION = frozenset("89AB")


def encode(text: str) -> str:
    """
    Encode a text; its sentinels stand in the result as they were.

    Every CRLF, CR or LF becomes CRLF. Raises UnicodeEncodeError for half a surrogate pair.
    """
    flat = text.replace("\r\n", "\n").replace("\r", "\n").replace("=", "=3D")
    flat = _UNWRITABLE.sub(lambda found: _escaped(found[0]), flat).replace("  ", " =20")
    return "\r\n".join(map(_wrapped, flat.split("\n")))


def _escaped(text: str) -> str:
    return "".join(f"={octet:02X}" for octet in text.encode())


def _wrapped(line: str) -> str:
    """Make one line of text into rows of at most 76 columns."""
    if line.endswith(" "):
        line = f"{line[:-1]}=20"
    lead, start = _led(line, 0)
    slots = [found.span() for found in SENTINELS.finditer(line)] if len(line) > COLUMNS - 2 else []
    rows = []
    while len(lead) + len(line) - start > COLUMNS:
        end = _break(line, start + COLUMNS - 1 - len(lead), slots)
        rows.append(f"{lead}{line[start:end]}")
        lead, start = _led(line, end)
    return "=\r\n".join([*rows, f"{lead}{line[start:]}"])


def _led(line: str, start: int) -> tuple[str, int]:
    """Return what a row begins with instead of a risky character, and where the rest starts."""
    if start < len(line) and line[start] in _RISKY_FIRST:
        return _escaped(line[start]), start + 1
    return "", start


def _break(line: str, end: int, slots: list[tuple[int, int]]) -> int:
    """Move a break to before the sentinel, the escape or the character that it would part."""
    before = bisect_right(slots, (end,)) - 1
    if before >= 0 and slots[before][0] < end < slots[before][1]:
        return slots[before][0]
    escape = line.rfind("=", end - 2, end)
    end = end if escape < 0 else escape
    while line[end] == "=" and line[end + 1] in _CONTINUATION:
        end -= 3
    return end
