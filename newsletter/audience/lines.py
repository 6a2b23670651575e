"""
A text file, line by line: its encoding named or refused, and nothing unbounded read.

UTF-8 with and without a byte order mark, and UTF-16 with one (what spreadsheets call "Unicode
text"). Latin-1 and its like are refused with the line: guessing would misspell readers' names.
"""

import io
import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from pathlib import Path

from newsletter.errors import AudienceError

#: Bytes of a file, and characters of a line (a field may be 64 K; a row holds several).
LARGEST_FILE = 200_000_000
LONGEST_LINE = 1_000_000

_SURROGATE = re.compile("[\ud800-\udfff]")
_PACKED = {b"PK\x03\x04": "a ZIP archive or a spreadsheet", b"\x1f\x8b": "a gzip archive"}


def lines(path: Path) -> Iterator[str]:
    """
    Yield the lines of a file with their ends; LF, CRLF and CR are all understood.

    Raises AudienceError, with the line where there is one.
    """
    try:
        with path.open("rb") as file:
            encoding, errors = _reading(path, file.peek(4))
            with io.TextIOWrapper(file, encoding, errors, newline="") as text:
                yield from _checked(path, text)
    except OSError as error:
        raise AudienceError(f"{path} cannot be read: {error.strerror}.") from error


def _reading(path: Path, start: bytes) -> tuple[str, str]:
    """Choose how to decode by a file's first bytes; what is no text is refused."""
    if path.stat().st_size > LARGEST_FILE:
        raise AudienceError(
            f"{path.name} is larger than {LARGEST_FILE // 1_000_000} MB.",
            hint="Part it into several files, each with the line that names the columns.",
        )
    for mark, what in _PACKED.items():
        if start.startswith(mark):
            raise AudienceError(f"{path.name} is {what}.", hint="Save it as CSV (UTF-8) first.")
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return "utf-16", "surrogatepass"
    return "utf-8-sig" if start.startswith(BOM_UTF8) else "utf-8", "surrogateescape"


def _checked(path: Path, text: io.TextIOWrapper) -> Iterator[str]:
    number = 0
    try:
        while line := text.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE or "\0" in line or not line.isascii():
                _refuse(path, number, line)
            yield line
    except UnicodeError as error:
        raise AudienceError(f"{path.name}, line {number + 1}: the file is cut short.") from error


def _refuse(path: Path, number: int, line: str) -> None:
    """Refuse a line that is too long, or that is not the text it should be."""
    where = f"{path.name}, line {number}"
    if len(line) == LONGEST_LINE:
        raise AudienceError(f"{where}: the line is longer than {LONGEST_LINE:,} characters.")
    if "\0" in line:
        raise AudienceError(f"{where}: there is a NUL character, so this is no plain text.")
    if _SURROGATE.search(line):
        raise AudienceError(
            f"{where}: these bytes are not UTF-8.", hint="Save the file as CSV (UTF-8)."
        )
