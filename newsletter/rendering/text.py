"""The text part: lines of 78 columns, with addresses whole."""

import re
from collections.abc import Iterator
from unicodedata import category, east_asian_width

#: Columns of a line, as RFC 5322 (2.1.1) recommends.
COLUMNS = 78

_BREAKS = re.compile(r"[ \t\r\f]+")
_BLANK_LINES = re.compile(r"\n{3,}")

#: Letters that need two columns may part anywhere; so a line of Chinese can end.
_CJK = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff01-\uff60"
_WIDE = re.compile(f"[{_CJK}]|[^{_CJK}]+")


def columns(text: object, indent: int = 0, mark: str = "") -> str:
    """
    Wrap a text at 78 columns as seen, under a mark such as `1. `.

    A word is never broken, nor at a hyphen: an address stays whole even where it is longer.
    Line ends in it are kept; a no-break space keeps its words together and comes out plain.
    """
    hang = indent + width(mark)
    lines = [line for part in str(text).split("\n") for line in _wrapped(part, COLUMNS - hang)]
    if not lines:
        return ""
    first, *rest = lines
    wrapped = (f"{' ' * indent}{mark}{first}", *(f"{' ' * hang}{line}" for line in rest))
    return "\n".join(wrapped).replace("\xa0", " ")


def tidy(text: str) -> str:
    """Return a text part without blank ends, and with one empty line between its blocks."""
    lines = "\n".join(line.rstrip(" \t") for line in text.split("\n"))
    return f"{_BLANK_LINES.sub(chr(10) * 2, lines).strip(chr(10))}\n"


def width(text: str) -> int:
    """Return how many columns a terminal gives to a text."""
    if text.isascii():
        return len(text)
    return sum(_width(char) for char in text)


def _width(char: str) -> int:
    if category(char) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


def _wrapped(text: str, room: int) -> Iterator[str]:
    """Fill lines greedily."""
    if text.isascii() and 0 < len(text) <= room and "  " not in text:
        yield text
        return
    line, used = "", 0
    for space, word in _words(text):
        needed = width(word)
        if line and used + space + needed > room:
            yield line
            line, used = word, needed
        else:
            gap = " " * space if line else ""
            line, used = f"{line}{gap}{word}", used + len(gap) + needed
    if line:
        yield line


def _words(text: str) -> Iterator[tuple[int, str]]:
    """Yield what may stand at a line's start, with the space before it."""
    for word in filter(None, _BREAKS.split(text)):
        pieces = [word] if word.isascii() else _WIDE.findall(word)
        for number, piece in enumerate(pieces):
            yield (0 if number else 1), piece
