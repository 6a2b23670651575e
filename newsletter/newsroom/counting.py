"""Counting: where links lead, and what is written of who pressed them."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import InvalidToken
from newsletter.model import Counted, Verdict
from newsletter.newsroom.house import House
from newsletter.settings import Mode, strictest

if TYPE_CHECKING:
    from newsletter.storage.counting import Leads
    from newsletter.storage.spool import Spool
    from newsletter.tracking.robots import Judged
    from newsletter.tracking.tokens import Purpose

#: Editions whose link tables are held at once.
_MOST = 256


class Counting:
    """Reads click and open tokens, and writes down what they stand for. Thread-safe."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._leads: dict[int, Leads] = {}
        #: The newest change of a link that the tables know.
        self._newest = 0

    def read(self, purpose: "Purpose", token: str) -> tuple[int, int | None]:
        """
        Return the edition's number and whom it counts for; None: it must not be counted.

        Raises InvalidToken.
        """
        from newsletter.tracking.tokens import DO_NOT_COUNT, TokenType

        found = self._house.keyring.read(purpose, token)
        if found.key in self._house.settings.leaked_secrets:
            raise InvalidToken("This link opens nothing.")
        if found.type is TokenType.PROOF or found.subscriber == DO_NOT_COUNT:
            return found.number, None
        if found.type is not TokenType.EDITION:
            raise InvalidToken("This link opens nothing.")
        return found.number, found.subscriber

    def held(self, number: int) -> "Leads | None":
        """Return an edition's table where it is at hand: without asking the database."""
        return self._leads.get(number)

    def leads(self, number: int) -> "Leads | None":
        """Return where an edition's links lead; None where there is none. Raises StorageError."""
        if number not in self._leads:
            found = self._read(number)
            if found is None:
                return None
            if len(self._leads) >= _MOST:
                self._leads.clear()
            self._leads[number] = found
        return self._leads[number]

    def refresh(self) -> None:
        """Read the tables at hand again when a link was pointed anew. Raises StorageError."""
        from newsletter.storage import counting

        with self._house.database.read() as connection:
            newest = counting.newest_change(connection)
        if newest != self._newest:
            self._leads.update({n: found for n in [*self._leads] if (found := self._read(n))})
            self._newest = newest

    def _read(self, number: int) -> "Leads | None":
        from newsletter.storage import counting

        with self._house.database.read() as connection:
            return counting.leads(connection, number)

    def write(self, counted: Sequence[Counted]) -> None:
        """
        Write clicks and opens down, as far as their newsletters and readers allow. StorageError.

        Who said no since their mail went out is not counted any more, where that can be told.
        """
        from newsletter.storage import counting

        allowed = list(self._allowed(counted))
        named = [one.reader for _, one, mode in allowed if mode == "individual"]
        with self._house.database.begin() as connection:
            gone = counting.uncounted(connection, named) if named else frozenset()
            rows = [
                (key, one)
                for key, one, mode in allowed
                if not (mode == "individual" and one.reader in gone)
            ]
            counting.count(connection, rows)

    def _allowed(self, counted: Sequence[Counted]) -> Iterator[tuple[int, Counted, Mode]]:
        """Yield what may be counted, with its edition's row and its mode."""
        for one in counted:
            leads = self.leads(one.edition)
            if leads is None:
                continue
            frozen = leads.opens if one.kind == "opened" else leads.clicks
            mode = strictest(frozen, self._limit(one.kind))
            if mode != "off":
                # Where less is allowed since, nobody is told apart any more.
                yield leads.key, one if mode == frozen else one._replace(reader=0), mode

    def relabel(self, changes: "Sequence[Mapping[str, Judged]]") -> None:
        """
        Write down which clicks turned out to be a robot's, by their own ids. Raises StorageError.

        A verdict is only made stronger. What still lies in the spool stays as it was judged.
        """
        from newsletter.storage import hits

        with self._house.database.begin() as connection:
            told = ((own, *judged) for change in changes for own, judged in change.items())
            hits.strengthen(connection, told, own=True)

    def _limit(self, kind: str) -> Mode:
        limit = self._house.settings.tracking
        return limit.opens if kind == "opened" else limit.clicks

    @cached_property
    def spool(self) -> "Spool[Counted]":
        """Where clicks are kept while the database is away."""
        from newsletter.storage.spool import Spool

        return Spool(spool_folder(self._house), "counted", _line, _counted)

    def replay(self) -> int:
        """Bring in what was kept while the database was away; returns how many."""
        return self.spool.replay(self.write)


def spool_folder(house: House) -> Path:
    """Return where a spool lies: as the settings say, else beside SQLite, else `var/spool`."""
    file = house.settings.sqlite_file
    beside = file.with_name(f"{file.name}.d") if file else Path("var/spool")
    return house.settings.web.spool_dir or beside


def _line(one: Counted) -> str:
    return json.dumps({**one._asdict(), "at": one.at.isoformat()})


def _counted(line: str) -> Counted:
    try:
        said = json.loads(line)
        at, verdict = datetime.fromisoformat(said["at"]), Verdict(said["verdict"])
        return Counted(**said | {"at": at, "verdict": verdict})
    except (TypeError, KeyError) as error:
        raise ValueError(line) from error
