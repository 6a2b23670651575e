"""Linking: where the links of a mail lead that is out already."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from newsletter.errors import DeliveryError
from newsletter.model import EditionId
from newsletter.newsroom.house import House

if TYPE_CHECKING:
    from newsletter.storage.counting import LinkNow


class Linking:
    """Shows an edition's link table, and points its links anew. Nothing is ever overwritten."""

    def __init__(self, house: House) -> None:
        self._house = house

    def table(self, id: EditionId) -> "Sequence[LinkNow]":
        """Return an edition's links, where they lead and where they led. Raises DeliveryError."""
        from newsletter.storage import counting

        key = self._key(id)
        with self._house.database.read() as connection:
            return counting.link_table(connection, key)

    def point(self, id: EditionId, number: int, url: str) -> "LinkNow":
        """
        Lead a link elsewhere from now on, in every mail that is out; returns it as it is then.

        Running web apps follow within seconds. Clicks are counted by link, wherever it leads.
        Raises DeliveryError.
        """
        from newsletter.rendering.links import ascii_address
        from newsletter.storage import counting

        address = ascii_address(url)
        if not address.startswith(("http://", "https://")):
            raise DeliveryError(
                f"{url} is no address of the web.", hint="Write it whole: https://…"
            )
        if number not in {link.number for link in self.table(id)}:
            raise DeliveryError(
                f"{id} has no link {number}.", hint=f"newsletter links {id} lists them."
            )
        key = self._key(id)
        with self._house.database.begin() as connection:
            counting.point_anew(connection, key, number, address, at=datetime.now(UTC))
        return next(link for link in self.table(id) if link.number == number)

    def _key(self, id: EditionId) -> int:
        from newsletter.storage import editions

        kept = editions.find(self._house.database, id)
        if kept is None or not kept.planned:
            raise DeliveryError(f"{id} is not planned, so its links are not fixed yet.")
        return kept.key
