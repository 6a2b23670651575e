"""Articles, and what comes with them from a source."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit


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
    #: True: the id was made from the date and the headline, so a new headline makes a new id.
    id_made: bool = False
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


@lru_cache(maxsize=8_192)
def canonical(url: str) -> str:
    """
    Reduce an address to the story that it names.

    Scheme, `www.`, case of the host, default port, trailing slash, fragment and campaign
    fields do not count; the order of the other query fields does not either. What cannot be
    taken apart names itself.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port not in {None, 80, 443} else ""
    except ValueError:
        return url
    host = (parts.hostname or "").removeprefix("www.")
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
    #: The check that tells it: `alt`; empty: it is told as what could not be read.
    check: str = ""


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
