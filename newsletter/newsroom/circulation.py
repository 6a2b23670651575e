"""Circulation: who gets the mail."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.model import SuppressionReason
from newsletter.newsroom.house import House
from newsletter.settings import Newsletter, Rule

if TYPE_CHECKING:
    from newsletter.audience.erasure import Dossier
    from newsletter.audience.exporter import Exported
    from newsletter.audience.leaving import Alarm
    from newsletter.audience.lists import Added
    from newsletter.audience.report import ImportReport
    from newsletter.audience.understanding import Understanding
    from newsletter.storage.consents import Recount
    from newsletter.storage.list_counts import ListCounts


class Circulation:
    """Looks after lists and the readers on them."""

    def __init__(self, house: House) -> None:
        self._house = house

    def readers(self, newsletter: Newsletter, rule: Rule | None = None) -> int:
        """
        Count who would get it now; a list that is still empty is filled from its file.

        `rule` picks part of the lists; None: as newsletter.toml says.
        """
        from newsletter.audience.lists import reachable

        self.fill(newsletter)
        rule, zone = rule or newsletter.rule(), newsletter.schedule.zone
        return reachable(self._house.database, newsletter.list_names, rule, zone)

    def fill(self, newsletter: Newsletter) -> None:
        """
        Fill a list that is still empty from its file, before an edition is planned.

        Presses that waited for the database come first: nobody who left is selected. Raises
        AudienceError.
        """
        from newsletter.audience.lists import fill_empty_list
        from newsletter.newsroom.reception import Reception

        Reception(self._house).replay()

        folder = self._house.settings.subscribers_dir
        fill_empty_list(self._house.database, folder, newsletter.list_name, self._house.prints)

    def understand(self, file: Path, address_column: str = "") -> "Understanding":
        """Say what a file is taken for, before anything of it is imported. AudienceError."""
        from newsletter.audience.understanding import understand

        return understand(file, address_column)

    def import_subscribers(
        self,
        file: Path,
        list_name: str,
        *,
        apply: bool,
        basis: str = "",
        skip_rejected: bool = False,
        address_column: str = "",
        progress: Callable[[int], None] | None = None,
    ) -> "ImportReport":
        """Bring a file in, or look what would happen. Raises AudienceError."""
        from newsletter.audience.importer import import_subscribers

        return import_subscribers(
            self._house.database,
            file,
            list_name,
            prints=self._house.prints,
            basis=basis,
            address_column=address_column,
            apply=apply,
            skip_rejected=skip_rejected,
            progress=progress,
        )

    def import_suppressions(self, file: Path) -> "ImportReport":
        """Suppress every address of a file, for all lists. Raises AudienceError."""
        from newsletter.audience.importer import import_suppressions

        return import_suppressions(
            self._house.database, file, prints=self._house.prints, apply=True
        )

    def add(self, address: str, list_name: str, *, name: str, again: bool) -> "Added":
        """Put one reader on a list. Raises InvalidAddress."""
        from newsletter.audience.lists import add

        database, prints = self._house.database, self._house.prints
        return add(database, address, list_name, prints, name=name, again=again)

    def remove(self, address: str, *, list_name: str = "") -> bool:
        """Take a reader off a list, or off all; False when they were on none. AudienceError."""
        from newsletter.audience.lists import remove

        return remove(self._house.database, address, self._house.prints, list_name=list_name)

    def suppress(self, address: str, reason: SuppressionReason) -> None:
        """Let an address get nothing any more. Raises InvalidAddress."""
        from newsletter.audience.lists import suppress

        suppress(self._house.database, address, self._house.prints, reason)

    def dossier(self, address: str) -> "Dossier":
        """Gather everything that is known of an address. Raises InvalidAddress."""
        from newsletter.audience.erasure import dossier

        return dossier(self._house.database, address, self._house.prints)

    def forget(self, address: str) -> bool:
        """Erase everything about an address; False when nothing was held. InvalidAddress."""
        from newsletter.audience.erasure import forget

        return forget(self._house.database, address, self._house.prints, method="command")

    def export(self, list_name: str = "") -> "Iterator[Exported]":
        """Yield the readers of a list, or of all, one by one. Raises AudienceError."""
        from newsletter.audience.exporter import export

        return export(self._house.database, list_name)

    def alarms(self, days: int) -> "tuple[Alarm, ...]":
        """Find where several readers of one domain left within a minute, in the last days."""
        from newsletter.audience.leaving import alarms

        with self._house.database.read() as connection:
            return alarms(connection, since=datetime.now(UTC) - timedelta(days=days))

    def undo(self, alarm: "Alarm") -> int:
        """Bring back who left in a burst, by a person's word; returns how many."""
        from newsletter.audience.leaving import undo

        with self._house.database.begin() as connection:
            return undo(connection, alarm, self._house.prints, now=datetime.now(UTC))

    def consents(self) -> "Recount":
        """Recount the consent ledger."""
        from newsletter.storage import consents

        with self._house.database.read() as connection:
            return consents.recount(connection)

    def lists(self) -> "tuple[ListCounts, ...]":
        """Count every list by state."""
        from newsletter.audience.lists import lists

        return lists(self._house.database)
