"""The head of a subscriber file: whose export it is, what parts its fields, what they say."""

import csv
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from newsletter.audience.columns import Columns, columns_of, names_an_address
from newsletter.audience.systems import MEDIUM, System, recognised
from newsletter.errors import AudienceError

#: Rows that are looked at for a column of addresses, and fields and characters of them.
_ROWS = 1_000
_SIZE = 1_000_000

#: Fields, and the line on which they begin, from 1.
Record = tuple[int, list[str]]


class Head(NamedTuple):
    """What the first lines of a file say of all the others."""

    system: System
    #: Empty where there is one column, or no header.
    separator: str
    columns: Columns
    #: From the first row on; to be read once. Raises AudienceError, with the line.
    records: Iterator[Record]


def read_head(lines: Iterator[str], file: str, address_column: str = "") -> Head:
    """
    Read as far as it takes to know what the columns say: a thousand rows at most.

    Raises AudienceError: there is no row, no column of addresses or more than one, or a quote
    that is never closed.
    """
    records, mark = _records(lines, file)
    line, header = next(records)
    if len(header) == 1 and "@" in header[0]:
        return Head(MEDIUM, "", columns_of(["email"]), chain([(line, header)], records))
    named = bool(address_column) or names_an_address(header)
    rows = [] if named else _first(records)
    system = recognised(header)
    seen = [fields for _, fields in rows]
    columns = columns_of(header, file, system=system, address_column=address_column, rows=seen)
    return Head(system, mark if len(header) > 1 else "", columns, chain(rows, records))


def _records(lines: Iterator[str], file: str) -> tuple[Iterator[Record], str]:
    """Part the lines into records, and tell by what; blank lines at the top are no header."""
    for blank, header in enumerate(lines):
        if header.strip():
            mark = _separator(header)
            return _parted(chain((header,), lines), mark, file, blank), mark
    raise AudienceError(f"{file} is empty.", hint="Its first line must name the columns.")


def _parted(lines: Iterator[str], mark: str, file: str, blank: int) -> Iterator[Record]:
    reader = csv.reader(lines, delimiter=mark)
    begun = blank + 1
    try:
        for record in reader:
            yield begun, record
            begun = blank + reader.line_num + 1
    except csv.Error as error:
        raise AudienceError(
            f"{file}, line {begun}: the row that begins here cannot be parted ({error}).",
            hint="Most often a quote is never closed.",
        ) from error


def _separator(header: str) -> str:
    """Choose what parts a header into a name for addresses and most others."""

    def worth(mark: str) -> tuple[bool, int]:
        names = _names(header, mark)
        return names_an_address(names), len(names)

    return max(",;\t", key=worth)


def _names(header: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([header], delimiter=mark))
    except csv.Error:
        return []


def _first(records: Iterator[Record]) -> list[Record]:
    """Take what is looked at, and leave the others."""
    taken: list[Record] = []
    size = 0
    for record in records:
        taken.append(record)
        size += len(record[1]) + sum(map(len, record[1]))
        if len(taken) >= _ROWS or size >= _SIZE:
            break
    return taken
