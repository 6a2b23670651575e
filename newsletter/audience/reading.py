"""Reads a file once, for an import: counting on the way, writing down what cannot be used."""

import csv
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self, TextIO

from newsletter.audience.fingerprints import Fingerprints
from newsletter.audience.report import SHOWN, ImportReport
from newsletter.audience.rows import Rejected, Row, read_rows, reason_of
from newsletter.storage import subscribers
from newsletter.storage.arrivals import Arrival
from newsletter.storage.swift import moment

#: Rows between two words of progress.
STEP = 10_000

_JSON = json.JSONEncoder(ensure_ascii=False).encode

#: Told the number of rows read so far.
Progress = Callable[[int], None]


class Reading:
    """Reads one file once, counting on the way and writing down what cannot be used."""

    def __init__(
        self,
        path: Path,
        progress: Progress | None,
        *,
        prints: Fingerprints,
        all_left: bool = False,
        address_column: str = "",
    ) -> None:
        self.path = path
        #: Fingerprints of who was erased here: no file brings them back.
        self.erased: frozenset[str] = frozenset()
        #: Rows that are left out for it.
        self.kept_away = 0
        self._prints = prints
        self._address_column = address_column
        self._rejected = 0
        self._progress = progress or (lambda _read: None)
        self._all_left = all_left
        self._read = self._smtputf8 = 0
        self._shown: list[Rejected] = []
        self._ids = subscribers.public_ids()
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._file:
            self._file.close()

    def arrivals(self) -> Iterator[Arrival]:
        for row in read_rows(self.path, address_column=self._address_column):
            self._read += 1
            if not self._read % STEP:
                self._progress(self._read)
            if isinstance(row, Rejected):
                self._reject(row)
            elif self.erased and not self.erased.isdisjoint(self._prints.all_of(row.address.key)):
                self.kept_away += 1
            else:
                self._smtputf8 += row.address.needs_smtputf8
                yield self._arrival(row)
        self._progress(self._read)

    def report(
        self, list_name: str, list_created: bool, applied: bool, **counts: int
    ) -> ImportReport:
        return ImportReport(
            list_name=list_name,
            list_created=list_created,
            applied=applied,
            read=self._read,
            needs_smtputf8=self._smtputf8,
            rejected=self._rejected,
            rejections=tuple(self._shown),
            rejected_file=Path(self._file.name) if self._file else None,
            **counts,
        )

    def _arrival(self, row: Row) -> Arrival:
        left = row.left
        if self._all_left and left is None:
            left = reason_of(row.attributes.get("reason", ""))
        attributes = _JSON(row.attributes) if row.attributes else "{}"
        told = row.address.key, row.address.text, row.name, attributes, str(row.state)
        joined = moment(row.joined) if row.joined else None
        return Arrival(row.line, *told, str(left or ""), joined, next(self._ids))

    def file_hash(self) -> str:
        """Return what names the file's very bytes."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def _reject(self, row: Rejected) -> None:
        self._rejected += 1
        if len(self._shown) < SHOWN:
            self._shown.append(row)
        if self._rejected == 1:
            self._file = _beside(self.path)
        if self._file:
            csv.writer(self._file).writerow((row.line, row.reason, _defused(row.text)))


def _beside(path: Path) -> TextIO | None:
    """Open `NAME.rejected.csv`; a folder that cannot be written costs the file alone."""
    try:
        file = path.with_name(f"{path.stem}.rejected.csv").open("w", encoding="utf-8", newline="")
    except OSError:
        return None
    file.write("line,reason,address\r\n")
    return file


def _defused(text: str) -> str:
    """Keep a spreadsheet from taking a field for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
