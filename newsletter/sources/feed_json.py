"""JSON Feed 1.0 and 1.1 (jsonfeed.org/version/1.1), and what calls itself so."""

import json
from html import escape
from typing import Any

from newsletter.errors import SourceError
from newsletter.model import Image, Video
from newsletter.sources import fields
from newsletter.sources.clean_links import https_only
from newsletter.sources.feed_entry import Entry, Markup


def parse(text: str) -> dict[str, Any]:
    """Raises SourceError when it is not a JSON Feed."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"This is no JSON that can be read: {str(error)[:100]}.") from error
    items = found.get("items") if isinstance(found, dict) else None
    if not isinstance(items, list):
        raise SourceError("This is JSON, but not a JSON Feed: it has no list of items.")
    return dict(found)


def entry(item: Any, url: str) -> Entry:
    """Take what a feed says of one item. Raises TypeError for what is no object."""
    if not isinstance(item, dict):
        raise TypeError("it is no object")
    link = _text(item, "url") or _text(item, "external_url")
    image = _image(item, url)
    return Entry(
        id=_text(item, "id"),
        title=_text(item, "title").replace("<", "&lt;"),
        link=link,
        published=_text(item, "date_published"),
        updated=_text(item, "date_modified"),
        content=Markup(html=_text(item, "content_html") or _words(item, "content_text"), base=url),
        summary=Markup(html=_words(item, "summary"), base=url),
        bylines=bylines(item),
        tags=tuple(str(tag) for tag in _list(item, "tags")),
        lang=_text(item, "language"),
        image=image,
        video=_video(item, url, link, image),
    )


def bylines(item: dict[str, Any]) -> tuple[str, ...]:
    """Return the names of those who wrote an item, or all of a feed."""
    people = [*_list(item, "authors"), item.get("author")]
    names = (_text(person, "name") for person in people if isinstance(person, dict))
    return tuple(name for name in names if name)


def _text(item: dict[str, Any], key: str) -> str:
    """Return a text, or a number as one: many an id is."""
    value = item.get(key)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return value if isinstance(value, str) else str(value) if number else ""


def _list(item: dict[str, Any], key: str) -> list[Any]:
    value = item.get(key)
    return value if isinstance(value, list) else []


def _words(item: dict[str, Any], key: str) -> str:
    parts = _text(item, key).split("\n\n")
    return "".join(f"<p>{escape(part, quote=False)}</p>" for part in parts if part.strip())


def _image(item: dict[str, Any], url: str) -> Image | None:
    attached = (_text(file, "url") for file in _attached(item, "image/"))
    for link in (_text(item, "image"), _text(item, "banner_image"), *attached):
        if address := https_only(link, url):
            return Image(url=address)
    return None


def _attached(item: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    files = (file for file in _list(item, "attachments") if isinstance(file, dict))
    return [file for file in files if _text(file, "mime_type").startswith(kind)]


def _video(item: dict[str, Any], url: str, link: str, poster: Image | None) -> Video | None:
    for file in _attached(item, "video/"):
        if address := https_only(link, url) or https_only(_text(file, "url"), url):
            return Video(url=address, seconds=_seconds(file), poster=poster)
    return None


def _seconds(file: dict[str, Any]) -> int:
    try:
        return fields.seconds(file.get("duration_in_seconds") or 0)
    except (ValueError, OverflowError):
        return 0
