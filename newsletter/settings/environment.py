"""What differs between machines: environment and `.env`."""

import difflib
import secrets
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError as NoJson

from newsletter.errors import SettingsError
from newsletter.settings.addresses import on_loopback
from newsletter.settings.boxes import BounceSettings
from newsletter.settings.monitoring import LogSettings, MetricsSettings, TracesSettings
from newsletter.settings.notices import NoticeSettings
from newsletter.settings.part import Part, sentences
from newsletter.settings.secret_files import (
    SUFFIX,
    given,
    named_files,
    read_secrets,
    secret_names,
    without_files,
)
from newsletter.settings.tracking import Limit

#: The templates that an installed wheel brings along; in the repository, `templates/` itself.
SHIPPED_TEMPLATES = Path(__file__).parents[1] / "_templates"


PREFIX = "NEWSLETTER_"


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
    #: Verifies that an event webhook really came from SendGrid; several keys, parted by commas.
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


class WebSettings(Part):
    """What the public can reach."""

    #: Networks of proxies that may say whose request it is, parted by commas: `10.0.0.0/8`.
    trusted_proxies: str = ""
    #: Origins of the newsroom's own pages, which may post to the API: `https://example.com`.
    allowed_origins: str = ""
    #: For so many days a link to confirm is good.
    confirm_days: int = Field(default=14, ge=1, le=60)
    #: Requests to join that one address on the net may make in an hour, and all in a minute.
    joins_per_hour: int = Field(default=20, ge=1)
    joins_per_minute: int = Field(default=300, ge=1)
    #: Ask browsers for a second's work before joining (ALTCHA); needs script.
    proof_of_work: bool = False
    #: Write a last letter to who leaves.
    goodbye: bool = False
    #: Where presses are kept while the database is away; None: beside SQLite, else `var/spool`.
    spool_dir: Path | None = None


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
    #: Which secret it is, 0 to 15: tokens name it.
    secret_id: int = Field(default=0, ge=0, le=15)
    #: Secrets of before, by their ids: links in old mails still work, and nothing new is signed.
    old_secrets: dict[int, SecretStr] = {}
    #: Ids of secrets that others know: their links show a page with a button, and do no more.
    leaked_secrets: list[int] = []
    database_url: str = Field(default="sqlite:///var/newsletter.db", repr=False)
    transport: Literal["outbox", "smtp", "sendgrid"] = "outbox"
    outbox: OutboxSettings = OutboxSettings()
    smtp: SmtpSettings = SmtpSettings()
    dkim: DkimSettings = DkimSettings()
    sendgrid: SendGridSettings = SendGridSettings()
    delivery: DeliverySettings = DeliverySettings()
    web: WebSettings = WebSettings()
    bounces: BounceSettings = BounceSettings()
    notices: NoticeSettings = NoticeSettings()
    #: The most that this site counts of readers, whatever its newsletters ask for. Read again when
    #: a click comes: said later, it holds for mails that are out already.
    tracking: Limit = Limit()
    #: For so many days clicks, opens and what the other side told are kept one by one.
    keep_days: int = Field(default=90, ge=1)
    #: For so many days after an edition is over, its ledger says what became of each reader's mail;
    #: then its sums are kept. 0: for ever.
    keep_deliveries: int = Field(default=90, ge=0)
    metrics: MetricsSettings = MetricsSettings()
    log: LogSettings = LogSettings()
    traces: TracesSettings = TracesSettings()
    #: Where Sentry takes faults; needs the extra `sentry`. Empty: nowhere.
    sentry_dsn: SecretStr = SecretStr("")
    #: Messages a second over the whole fleet; none: as fast as the other side takes them.
    max_rate: int | None = Field(default=None, ge=1)
    #: Who is at the keyboard, as approvals name them. Empty: git's user.name, else the login.
    editor: str = ""
    articles_dir: Path = Path("articles")
    templates_dir: Path = Path("templates")
    subscribers_dir: Path = Path("subscribers")
    #: For tests alone: feeds may come from this machine.
    fetch_loopback: bool = False

    @model_validator(mode="after")
    def _transport_is_ready(self) -> Self:
        # A box that is worn out is told by what came back in so many days.
        if 0 < self.keep_deliveries < 60:
            raise ValueError("NEWSLETTER_KEEP_DELIVERIES is 0 (for ever), or at least 60 days")
        key = self.secret.get_secret_value()
        if key and len(key) < 32:
            raise ValueError("NEWSLETTER_SECRET needs at least 32 characters")
        if self.secret_id in {*self.old_secrets, *self.leaked_secrets}:
            raise ValueError(
                "NEWSLETTER_SECRET_ID is that of an old or leaked secret; take the next"
            )
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
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], *sources: PydanticBaseSettingsSource, **more: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read environment and `.env` without the names of files, which `load` reads."""
        del settings_cls, sources
        environment = without_files(more["env_settings"], FILED)
        return more["init_settings"], environment, without_files(more["dotenv_settings"], FILED)

    @staticmethod
    def secret_files() -> dict[str, Path]:
        """Return the files that secrets are read from, by the names of the settings."""
        return dict(named_files(given(PREFIX), FILED))

    @classmethod
    def load(cls) -> Self:
        """
        Read environment, `.env` and the files of secrets that those name.

        Raises SettingsError, naming each variable to mend; it repeats no secret.
        """
        held = given(PREFIX)
        for name in held:
            if name not in (known := [*_names(cls, PREFIX), *(n + SUFFIX for n in FILED)]):
                meant = next(iter(difflib.get_close_matches(name, known, n=1)), "")
                raise SettingsError(
                    f"There is no setting {name}.",
                    hint=f"Did you mean {meant}?" if meant else ".env.example names every one.",
                )
        secret = read_secrets(held, FILED, prefix=PREFIX)
        try:
            return cls(**secret)
        except ValidationError as error:
            raise SettingsError(sentences(error, prefix=PREFIX)) from error
        except NoJson as error:
            raise SettingsError(
                f"A setting that must be JSON is none: {error}.",
                hint='NEWSLETTER_OLD_SECRETS is like {"0": "the secret of before"}.',
            ) from None


def _keep_secret(path: Path, secret: str) -> None:
    """Put a new secret in its place, whole; where another process was quicker, its own stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(secret, encoding="ascii")
    with suppress(FileExistsError):
        path.hardlink_to(draft)
    draft.unlink()


def _names(model: type[BaseModel], before: str) -> Iterator[str]:
    """Yield every name that a setting may have."""
    for own, field in model.model_fields.items():
        name = field.alias or own
        yield f"{before}{name}".upper()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _names(field.annotation, f"{before}{name}__")


#: Settings that may be given as a file: the secrets, and an address that may hold a password.
FILED = frozenset({*secret_names(Settings, PREFIX), f"{PREFIX}DATABASE_URL"})
