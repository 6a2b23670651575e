"""
Everything that is expected to go wrong, as one tree.

    NewsletterError
    ├── SettingsError         a setting or newsletter.toml is wrong
    ├── SourceError           a source as a whole could not be read
    │   └── ChoicesError      what an editor chose for a day cannot be read or kept
    │       └── ChoicesChanged
    ├── FetchError            the web did not give what was asked for
    ├── RenderError           a template is wrong
    ├── PreflightError        an error stands in the edition
    ├── AudienceError         an address, a list or a list file is wrong
    │   └── InvalidAddress
    ├── StorageError          the database is not as this version needs it
    ├── DeliveryError         an edition cannot be sent as asked
    ├── TransportError        what was left of a call came back
    │   ├── TemporaryFailure
    │   ├── PermanentFailure
    │   └── UnknownOutcome
    └── InvalidToken          a link was not made by us, or was damaged

Each is one plain sentence, with a hint where one helps. A refusal of one address, a finding,
"not modified" and "skipped" are values, never exceptions.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from newsletter.model import Choices


class NewsletterError(Exception):
    """An expected failure: told in plain words, without a traceback."""

    exit_code = 1

    def __init__(self, sentence: str, *, hint: str = "") -> None:
        self.hint = hint
        super().__init__(sentence)


class SettingsError(NewsletterError):
    """A setting or a newsletter.toml cannot be used as it stands."""


class SourceError(NewsletterError):
    """A source as a whole could not be read. One bad article is a `Problem` instead."""


class ChoicesError(SourceError):
    """The file of a day's choices cannot be used as it stands, so that day has no edition."""


class ChoicesChanged(ChoicesError):
    """Somebody else saved a day's choices in the meantime; nothing was written over theirs."""

    def __init__(self, sentence: str, *, newer: "Choices", version: str, hint: str = "") -> None:
        #: What is in the file now, and the version that a next save must have seen.
        self.newer = newer
        self.version = version
        super().__init__(sentence, hint=hint)


class FetchError(NewsletterError):
    """The web did not give what was asked for."""


class RenderError(NewsletterError):
    """A template is wrong; the sentence names the template, the step and the line."""


class PreflightError(NewsletterError):
    """An error stands in the edition, so it is not sent."""

    exit_code = 3


class AudienceError(NewsletterError):
    """An address, a list or a list file cannot be used as it stands."""


class InvalidAddress(AudienceError):
    """This is not an address that mail can safely be sent to."""


class StorageError(NewsletterError):
    """The database is away, or not at the version that this program needs."""


class DeliveryError(NewsletterError):
    """The edition cannot be sent as asked."""


class TransportError(NewsletterError):
    """What was left of a call came back. The three subclasses say what may be done next."""

    exit_code = 4


class TemporaryFailure(TransportError):
    """Envelopes without a receipt were proven not accepted, and may be sent again."""

    def __init__(self, sentence: str, *, retry_after: timedelta | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(sentence)


class PermanentFailure(TransportError):
    """Envelopes without a receipt were not accepted, nor will be until a person acts."""


class UnknownOutcome(TransportError):
    """Envelopes without a receipt may have been accepted: never sent again by machine."""


class InvalidToken(NewsletterError):
    """We do not know this link. A mail program may have cut it in two."""
