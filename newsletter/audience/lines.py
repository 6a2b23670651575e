"""
A text file, line by line: its encoding named or refused, and nothing unbounded read.

UTF-8 with and without a byte order mark, and UTF-16 (what spreadsheets call "Unicode text").
What begins as neither is read as the old one-byte encoding that its letters fit best, and says
so: a wrong guess misspells readers' names. A file that is UTF-8 but for some bytes is refused
with the line.
"""

import io
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from newsletter.errors import AudienceError

#: Bytes of a file, and characters of a line (a field may be 64 K; a row holds several).
LARGEST_FILE = 200_000_000
LONGEST_LINE = 1_000_000

#: Bytes by which an encoding is known, and those of them that are looked at letter by letter.
HEAD = 1 << 20
_GUESSED_BY = 1 << 16

_SURROGATE = re.compile("[\ud800-\udfff]")
#: A letter beyond ASCII that was read as UTF-8.
_UTF8_LETTER = re.compile("[^\0-\x7f\udc80-\udcff]")
_PACKED = {b"PK\x03\x04": "a ZIP archive or a spreadsheet", b"\x1f\x8b": "a gzip archive"}


class Encoding(NamedTuple):
    """How bytes become letters."""

    #: For people: `UTF-8`, `Latin-1 (Windows-1252)`.
    name: str
    #: Python's name for it, and what it does with bytes that are no letters.
    codec: str
    errors: str = "surrogateescape"
    #: True when no mark and no rule of the bytes vouches for it.
    guessed: bool = False


#: By Python's names; the first is taken when nothing speaks for another.
_ONE_BYTE = {
    "cp1252": Encoding("Latin-1 (Windows-1252)", "cp1252", guessed=True),
    "mac_roman": Encoding("Mac Roman", "mac_roman", guessed=True),
    "cp1251": Encoding("Cyrillic (Windows-1251)", "cp1251", guessed=True),
}


@dataclass(frozen=True, slots=True)
class Text:
    """An open file."""

    encoding: Encoding
    #: With their ends; LF, CRLF and CR are all understood. Raises AudienceError, with the line.
    lines: Iterator[str]


@contextmanager
def opened(path: Path) -> Iterator[Text]:
    """
    Open a file to be read once.

    Raises AudienceError: it cannot be read, is too large, or is packed.
    """
    try:
        with io.BufferedReader(path.open("rb", buffering=0), HEAD) as file:
            encoding = _encoding(path, file.peek(HEAD))
            with io.TextIOWrapper(file, encoding.codec, encoding.errors, newline="") as text:
                yield Text(encoding, _checked(path.name, encoding, text))
    except OSError as error:
        raise AudienceError(f"{path} cannot be read: {error.strerror}.") from error


def _encoding(path: Path, start: bytes) -> Encoding:
    """Choose how to decode by a file's first bytes; what is no text is refused."""
    if path.stat().st_size > LARGEST_FILE:
        raise AudienceError(
            f"{path.name} is larger than {LARGEST_FILE // 1_000_000} MB.",
            hint="Part it into several files, each with the line that names the columns.",
        )
    for mark, what in _PACKED.items():
        if start.startswith(mark):
            raise AudienceError(f"{path.name} is {what}.", hint="Save it as CSV (UTF-8) first.")
    if start.startswith(BOM_UTF8):
        return Encoding("UTF-8 with a mark", "utf-8-sig")
    if codec := _utf_16(start):
        return Encoding("UTF-16", codec, "surrogatepass")
    return _one_byte(start) if _is_no_utf_8(start) else Encoding("UTF-8", "utf-8")


def _utf_16(start: bytes) -> str:
    """Return the codec of UTF-16, which without a mark shows in the NULs beside ASCII letters."""
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16"
    if len(start) >= 4 and not any(start[1:4:2]) and all(start[0:4:2]):
        return "utf-16-le"
    return "utf-16-be" if len(start) >= 4 and not any(start[0:4:2]) and all(start[1:4:2]) else ""


def _is_no_utf_8(start: bytes) -> bool:
    """Tell a file in another encoding from one in UTF-8 that is broken in a place or two."""
    if start.isascii():
        return False
    decode = getincrementaldecoder("utf-8")("surrogateescape").decode
    text = decode(start, final=len(start) < HEAD)
    return bool(_SURROGATE.search(text)) and not _UTF8_LETTER.search(text)


def _one_byte(start: bytes) -> Encoding:
    """Guess an encoding by which letters follow which."""
    from charset_normalizer import from_bytes  # noqa: PLC0415 (seldom needed, and slow to load)

    telling = b"\n".join(line for line in start.splitlines() if not line.isascii())
    found = from_bytes(telling[:_GUESSED_BY], cp_isolation=list(_ONE_BYTE)).best()
    return _ONE_BYTE.get(found.encoding if found else "", _ONE_BYTE["cp1252"])


def _checked(file: str, encoding: Encoding, text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    try:
        while line := text.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE or "\0" in line or not line.isascii():
                _refuse(f"{file}, line {number}", encoding, line)
            yield line
    except UnicodeError as error:
        raise AudienceError(f"{file}, line {number + 1}: the file is cut short.") from error


def _refuse(where: str, encoding: Encoding, line: str) -> None:
    """Refuse a line that is too long, or that is not the text it should be."""
    if len(line) == LONGEST_LINE:
        raise AudienceError(f"{where}: the line is longer than {LONGEST_LINE:,} characters.")
    if "\0" in line:
        raise AudienceError(f"{where}: there is a NUL character, so this is no plain text.")
    if _SURROGATE.search(line):
        name = encoding.name.removesuffix(" with a mark")
        raise AudienceError(
            f"{where}: these bytes are not {name}.", hint="Save the file as CSV (UTF-8)."
        )
