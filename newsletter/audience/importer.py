"""
Brings a file of readers in: all of it, or nothing, in one transaction.

Two things a file can never do: bring back somebody who left here, and keep somebody whom it
says has left. See `rows` for what a file may look like.
"""

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self, TextIO

from sqlalchemy import Connection

from newsletter.audience.rows import Rejected, Row, read_rows, reason_of
from newsletter.errors import AudienceError
from newsletter.storage import arrivals, subscribers
from newsletter.storage.arrivals import Arrival, Standing
from newsletter.storage.database import Database

#: Rejected rows that a report holds; all of them stand in the file beside the input.
SHOWN = 100
#: Rows between two words of progress.
STEP = 10_000

_JSON = json.JSONEncoder(ensure_ascii=False).encode

Progress = Callable[[int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """
    What an import did, or would do.

    read = rejected + repeated + new + known + unsubscribed + suppressed + left.
    """

    #: Empty for a file of suppressions.
    list_name: str
    #: True when the list was not known before.
    list_created: bool = False
    #: False for a look ahead.
    applied: bool
    #: Rows of the file, blank lines and the first line apart.
    read: int = 0
    #: On the list from now on.
    new: int = 0
    #: On the list before; their state stays.
    known: int = 0
    #: Left this list earlier, and stay away whatever the file says.
    unsubscribed: int = 0
    #: Suppressed here, and stay away whatever the file says.
    suppressed: int = 0
    #: Whom the file says have left, bounced or complained: suppressed from now on.
    left: int = 0
    #: Those of them who were on the list until now.
    switched_off: int = 0
    #: Rows for an address that a later row names again; the last wins, leaving outranks.
    repeated: int = 0
    #: Rows with an address that only servers with SMTPUTF8 can take.
    needs_smtputf8: int = 0
    rejected: int = 0
    #: The first hundred.
    rejections: tuple[Rejected, ...] = ()
    #: Where all of them stand; None when there is none, or the folder cannot be written.
    rejected_file: Path | None = None


class _Undone(Exception):
    """Rolls the transaction back, and keeps what was counted in it."""

    def __init__(self, report: ImportReport, path: Path) -> None:
        self.report = report
        self.path = path
        super().__init__()


def import_subscribers(
    database: Database,
    path: Path,
    list_name: str,
    *,
    apply: bool,
    skip_rejected: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """
    Import a file into a list, which is made by its first use.

    Without `apply` nothing is changed: the report says what would be. `progress` is told the
    number of rows read so far.

    Raises:
        AudienceError: the file cannot be read, or rows of it cannot be used and `skip_rejected`
            is not asked for. Nothing was imported.

    """
    subscribers.check_list_name(list_name)
    return _import(database, _Reading(path, progress), list_name, apply, skip_rejected)


def import_suppressions(
    database: Database,
    path: Path,
    *,
    apply: bool,
    skip_rejected: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """
    Suppress every address of a file, for all lists; a column `reason` may say why.

    A reason that is not known means *manual*. Raises as `import_subscribers` does.
    """
    reading = _Reading(path, progress, all_left=True)
    return _import(database, reading, "", apply, skip_rejected)


def import_first(
    database: Database, readers: Path, suppressed: Path | None, list_name: str
) -> ImportReport:
    """
    Bring in a list's first readers and, with them, who gets nothing: one transaction.

    The readers come first: one who is suppressed as well is on the list, and is skipped
    visibly. Raises AudienceError as `import_subscribers` does, and then nobody was let in.
    """
    subscribers.check_list_name(list_name)
    try:
        with database.begin() as connection:
            with _Reading(readers, None) as reading:
                report = _take_in(connection, reading, list_name)
            if suppressed:
                with _Reading(suppressed, None, all_left=True) as reading:
                    _take_in(connection, reading, "")
    except _Undone as undone:
        raise refused(undone.path, undone.report) from None
    return report


def _import(
    database: Database, reading: "_Reading", list_name: str, apply: bool, skip_rejected: bool
) -> ImportReport:
    try:
        with reading, database.begin() as connection:
            return _take_in(connection, reading, list_name, apply, skip_rejected)
    except _Undone as undone:
        if apply:
            raise refused(undone.path, undone.report) from None
        return undone.report


def _take_in(
    connection: Connection,
    reading: "_Reading",
    list_name: str,
    apply: bool = True,
    skip_rejected: bool = False,
) -> ImportReport:
    """Bring one file in, or leave the transaction by `_Undone`."""
    list_id, created = None, False
    if list_name:
        list_id, created = subscribers.find_or_make_list(connection, list_name)
    repeated = arrivals.stage(connection, reading.arrivals())
    counts = _counted(arrivals.standings(connection, list_id))
    report = reading.report(list_name, created, apply, repeated=repeated, **counts)
    if not apply or (report.rejected and not skip_rejected):
        raise _Undone(report, reading.path)
    _settle(connection, list_id)
    return report


def _settle(connection: Connection, list_id: int | None) -> None:
    now = datetime.now(UTC)
    arrivals.dismiss(connection, list_id, now=now)
    if list_id is not None:
        arrivals.enrol(connection, list_id, now=now, public_id=subscribers.public_id)
    arrivals.clear(connection)


def _counted(stood: Mapping[Standing, int]) -> dict[str, int]:
    fates = ("new", "known", "unsubscribed", "suppressed", "left", "switched_off")
    counts = dict.fromkeys(fates, 0)
    for standing, number in stood.items():
        counts[_fate(standing)] += number
        if standing.gone and standing.state in {"active", "pending"}:
            counts["switched_off"] += number
    return counts


def _fate(standing: Standing) -> str:
    if standing.gone:
        return "left"
    if standing.suppressed:
        return "suppressed"
    if standing.state is None:
        return "new"
    return "unsubscribed" if standing.state == "unsubscribed" else "known"


def refused(path: Path, report: ImportReport) -> AudienceError:
    """Return the error that names the rows for which a file was refused."""
    first = " ".join(f"Line {row.line}: {row.reason}" for row in report.rejections[:3])
    rows = "1 row" if report.rejected == 1 else f"{report.rejected:,} rows"
    where = f"All are listed in {report.rejected_file}. " if report.rejected_file else ""
    return AudienceError(
        f"Nothing was imported: {rows} of {path.name} cannot be used. {first}",
        hint=f"{where}Mend them, or import the others with --skip-rejected.",
    )


class _Reading:
    """Reads one file once, counting on the way and writing down what cannot be used."""

    def __init__(self, path: Path, progress: Progress | None, *, all_left: bool = False) -> None:
        self.path = path
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
        for row in read_rows(self.path):
            self._read += 1
            if not self._read % STEP:
                self._progress(self._read)
            if isinstance(row, Rejected):
                self._reject(row)
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
        return Arrival(row.line, *told, str(left or ""), next(self._ids))

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
