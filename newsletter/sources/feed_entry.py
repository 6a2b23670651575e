"""An entry of a feed, whatever kind of feed it was, and the article that it becomes."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from newsletter.model import Article, Image, Kind, Video
from newsletter.sources import fields
from newsletter.sources.clean import clean, plain, words
from newsletter.sources.clean_characters import printable
from newsletter.sources.clean_links import absolute
from newsletter.sources.feed_dates import Moment, UnknownDate, read_date

_LONGEST_TITLE = 300
_LONGEST_DEK = 300
#: Of a title that is made from the first words of a text.
_FIRST_WORDS = 80
_MOST_TAGS = 20
#: With more words than that, a video goes with a story; with fewer, it is the story.
_CAPTION_WORDS = 150

_SENTENCE_END = re.compile(r"(?<=[.!?。！？।…])[\"”’»)]?\s+")
#: What blog programs add to a summary.
_TAIL = re.compile(
    r"\s*(The post .{1,300} (first )?appeared (first )?on .{1,200}|(Read|Continue reading).{0,200}"
    r"|\[(…|\.\.\.)\]|(…|\.\.\.))\s*$",
    re.DOTALL,
)


#: And to a story.
_ADVERT = re.compile(r"<p>The post <a [^<]*</a> (first )?appeared (first )?on <a [^<]*</a>\.</p>$")


class Unusable(ValueError):
    """Says, as a part of a sentence, what an entry lacks to be an article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Markup:
    """Foreign HTML, and what its relative links are relative to."""

    html: str = ""
    base: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a feed says of one story; nothing of it is clean, all of it is text."""

    id: str = ""
    title: str = ""
    link: str = ""
    published: str = ""
    updated: str = ""
    content: Markup = field(default_factory=Markup)
    summary: Markup = field(default_factory=Markup)
    bylines: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    lang: str = ""
    image: Image | None = None
    video: Video | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What all entries of a feed have in common."""

    #: Its address, after redirects.
    url: str
    zone: ZoneInfo
    #: The name of its source in newsletter.toml, and the section that its articles go into.
    source: str
    section: str
    #: What it is written in; the newsletter's own language when it does not say.
    lang: str
    #: For an Atom feed: whoever writes all of it (RFC 4287, 4.2.1).
    byline: str = ""


def article(entry: Entry, title: str, feed: Feed, origin: str) -> tuple[Article, tuple[str, ...]]:
    """
    Make an article of an entry, and name what had to be guessed in it.

    Raises Unusable: no date that can be read, no address, nothing to say.
    """
    lang = language(entry.lang) or feed.lang
    published = _published(entry, feed, lang)
    updated, note = _updated(entry, feed, lang, published.at)
    url = fields.web_address(absolute(entry.link, feed.url))
    if not url:
        raise Unusable("no address where it can be read")
    if not title:
        raise Unusable("neither a title nor a text")
    body = _body(entry, feed)
    made = Article(
        id=fields.one_line(printable(entry.id))[:500] or url,
        title=title,
        url=url,
        published=published.at,
        day_only=published.day_only,
        updated=updated,
        dek=_dek(entry, body),
        body=body,
        kind=Kind.REEL if _is_reel(entry, body) else Kind.ARTICLE,
        video=entry.video if _is_reel(entry, body) else None,
        section=feed.section,
        tags=_tags(entry),
        byline=", ".join(dict.fromkeys(map(one_line, entry.bylines))) or feed.byline,
        lang=lang,
        dir=fields.direction(lang),
        image=entry.image,
        source=feed.source,
        origin=origin,
    )
    return made, tuple(filter(None, (published.guessed, note)))


def one_line(text: str) -> str:
    """Return a name or a tag: no markup, one line, not too long."""
    return fields.one_line(plain(text))[:_LONGEST_TITLE]


def title_of(entry: Entry) -> str:
    """Return an entry's title, or its first words where it has none, as short messages do."""
    title = fields.one_line(plain(_unescaped(entry.title)))
    if title:
        return _cut(title, _LONGEST_TITLE)
    said = plain((entry.summary.html or entry.content.html)[:5_000]).split("\n")[0]
    return _cut(said, _FIRST_WORDS)


def _unescaped(title: str) -> str:
    """Undo the escaping that some feeds do twice; a `<` that stands for itself stays one."""
    return title if "<" in title else unescape(title).replace("<", "&lt;")


def language(text: object) -> str:
    """Return a language's tag as BCP 47 has it, or nothing for what is none."""
    tag = (text if isinstance(text, str) else "").strip().replace("_", "-")
    return tag if fields.is_language(tag) else ""


def _published(entry: Entry, feed: Feed, lang: str) -> Moment:
    try:
        return read_date(entry.published, feed.zone, lang)
    except UnknownDate as error:
        if entry.updated and not entry.published.strip():
            return _published_as_updated(entry, feed, lang)
        raise Unusable(str(error)) from error


def _published_as_updated(entry: Entry, feed: Feed, lang: str) -> Moment:
    try:
        return read_date(entry.updated, feed.zone, lang)
    except UnknownDate as error:
        raise Unusable(str(error)) from error


def _updated(
    entry: Entry, feed: Feed, lang: str, published: datetime
) -> tuple[datetime | None, str]:
    """Return when it was changed, if it was after it came out, and what is wrong with that date."""
    if not entry.updated.strip():
        return None, ""
    try:
        found = read_date(entry.updated, feed.zone, lang).at
    except UnknownDate as error:
        return None, f"its update has {error}"
    return (found if found > published else None), ""


def _body(entry: Entry, feed: Feed) -> str:
    texts = (entry.content, entry.summary)
    bodies = (clean(text.html, base=_base(text, entry, feed)) for text in texts)
    return _ADVERT.sub("", next((body for body in bodies if body), ""))


def _base(text: Markup, entry: Entry, feed: Feed) -> str:
    """
    Return what a text's links are relative to: `xml:base`, else the feed.

    One that another host hands on (a feed service) means the story's own site.
    """
    own = absolute(entry.link, feed.url)
    handed_on = text.base in {"", feed.url} and own and _host(own) != _host(feed.url)
    return own if handed_on else text.base or feed.url


def _host(url: str) -> str:
    return urlsplit(url).netloc.lower()


def _dek(entry: Entry, body: str) -> str:
    """Return the summary, unless it is the body, or only how the body begins."""
    said = fields.one_line(_TAIL.sub("", plain(entry.summary.html)))
    if not said:
        return ""
    begins = fields.one_line(words(body)).startswith(said[: max(len(said) - 3, 1)])
    return "" if begins else _shortened(said)


def _shortened(text: str) -> str:
    """Keep the first sentences, or the first words of a long one."""
    if len(text) <= _LONGEST_DEK:
        return text
    ends = [end.start() for end in _SENTENCE_END.finditer(text[: _LONGEST_DEK + 1])]
    return text[: ends[-1]].strip() if ends else _cut(text, _LONGEST_DEK)


def _cut(text: str, length: int) -> str:
    if len(text) <= length:
        return text
    head, _, _ = text[:length].rpartition(" ")
    return f"{head or text[: length - 1]}…"


def _is_reel(entry: Entry, body: str) -> bool:
    return bool(entry.video) and len(words(body).split()) <= _CAPTION_WORDS


def _tags(entry: Entry) -> tuple[str, ...]:
    tags = (one_line(tag) for tag in entry.tags[: 3 * _MOST_TAGS])
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:_MOST_TAGS]
