"""One Markdown file becomes one article; what cannot be used of it is named, with its line."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from markdown_it import MarkdownIt

from newsletter.model import Article, Image, Kind, Problem, Reference, Video
from newsletter.settings import Newsletter
from newsletter.sources import fields
from newsletter.sources.clean import clean
from newsletter.sources.front_matter import KEPT, KEYS, Unreadable, parse, text_of
from newsletter.sources.toml_lines import Place
from newsletter.sources.values import Values

_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])

#: A draft without a date is of no day that will come.
_NOT_YET = datetime(9000, 1, 1)  # noqa: DTZ001 - the newsletter's zone is added

#: Characters of a story that are read: twice what a whole mail may hold. Markdown's worst cases
#: take time that grows with the square.
_LONGEST = 200_000

_IMAGE = ("src", "alt")
_VIDEO = ("url", "poster", "poster_alt", "duration")
_SOURCE = ("title", "url")


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What all stories of a folder have in common."""

    folder: Path
    newsletter: Newsletter
    #: Where a story without an address of its own can be read: `{site}/archive/daily`.
    archive: str
    source: str
    section: str = ""


def read_story(path: Path, desk: Desk) -> tuple[Article | None, tuple[Problem, ...]]:
    """
    Read a story. None: it has no title or no date, or is no story at all; a problem says so.

    What is wrong with any other field is a problem too, and the story stands without it.
    """
    origin = name_of(path)
    problems: list[Problem] = []
    try:
        matter = parse(text_of(path))
        values = Values(matter, origin, desk.newsletter.schedule.zone)
        problems = values.problems
        return _Story(values, path, desk).article(matter.body), tuple(problems)
    except Unreadable as error:
        return None, (*problems, unread(origin, error))


def name_of(path: Path) -> str:
    """Return a file's name as it can be shown: disks also have names that are no text."""
    return fields.one_line(os.fsencode(path).decode("utf-8", "backslashreplace"))


def unread(origin: str, error: Unreadable) -> Problem:
    where = f"{origin}:{error.line}" if error.line else origin
    return Problem(where=where, what=error.what, hint=error.hint)


@lru_cache(maxsize=KEPT)
def _html(markdown: str, base: str) -> str:
    """Render and clean a body; the same text is not rendered twice."""
    return clean(_MARKDOWN.render(markdown), base=base)


class _Story:
    """The fields of one story that are more than a single value."""

    def __init__(self, values: Values, path: Path, desk: Desk) -> None:
        self.values = values
        self.path = path
        self.desk = desk

    def article(self, body: str) -> Article:
        values = self.values
        values.expect(KEYS)
        title = values.text("title")
        if not title:
            line = values.line("title")
            raise Unreadable("the title is missing", line=line, hint="title: A headline")
        published, day_only, held = self._published()
        name = values.text("id") or self._made_id(title, published)
        url = values.address("url") or self._made_url(name, published)
        lang, updated, video = self._lang(), values.moment("updated"), self._video()
        return Article(
            id=name,
            id_made=not values.text("id"),
            title=title,
            url=url,
            published=published,
            day_only=day_only,
            dek=values.text("dek"),
            body=_html(self._cut(body), url),
            kind=self._kind(video),
            video=video,
            updated=updated[0] if updated else None,
            update_note=values.text("update_note"),
            featured=values.flag("featured"),
            weight=values.number("weight"),
            section=values.text("section") or self.desk.section,
            tags=tuple(values.texts("tags")),
            byline=values.text("byline"),
            lang=lang,
            dir=self._dir(lang),
            subject=values.text("subject"),
            preheader=values.text("preheader"),
            image=self._image("image", alt=values.text("alt")),
            references=tuple(self._references()),
            draft=held or values.flag("draft"),
            source=self.desk.source,
            origin=name_of(self.path),
        )

    def _cut(self, body: str) -> str:
        if len(body) > _LONGEST:
            what = f"the text is cut after {_LONGEST:,} characters"
            self.values.wrong((), what, "No mail can hold it.")
        return body[:_LONGEST]

    def _published(self) -> tuple[datetime, bool, bool]:
        """When it was published, whether only the day is known, and whether it is held back."""
        value = self.values.at("published")
        said = fields.truth(value)
        if said is False or (value is None and self.values.flag("draft")):
            zone = self.desk.newsletter.schedule.zone
            return _NOT_YET.replace(tzinfo=zone), False, True
        if value is None or said:
            line = self.values.line("published")
            hint = "published: 2026-07-05T06:00"
            raise Unreadable("the date is missing", line=line, hint=hint)
        if found := self.values.moment("published"):
            return *found, False
        wrong = self.values.problems.pop()
        line = self.values.line("published")
        raise Unreadable(wrong.what, line=line, hint=wrong.hint)

    def _day(self, published: datetime) -> date:
        return published.astimezone(self.desk.newsletter.schedule.zone).date()

    def _made_id(self, title: str, published: datetime) -> str:
        if published.year == _NOT_YET.year:
            return fields.slug(title)
        return fields.made_id(title, self._day(published))

    def _made_url(self, id: str, published: datetime) -> str:
        """The newsletter's rule; without one, the story's place in the archive."""
        if rule := self.desk.newsletter.article_url:
            return rule.replace("{id}", quote(id, safe=""))
        day = self._day(published)
        if published >= self.desk.newsletter.schedule.cutoff_on(day):
            day += timedelta(days=1)
        # Not a fragment: two stories of a day must not be taken for one.
        return f"{self.desk.archive}/{day.isoformat()}?story={quote(id, safe='')}"

    def _lang(self) -> str:
        text = self.values.text("lang")
        if text and not fields.is_language(text):
            what = f"lang: {fields.quoted(text)} is no language"
            self.values.wrong(("lang",), what, "Such as en, hi, ar or pt-BR.")
            text = ""
        return text.replace("_", "-") or self.desk.newsletter.lang

    def _dir(self, lang: str) -> Literal["ltr", "rtl"]:
        value = self.values.text("dir").lower()
        if value in {"ltr", "rtl"}:
            return "rtl" if value == "rtl" else "ltr"
        if value:
            what = f"dir: {fields.quoted(value)} is unknown"
            self.values.wrong(("dir",), what, "It is ltr or rtl.")
        return fields.direction(lang)

    def _kind(self, video: Video | None) -> Kind:
        """A reel is what has a video; without one it is read as an article."""
        value = self.values.text("kind").lower()
        if value and value not in set(Kind):
            what = f"kind: {fields.quoted(value)} is unknown"
            self.values.wrong(("kind",), what, "It is article or reel.")
        if value == Kind.REEL and self.values.at("video") is None:
            self.values.wrong(("kind",), "a reel needs a video", "video: {url: https://…}")
        return Kind.REEL if video and value != Kind.ARTICLE else Kind.ARTICLE

    def _video(self) -> Video | None:
        self.values.expect(_VIDEO, "video")
        if not isinstance(self.values.at("video"), dict):
            url = self.values.address("video")
            return Video(url=url) if url else None
        url = self.values.address("video", "url")
        if not url:
            if not self.values.text("video", "url"):
                self.values.wrong(("video",), "the video has no url", "video: {url: https://…}")
            return None
        poster = self._image("video", "poster", alt=self.values.text("video", "poster_alt"))
        return Video(url=url, seconds=self.values.seconds("video", "duration"), poster=poster)

    def _image(self, *place: str | int, alt: str) -> Image | None:
        if isinstance(self.values.at(*place), dict):
            self.values.expect(_IMAGE, *place)
            alt = self.values.text(*place, "alt") or alt
            place = (*place, "src")
        text = self.values.text(*place)
        if text[:8].lower() == "https://":
            url = self.values.address(*place)
            return Image(url=url, alt=alt) if url else None
        file = self._beside(text, place) if text else None
        return Image(file=file, alt=alt) if file else None

    def _beside(self, text: str, place: Place) -> Path | None:
        """Find a file of the story's own folder; nothing outside can be named, by no trick."""
        root = Path(os.path.realpath(self.desk.folder))
        file = Path(os.path.realpath(self.path.parent / text))
        if Path(text).is_absolute() or root not in file.parents or not os.path.isfile(file):  # noqa: PTH113 - it never raises
            what = f"{fields.quoted(text)} is no file in {name_of(self.desk.folder)}"
            hint = "Put it beside the story, or give its https:// address."
            self.values.wrong(place, what, hint)
            return None
        return file

    def _references(self) -> Iterator[Reference]:
        for place in self.values.places("sources"):
            if not isinstance(self.values.at(*place), dict):
                title, url = self.values.text(*place), ""
            else:
                self.values.expect(_SOURCE, *place)
                title = self.values.text(*place, "title")
                url = self.values.address(*place, "url")
            if not url and (found := fields.web_address(title)):
                title, url = title.partition("://")[2], found
            if title or url:
                yield Reference(title=title or url, url=url)
