"""
A subscriber file, row by row: streaming, any size, trusting nothing in it.

The first line names the columns; comma, semicolon or tab parts them. Known columns are the
address, names, state and the dates by which other systems say that somebody left; all others
become attributes. A row that cannot be used is a `Rejected` with its line; a file that cannot
be read as a whole raises AudienceError.
"""

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from newsletter.audience.address import Address, parse
from newsletter.audience.lines import lines
from newsletter.errors import AudienceError
from newsletter.model import SubscriberState, SuppressionReason

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


class Rejected(NamedTuple):
    """A row that cannot be used, and why, in words."""

    line: int
    #: The address as it was written, or the first field.
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column says what; None where no column does."""

    names: tuple[str, ...]
    address: int
    name: int | None = None
    first: int | None = None
    last: int | None = None
    state: int | None = None
    #: Columns that are filled only when the reader left, and what it means.
    leaving: tuple[tuple[int, SuppressionReason], ...] = ()
    #: All the others.
    attributes: tuple[tuple[int, str], ...] = ()


#: In the order of trust: beside an `email`, an `address` is a street.
_KNOWN = {
    "address": ("emailaddress", "email", "emailid", "mail", "address"),
    "name": ("name", "fullname", "displayname"),
    "first": ("firstname", "givenname", "forename"),
    "last": ("lastname", "surname", "familyname"),
    "state": ("status", "subscriptionstatus", "subscriberstatus", "state"),
}

_LEAVING = {
    "unsubtime": SuppressionReason.UNSUBSCRIBED,
    "unsubscribedat": SuppressionReason.UNSUBSCRIBED,
    "unsubscriptiondate": SuppressionReason.UNSUBSCRIBED,
    "cleantime": SuppressionReason.BOUNCED,
    "bouncedat": SuppressionReason.BOUNCED,
    "complainedat": SuppressionReason.COMPLAINED,
    "deletedat": SuppressionReason.UNSUBSCRIBED,
}

_WANTED = {
    **dict.fromkeys(("", "subscribed", "active", "enabled", "confirmed"), SubscriberState.ACTIVE),
    **dict.fromkeys(("pending", "unconfirmed"), SubscriberState.PENDING),
}

_LEFT = {
    **dict.fromkeys(
        (
            "unsubscribed",
            "unsubscribe",
            "cancelled",
            "canceled",
            "inactive",
            "disabled",
            "optedout",
        ),
        SuppressionReason.UNSUBSCRIBED,
    ),
    **dict.fromkeys(
        ("bounced", "bounce", "hardbounce", "hardbounced", "cleaned", "undeliverable", "invalid"),
        SuppressionReason.BOUNCED,
    ),
    **dict.fromkeys(
        ("complained", "complaint", "spam", "spamcomplaint", "abuse"), SuppressionReason.COMPLAINED
    ),
    **dict.fromkeys(
        ("blocklisted", "blacklisted", "blocked", "suppressed", "archived", "manual"),
        SuppressionReason.MANUAL,
    ),
    **dict.fromkeys(("erased", "deleted", "forgotten"), SuppressionReason.ERASED),
}


def read_rows(path: Path) -> Iterator[Row | Rejected]:
    """
    Yield each row of a file, as it comes; blank lines are passed over.

    Raises:
        AudienceError: the file as a whole cannot be read: too large, not text, no column of
            addresses, a quote that is never closed.

    """
    records = _records(path)
    first = next(records, None)
    if first is None:
        raise AudienceError(f"{path.name} is empty.", hint="Its first line must name the columns.")
    columns = columns_of(first[1], path.name)
    for line, record in records:
        if len(record) > 1 or (record and record[0].strip()):
            yield _row(line, record, columns)


def _records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Part the lines into fields, each record with the line on which it begins."""
    text = lines(path)
    header = next(text, None)
    if header is None:
        return
    yield 1, next(csv.reader([header], delimiter=(mark := _separator(header))))
    reader = csv.reader(text, delimiter=mark)
    begun = 2
    try:
        for record in reader:
            yield begun, record
            begun = reader.line_num + 2
    except csv.Error as error:
        raise AudienceError(
            f"{path.name}, line {begun}: the row that begins here cannot be parted ({error}).",
            hint="Most often a quote is never closed.",
        ) from error


def _separator(header: str) -> str:
    return max(",;\t", key=header.count)


def columns_of(header: Iterable[str], file: str = "The file") -> Columns:
    """Recognise the columns by their names. Raises AudienceError when none holds addresses."""
    names = tuple(name.strip() for name in header)
    plain = [_word(name) for name in names]
    if any("@" in name for name in names):
        raise AudienceError(
            f"{file}, line 1: there is an address where the columns should be named.",
            hint="Put a line above it: email,name",
        )
    found = {role: _position(plain, words) for role, words in _KNOWN.items()}
    if (address := found.pop("address")) is None:
        raise AudienceError(
            f"{file}, line 1: no column holds addresses.", hint="Name one of them: email"
        )
    leaving = tuple((at, _LEAVING[word]) for at, word in enumerate(plain) if word in _LEAVING)
    used = {address, *found.values(), *(at for at, _ in leaving)}
    others = tuple((at, name) for at, name in enumerate(names) if name and at not in used)
    return Columns(names, address, **found, leaving=leaving, attributes=others)


def _position(plain: list[str], words: Iterable[str]) -> int | None:
    for word in words:
        if plain.count(word) > 1:
            raise AudienceError(f"Line 1: more than one column is called {word}.")
        if word in plain:
            return plain.index(word)
    return None


def _word(text: str) -> str:
    """Reduce `E-mail Address` to `emailaddress`."""
    return re.sub(r"[\s_.-]+", "", text).casefold()


def _row(line: int, record: list[str], columns: Columns) -> Row | Rejected:
    try:
        _fit(record, columns)
        written = record[columns.address].strip(" \t\xa0")
        address = parse(written)
        name = _name(record, columns)
        state, left = _state(record, columns)
    except AudienceError as error:
        return Rejected(line, " ".join(record[columns.address : columns.address + 1]), str(error))
    kept = {label: value for at, label in columns.attributes if (value := record[at].strip())}
    return Row(line, address, name, state, left, kept)


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


def _name(record: list[str], columns: Columns) -> str:
    name = "" if columns.name is None else record[columns.name]
    if not name.strip():
        parts = (record[at].strip() for at in (columns.first, columns.last) if at is not None)
        name = " ".join(part for part in parts if part)
    return clean_name(name)


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
    if columns.state is None and not columns.leaving:
        return SubscriberState.ACTIVE, None
    word = "" if columns.state is None else _word(record[columns.state])
    left = _LEFT.get(word) or next(
        (reason for at, reason in columns.leaving if record[at].strip()), None
    )
    if left:
        return SubscriberState.UNSUBSCRIBED, left
    if word not in _WANTED:
        raise AudienceError(f"Nobody here knows the state “{word[:40]}”.")
    return _WANTED[word], None


def reason_of(word: str) -> SuppressionReason:
    """Return what a word in a `reason` column means; manual for any that is not known."""
    return _LEFT.get(_word(word), SuppressionReason.MANUAL)
