"""Reporting: what became of an edition, counted when it is asked for."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from newsletter.errors import DeliveryError
from newsletter.model import EditionId
from newsletter.newsroom.house import House

if TYPE_CHECKING:
    from newsletter.reports.report import Report


class Reporting:
    """Counts editions; it changes nothing."""

    def __init__(self, house: House) -> None:
        self._house = house

    def report(self, id: EditionId | None = None) -> "Report":
        """
        Count what became of an edition; None: of the newest that anything was submitted of.

        Raises DeliveryError where there is none, or none by that name.
        """
        from newsletter.storage import deliveries, editions

        with self._house.database.read() as connection:
            named = id or deliveries.latest_submitted(connection)
        if named is None:
            raise DeliveryError(
                "Nothing was sent yet, so there is nothing to report.",
                hint="newsletter send makes an edition and sends it.",
            )
        kept = editions.find(self._house.database, named)
        if kept is None or not kept.planned:
            raise DeliveryError(f"Nothing of {named} was sent.", hint=f"newsletter status {named}")
        # Commands that report nothing start sooner.
        from newsletter.reports.count import count_report

        return count_report(self._house.database, named, now=datetime.now(UTC))
