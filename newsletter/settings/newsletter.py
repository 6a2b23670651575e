"""What differs between newsletters: `templates/<name>/newsletter.toml`."""

import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from newsletter.errors import SettingsError
from newsletter.settings.part import Part, sentences
from newsletter.settings.release import Brakes, Release
from newsletter.settings.segments import Rule
from newsletter.settings.timetable import Schedule
from newsletter.settings.tracking import Tracking, Utm


class Sender(Part):
    """Who the mail is from."""

    name: str
    address: str


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


Wish = Literal["error", "warning", "off"]


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
    #: Further lists; somebody who is on several gets one copy.
    also_lists: Annotated[tuple[str, ...], BeforeValidator(_list)] = ()
    #: Who of the lists gets it, by the name of one of `segments`; empty: everybody.
    segment: str = ""
    segments: dict[str, Rule] = Field(default_factory=dict)
    article_url: str = ""
    approval: Literal["automatic", "editor"] = "automatic"
    #: Who may approve, by name; empty: anybody.
    approvers: Annotated[tuple[str, ...], BeforeValidator(_list)] = ()
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
    utm: Utm = Utm()
    #: How severe a check's findings are, by its name; a check that is not named says so itself.
    preflight: dict[str, Wish] = Field(default_factory=dict)
    release: Release = Release()
    brakes: Brakes = Brakes()

    @model_validator(mode="after")
    def _article_url_takes_an_id(self) -> Self:
        if self.article_url and re.findall(r"{(\w*)}", self.article_url) != ["id"]:
            raise ValueError("article_url needs {id} once, and no other field")
        return self

    @model_validator(mode="after")
    def _segment_is_there(self) -> Self:
        for name in (self.segment, self.release.first):
            if name and name not in self.segments:
                raise ValueError(f"there is no [segments.{name}]")
        asking = [name for name, rule in self.segments.items() if rule.asks_for_names]
        if asking and self.tracking.clicks != "individual":
            raise ValueError(
                f"[segments.{asking[0]}] asks who pressed a link; nobody knows unless "
                'tracking.clicks = "individual"'
            )
        return self

    def rule(self, segment: str = "", percent: float | None = None) -> Rule | None:
        """
        Return who of the lists gets it: a segment's rule, the newsletter's own by default.

        `percent` narrows it to so many of a hundred. None: everybody. Raises SettingsError.
        """
        name = segment or self.segment
        if name and name not in self.segments:
            known = ", ".join(sorted(self.segments)) or "none"
            raise SettingsError(
                f"{self.name} has no segment {name!r}.",
                hint=f"templates/{self.name}/newsletter.toml has {known}.",
            )
        picked = self.segments[name] if name else None
        if percent is None:
            return picked
        sample = Rule(percent=percent)
        return Rule(all=(picked, sample)) if picked else sample

    def may_approve(self, name: str) -> bool:
        """Say whether somebody's word counts; capitals and spaces in a name do not."""
        folded = {" ".join(one.split()).casefold() for one in self.approvers}
        return not folded or " ".join(name.split()).casefold() in folded

    @property
    def list_names(self) -> tuple[str, ...]:
        """Every list that it goes to, the main one first."""
        return (self.list_name, *self.also_lists)

    @property
    def list_name(self) -> str:
        """The list that gets it: its own name unless newsletter.toml says otherwise."""
        return self.list or self.name

    @classmethod
    def load(cls, name: str, templates: Path) -> Self:
        """Read newsletter.toml. Raises SettingsError, naming file, line or key."""
        try:
            return cls(name=name, **cls.values(name, templates))
        except ValidationError as error:
            path = templates / name / "newsletter.toml"
            raise SettingsError(sentences(error, prefix=f"{path}: ")) from error

    @staticmethod
    def values(name: str, templates: Path) -> dict[str, Any]:
        """Return what newsletter.toml says, as it is written there. Raises SettingsError."""
        path = templates / name / "newsletter.toml"
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise SettingsError(
                f"There is no newsletter called {name}: {path} does not exist.",
                hint="NEWSLETTER_TEMPLATES_DIR says where newsletters are looked for.",
            ) from None
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(f"{path}: {error}.") from error
        except UnicodeDecodeError as error:
            raise SettingsError(f"{path} is not UTF-8.", hint="Save it as UTF-8.") from error
