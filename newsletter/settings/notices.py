"""Who is told what became of an edition, and by which ways."""

from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from newsletter.settings.addresses import on_loopback
from newsletter.settings.part import Part


def _url(url: str) -> str:
    parts = urlsplit(url)
    if url and (parts.scheme not in {"http", "https"} or not parts.hostname):
        raise ValueError("must be a full address, such as https://hooks.example.com/news")
    if parts.scheme == "http" and not on_loopback(url):
        raise ValueError("must begin with https:// (http is for this machine alone)")
    if "@" in parts.netloc:
        raise ValueError("must bear no name and password before its host")
    return url


Url = Annotated[str, AfterValidator(_url)]


class NoticeSettings(Part):
    """
    Ways to the people who answer for the newsletter.

    The mail has a relay of its own, so that an ESP that fails cannot silence the news of it.
    """

    #: Editors and operators; several are parted by commas. Empty: the mails lie in the outbox.
    to: Annotated[str, AfterValidator(str.strip)] = ""
    #: Whom the mails are from. Empty: the newsletter's own sender.
    sender: str = Field(default="", alias="from")
    #: Empty: the mails are written into the outbox's folder `notices`.
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_tls: Literal["none", "starttls", "implicit"] = "starttls"
    #: Gets each notice as JSON, such as a chat's incoming hook. Empty: nobody.
    webhook_url: Url = ""
    #: Signs what is posted there (standardwebhooks.com). Empty: it bears no signature.
    webhook_secret: SecretStr = SecretStr("")
    #: A dead man's switch: asked for when an edition is sent or skipped; `{newsletter}` in it is
    #: filled in. Empty: nowhere.
    ping_url: Url = ""
    #: Another, asked for each minute by `newsletter run`. Empty: nowhere.
    heartbeat_url: Url = ""

    @property
    def boxes(self) -> tuple[str, ...]:
        """Whom the mails go to, one by one."""
        return tuple(box for part in self.to.split(",") if (box := part.strip()))

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        for box in (*self.boxes, self.sender):
            local, _, domain = box.rpartition("@")
            if box and not (local and domain and box.isascii() and box.isprintable()):
                raise ValueError(f"{box!r} is not a full address")
        if self.smtp_host and not self.to:
            raise ValueError("SMTP_HOST needs TO")
        if self.smtp_host and self.smtp_tls == "none" and not on_loopback(self.smtp_host):
            raise ValueError("SMTP_TLS=none would show notices, and the password, to all")
        return self
