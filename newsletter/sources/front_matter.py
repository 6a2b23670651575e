"""
What stands above a story: YAML between `---`, or TOML between `+++`.

YAML is composed, not constructed: every value keeps its line, dates stay as they were written,
and nothing in a file can make an object or refer to another part of it.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

#: Every key that a story may have; the sample days and `articles/README.md` show them in use.
KEYS = (
    *("id", "title", "dek", "published", "updated", "update_note", "draft"),
    *("featured", "weight", "section", "tags", "byline", "lang", "dir"),
    *("subject", "preheader", "image", "alt", "sources", "url", "kind", "video"),
)

#: Files above this are no story.
LARGEST = 1_000_000

_FENCED = {
    "---": re.compile(r"---[ \t]*\n(.*?\n)?(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL),
    "+++": re.compile(r"\+\+\+[ \t]*\n(.*?\n)?\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL),
}


class Unreadable(Exception):
    """A story cannot be read: where in the file, what is wrong, and what to do."""

    def __init__(self, what: str, *, line: int = 0, hint: str = "") -> None:
        self.what = what
        self.line = line
        self.hint = hint
        super().__init__(what)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontMatter:
    """The values above a story, each with its line, and the story below."""

    #: Strings, numbers, booleans, lists and mappings; YAML's dates stay strings.
    values: Mapping[str, Any]
    #: From 1, by key.
    lines: Mapping[str, int]
    body: str
    #: The line that the body begins on.
    body_line: int

    @property
    def unknown(self) -> tuple[str, ...]:
        return tuple(key for key in self.values if key not in KEYS)


def nearest(key: str) -> str:
    """Return the key that was probably meant, or an empty string."""
    return next(iter(difflib.get_close_matches(key, KEYS, n=1)), "")


def parse(text: str) -> FrontMatter:
    """
    Part a story's file. Raises Unreadable, with the line.

    Its lines end as they do on Unix: others are the caller's to mend.
    """
    fence = text[:3]
    found = _FENCED[fence].match(text) if fence in _FENCED else None
    if not found:
        missing = "has no end" if fence in _FENCED else "is missing"
        raise Unreadable(
            f"front matter {missing}",
            line=1,
            hint="A story begins with --- on a line alone, its title and date, and --- again.",
        )
    head = found[1] or ""
    values, lines = _yaml(head) if fence == "---" else _toml(head)
    body_line = text.count("\n", 0, found.end()) + 1
    return FrontMatter(values=values, lines=lines, body=text[found.end() :], body_line=body_line)


def _yaml(head: str) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        _refuse_references(head)
        node = yaml.compose(head, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        words = getattr(error, "problem", None) or "this is not YAML"
        raise Unreadable(
            f"front matter: {words}",
            line=mark.line + 2 if mark else 1,
            hint="Text with a colon in it needs quotes around it.",
        ) from error
    except RecursionError:
        raise Unreadable("front matter is nested too deeply", line=1) from None
    if node is None:
        return {}, {}
    if not isinstance(node, yaml.MappingNode):
        raise Unreadable("front matter must be lines of `key: value`", line=2)
    lines = {str(key.value): key.start_mark.line + 2 for key, _ in node.value}
    return _value(node), lines


def _refuse_references(head: str) -> None:
    """Refuse anchors and aliases: a few of them can stand for gigabytes."""
    for event in yaml.parse(head, Loader=yaml.SafeLoader):
        anchor = getattr(event, "anchor", None)
        if isinstance(event, yaml.AliasEvent) or anchor:
            raise Unreadable(
                f"front matter: & and * references are not allowed ({anchor})",
                line=event.start_mark.line + 2 if event.start_mark else 1,
                hint="Put quotes around the text.",
            )


def _value(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _value(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_value(value) for value in node.value]
    return _scalar(node)


def _scalar(node: yaml.Node) -> Any:
    text = str(node.value)
    match node.tag.rpartition(":")[2]:
        case "null":
            return None
        case "bool":
            return text.lower() in {"true", "yes", "on"}
        case "int" if text.lstrip("+-").isdecimal():
            return int(text)
        case _:
            return text


def _toml(head: str) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        values = tomllib.loads(head)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"line (\d+)", str(error))
        words = re.sub(r" \(at .*\)", "", str(error))
        raise Unreadable(
            f"front matter: {words}",
            line=int(found[1]) + 1 if found else 1,
            hint="Text needs quotes around it.",
        ) from error
    rows = list(enumerate(head.split("\n"), 2))
    lines = {
        key: next((n for n, row in rows if re.match(rf"\[*\s*\"?{re.escape(key)}\b", row)), 1)
        for key in values
    }
    return values, lines
