"""
The use cases, one method for each verb; the only place where the stations meet.

`desk` makes drafts, `choices` keeps what editors chose and approved, `dispatch` sends editions,
`control` is a person's hand on them, `circulation` knows the readers, `reception` is where they
help themselves, `postroom` writes letters to them, `archive` keeps past editions, `counting`
counts clicks and opens, `linking` points links anew,
`correcting` puts right what an edition said wrong, `inbox` reads what comes back from outside
and `returns` acts on it, `reporting` says what became of an edition, `upkeep` does what is due from
time to time, `publishing` has editions begun at their hours, `notices` tells people what became of
them, `fleet` runs the processes that never end, `restoring` tells a backup from the database that
was sent from. `viewing` is what the studio sees, `lookout` what an operator sees of it all, and
`doctor` says what would go wrong tomorrow.
Stations are imported by the verb that needs them: `newsletter build` starts in half the time
when it does not load what only sends.
"""

from typing import TYPE_CHECKING, Self

from newsletter.newsroom.archive import Archive
from newsletter.newsroom.choosing import Choosing
from newsletter.newsroom.circulation import Circulation
from newsletter.newsroom.control import Control
from newsletter.newsroom.correcting import Correcting
from newsletter.newsroom.counting import Counting
from newsletter.newsroom.desk import Desk
from newsletter.newsroom.dispatch import Dispatch, Status
from newsletter.newsroom.doctor import Doctor
from newsletter.newsroom.draft import Draft, NoEdition
from newsletter.newsroom.fleet import FleetDesk
from newsletter.newsroom.house import House
from newsletter.newsroom.inbox import Inbox
from newsletter.newsroom.linking import Linking
from newsletter.newsroom.lookout import Lookout
from newsletter.newsroom.notices import NoticeBoard
from newsletter.newsroom.postroom import PostRoom
from newsletter.newsroom.publishing import Publishing
from newsletter.newsroom.reception import Reception
from newsletter.newsroom.reporting import Reporting
from newsletter.newsroom.restoring import Reconciled, Restoring
from newsletter.newsroom.returns import Returns
from newsletter.newsroom.upkeep import Upkeep
from newsletter.newsroom.viewing import Viewing
from newsletter.newsroom.word import Word, word_on
from newsletter.settings import Newsletter, Settings

if TYPE_CHECKING:
    from newsletter.storage.census import Census

__all__ = [
    "Draft",
    "Newsroom",
    "NoEdition",
    "Reconciled",
    "Status",
    "Word",
    "word_on",
]


class Newsroom:
    """Everything that a command, a page or the schedule may ask for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._house = House(settings)
        self.doctor = Doctor(self._house)
        self.desk = Desk(self._house, ask_dns=self.doctor.of_sender)
        self.choices = Choosing(self._house, self.desk)
        self.control = Control(self._house)
        self.circulation = Circulation(self._house)
        self.reception = Reception(self._house)
        self.postroom = PostRoom(self._house)
        self.archive = Archive(self._house)
        self.counting = Counting(self._house)
        self.linking = Linking(self._house)
        self.correcting = Correcting(self._house, self.desk, self.linking)
        self.returns = Returns(self._house)
        self.inbox = Inbox(self._house, self.returns)
        self.restoring = Restoring(self._house, self.inbox)
        self.dispatch = Dispatch(self._house, self.restoring)
        self.reporting = Reporting(self._house)
        self.viewing = Viewing(self._house)
        self.notices = NoticeBoard(self._house, self.dispatch)
        self.upkeep = Upkeep(self._house, self.returns, self.inbox, self.notices)
        self.publishing = Publishing(
            self._house, self.desk, self.dispatch, self.circulation, self.notices
        )
        self.fleet = FleetDesk(
            self._house,
            lambda: self.dispatch.carrier,
            self.notices,
            self.restoring,
            self.upkeep,
        )
        self.lookout = Lookout(self._census, self._waiting, settings.transport)

    @classmethod
    def open(cls) -> Self:
        """Open it as environment and `.env` say. Raises SettingsError."""
        return cls(Settings.load())

    def newsletter(self, name: str = "") -> Newsletter:
        """Return the named newsletter, or the only one there is. Raises SettingsError."""
        return self._house.newsletter(name)

    def newsletters(self) -> tuple[Newsletter, ...]:
        """Return every newsletter there is, by name. Raises SettingsError."""
        return self._house.newsletters()

    def migrate(self) -> tuple[str, str]:
        """Bring the database to this version; returns the version before and after."""
        return self._house.migrate()

    def is_outdated(self) -> bool:
        """Ask the database whether a newer program has migrated it. Raises StorageError."""
        from newsletter.storage.migrations import LATEST

        return self._house.database.version() != LATEST

    def _census(self) -> "Census":
        from newsletter.storage import census

        return census.take(self._house.database)

    def _waiting(self) -> dict[str, int]:
        spools = (self.reception.spool(), self.counting.spool)
        return {spool.name: spool.waiting() for spool in spools}
