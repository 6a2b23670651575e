"""What differs between newsletters: `templates/<name>/newsletter.toml`."""

import re
import tomllib
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from newsletter.errors import SettingsError
from newsletter.settings.part import Part, sentences


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"{name!r} is no time zone; write one such as Asia/Kolkata") from error
    return name


class Sender(Part):
    """Who the mail is from."""

    name: str
    address: str


class Schedule(Part):
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

    def today(self, now: datetime | None = None) -> date:
        """Return the newsletter's day, which is not always the machine's."""
        return (now or datetime.now(self.zone)).astimezone(self.zone).date()

    def deadline_on(self, day: date) -> datetime | None:
        """When nothing of that day is mailed by itself any more, or None."""
        return datetime.combine(day, self.deliver_by, self.zone) if self.deliver_by else None

    def hour_on(self, day: date) -> datetime:
        """When an edition is to go out, in the newsletter's zone."""
        return datetime.combine(day, self.at, self.zone)

    def cutoff_on(self, day: date) -> datetime:
        """When an edition's window ends, in the newsletter's zone."""
        return datetime.combine(day, self.cutoff or self.at, self.zone)


class SourceConfig(Part):
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


class SectionConfig(Part):
    """A titled group of articles. The last one also takes what names no section."""

    name: str
    title: str
    max_stories: int | None = Field(default=None, ge=1)


class SelectionRules(Part):
    """What an edition may carry."""

    max_stories: int = Field(default=12, ge=1, le=100)
    #: Fewer, and there is no edition that day.
    min_stories: int = Field(default=1, ge=1)
    #: How long a story that no edition considered stays a candidate.
    lookback_hours: int = Field(default=72, ge=1)
    #: The same for a newsletter's very first edition.
    first_lookback_hours: int = Field(default=24, ge=1)


class Wording(Part):
    """What subject and preheader are made of when the lead names none itself."""

    subject: Literal["headline", "section-headline"] = "headline"
    preheader: Literal["dek-and-headlines", "dek", "headlines"] = "dek-and-headlines"


class Lead(Part):
    """How much of the lead stands in the mail."""

    body: Literal["excerpt", "full"] = "excerpt"
    #: Whole paragraphs up to so many words.
    words: int = Field(default=120, ge=20)


Mode = Literal["off", "aggregate", "pseudonymous", "individual"]


class Tracking(Part):
    """How much is counted, for clicks and for opens apart."""

    clicks: Mode = "pseudonymous"
    opens: Mode = "pseudonymous"


def _lead(value: object) -> object:
    """`lead = "full"` is short for its table with that body."""
    return {"body": value} if isinstance(value, str) else value


def _list(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


class Newsletter(Part):
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
    lead: Annotated[Lead, BeforeValidator(_lead)] = Lead()
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
            raise SettingsError(sentences(error, prefix=f"{path}: ")) from error
