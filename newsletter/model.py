"""The nouns of the house, frozen. They travel between the stations; nothing here acts."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

# ── Articles ────────────────────────────────────────────────────────────────────────────────


class Kind(StrEnum):
    ARTICLE = "article"
    #: An article whose body is a video.
    REEL = "reel"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A picture that an article brings along."""

    #: Its public address, or empty while it is only a file of the newsroom's.
    url: str = ""
    #: The file beside the article (folder source), or None when the picture lives on the web.
    file: Path | None = None
    #: What is seen, for who cannot see it. Empty: the picture is left out where it is a link.
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """What a reel shows."""

    url: str
    #: Whole seconds; 0 when nobody said.
    seconds: int = 0
    poster: Image | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Where a story got its facts: one line under **Sources**."""

    title: str
    #: Empty when only a name was given.
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One story, wherever it came from, cleaned."""

    #: The newsroom's own id; real newsrooms repeat them.
    id: str
    title: str
    #: Its public address, absolute.
    url: str
    #: When it was published; aware, any zone. For a date without a time, the day's start.
    published: datetime
    #: True when only the day was given.
    day_only: bool = False
    #: The sentence or two below the headline; plain text.
    dek: str = ""
    #: Clean HTML: allowed tags only, absolute links, no scripts, no styles.
    body: str = ""
    kind: Kind = Kind.ARTICLE
    video: Video | None = None
    #: When it was last changed for readers, or None.
    updated: datetime | None = None
    #: What changed, in the newsroom's words.
    update_note: str = ""
    featured: bool = False
    #: Larger is more prominent; the editor's word outranks the clock.
    weight: int = 0
    #: Name of a section in newsletter.toml; empty or unknown: the last section.
    section: str = ""
    tags: tuple[str, ...] = ()
    byline: str = ""
    #: BCP 47, and the direction of its script.
    lang: str = "en"
    dir: Literal["ltr", "rtl"] = "ltr"
    #: For the edition that it leads; empty: by the newsletter's rule.
    subject: str = ""
    preheader: str = ""
    image: Image | None = None
    references: tuple[Reference, ...] = ()
    #: Kept out by the newsroom: `draft: true`, or `published: false`.
    draft: bool = False
    #: Name of the source, and where in it: `articles/2026-07-05-x.md`.
    source: str = ""
    origin: str = ""
    #: The edition that carried an earlier version, as its id; set when an edition is selected.
    update_of: str = ""

    @property
    def changed(self) -> datetime:
        """When readers last had something new from it."""
        return max(self.published, self.updated) if self.updated else self.published

    @property
    def key(self) -> str:
        """Its canonical address: two articles with the same one are the same story."""
        return canonical(self.url)

    @property
    def fingerprint(self) -> str:
        """A hash of what readers see of it, so that an unchanged story is known again."""
        seen = (self.title, self.dek, self.body, self.update_note)
        return sha256("\0".join(seen).encode()).hexdigest()[:32]


#: Query fields that say where a reader came from, never which story it is.
_REFERRAL = re.compile(r"(utm_\w+|fbclid|gclid|mc_[ce]id|ref|source)$", re.IGNORECASE)


def canonical(url: str) -> str:
    """
    Reduce an address to the story that it names.

    Scheme, `www.`, case of the host, default port, trailing slash, fragment and campaign
    fields do not count; the order of the other query fields does not either.
    """
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.")
    port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    fields = sorted(
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not _REFERRAL.match(name)
    )
    query = f"?{urlencode(fields)}" if fields else ""
    return f"{host}{port}{parts.path.rstrip('/')}{query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that could not be read. The rest of its source goes on without it."""

    #: A file, with its line where known (`articles/x.md:14`), or a feed and its entry.
    where: str
    #: What is wrong, as a sentence without full stop at the start of a list.
    what: str
    #: What to do about it.
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a source gave: its articles, and what could not be read."""

    articles: tuple[Article, ...] = ()
    problems: tuple[Problem, ...] = ()
    sponsors: tuple["Sponsor", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sponsor:
    """One paid sentence, named as such in its first word."""

    name: str
    text: str
    url: str
    #: The words of the link.
    call: str = ""
    #: The days on which it runs, first and last included.
    first: date
    last: date
    origin: str = ""


# ── Editions ────────────────────────────────────────────────────────────────────────────────


class EditionId(NamedTuple):
    """`daily/2026-07-05`, and a correction `daily/2026-07-05-r2`."""

    newsletter: str
    day: date
    #: 1 is the edition itself.
    revision: int = 1

    def __str__(self) -> str:
        revision = f"-r{self.revision}" if self.revision > 1 else ""
        return f"{self.newsletter}/{self.day.isoformat()}{revision}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an id back. Raises ValueError when it is none."""
        found = re.fullmatch(r"([a-z][a-z0-9-]*)/(\d{4}-\d\d-\d\d)(?:-r([2-9]|[1-9]\d+))?", text)
        if not found:
            raise ValueError(text)
        return cls(found[1], date.fromisoformat(found[2]), int(found[3] or 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One candidate, in or out, and why."""

    article: Article
    included: bool
    #: In a few words: `featured`, `twin of 2: same address`, `too old: 3 Jul 22:10`.
    reason: str
    #: Where it stands: `lead`, `reel`, or its number; empty when it is out.
    place: str = ""
    #: True: this edition has decided about it for good, so it is remembered. A draft, a story
    #: of tomorrow and one that an earlier edition settled are not.
    considered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What an edition could have carried, decided one by one; the included ones in their order."""

    choices: tuple[Choice, ...]
    #: The window `[since, until)`; `until` is the edition's cut-off. In the newsletter's zone.
    since: datetime
    until: datetime
    #: The edition before, whose cut-off is `since`; empty for a newsletter's first.
    after: str = ""

    @property
    def articles(self) -> tuple[Article, ...]:
        return tuple(choice.article for choice in self.choices if choice.included)

    @property
    def considered(self) -> tuple[Choice, ...]:
        """What later editions need not look at again."""
        return tuple(choice for choice in self.choices if choice.considered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What an earlier edition decided about one candidate."""

    edition: str
    #: That edition's cut-off; aware.
    cutoff: datetime
    #: The article's `key` and `id`, and the day it was published on in the newsletter's zone.
    key: str
    article: str
    day: date
    fingerprint: str
    #: False: considered and left out.
    included: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """
    What a newsletter's earlier editions said.

    Counts every frozen edition before this one with anything submitted or unknown.
    """

    #: The latest of them, as its id, and its cut-off; empty and None before the first.
    last: str = ""
    cutoff: datetime | None = None
    considered: tuple[Remembered, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A titled group of articles."""

    name: str
    title: str
    articles: tuple[Article, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """What one newsletter says on one day."""

    id: EditionId
    subject: str
    preheader: str
    #: The featured article.
    lead: Article
    sections: tuple[Section, ...] = ()
    #: The one reel that is shown big; further ones stand in sections, as stories.
    reel: Article | None = None
    sponsor: Sponsor | None = None
    #: Articles are in it that were published before this moment; in the newsletter's zone.
    cutoff: datetime

    @property
    def articles(self) -> tuple[Article, ...]:
        """All of them, in reading order."""
        reels = (self.reel,) if self.reel else ()
        head, *rest = self.sections or (Section(name="", title="", articles=()),)
        return (self.lead, *head.articles, *reels, *(a for s in rest for a in s.articles))


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """There is no edition on that day, and why: `2 stories, the least is 3`."""

    id: EditionId
    reason: str


class EditionState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    #: An editor's hold; `release` gives it back.
    HELD = "held"
    SENDING = "sending"
    PAUSED = "paused"
    #: Nothing is pending, claimed, deferred or unknown.
    SENT = "sent"
    CANCELLED = "cancelled"
    #: Too little to say: there is no edition on that day.
    SKIPPED = "skipped"
    #: Not approved or not ready by `deliver_by`.
    MISSED = "missed"


# ── How an edition looks ────────────────────────────────────────────────────────────────────


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


# ── Readers ─────────────────────────────────────────────────────────────────────────────────


class SubscriberState(StrEnum):
    #: Asked, and has not confirmed yet.
    PENDING = "pending"
    ACTIVE = "active"
    UNSUBSCRIBED = "unsubscribed"


class SuppressionReason(StrEnum):
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    ERASED = "erased"
    MANUAL = "manual"


# ── Delivery ────────────────────────────────────────────────────────────────────────────────


class DeliveryState(StrEnum):
    PLANNED = "planned"
    #: In a call; its intent is written, its answer is not.
    CLAIMED = "claimed"
    SUBMITTED = "submitted"
    REFUSED = "refused"
    #: Proven not accepted, to be tried again.
    DEFERRED = "deferred"
    #: May or may not have been accepted; never sent again by machine.
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    # What became of a submitted one:
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"


class Answer(StrEnum):
    """What a transport says of one envelope."""

    SUBMITTED = "submitted"
    REFUSED = "refused"
    DEFERRED = "deferred"
    UNKNOWN = "unknown"


class Tokens(NamedTuple):
    """One reader's tokens for one edition; each is 28 ASCII characters."""

    click: str
    open: str
    view: str
    door: str
    #: The part of the Message-ID before the @: the same when a delivery is tried again.
    message_id: str


class Envelope(NamedTuple):
    """One reader's address, and what only that reader's copy says."""

    #: The delivery's id in the ledger.
    delivery: int
    #: As on the wire: the domain in A-labels.
    address: str
    #: Stands in `To` alone; may be empty.
    name: str
    tokens: Tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """What stands above an edition's mail, the same for every reader."""

    sender_name: str
    sender_address: str
    #: A watched box, or empty.
    reply_to: str = ""
    #: Without angle brackets: `daily.news.example.com`, and the words before it.
    list_id: str
    list_name: str
    #: `{site}/u/`; the door token follows.
    unsubscribe: str
    archive: str = ""
    help: str = ""
    #: The part after the @ of every Message-ID.
    domain: str
    feedback_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The deliveries handed to a transport at once, and what goes into them."""

    id: str
    rendition: Rendition
    headers: Headers
    envelopes: tuple[Envelope, ...]
    #: The real time of the attempt: the Date header.
    at: datetime
    #: The edition's id, for who sorts what comes back by it; empty for a letter or a proof.
    edition: str = ""


class Receipt(NamedTuple):
    """What became of one envelope."""

    delivery: int
    answer: Answer
    #: The receiver's words, or ours; never an address.
    reply: str = ""
    #: What the other side calls it.
    provider_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """
    An edition's ledger in numbers.

    Always: selected = submitted + refused + skipped + pending + unknown. `deferred` is a part
    of pending; `delivered`, `bounced` and `complained` are parts of submitted.
    """

    selected: int = 0
    submitted: int = 0
    refused: int = 0
    skipped: int = 0
    pending: int = 0
    unknown: int = 0
    deferred: int = 0
    delivered: int = 0
    bounced: int = 0
    complained: int = 0

    @property
    def balanced(self) -> bool:
        settled = self.submitted + self.refused + self.skipped
        return self.selected == settled + self.pending + self.unknown


#: Why deliveries were skipped, and how many: `{"suppressed": 3}`.
Reasons = Mapping[str, int]
