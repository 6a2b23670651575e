"""What all desks share: settings, database, keys, and the newsletters there are."""

from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.errors import SettingsError
from newsletter.settings import Newsletter, Settings

if TYPE_CHECKING:
    from newsletter.delivery.jobs import Hour
    from newsletter.storage.database import Database
    from newsletter.tracking.tokens import Keyring


class House:
    """Opened when it is first needed: looking at a draft makes no database."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def database(self) -> "Database":
        from newsletter.storage.database import Database

        return Database.open(self.settings.database_url)

    @cached_property
    def keyring(self) -> "Keyring":
        from newsletter.tracking.tokens import Keyring

        return Keyring(self.settings.signing_secret)

    def newsletter(self, name: str = "") -> Newsletter:
        """Return the named newsletter, or the only one there is. Raises SettingsError."""
        templates = self.settings.templates
        names = sorted(path.parent.name for path in templates.glob("*/newsletter.toml"))
        if not name and len(names) != 1:
            raise SettingsError(
                f"Which newsletter? {templates} holds {', '.join(names) or 'none'}.",
                hint="Name it: newsletter build daily",
            )
        return Newsletter.load(name or names[0], templates)

    def hours(self) -> "list[Hour]":
        """Return when each newsletter goes out. Raises SettingsError."""
        from newsletter.delivery.jobs import Hour

        templates = self.settings.templates
        named = [path.parent.name for path in sorted(templates.glob("*/newsletter.toml"))]
        schedules = {name: Newsletter.load(name, templates).schedule for name in named}
        return [
            Hour(name, f"{s.at.minute} {s.at.hour} * * *", s.timezone)
            for name, s in schedules.items()
        ]

    def migrate(self) -> tuple[str, str]:
        """Bring the database to this version; returns the version before and after."""
        from newsletter.storage.database import Database

        database = Database.open_any(self.settings.database_url)
        try:
            return database.migrate()
        finally:
            database.close()
