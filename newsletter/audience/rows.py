"""
A subscriber file, row by row: streaming, any size, trusting nothing in it.

The first line names the columns; comma, semicolon or tab parts them. Known columns are the
address, names, state and the ways in which other systems say that somebody left; all others
become attributes. Any word of leaving outranks every other. A row that cannot be used is a
`Rejected` with its line; a file that cannot be read as a whole raises AudienceError.
"""

import unicodedata
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from newsletter.audience.address import Address, parse
from newsletter.audience.columns import Columns, columns_of
from newsletter.audience.head import read_head
from newsletter.audience.lines import opened
from newsletter.audience.times import moment
from newsletter.audience.words import answer, happened, reason_of, unknown, word
from newsletter.errors import AudienceError
from newsletter.model import SubscriberState, SuppressionReason

__all__ = [
    "Columns",
    "Rejected",
    "Row",
    "clean_name",
    "columns_of",
    "read_rows",
    "reason_of",
]

#: Characters of a field, and of a name.
LARGEST_FIELD = 65_536
LONGEST_NAME = 200


class Row(NamedTuple):
    """What a file says of one reader."""

    #: Of the file, from 1: where the row begins.
    line: int
    address: Address
    name: str
    #: Active when the file says nothing.
    state: SubscriberState
    #: Why the reader must get nothing; None for one who wants mail.
    left: SuppressionReason | None
    attributes: Mapping[str, str]
    #: When they signed up, by the file's word; None where it says nothing.
    joined: datetime | None = None


class Rejected(NamedTuple):
    """A row that cannot be used, and why, in words."""

    line: int
    #: The address as it was written, or the first field.
    text: str
    reason: str


def read_rows(path: Path, *, address_column: str = "") -> Iterator[Row | Rejected]:
    """
    Yield each row of a file, as it comes; blank lines are passed over.

    `address_column` says which column holds the addresses, by its name or its number from 1.

    Raises:
        AudienceError: the file as a whole cannot be read: too large, not text, no column of
            addresses or more than one, a quote that is never closed.

    """
    with opened(path) as text:
        head = read_head(text.lines, path.name, address_column)
        columns = head.columns
        for line, record in head.records:
            if len(record) > 1 or (record and record[0].strip()):
                yield _row(line, record, columns)


def _row(line: int, record: list[str], columns: Columns) -> Row | Rejected:
    try:
        _fit(record, columns)
        address = parse(record[columns.address].strip(" \t\xa0"))
        state, left = _state(record, columns)
        name = _name(record, columns, left)
    except AudienceError as error:
        return Rejected(line, " ".join(record[columns.address : columns.address + 1]), str(error))
    joined = _joined(record, columns) if columns.joined else None
    return Row(line, address, name, state, left, _attributes(record, columns), joined)


def _fit(record: list[str], columns: Columns) -> None:
    """Fill up a short row; refuse a long one, whose fields may stand in the wrong columns."""
    missing = len(columns.names) - len(record)
    if missing < 0 and any(record[missing:]):
        raise AudienceError(
            f"The row has {len(record)} fields, the first line names {len(columns.names)}."
        )
    if missing > 0:
        record += [""] * missing
    if sum(map(len, record)) > LARGEST_FIELD and len(max(record, key=len)) > LARGEST_FIELD:
        raise AudienceError(f"A field is longer than {LARGEST_FIELD:,} characters.")


def _name(record: list[str], columns: Columns, left: SuppressionReason | None) -> str:
    """Put a name together. Nobody stays subscribed because theirs is too long."""
    name = "" if columns.name is None else record[columns.name]
    if columns.first is not None or columns.last is not None:
        name = _whole(name.strip(), record, columns)
    try:
        return clean_name(name)
    except AudienceError:
        if left is None:
            raise
        return ""


def _whole(name: str, record: list[str], columns: Columns) -> str:
    """Join first and last names; beside but one of them, a `Name` is the other."""
    first = "" if columns.first is None else record[columns.first].strip()
    last = "" if columns.last is None else record[columns.last].strip()
    if not name:
        return f"{first} {last}".strip()
    if (columns.first is None) == (columns.last is None) or (first or last) in name:
        return name
    return f"{first} {name} {last}".strip()


def clean_name(name: str) -> str:
    """
    Make a name fit for a header: one line, NFC, nothing unseen but the joiners of scripts.

    Raises AudienceError for one of more than 200 characters.
    """
    if not (name.isascii() and name.isprintable()):
        seen = (c if c in "\u200c\u200d" else _visible(c) for c in name)
        name = unicodedata.normalize("NFC", "".join(seen))
    name = " ".join(name.split())
    if len(name) > LONGEST_NAME:
        raise AudienceError(f"The name is longer than {LONGEST_NAME} characters.")
    return name


def _visible(character: str) -> str:
    if character.isspace():
        return " "
    return "" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} else character


def _state(record: list[str], columns: Columns) -> tuple[SubscriberState, SuppressionReason | None]:
    """Read what the row says of wanting mail; any word of leaving outranks the others."""
    if not columns.tells_who_left:
        return SubscriberState.ACTIVE, None
    said = "" if columns.state is None else record[columns.state]
    told = columns.states.get(said) or columns.states.get(word(said))
    left = told if isinstance(told, SuppressionReason) else _left(record, columns)
    if left:
        return SubscriberState.UNSUBSCRIBED, left
    if not isinstance(told, SubscriberState):
        raise unknown(said.strip())
    return told, None


def _left(record: list[str], columns: Columns) -> SuppressionReason | None:
    """Return why a reader left by the other columns, or by the file that they stand in."""
    for at, reason in columns.leaving:
        if happened(record[at].strip()):
            return reason
    puzzle = None
    for at, of_one_who_left, reason in columns.answers:
        try:
            if answer(record[at]) is of_one_who_left:
                return reason
        except AudienceError as error:
            puzzle = error
    if puzzle and not columns.gone:
        raise puzzle
    return columns.gone


def _joined(record: list[str], columns: Columns) -> datetime | None:
    said = (moment(record[at], day_first=columns.day_first) for at in columns.joined)
    return next(filter(None, said), None)


def _attributes(record: list[str], columns: Columns) -> dict[str, str]:
    """Keep what else the row says; a column of that name outranks what is packed in another."""
    kept = {label: value for at, label in columns.attributes if (value := record[at].strip())}
    for at, label, unpack in columns.unpacked:
        if value := record[at].strip():
            kept = {**unpack(label, value), **kept}
    return kept
