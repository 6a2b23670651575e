"""Blocks of `Name: value`, as in reports (RFC 3464, RFC 5965) and in copies of headers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, pairwise

#: A block's fields by their names in lower case; a name may come more than once.
Block = Mapping[str, Sequence[str]]

_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,60})[ \t]*:[ \t]*(.{0,4000})", re.DOTALL)
_MOST_BLOCKS = 100

_EMPTY = re.compile(r"\n[ \t]*\n")
_RECIPIENT = re.compile(r"^Final-Recipient[ \t]*:", re.IGNORECASE | re.MULTILINE)


def blocks(text: str) -> Iterator[Block]:
    """Yield the blocks of a report; folded lines are joined."""
    for piece in _EMPTY.split(text.strip("\n"), maxsplit=_MOST_BLOCKS)[:_MOST_BLOCKS]:
        yield from (block for part in _apart(piece) if (block := block_of(part)))


def _apart(piece: str) -> Iterator[str]:
    """Part recipients between whom somebody forgot the empty line."""
    starts = [hit.start() for hit in islice(_RECIPIENT.finditer(piece), _MOST_BLOCKS)][1:]
    for start, end in pairwise([0, *starts, len(piece)]):
        yield piece[start:end]


def block_of(text: str) -> Block:
    """Read one block; a line that is no field is taken for a part of the one before."""
    found: dict[str, list[str]] = {}
    last: list[str] = []
    for line in text.split("\n"):
        field = None if line[:1] in {" ", "\t"} else _FIELD.fullmatch(line)
        if field:
            last = found.setdefault(field[1].lower(), [])
            last.append(field[2].strip())
        elif last:
            last[-1] = f"{last[-1]} {line.strip()}"[:4000]
    return found


def first(block: Block, *names: str) -> str:
    """Return the first of the named fields that says something; else nothing."""
    return next((value for name in names for value in block.get(name, ()) if value), "")
