"""What a template is given: every word chosen, every address counted, nothing left to decide."""

from dataclasses import dataclass

from markupsafe import Markup

from newsletter.rendering.plain import Block
from newsletter.rendering.words import Words


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A picture in its place."""

    src: str
    alt: str
    #: In px, as shown; height 0 where the file alone knows it.
    width: int
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tongue:
    """How a block is set: language, direction, sides, class of type."""

    words: Words
    lang: str
    dir: str
    #: `left` or `right`: where its lines start and end.
    start: str
    end: str
    #: `deva`, `arab`, or empty.
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """One source of a story; the address may be empty."""

    title: str
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One of the further stories."""

    tongue: Tongue
    title: str
    href: str
    dek: str = ""
    #: `Updated · what changed`, `Reel · 0:58`, `हिन्दी`; empty where it would say nothing.
    label: str = ""
    #: `2 min read`, and `2 min` for the text; empty for a reel.
    reading: str = ""
    minutes: str = ""
    square: Shown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lead:
    """The featured story."""

    tongue: Tongue
    title: str
    href: str
    label: str
    dek: str
    picture: Shown | None
    body: Markup
    #: The same body for the text part.
    blocks: tuple[Block, ...]
    #: The words of the one filled button; empty: there is no more to read.
    button: str
    minutes: str
    sources: tuple[Cited, ...]
    published: str
    id: str
    byline: str
    share_on_x: str
    share_on_linkedin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reel:
    """The one reel that is shown big."""

    tongue: Tongue
    title: str
    href: str
    #: `0:58`, or empty.
    duration: str
    dek: str
    label: str
    poster: Shown | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """The sponsor's."""

    name: str
    text: str
    href: str
    call: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section with its count, or a reel: exactly one of `stories` and `reel` is filled."""

    title: str = ""
    count: str = ""
    #: The number of its first story in the text part.
    first: int = 0
    stories: tuple[Story, ...] = ()
    reel: Reel | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quoted:
    """A passage that was wrong, and what is right; either may be missing."""

    was_label: str
    was: str
    now_label: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Righted:
    """One story that was put right."""

    tongue: Tongue
    title: str
    href: str
    #: Such as that it is withdrawn; mostly empty.
    remark: str
    quotes: tuple[Quoted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What a correction says: in the desk's words, or by quoting."""

    label: str
    title: str
    #: Paragraphs of the desk's own words; none: the stories say it.
    words: tuple[str, ...]
    stories: tuple[Righted, ...]
    #: That there is more than is quoted; empty where there is not.
    more: str
    button: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands round every edition's mail."""

    tongue: Tongue
    subject: str
    preheader: str
    title: str
    tagline: str
    strip: str
    date: str
    #: `4 stories and a reel, 6 minutes`.
    contents: str
    #: True: somebody reads what is answered.
    replies: bool
    #: Why a reader gets it, and what is counted.
    why: str
    counted: str
    postal_address: str
    view: str
    unsubscribe: str
    preferences: str
    subscribe: str
    #: Empty: opens are not counted.
    pixel: str
    #: What it puts right; None where it is no correction.
    note: Note | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Frame):
    """The whole mail, in reading order."""

    lead: Lead
    sponsor: Slot | None
    parts: tuple[Part, ...]
