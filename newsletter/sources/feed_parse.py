"""A feed's bytes, made into articles. What one entry lacks never costs another."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import process_time
from typing import Any

from newsletter.model import Article, Gathered, Problem
from newsletter.sources import feed_json, feed_xml
from newsletter.sources.feed_entry import (
    Entry,
    Feed,
    Unusable,
    article,
    language,
    one_line,
    title_of,
)
from newsletter.sources.feed_text import read_text

#: More entries than any paper publishes while a story is news; the newest come first.
MOST_ENTRIES = 500

#: What goes wrong inside one entry, in our code or a library's, and stays there.
_BROKEN = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
_LEFT_OUT = "It is left out. Whoever runs the feed can mend it."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """A feed that was parsed: its entries as they came, and how to read one."""

    feed: Feed
    raw: Sequence[Any]
    entry: Callable[[Any], Entry]
    problems: tuple[str, ...] = ()


def read_feed(body: bytes, *, charset: str, feed: Feed, seconds: float = math.inf) -> Gathered:
    """
    Make articles of all entries that can be used, and problems of the others.

    After so many seconds of the processor's it stops at an entry's end, and says so; it can take
    longer than that inside one. Raises SourceError, FetchError.
    """
    end = process_time() + seconds
    text = read_text(body, charset)
    read = _read_json(text.text, feed) if text.json else _read_xml(text.text, feed)
    articles: dict[Article, Article] = {}
    problems: list[Problem] = []
    number = 0
    for number, raw in enumerate(read.raw[:MOST_ENTRIES], 1):
        made, wrong = _article(raw, number, read)
        problems += wrong
        if made:
            # The same entry twice, to the letter, is once.
            articles.setdefault(replace(made, origin=""), made)
        if process_time() > end:
            break
    said = filter(None, (text.guessed, *read.problems, _left(len(read.raw), number)))
    whole = [Problem(where=feed.source, what=what) for what in said]
    return Gathered(articles=tuple(articles.values()), problems=(*whole, *problems))


def _read_xml(text: str, feed: Feed) -> _Read:
    found = feed_xml.parse(text, feed.url)
    atom = found.version.startswith("atom")
    names = ", ".join(one_line(name) for name in feed_xml.bylines(found.feed)) if atom else ""
    lang = found.feed.get("language") or (found.feed.get("title_detail") or {}).get("language")
    return _Read(
        feed=replace(feed, byline=names, lang=language(lang) or feed.lang),
        raw=found.entries,
        entry=feed_xml.entry,
        problems=(feed_xml.damage(found), *_nothing(found.entries)),
    )


def _read_json(text: str, feed: Feed) -> _Read:
    found = feed_json.parse(text)
    names = ", ".join(one_line(name) for name in feed_json.bylines(found))
    return _Read(
        feed=replace(feed, byline=names, lang=language(found.get("language")) or feed.lang),
        raw=found["items"],
        entry=lambda item: feed_json.entry(item, feed.url),
        problems=tuple(_nothing(found["items"])),
    )


def _nothing(entries: Sequence[Any]) -> Iterator[str]:
    if not entries:
        yield "the feed has no entries"


def _left(there: int, read: int) -> str:
    return f"of the feed's {there} entries only the first {read} were read" if there > read else ""


def _article(raw: Any, number: int, read: _Read) -> tuple[Article | None, list[Problem]]:
    where = f"{read.feed.source}: entry {number}"
    try:
        entry = read.entry(raw)
        title = title_of(entry)
        origin, where = where, f"{where}, {title or 'no title'}"
        made, notes = article(entry, title, read.feed, origin)
    except Unusable as error:
        return None, [Problem(where=where, what=str(error), hint=_LEFT_OUT)]
    except _BROKEN as error:
        what = f"cannot be read: {type(error).__name__}, {str(error)[:100]}"
        return None, [Problem(where=where, what=what, hint=_LEFT_OUT)]
    return made, [Problem(where=where, what=note) for note in notes]
