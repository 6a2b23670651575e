"""Circulation: who gets the mail."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.newsroom.house import House
from newsletter.settings import Newsletter

if TYPE_CHECKING:
    from newsletter.audience.importer import ImportReport
    from newsletter.audience.lists import Added
    from newsletter.storage.list_counts import ListCounts


class Circulation:
    """Looks after lists and the readers on them."""

    def __init__(self, house: House) -> None:
        self._house = house

    def readers(self, newsletter: Newsletter) -> int:
        """Count who would get it now; a list that is still empty is filled from its file."""
        from newsletter.audience.lists import reachable

        self.fill(newsletter)
        return reachable(self._house.database, newsletter.list_name)

    def fill(self, newsletter: Newsletter) -> None:
        """Fill a list that is still empty from its file. Raises AudienceError."""
        from newsletter.audience.lists import fill_empty_list

        folder = self._house.settings.subscribers_dir
        fill_empty_list(self._house.database, folder, newsletter.list_name)

    def import_subscribers(
        self,
        file: Path,
        list_name: str,
        *,
        apply: bool,
        skip_rejected: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> "ImportReport":
        """Bring a file in, or look what would happen. Raises AudienceError."""
        from newsletter.audience.importer import import_subscribers

        return import_subscribers(
            self._house.database,
            file,
            list_name,
            apply=apply,
            skip_rejected=skip_rejected,
            progress=progress,
        )

    def add(self, address: str, list_name: str, *, name: str, again: bool) -> "Added":
        """Put one reader on a list. Raises InvalidAddress."""
        from newsletter.audience.lists import add

        return add(self._house.database, address, list_name, name=name, again=again)

    def lists(self) -> "tuple[ListCounts, ...]":
        """Count every list by state."""
        from newsletter.audience.lists import lists

        return lists(self._house.database)
