"""
The use cases, one method for each verb; the only place where the stations meet.

Five desks: `desk` makes drafts, `dispatch` sends editions, `control` is a person's hand on them,
`circulation` knows the readers, `fleet` runs the processes that never end.
Stations are imported by the verb that needs them: `newsletter build` starts in half the time
when it does not load what only sends.
"""

from typing import Self

from newsletter.newsroom.circulation import Circulation
from newsletter.newsroom.control import Control
from newsletter.newsroom.desk import Desk, Draft, NoEdition
from newsletter.newsroom.dispatch import Dispatch, Status
from newsletter.newsroom.fleet import FleetDesk
from newsletter.newsroom.house import House
from newsletter.settings import Newsletter, Settings

__all__ = ["Draft", "Newsroom", "NoEdition", "Status"]


class Newsroom:
    """Everything that a command, a page or the schedule may ask for."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._house = House(settings)
        self.desk = Desk(self._house)
        self.dispatch = Dispatch(self._house)
        self.control = Control(self._house)
        self.circulation = Circulation(self._house)
        self.fleet = FleetDesk(self._house, self.desk, self.dispatch, self.circulation)

    @classmethod
    def open(cls) -> Self:
        """Open it as environment and `.env` say. Raises SettingsError."""
        return cls(Settings.load())

    def newsletter(self, name: str = "") -> Newsletter:
        """Return the named newsletter, or the only one there is. Raises SettingsError."""
        return self._house.newsletter(name)

    def migrate(self) -> tuple[str, str]:
        """Bring the database to this version; returns the version before and after."""
        return self._house.migrate()
