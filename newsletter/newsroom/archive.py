"""The archive: past editions, for everybody."""

import unicodedata
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from newsletter.newsroom.house import House

if TYPE_CHECKING:
    from newsletter.model import Picture
    from newsletter.storage.archive import Issued, Page


class Archive:
    """Finds editions that have gone out. Nothing in it belongs to one reader."""

    def __init__(self, house: House) -> None:
        self._house = house

    def issued(self, newsletter: str = "", search: str = "") -> "Sequence[Issued]":
        """
        Return past editions, the newest first: one for each day, in its newest revision.

        `search`: words that a title must hold, in any case and spelling of Unicode.
        """
        from newsletter.storage import archive

        with self._house.database.read() as connection:
            found = archive.issued(connection, newsletter)
        newest = {(one.newsletter, one.day): one for one in reversed(found)}
        words = _folded(search).split()
        return [
            one
            for one in reversed(newest.values())
            if all(word in _folded(one.subject) for word in words)
        ]

    def page(self, newsletter: str, day: date) -> "Page | None":
        """Return a day's edition in its newest revision; None where there is none."""
        from newsletter.storage import archive

        with self._house.database.read() as connection:
            return archive.page(connection, newsletter, day)

    def by_number(self, number: int) -> "Issued | None":
        """Return the edition that tokens call by a number; None where it is not public."""
        from newsletter.storage import archive

        with self._house.database.read() as connection:
            return archive.by_number(connection, number)

    def neighbours(self, newsletter: str, day: date) -> tuple[date | None, date | None]:
        """Return the days of the editions before and after one."""
        from newsletter.storage import archive

        with self._house.database.read() as connection:
            return archive.neighbours(connection, newsletter, day)

    def newest(self, most: int) -> "Sequence[Page]":
        """Return the newest editions whole."""
        from newsletter.storage import archive

        with self._house.database.read() as connection:
            return archive.full(connection, most)

    def picture(self, hash: str) -> "Picture | None":
        """Return a picture of a mail by its hash."""
        from newsletter.storage import archive

        with self._house.database.read() as connection:
            return archive.picture(connection, hash)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()
