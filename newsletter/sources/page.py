"""The newsroom's published page, copied as text, becomes a Markdown article."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import yaml

from newsletter.errors import SourceError
from newsletter.sources.fields import one_line

#: The line alone that ends the masthead of a featured story. In the page's menu the same word
#: hangs on the end of the strip: `Live · 7am IST · DailyFeatured`.
_FEATURED = "Featured"
_MASTHEAD = {"", "Reel", "The ShiftMaker", "AI Intelligence Daily"}
_STRIP = re.compile(r"Live · .*Daily(?:Featured)?")

_DATELINE = re.compile(r"Published\s+(\d{1,2})\s+([A-Za-z]+)\s+(\d{4})\s+·\s+ID\s+(\S+)")
_SHARE = re.compile(r"Share on X(?:\s+Share on LinkedIn)?|Share on LinkedIn")
_SOURCE = re.compile(r"(?P<title>.*?)[\s:|·(–—-]*(?P<url>https?://[^\s)]+)\)?")
_BULLET = re.compile(r"(?:[-*•]|\d{1,2}[.)])\s+")

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

#: All controls but the end of a line, and what UTF-8 cannot say.
_CONTROLS = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ufeff\ud800-\udfff]")

#: CommonMark 0.31: what begins or ends an inline element wherever it stands (6.1 to 6.9), and
#: GFM's strikethrough. Without its `[` a `]` closes nothing.
_INLINE = re.compile(r"[\\`*_\[<~]|&(?=#?\w+;)")
#: What begins a block at the start of a line (4.1 to 5.2): `7.5` does not, `7. ` does.
_BLOCK = re.compile(r"^([0-9]{1,9}(?=[.)](?:\s|$)))?((?(1)[.)]|[#>+-]))")

#: Bytes that a file's name may have nearly everywhere, less the ending.
_NAME_LENGTH = 252


@dataclass(frozen=True, slots=True)
class PageArticle:
    """An article made of a page: where it belongs in the folder, and what it says."""

    #: The page's own id and `.md`: never a path.
    file_name: str
    #: YAML front matter and the paragraphs; ends with a line end.
    markdown: str


def article_from_page(text: str) -> PageArticle:
    """
    Turn a page's text into Markdown that says the same, word for word.

    A page is: masthead, `Featured` where it is that, title, dek, `Published 5 July 2026 · ID …`,
    paragraphs of one line each, `Sources` with a line for each, and the line of share buttons.

    Raises:
        SourceError: a part is missing; the sentence says which.

    """
    lines = [line.strip() for line in _CONTROLS.sub(" ", _unix(text)).split("\n")]
    dateline = next((n for n, line in enumerate(lines) if _DATELINE.fullmatch(line)), None)
    if dateline is None:
        raise SourceError(
            "This is no page of the newsroom's: it has no line `Published 5 July 2026 · ID …`.",
            hint="Copy the whole page, from the masthead to the share buttons.",
        )
    head, featured = _head(lines[:dateline])
    published, name = _dated(lines[dateline])
    paragraphs, sources = _story(lines[dateline + 1 :])
    matter: dict[str, Any] = {"id": name, "title": head[0]}
    if dek := " ".join(head[1:]):
        matter["dek"] = dek
    matter["published"] = published
    if featured:
        matter["featured"] = True
    if sources:
        matter["sources"] = [_source(line) for line in sources]
    return PageArticle(file_name=_file_name(name), markdown=_markdown(matter, paragraphs))


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _head(lines: Sequence[str]) -> tuple[list[str], bool]:
    """Find title and dek below the masthead, and whether the story is the featured one."""
    featured = _FEATURED in lines
    rest = list(lines[lines.index(_FEATURED) + 1 :] if featured else lines)
    while not featured and rest and (rest[0] in _MASTHEAD or _STRIP.fullmatch(rest[0])):
        rest.pop(0)
    found = [line for line in map(one_line, rest) if line]
    if not found:
        raise SourceError(
            "The page has no title above its line `Published …`.",
            hint="Copy the whole page, from the masthead to the share buttons.",
        )
    return found, featured


def _dated(line: str) -> tuple[date, str]:
    """Read the day and the id of a dateline."""
    found = _DATELINE.fullmatch(line)
    assert found  # noqa: S101 - it was found by the same pattern
    day, month, year, name = found.groups()
    months = [m for m in _MONTHS if month.title() in {m, m[:3]}]
    try:
        return date(int(year), _MONTHS.index(months[0]) + 1, int(day)), name
    except (ValueError, IndexError):
        raise SourceError(
            f"The page was published on {day} {month} {year}, which is no day.",
            hint="Write it like `Published 5 July 2026 · ID …`.",
        ) from None


def _story(lines: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part what stands below the dateline into paragraphs and sources."""
    end = next((n for n, line in enumerate(lines) if _SHARE.fullmatch(line)), len(lines))
    headings = [n for n, line in enumerate(lines[:end]) if line == "Sources"]
    if not headings and end == len(lines):
        raise SourceError(
            "The page stops in the middle: it has neither `Sources` nor share buttons at its end.",
            hint="Copy the whole page, from the masthead to the share buttons.",
        )
    break_at = headings[-1] if headings else end
    paragraphs = [line for line in lines[:break_at] if line]
    if not paragraphs:
        raise SourceError(
            "The page has no text between its line `Published …` and `Sources`.",
            hint="Copy the whole page, from the masthead to the share buttons.",
        )
    return paragraphs, [line for line in lines[break_at + 1 : end] if line]


def _source(line: str) -> str | dict[str, str]:
    """Read `Title https://…`, or whichever of the two is there."""
    words = one_line(_BULLET.sub("", line, count=1))
    found = _SOURCE.fullmatch(words)
    if not found or not found["title"]:
        return words
    return {"title": found["title"], "url": found["url"]}


def _file_name(id: str) -> str:
    safe = all(char.isprintable() and char not in '/\\:*?"<>|' for char in id)
    if not safe or id.startswith("."):
        raise SourceError(
            f"The page's ID {id!r} cannot be the name of a file.",
            hint="An ID is a date, letters, digits and hyphens.",
        )
    return f"{id.encode()[:_NAME_LENGTH].decode(errors='ignore')}.md"


def _markdown(matter: dict[str, Any], paragraphs: Sequence[str]) -> str:
    above = yaml.safe_dump(matter, sort_keys=False, allow_unicode=True, width=10**6)
    below = "\n\n".join(_escaped(line) for line in paragraphs)
    return f"---\n{above}---\n\n{below}\n"


def _escaped(line: str) -> str:
    """Let a line of text mean itself in Markdown; what needs no backslash gets none."""
    return _BLOCK.sub(r"\1\\\2", _INLINE.sub(r"\\\g<0>", line))
