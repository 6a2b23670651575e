"""
Brings a file of readers in: all of it, or nothing, in one transaction.

Two things a file can never do: bring back somebody who left here, and keep somebody whom it
says has left. See `rows` for what a file may look like.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection

from newsletter.audience.fingerprints import Fingerprints
from newsletter.audience.reading import Progress, Reading
from newsletter.audience.report import ImportReport
from newsletter.errors import AudienceError
from newsletter.storage import arrivals, consents, subscribers
from newsletter.storage.arrivals import Standing
from newsletter.storage.consents import Consent
from newsletter.storage.database import Database


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
    prints: Fingerprints,
    basis: str = "",
    apply: bool,
    skip_rejected: bool = False,
    address_column: str = "",
    progress: Progress | None = None,
) -> ImportReport:
    """
    Import a file into a list, which is made by its first use.

    Without `apply` nothing is changed: the report says what would be. `progress` is told the
    number of rows read so far. `basis`, in words why these people may be written to, goes into
    the consent ledger.

    Raises:
        AudienceError: the file cannot be read, or rows of it cannot be used and `skip_rejected`
            is not asked for. Nothing was imported.

    """
    subscribers.check_list_name(list_name)
    reading = Reading(path, progress, prints=prints, address_column=address_column)
    return _import(
        database, reading, list_name, apply=apply, skip_rejected=skip_rejected, basis=basis
    )


def import_suppressions(
    database: Database,
    path: Path,
    *,
    prints: Fingerprints,
    apply: bool,
    skip_rejected: bool = False,
    progress: Progress | None = None,
) -> ImportReport:
    """
    Suppress every address of a file, for all lists; a column `reason` may say why.

    A reason that is not known means *manual*. Raises as `import_subscribers` does.
    """
    reading = Reading(path, progress, prints=prints, all_left=True)
    return _import(database, reading, "", apply=apply, skip_rejected=skip_rejected)


def import_first(
    database: Database,
    readers: Path,
    suppressed: Path | None,
    list_name: str,
    prints: Fingerprints,
) -> ImportReport:
    """
    Bring in a list's first readers and, with them, who gets nothing: one transaction.

    The readers come first: one who is suppressed as well is on the list, and is skipped
    visibly. Raises AudienceError as `import_subscribers` does, and then nobody was let in.
    """
    subscribers.check_list_name(list_name)
    try:
        with database.begin() as connection:
            with Reading(readers, None, prints=prints) as reading:
                report = _take_in(connection, reading, list_name, basis="the list's first file")
            if suppressed:
                with Reading(suppressed, None, prints=prints, all_left=True) as reading:
                    _take_in(connection, reading, "")
    except _Undone as undone:
        raise refused(undone.path, undone.report) from None
    return report


def _import(
    database: Database,
    reading: "Reading",
    list_name: str,
    *,
    apply: bool,
    skip_rejected: bool,
    basis: str = "",
) -> ImportReport:
    try:
        with reading, database.begin() as connection:
            return _take_in(
                connection,
                reading,
                list_name,
                apply=apply,
                skip_rejected=skip_rejected,
                basis=basis,
            )
    except _Undone as undone:
        if apply:
            raise refused(undone.path, undone.report) from None
        return undone.report


def _take_in(
    connection: Connection,
    reading: "Reading",
    list_name: str,
    *,
    apply: bool = True,
    skip_rejected: bool = False,
    basis: str = "",
) -> ImportReport:
    """Bring one file in, or leave the transaction by `_Undone`."""
    list_id, created = None, False
    if list_name:
        list_id, created = subscribers.find_or_make_list(connection, list_name)
    reading.erased = subscribers.erased(connection)
    repeated = arrivals.stage(connection, reading.arrivals())
    counts = _counted(arrivals.standings(connection, list_id))
    counts["suppressed"] += reading.kept_away
    report = reading.report(list_name, created, apply, repeated=repeated, **counts)
    if not apply or (report.rejected and not skip_rejected):
        raise _Undone(report, reading.path)
    _settle(connection, list_id, _basis(report, reading, basis))
    return report


def _basis(report: ImportReport, reading: "Reading", basis: str) -> Consent:
    """Write down why these people may be written to, or get nothing: one entry for the file."""
    return Consent(
        at=datetime.now(UTC),
        event="imported",
        list_name=report.list_name,
        source=f"sha256:{reading.file_hash()}",
        method="file",
        note=f"{report.read:,} rows; {basis or 'no basis was given'}",
    )


def _settle(connection: Connection, list_id: int | None, entry: Consent) -> None:
    now = entry.at
    (number,) = consents.add(connection, [entry])
    arrivals.dismiss(connection, list_id, now=now)
    if list_id is not None:
        arrivals.enrol(
            connection, list_id, now=now, consent=number, public_id=subscribers.public_id
        )
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
