"""
What stands above a story: YAML between `---`, or TOML between `+++`.

YAML is composed, not constructed: every value keeps its line and stays as it was written (`no` is
a language too), and nothing in a file can make an object or refer to another part of it.
"""

import difflib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from newsletter.sources.toml_lines import Place, toml_lines

#: Every key that a story may have; the sample days and `articles/README.md` show them in use.
KEYS = (
    *("id", "title", "dek", "published", "updated", "update_note", "draft"),
    *("featured", "weight", "section", "tags", "byline", "lang", "dir"),
    *("subject", "preheader", "image", "alt", "sources", "url", "kind", "video"),
)

#: Files above this are no story, and front matter above that is none: both parsers need time
#: that grows with the square of what a hostile file holds.
LARGEST = 1_000_000
LARGEST_HEAD = 20_000
#: Stories whose parsed form is remembered, by their text: more than any newsroom's open folder.
KEPT = 2_048
#: Front matter needs three: a list of mappings of values.
DEEPEST = 12

_OPENING = re.compile(r"(---|\+\+\+)[ \t]*(?:\n|\Z)")
_CLOSING = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*(?:\n|\Z)", re.MULTILINE),
}
_TOO_DEEP = "front matter is nested too deeply"


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

    #: Text, None, lists and mappings; TOML's own numbers, booleans and dates.
    values: Mapping[str, Any]
    #: From 1, by place: `("video", "url")`, `("sources", 0)`.
    lines: Mapping[Place, int]
    body: str = ""


def text_of(path: Path) -> str:
    """Read a file as UTF-8, lines ended as on Unix. Raises Unreadable."""
    return decoded(bytes_of(path))


def bytes_of(path: Path) -> bytes:
    """Read a file of a size that people write. Raises Unreadable."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise Unreadable(f"the file cannot be read: {error.strerror}") from error
    if len(raw) > LARGEST:
        raise Unreadable(f"the file is over {LARGEST // 1_000_000} MB: no story is")
    return raw


def decoded(raw: bytes) -> str:
    """Return UTF-8 as text, lines ended as on Unix. Raises Unreadable."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = len(re.findall(rb"\r\n?|\n", raw[: error.start])) + 1
        hint = "Save it as UTF-8."
        raise Unreadable("the file is not UTF-8", line=line, hint=hint) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def nearest(key: str, keys: tuple[str, ...] = KEYS) -> str:
    """Return the key that was probably meant, or an empty string."""
    return next(iter(difflib.get_close_matches(key, keys, n=1)), "")


@lru_cache(maxsize=KEPT)
def parse(text: str) -> FrontMatter:
    """
    Part a story's file. Raises Unreadable, with the line.

    What it made of a text is remembered: the studio reads a whole folder at each save.

    Its lines end as they do on Unix: others are the caller's to mend.
    """
    opening = _OPENING.match(text)
    closing = _CLOSING[opening[1]].search(text, opening.end()) if opening else None
    if not opening or not closing:
        raise Unreadable(
            "front matter has no end" if opening else "front matter is missing",
            line=1,
            hint="A story begins with --- on a line alone, its title and date, and --- again.",
        )
    head = text[opening.end() : closing.start()]
    if len(head) > LARGEST_HEAD:
        raise Unreadable(f"front matter is over {LARGEST_HEAD // 1000} kB", line=1)
    read = _yaml if opening[1] == "---" else parse_toml
    values, lines = read(head, 2)
    return FrontMatter(values=values, lines=lines, body=text[closing.end() :])


def parse_toml(text: str, first: int = 1) -> tuple[Mapping[str, Any], Mapping[Place, int]]:
    """Read TOML that begins on that line: values and their lines. Raises Unreadable."""
    try:
        values = tomllib.loads(text)
    except RecursionError:
        raise Unreadable(_TOO_DEEP, line=first) from None
    except ValueError as error:
        found = re.search(r"line (\d+)", str(error))
        at_end = first + text.rstrip("\n").count("\n")
        raise Unreadable(
            f"not TOML: {re.sub(r' [(]at .*[)]', '', str(error))}",
            line=int(found[1]) + first - 1 if found else at_end,
            hint="Text needs quotes around it.",
        ) from error
    _refuse_depth(values, first)
    return values, toml_lines(text, first)


def _refuse_depth(values: Any, line: int) -> None:
    level = [values]
    for _ in range(DEEPEST):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [item for each in inner for item in each if isinstance(item, dict | list)]
    if level:
        raise Unreadable(_TOO_DEEP, line=line)


class _Composer(yaml.SafeLoader):
    """Refuses what a story never needs, and what makes a small file a large one."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if anchor := getattr(event, "anchor", None):
            raise yaml.MarkedYAMLError(
                problem=f"& and * references are not allowed ({anchor})",
                problem_mark=event.start_mark,
            )
        if self.depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem=_TOO_DEEP, problem_mark=event.start_mark)
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _yaml(head: str, first: int) -> tuple[Mapping[str, Any], Mapping[Place, int]]:
    reader = _YamlReader(head, first)
    try:
        node = yaml.compose(head, Loader=_Composer)
    except yaml.reader.ReaderError as error:
        line = first + head.count("\n", 0, error.position)
        raise Unreadable("not YAML: a control character", line=line) from error
    except yaml.MarkedYAMLError as error:
        mark, began = error.problem_mark, error.context_mark
        at_end = mark and began and not head[mark.index :].strip()
        raise Unreadable(
            f"not YAML: {', '.join(filter(None, (error.context, error.problem)))}",
            line=reader.line(began if at_end else mark),
            hint="Put quotes around text that has a colon, or begins with a sign.",
        ) from error
    if node is None:
        return {}, {}
    if not isinstance(node, yaml.MappingNode):
        raise Unreadable("front matter must be lines of `key: value`", line=first)
    return reader.value(node, ()), reader.lines


class _YamlReader:
    """Takes a composed document apart, and remembers the line of each part."""

    def __init__(self, head: str, first: int) -> None:
        self.lines: dict[Place, int] = {}
        self._head = head
        self._first = first

    def line(self, mark: yaml.Mark | None) -> int:
        # YAML counts U+2028 as the end of a line too; editors do not.
        return self._first + (self._head.count("\n", 0, mark.index) if mark else 0)

    def value(self, node: yaml.Node, place: Place) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            for n, item in enumerate(node.value):
                self.lines[*place, n] = self.line(item.start_mark)
            return [self.value(item, (*place, n)) for n, item in enumerate(node.value)]
        return None if node.tag.endswith(":null") else str(node.value)

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in node.value:
            line = self.line(key.start_mark)
            if not isinstance(key, yaml.ScalarNode):
                raise Unreadable("not YAML: a key must be one word", line=line)
            if key.value in found:
                raise Unreadable(f"{key.value!a} stands twice", line=line, hint="Keep one.")
            self.lines[*place, key.value] = line
            found[key.value] = self.value(value, (*place, key.value))
        return found
