"""What all desks share: settings, database, keys, and the newsletters there are."""

from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.errors import SettingsError
from newsletter.settings import Newsletter, Settings

if TYPE_CHECKING:
    from newsletter.audience.fingerprints import Fingerprints
    from newsletter.sources import FeedsRead
    from newsletter.storage.database import Database
    from newsletter.storage.schema import Schema
    from newsletter.tracking.tokens import Keyring


class House:
    """Opened when it is first needed: looking at a draft makes no database."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        #: What feeds gave lately; None: they are asked each time.
        self.feeds: FeedsRead | None = None

    @cached_property
    def database(self) -> "Database":
        from newsletter.storage.database import Database

        return Database.open(self.settings.database_url)

    @cached_property
    def schema(self) -> "Schema":
        """Notices that the database is migrated while this program runs."""
        from newsletter.storage.schema import Schema

        return Schema(self.database)

    @property
    def has_database(self) -> bool:
        """False: there is none yet, so nothing was ever sent from here. Looking makes none."""
        path = self.settings.sqlite_file
        return path is None or path.exists()

    def choices_path(self, newsletter: Newsletter, day: date) -> Path:
        """Return where what was chosen for a day lies. Raises ChoicesError."""
        from newsletter.sources.choices import path_of

        alone = len(list(self.settings.templates.glob("*/newsletter.toml"))) == 1
        return path_of(self.settings.articles_dir, newsletter.name, day, alone=alone)

    @cached_property
    def keyring(self) -> "Keyring":
        from newsletter.tracking.tokens import Keyring

        return Keyring(
            self.settings.signing_secret, key=self.settings.secret_id, old=self._old_secrets
        )

    @cached_property
    def prints(self) -> "Fingerprints":
        """What addresses are remembered by that must not be kept."""
        from newsletter.audience.fingerprints import Fingerprints

        return Fingerprints(
            self.settings.signing_secret, key=self.settings.secret_id, old=self._old_secrets
        )

    @property
    def _old_secrets(self) -> dict[int, bytes]:
        return {
            kid: secret.get_secret_value().encode()
            for kid, secret in self.settings.old_secrets.items()
        }

    def names(self) -> tuple[str, ...]:
        """Name every newsletter there is."""
        paths = self.settings.templates.glob("*/newsletter.toml")
        return tuple(sorted(path.parent.name for path in paths))

    def newsletters(self) -> tuple[Newsletter, ...]:
        """Return every newsletter there is, by name. Raises SettingsError."""
        return tuple(self._load(name) for name in self.names())

    def _load(self, name: str) -> Newsletter:
        """Read one newsletter, and hold it to what this site counts at most."""
        own = Newsletter.load(name, self.settings.templates)
        tracking = own.tracking.at_most(self.settings.tracking)
        return own.model_copy(update={"tracking": tracking})

    def newsletter(self, name: str = "") -> Newsletter:
        """Return the named newsletter, or the only one there is. Raises SettingsError."""
        names = () if name else self.names()
        if not name and len(names) != 1:
            raise SettingsError(
                f"Which newsletter? {self.settings.templates} holds {', '.join(names) or 'none'}.",
                hint="Name it: newsletter build daily",
            )
        return self._load(name or names[0])

    def migrate(self) -> tuple[str, str]:
        """Bring the database to this version; returns the version before and after."""
        from newsletter.storage.database import Database

        database = Database.open_any(self.settings.database_url)
        try:
            return database.migrate()
        finally:
            database.close()
