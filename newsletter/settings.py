"""What differs between machines (environment, `.env`) and between newsletters (newsletter.toml)."""

import re
import secrets
import tomllib
from datetime import date, datetime, time
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from newsletter.errors import SettingsError

#: The templates that an installed wheel brings along; in the repository, `templates/` itself.
SHIPPED_TEMPLATES = Path(__file__).parent / "_templates"


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


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone; write one such as Asia/Kolkata") from error
    return name


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OutboxSettings(_Part):
    """Where mails lie that are written instead of sent: a Maildir."""

    dir: Path = Path("var/outbox")


class SmtpSettings(_Part):
    """The relay that carries our mail."""

    host: str = "127.0.0.1"
    port: int = Field(default=587, ge=1, le=65535)
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: Literal["none", "starttls", "implicit"] = "starttls"
    #: How many at once, over all threads of a process.
    connections: int = Field(default=10, ge=1, le=500)


class SendGridSettings(_Part):
    """The account that carries our mail."""

    api_key: SecretStr = SecretStr("")
    host: str = "https://api.sendgrid.com"
    #: Verifies that an event webhook really came from SendGrid.
    webhook_key: str = ""


class Settings(BaseSettings):
    """
    What differs between a laptop, the staging desk and production.

    The defaults are safe: a fresh clone writes to the outbox and sends nothing.
    """

    model_config = SettingsConfigDict(
        env_prefix="NEWSLETTER_",
        env_nested_delimiter="__",
        env_file=".env",
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
    sendgrid: SendGridSettings = SendGridSettings()
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
        if self.transport == "sendgrid" and not self.sendgrid.api_key.get_secret_value():
            raise ValueError("NEWSLETTER_SENDGRID__API_KEY is needed to send with SendGrid")
        return self

    @property
    def templates(self) -> Path:
        """The newsroom's own templates, or those that came with the program."""
        return self.templates_dir if self.templates_dir.is_dir() else SHIPPED_TEMPLATES

    @cached_property
    def signing_secret(self) -> bytes:
        """The secret, or one made once and kept in `var/secret`, readable by its owner alone."""
        if key := self.secret.get_secret_value():
            return key.encode()
        path = Path("var/secret")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32), encoding="ascii")
        return path.read_bytes().strip()

    @classmethod
    def load(cls) -> Self:
        """Read environment and `.env`. Raises SettingsError, naming each variable to mend."""
        try:
            return cls()
        except ValidationError as error:
            raise SettingsError(_sentences(error, prefix="NEWSLETTER_")) from error


# ── One newsletter ──────────────────────────────────────────────────────────────────────────


class Sender(_Part):
    """Who the mail is from."""

    name: str
    address: str


class Schedule(_Part):
    """When an edition goes out, in its own zone."""

    at: time = time(7, 0)
    timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Kolkata"
    #: Articles must be published before it; empty: before `at`.
    cutoff: time | None = None
    #: After this nothing is mailed by itself.
    deliver_by: time | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    def cutoff_on(self, day: date) -> datetime:
        """When an edition's window ends, in the newsletter's zone."""
        return datetime.combine(day, self.cutoff or self.at, self.zone)


class SourceConfig(_Part):
    """Where articles come from: a folder of Markdown, or a web feed."""

    kind: Literal["folder", "feed"]
    #: Names the source in reasons and problems.
    name: str = ""
    #: Empty: ARTICLES_DIR.
    path: Path | None = None
    url: str = ""
    #: Its articles go into this section unless they name one.
    section: str = ""

    @model_validator(mode="after")
    def _feed_has_url(self) -> Self:
        if self.kind == "feed" and not self.url:
            raise ValueError("a source of kind feed needs a url")
        return self


class SectionConfig(_Part):
    """A titled group of articles. The last one also takes what names no section."""

    name: str
    title: str
    max_stories: int | None = Field(default=None, ge=1)


class SelectionRules(_Part):
    """What an edition may carry."""

    max_stories: int = Field(default=12, ge=1, le=100)
    #: Fewer, and there is no edition that day.
    min_stories: int = Field(default=1, ge=1)
    #: How long a story that no edition considered stays a candidate.
    lookback_hours: int = Field(default=72, ge=1)
    #: The same for a newsletter's very first edition.
    first_lookback_hours: int = Field(default=24, ge=1)


class Wording(_Part):
    """What subject and preheader are made of when the lead names none itself."""

    subject: Literal["headline", "section-headline"] = "headline"
    preheader: Literal["dek-and-headlines", "dek", "headlines"] = "dek-and-headlines"


class Lead(_Part):
    """How much of the lead stands in the mail."""

    body: Literal["excerpt", "full"] = "excerpt"
    #: Whole paragraphs up to so many words.
    words: int = Field(default=120, ge=20)


Mode = Literal["off", "aggregate", "pseudonymous", "individual"]


class Tracking(_Part):
    """How much is counted, for clicks and for opens apart."""

    clicks: Mode = "pseudonymous"
    opens: Mode = "pseudonymous"


def _list(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class Newsletter(_Part):
    """One newsletter: `templates/<name>/newsletter.toml`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9-]*$")
    title: str
    tagline: str = ""
    #: The line above the masthead: `Live · 7am IST · Daily`.
    strip: str = ""
    lang: str = "en"
    dir: Literal["ltr", "rtl"] = "ltr"
    sender: Sender
    #: A watched box; empty: the mail does not ask for replies.
    reply_to: str = ""
    postal_address: str
    #: Where people asked for the mail: stands in the footer.
    home: str = ""
    list: str = ""
    article_url: str = ""
    approval: Literal["automatic", "editor"] = "automatic"
    schedule: Schedule = Schedule()
    sources: Annotated[tuple[SourceConfig, ...], BeforeValidator(_list)] = (
        SourceConfig(kind="folder"),
    )
    sections: Annotated[tuple[SectionConfig, ...], BeforeValidator(_list)] = (
        SectionConfig(name="stories", title="More stories"),
    )
    selection: SelectionRules = SelectionRules()
    wording: Wording = Wording()
    lead: Lead = Lead()
    tracking: Tracking = Tracking()

    @model_validator(mode="after")
    def _article_url_takes_an_id(self) -> Self:
        if self.article_url and re.findall(r"{(\w*)}", self.article_url) != ["id"]:
            raise ValueError("article_url needs {id} once, and no other field")
        return self

    @property
    def list_name(self) -> str:
        """The list that gets it: its own name unless newsletter.toml says otherwise."""
        return self.list or self.name

    @classmethod
    def load(cls, name: str, templates: Path) -> Self:
        """Read newsletter.toml. Raises SettingsError, naming file, line or key."""
        path = templates / name / "newsletter.toml"
        try:
            return cls(name=name, **tomllib.loads(path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            raise SettingsError(
                f"There is no newsletter called {name}: {path} does not exist.",
                hint="NEWSLETTER_TEMPLATES_DIR says where newsletters are looked for.",
            ) from None
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{path}: {error}.") from error
        except ValidationError as error:
            raise SettingsError(_sentences(error, prefix=f"{path}: ")) from error


def _sentences(error: ValidationError, *, prefix: str) -> str:
    """Say each wrong setting by the name a person would write."""
    env = prefix == "NEWSLETTER_"
    lines = []
    for wrong in error.errors():
        parts = [str(part) for part in wrong["loc"]]
        key = "__".join(parts).upper() if env else ".".join(parts)
        words = wrong["msg"].removeprefix("Value error, ")
        lines.append(f"{prefix}{key}: {words}" if key else words)
    return "; ".join(lines)
