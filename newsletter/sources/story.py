"""One Markdown file becomes one article; what cannot be used of it is named, with its line."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from markdown_it import MarkdownIt

from newsletter.model import Article, Image, Kind, Problem, Reference, Video
from newsletter.settings import Newsletter
from newsletter.sources import fields
from newsletter.sources.clean import clean
from newsletter.sources.front_matter import LARGEST, FrontMatter, Unreadable, nearest, parse

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


#: A draft without a date is of no day that will come.
_NOT_YET = datetime(9000, 1, 1)  # noqa: DTZ001 - the newsletter's zone is added


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all stories of a folder have in common."""

    folder: Path
    newsletter: Newsletter
    #: Where a story without an address of its own can be read: `{site}/archive/daily`.
    archive: str
    source: str
    section: str = ""


def read_story(path: Path, origin: str, desk: Desk) -> tuple[Article | None, tuple[Problem, ...]]:
    """
    Read a story. None: it has no title or no date, or is no story at all; a problem says so.

    What is wrong with any other field is a problem too, and the story stands without it.
    """
    try:
        matter = parse(_text(path))
        values = _Values(matter, origin, desk)
        return values.article(), tuple(values.problems)
    except Unreadable as error:
        where = f"{origin}:{error.line}" if error.line else origin
        return None, (Problem(where=where, what=error.what, hint=error.hint),)


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}") from error
    if len(raw) > LARGEST:
        raise Unreadable(f"the file is over {LARGEST // 1_000_000} MB: no story is")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "Save it as UTF-8."
        raise Unreadable("the file is not UTF-8", line=line, hint=hint) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


class _Values:
    """The front matter of one story, read field by field."""

    def __init__(self, matter: FrontMatter, origin: str, desk: Desk) -> None:
        self.matter = matter
        self.origin = origin
        self.desk = desk
        self.problems: list[Problem] = []
        for key in matter.unknown:
            meant = nearest(key)
            hint = f"Did you mean {meant}?" if meant else "articles/README.md names every key."
            self._wrong(key, f"there is no key {key}", hint)

    def article(self) -> Article:
        title = self._text("title")
        if not title:
            raise Unreadable("the title is missing", line=1, hint="title: A headline")
        published, day_only, draft = self._published()
        day = published.astimezone(self.desk.newsletter.schedule.zone).date()
        name = self._text("id") or fields.made_id(title, day)
        url = self._url("url") or self._made_url(name, day.isoformat())
        lang = self._text("lang") or self.desk.newsletter.lang
        return Article(
            id=name,
            title=title,
            url=url,
            published=published,
            day_only=day_only,
            dek=self._text("dek"),
            body=clean(_MARKDOWN.render(self.matter.body), base=url),
            kind=self._kind(),
            video=self._video(),
            updated=self._moment("updated"),
            update_note=self._text("update_note"),
            featured=self._flag("featured"),
            weight=self._number("weight"),
            section=self._text("section") or self.desk.section,
            tags=tuple(self._texts("tags")),
            byline=self._text("byline"),
            lang=lang,
            dir=self._dir(lang),
            subject=self._text("subject"),
            preheader=self._text("preheader"),
            image=self._image("image", alt=self._text("alt")),
            references=tuple(self._references()),
            draft=draft or self._flag("draft"),
            source=self.desk.source,
            origin=self.origin,
        )

    # ── Single fields ───────────────────────────────────────────────────────────────────────

    def _published(self) -> tuple[datetime, bool, bool]:
        """When it was published, whether only the day is known, and whether it was held back."""
        value = self.matter.values.get("published")
        zone = self.desk.newsletter.schedule.zone
        if value is False or (value is None and self._flag("draft")):
            return _NOT_YET.replace(tzinfo=zone), False, True
        if value is None or value is True:
            line = self.matter.lines.get("published", 1)
            hint = "published: 2026-07-05T06:00"
            raise Unreadable("the date is missing", line=line, hint=hint)
        try:
            return *fields.moment(_iso(value), zone), False
        except ValueError:
            raise Unreadable(
                f"published: {value} is no date",
                line=self.matter.lines["published"],
                hint="Write 2026-07-05, 2026-07-05T06:00 or 2026-07-05T06:00+05:30.",
            ) from None

    def _moment(self, key: str) -> datetime | None:
        value = self.matter.values.get(key)
        if value is None:
            return None
        try:
            return fields.moment(_iso(value), self.desk.newsletter.schedule.zone)[0]
        except ValueError:
            self._wrong(key, f"{key}: {value} is no date", "Such as 2026-07-05T06:00.")
            return None

    def _text(self, key: str) -> str:
        return self._line(key, self.matter.values.get(key))

    def _line(self, key: str, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, dict | list):
            self._wrong(key, f"{key} must be text", "Put quotes around it.")
            return ""
        return fields.one_line(_iso(value))

    def _texts(self, key: str) -> Iterator[str]:
        value = self.matter.values.get(key)
        for item in value if isinstance(value, list) else str(value or "").split(","):
            if text := self._line(key, item):
                yield text

    def _flag(self, key: str) -> bool:
        value = self.matter.values.get(key, False)
        if not isinstance(value, bool):
            self._wrong(key, f"{key} must be true or false", f"{key}: true")
        return value is True

    def _number(self, key: str) -> int:
        value = self.matter.values.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int):
            self._wrong(key, f"{key} must be a whole number", f"{key}: 10")
            return 0
        return value

    def _kind(self) -> Kind:
        value = self._text("kind") or ("reel" if "video" in self.matter.values else "article")
        if value not in set(Kind):
            self._wrong("kind", f"kind: {value} is unknown", "It is article or reel.")
            return Kind.ARTICLE
        return Kind(value)

    def _dir(self, lang: str) -> Literal["ltr", "rtl"]:
        value = self._text("dir")
        if value in {"ltr", "rtl"}:
            return "rtl" if value == "rtl" else "ltr"
        if value:
            self._wrong("dir", f"dir: {value} is unknown", "It is ltr or rtl.")
        return fields.direction(lang)

    def _url(self, key: str, value: Any = None) -> str:
        text = self._line(key, self.matter.values.get(key) if value is None else value)
        if text and not fields.public_url(text):
            self._wrong(key, f"{text} is no address that a reader can open", "https://…")
            return ""
        return text

    def _made_url(self, id: str, day: str) -> str:
        """The newsletter's rule; without one, the story's place in the archive."""
        if rule := self.desk.newsletter.article_url:
            return rule.replace("{id}", quote(id, safe=""))
        return f"{self.desk.archive}/{day}?story={quote(id, safe='')}"

    # ── Groups of fields ────────────────────────────────────────────────────────────────────

    def _image(self, key: str, *, alt: str, value: Any = None) -> Image | None:
        value = self.matter.values.get(key) if value is None else value
        if isinstance(value, dict):
            return self._image(
                key, alt=self._line(key, value.get("alt")) or alt, value=value.get("src", "")
            )
        text = self._line(key, value)
        if not text:
            return None
        if fields.public_url(text):
            return Image(url=text, alt=alt)
        file = self._beside(key, text)
        return Image(file=file, alt=alt) if file else None

    def _beside(self, key: str, text: str) -> Path | None:
        """Find a file of the story's own folder; nothing outside can be named, by no trick."""
        root = self.desk.folder.resolve()
        file = (Path(self.origin).parent / text.replace("\0", "")).resolve()
        if root not in file.parents or not file.is_file():
            self._wrong(key, f"{text} is no file in {self.desk.folder}", "Put it beside the story.")
            return None
        return file

    def _video(self) -> Video | None:
        value = self.matter.values.get("video")
        if value is None:
            if self._text("kind") == "reel":
                self._wrong("kind", "a reel needs a video", "video: {url: https://…}")
            return None
        found = value if isinstance(value, dict) else {"url": value}
        url = self._url("video", found.get("url", ""))
        if not url:
            return None
        poster = self._image(
            "video", alt=self._line("video", found.get("poster_alt")), value=found.get("poster", "")
        )
        return Video(url=url, seconds=self._seconds(found.get("duration")), poster=poster)

    def _seconds(self, value: Any) -> int:
        if value is None:
            return 0
        try:
            return fields.seconds(value)
        except ValueError:
            self._wrong("video", f"duration: {value} is no length", "Such as 58 or 1:05.")
            return 0

    def _references(self) -> Iterator[Reference]:
        value = self.matter.values.get("sources") or []
        for item in value if isinstance(value, list) else [value]:
            entry = item if isinstance(item, dict) else {"title": item}
            title, url = self._line("sources", entry.get("title")), entry.get("url")
            address = self._url("sources", url) if url else ""
            if fields.public_url(title) and not address:
                title, address = title.partition("://")[2], title
            if title or address:
                yield Reference(title=title or address, url=address)

    def _wrong(self, key: str, what: str, hint: str) -> None:
        line = self.matter.lines.get(key, 1)
        self.problems.append(Problem(where=f"{self.origin}:{line}", what=what, hint=hint))


def _iso(value: Any) -> str:
    """Dates of TOML come as dates; all else is read as it was written."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
