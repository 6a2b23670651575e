"""RSS, Atom and RDF, as feedparser understands them."""

import re
from collections.abc import Iterator
from html import escape
from io import BytesIO
from typing import Any

import feedparser

from newsletter.errors import SourceError
from newsletter.model import Image, Video
from newsletter.sources import fields
from newsletter.sources.clean_links import https_only
from newsletter.sources.feed_entry import Entry, Markup

_HEAD = b'<?xml version="1.0" encoding="utf-8"?>\n'
_MARKED_UP = {"text/html", "application/xhtml+xml"}
_MAIL = re.compile(r"\s*<?[^\s<>()]+@[^\s<>()]+>?\s*")


def parse(text: str, url: str) -> Any:
    """
    Let feedparser read a feed that begins with its first element.

    Raises SourceError when it is no feed, or so damaged that not one entry is left.
    """
    # A stream, because feedparser takes what is none for a file's name or an address.
    stream = BytesIO(_HEAD + text.encode())
    headers = {"content-type": "application/xml; charset=utf-8", "content-location": url}
    found = feedparser.parse(
        stream, response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )
    if not found.version and not found.entries:
        hint = "RSS, Atom, RDF and JSON Feed are understood."
        raise SourceError(f"This is no feed{_damage(found)}.", hint=hint)
    if not found.entries and found.bozo:
        raise SourceError(f"No entry of the feed can be read{_damage(found)}.")
    return found


def damage(found: Any) -> str:
    """Say what is wrong with a feed that could be read nevertheless, or nothing."""
    return f"the feed is damaged{_damage(found)}" if found.bozo and _damage(found) else ""


def _damage(found: Any) -> str:
    error = found.get("bozo_exception")
    words = error.getMessage() if hasattr(error, "getMessage") else ""
    return f": {words}, line {error.getLineNumber()}" if words else ""


def entry(raw: Any) -> Entry:
    """Take what feedparser found of one entry."""
    content, summary = _content(raw), _markup(raw.get("summary_detail"))
    link = _text(raw.get("link"))
    return Entry(
        id=_text(raw.get("id")),
        title=_title(raw.get("title_detail")),
        link=link,
        published=_text(raw.get("published") or raw.get("created")),
        # Asked as of a plain dict: feedparser's own gives `published` for it, and a warning.
        updated=_text(dict.get(raw, "updated")),
        content=content,
        summary=Markup() if summary.html == content.html else summary,
        bylines=tuple(bylines(raw)),
        tags=tuple(_text(tag.get("label") or tag.get("term")) for tag in raw.get("tags") or ()),
        lang=_lang(raw),
        image=_image(raw),
        video=_video(raw, link),
    )


def bylines(raw: Any) -> Iterator[str]:
    """Yield who wrote it, by name; an address of mail is nobody's name."""
    names = [_text(person.get("name")) for person in raw.get("authors") or () if person]
    # feedparser cuts a long top-level domain in two when it parts mail and name; whole is better.
    names = names if len(names) > 1 else [_text(raw.get("author"))]
    for name in names:
        if found := _MAIL.sub(" ", name).strip(" ()<>"):
            yield found


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _content(raw: Any) -> Markup:
    """Return the fullest of the texts that an entry brings."""
    texts = [_markup(detail) for detail in raw.get("content") or ()]
    return max(texts, key=lambda text: len(text.html), default=Markup())


def _markup(detail: Any) -> Markup:
    said = _text(detail.get("value")) if detail else ""
    if not said:
        return Markup()
    kind = detail.get("type") or "text/html"
    if kind not in {"text/plain", *_MARKED_UP}:
        return Markup()
    said = escape(said, quote=False) if kind == "text/plain" else said
    if "<" not in said:
        said = "".join(f"<p>{part}</p>" for part in said.split("\n\n"))
    return Markup(html=said, base=_text(detail.get("base")))


def _title(detail: Any) -> str:
    said = _text(detail.get("value")) if detail else ""
    return said if not detail or detail.get("type") in _MARKED_UP else said.replace("<", "&lt;")


def _lang(raw: Any) -> str:
    details = [*(raw.get("content") or ()), raw.get("summary_detail"), raw.get("title_detail")]
    said = (_text(detail.get("language")) for detail in details if detail)
    return _text(raw.get("language")) or next((lang for lang in said if lang), "")


def _image(raw: Any) -> Image | None:
    """Return the widest picture that goes with an entry, over https alone."""
    for media in sorted(_pictures(raw), key=_width, reverse=True):
        if address := https_only(_text(media.get("url") or media.get("href"))):
            return Image(url=address, alt=_alt(media))
    return None


def _pictures(raw: Any) -> Iterator[Any]:
    found = [media for media in raw.get("media_content") or () if _is_a(media, "image")]
    found += raw.get("media_thumbnail") or ()
    found += [link for link in _enclosures(raw) if _is_a(link, "image")]
    found += [raw["image"]] if raw.get("image") else []
    yield from (media for media in found if isinstance(media, dict))


def _is_a(media: Any, kind: str) -> bool:
    return media.get("medium") == kind or _text(media.get("type")).startswith(f"{kind}/")


def _enclosures(raw: Any) -> list[Any]:
    return [link for link in raw.get("links") or () if link.get("rel") == "enclosure"]


def _width(media: Any) -> int:
    said = _text(media.get("width"))
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 6 else 0


def _alt(media: Any) -> str:
    said = media.get("alt") or media.get("title")
    return fields.one_line(_text(said))


def _video(raw: Any, link: str) -> Video | None:
    """Return the video that an entry shows: its page where there is one, else its file."""
    media = list(raw.get("media_content") or ())
    shown = [m for m in (*media, *_enclosures(raw)) if _is_a(m, "video")]
    tube = raw.get("yt_videoid")
    if not tube and not shown:
        return None
    address = https_only(link) or https_only(_text((shown or [{}])[0].get("url")))
    lengths = (_seconds(m.get("duration")) for m in (*media, raw))
    length = next((n for n in lengths if n), 0) or _seconds(raw.get("itunes_duration"))
    return Video(url=address, seconds=length, poster=_image(raw)) if address else None


def _seconds(said: Any) -> int:
    try:
        return fields.seconds(said) if said else 0
    except ValueError:
        return 0
