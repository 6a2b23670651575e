"""What differs between machines: environment and `.env`."""

import difflib
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from newsletter.errors import SettingsError
from newsletter.settings.part import Part, sentences

#: The templates that an installed wheel brings along; in the repository, `templates/` itself.
SHIPPED_TEMPLATES = Path(__file__).parents[1] / "_templates"


PREFIX = "NEWSLETTER_"


def on_loopback(url_or_host: str) -> bool:
    """Say whether an address can only ever reach this machine."""
    host = urlsplit(url_or_host).hostname or url_or_host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _site_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must be a full address, such as https://news.example.com")
    if parts.scheme == "http" and not on_loopback(url):
        raise ValueError("must begin with https:// (http is for this machine alone)")
    return url.rstrip("/")


class OutboxSettings(Part):
    """Where mails lie that are written instead of sent: a Maildir."""

    dir: Path = Path("var/outbox")


class SmtpSettings(Part):
    """The relay that carries our mail."""

    host: str = "127.0.0.1"
    port: int = Field(default=587, ge=1, le=65535)
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    #: Send without TLS also to another machine, readable by all on the way; never a password.
    insist_plain: bool = False
    #: How many at once, over all threads of a process.
    connections: int = Field(default=10, ge=1, le=500)


class DkimSettings(Part):
    """Signatures of our own, for a relay that does not sign. Without an RSA key: none."""

    domain: str = ""
    #: Where the keys' records stand: `{selector}._domainkey.{domain}`, and `{selector}-ed25519…`.
    selector: str = ""
    rsa_key_file: Path | None = None
    #: A second signature beside the RSA one.
    ed25519_key_file: Path | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        needed = (self.domain, self.selector, self.rsa_key_file)
        if any((*needed, self.ed25519_key_file)) and not all(needed):
            raise ValueError("DOMAIN, SELECTOR and RSA_KEY_FILE are needed together")
        return self


class SendGridSettings(Part):
    """The account that carries our mail."""

    api_key: SecretStr = SecretStr("")
    host: str = "https://api.sendgrid.com"
    #: Verifies that an event webhook really came from SendGrid.
    webhook_key: str = ""
    #: An edition that is handed over before its hour waits at SendGrid until then, where `cancel`
    #: and `pause` still reach it, up to ten minutes before. False: it is sent at once.
    schedule: bool = False


class DeliverySettings(Part):
    """How long what may take while an edition goes out."""

    #: After so many seconds without a sign of life a batch is taken from its worker.
    lease_seconds: int = Field(default=60, ge=4)
    #: No doubt is settled by a machine, nor sent again, before so many seconds are over. None:
    #: as long as the transport may still take a mail (SendGrid 180, SMTP 600).
    quiet_seconds: int | None = Field(default=None, ge=0)
    #: For so long a reader who is deferred is tried again, counted from when sending began.
    retry_hours: float = Field(default=4, ge=0, le=72)


class Settings(BaseSettings):
    """
    What differs between a laptop, the staging desk and production.

    The defaults are safe: a fresh clone writes to the outbox and sends nothing.
    """

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        env_file=".env",
        env_ignore_empty=True,
        # Names are looked over in `load`, which can say which one was meant.
        extra="ignore",
        frozen=True,
    )

    #: The public address of the web app; every link in a mail starts with it.
    site_url: Annotated[str, AfterValidator(_site_url)] = "http://127.0.0.1:8000"
    #: Signs links. Empty: one is made and kept in `var/secret`.
    secret: SecretStr = SecretStr("")
    database_url: str = "sqlite:///var/newsletter.db"
    transport: Literal["outbox", "smtp", "sendgrid"] = "outbox"
    outbox: OutboxSettings = OutboxSettings()
    smtp: SmtpSettings = SmtpSettings()
    dkim: DkimSettings = DkimSettings()
    sendgrid: SendGridSettings = SendGridSettings()
    delivery: DeliverySettings = DeliverySettings()
    #: Messages a second over the whole fleet; none: as fast as the other side takes them.
    max_rate: int | None = Field(default=None, ge=1)
    articles_dir: Path = Path("articles")
    templates_dir: Path = Path("templates")
    subscribers_dir: Path = Path("subscribers")
    #: For tests alone: feeds may come from this machine.
    fetch_loopback: bool = False

    @model_validator(mode="after")
    def _transport_is_ready(self) -> Self:
        key = self.secret.get_secret_value()
        if key and len(key) < 32:
            raise ValueError("NEWSLETTER_SECRET needs at least 32 characters")
        if self.transport == "smtp" and self.smtp.tls == "none" and not on_loopback(self.smtp.host):
            if self.smtp.username:
                raise ValueError("NEWSLETTER_SMTP__TLS=none would show the password to all")
            if not self.smtp.insist_plain:
                raise ValueError(
                    "NEWSLETTER_SMTP__TLS=none shows every mail to all on the way; "
                    "NEWSLETTER_SMTP__INSIST_PLAIN=true if it must be"
                )
        if self.transport == "sendgrid" and not self.sendgrid.api_key.get_secret_value():
            raise ValueError("NEWSLETTER_SENDGRID__API_KEY is needed to send with SendGrid")
        return self

    @property
    def templates(self) -> Path:
        """The newsroom's own templates, or those that came with the program."""
        return self.templates_dir if self.templates_dir.is_dir() else SHIPPED_TEMPLATES

    @property
    def sqlite_file(self) -> Path | None:
        """The database's file, or None when it is no file."""
        path = self.database_url.removeprefix("sqlite:///")
        return Path(path) if path != self.database_url else None

    @cached_property
    def signing_secret(self) -> bytes:
        """The secret, or one made once and kept in `var/secret`, readable by its owner alone."""
        if key := self.secret.get_secret_value():
            return key.encode()
        path = Path("var/secret")
        if not path.exists():
            _keep_secret(path, secrets.token_urlsafe(32))
        return path.read_bytes().strip()

    @classmethod
    def load(cls) -> Self:
        """Read environment and `.env`. Raises SettingsError, naming each variable to mend."""
        for name in _given():
            if name not in (known := list(_names(cls, PREFIX))):
                meant = next(iter(difflib.get_close_matches(name, known, n=1)), "")
                raise SettingsError(
                    f"There is no setting {name}.",
                    hint=f"Did you mean {meant}?" if meant else ".env.example names every one.",
                )
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError(sentences(error, prefix=PREFIX)) from error


def _keep_secret(path: Path, secret: str) -> None:
    """Put a new secret in its place, whole; where another process was quicker, its own stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(secret, encoding="ascii")
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


def _given() -> Iterator[str]:
    """Yield the names under our prefix that the environment and `.env` hold."""
    for name in sorted({*os.environ, *dotenv_values(".env")}):
        if name.upper().startswith(PREFIX):
            yield name.upper()


def _names(model: type[BaseModel], before: str) -> Iterator[str]:
    """Yield every name that a setting may have."""
    for name, field in model.model_fields.items():
        yield f"{before}{name}".upper()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _names(field.annotation, f"{before}{name}__")
