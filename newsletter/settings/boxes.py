"""Where bounces, complaints and answers come back to."""

from pathlib import Path
from typing import Self

from pydantic import Field, SecretStr, model_validator

from newsletter.settings.part import Part


class BounceSettings(Part):
    """The box that bounces come back to, and how it is read."""

    #: Where a relay returns what it cannot deliver, such as `bounces@news.example.com`: each mail
    #: names it with a token of its reader's behind a plus sign. Empty: the sender's own address.
    address: str = ""
    #: A folder that a mail server delivers into (a Maildir).
    maildir: Path | None = None
    #: Or a box on another machine, read by IMAP over TLS.
    imap_host: str = ""
    imap_port: int = Field(default=993, ge=1, le=65535)
    imap_username: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_folder: str = "INBOX"
    #: Seconds between two looks into it.
    seconds: int = Field(default=60, ge=5)
    #: Offer to leave by a mail to that address too. Off: one https address stands in the header,
    #: which all great receivers ask for.
    leave_by_mail: bool = False

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        local, _, domain = self.address.rpartition("@")
        if self.address and not (local and domain and self.address.isascii()):
            raise ValueError("ADDRESS is one full address, such as bounces@news.example.com")
        if len(local) > 29:
            raise ValueError("ADDRESS has more than 29 letters before the @: no room for a token")
        if self.leave_by_mail and not self.address:
            raise ValueError("LEAVE_BY_MAIL needs ADDRESS")
        if self.maildir and self.imap_host:
            raise ValueError("MAILDIR and IMAP_HOST name two boxes; one is read")
        if self.imap_host and not (self.imap_username and self.imap_password):
            raise ValueError("IMAP_HOST needs IMAP_USERNAME and IMAP_PASSWORD")
        return self
