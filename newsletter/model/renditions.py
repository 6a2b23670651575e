"""How an edition looks, and what preflight says of it."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256


class MergeField(StrEnum):
    """
    What differs for each reader: four tokens, four purposes.

    In a rendition each stands as its sentinel, which survives MJML and the inliner unchanged
    and is exactly as long as a token: bytes counted before splicing are the bytes sent.
    """

    #: Every tracked link.
    CLICK = "click"
    #: The pixel.
    OPEN = "open"
    #: The web view.
    VIEW = "view"
    #: Unsubscribe and preferences.
    DOOR = "door"

    @property
    def sentinel(self) -> str:
        return f"MERGE__{self.name}".center(TOKEN_LENGTH, "_")


#: Characters of base64url in every token: 21 bytes, so that there is one spelling only.
TOKEN_LENGTH = 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One entry of an edition's link table; the mail says `{site}/c/{click}/{number}`."""

    #: From 1, in the order of reading.
    number: int
    #: The only place that it can lead to.
    url: str
    #: What it is in the mail: `lead`, `story`, `share`, `sponsor`, `reference`, `body`, `reel`.
    role: str
    #: Id of the article that it belongs to, or empty.
    article: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture made fit for mail: what `{site}/i/{hash}` serves, for ever."""

    #: Of the bytes; hexadecimal.
    hash: str
    media_type: str
    data: bytes
    #: In pixels of the file: twice what the mail shows.
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """How an edition looks, with its merge fields still in place (as sentinels)."""

    subject: str
    preheader: str
    html: str
    text: str
    links: tuple[Link, ...] = ()
    pictures: tuple[Picture, ...] = ()
    #: What the HTML was made from, for who debugs a template.
    mjml: str = ""

    @property
    def hash(self) -> str:
        """What an editor approves: a hash of all that readers can see, and of where links lead."""
        parts = [self.subject, self.preheader, self.html, self.text]
        parts += [f"{link.number} {link.url}" for link in self.links]
        return sha256("\0".join(parts).encode()).hexdigest()


class Severity(StrEnum):
    #: Stops the edition.
    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that preflight noticed."""

    #: Name of the check.
    check: str
    severity: Severity
    #: What is wrong, in the editor's words.
    sentence: str
    #: What to do about it.
    hint: str = ""
    #: File and line, where there is one.
    where: str = ""
    #: Id of the article it is about, or empty.
    article: str = ""
    #: Why it matters to readers, as the check says it.
    why: str = ""
    #: Where it is in the mail, as a CSS selector for its HTML; empty: in no one place.
    anchor: str = ""
