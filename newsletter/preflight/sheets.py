"""The style sheets of a mail: their rules, in order, with the condition that each stands under."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_IMPORTANT = re.compile(r"\s*!\s*important\s*$", re.IGNORECASE)
#: A semicolon that parts declarations: not one inside quotes or brackets, as in a data address.
_PARTS = re.compile(r"(?:[^;\"'()]|\"[^\"]*\"|'[^']*'|\([^)]*\)|[\"'()])+")

#: How a property was written: its value, and whether it says `!important`.
Declared = tuple[str, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one selector is given."""

    selector: str
    declared: Mapping[str, Declared]
    #: Of the sheet and of the blocks round it, in small letters; empty: always.
    media: str = ""
    #: A property twice in one rule: what a program that does not know the second falls back on.
    twice: frozenset[str] = field(default=frozenset())


@lru_cache(maxsize=4_000)
def declarations(text: str) -> Mapping[str, Declared]:
    """Read `name: value` pairs; of two of one name the later, unless the first is important."""
    found: dict[str, Declared] = {}
    for name, value in pairs(text):
        important = bool(_IMPORTANT.search(value))
        if important or not found.get(name, ("", False))[1]:
            found[name] = (_IMPORTANT.sub("", value), important)
    return found


@lru_cache(maxsize=4_000)
def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return every declaration in order, doubles too."""
    return tuple(_pairs(text))


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    for part in _PARTS.findall(_COMMENT.sub(" ", text)):
        name, colon, value = part.partition(":")
        if colon and name.strip() and value.strip():
            yield name.strip().lower(), value.strip()


@lru_cache(maxsize=64)
def rules(sheet: str, media: str = "") -> tuple[Rule, ...]:
    """Read a sheet. What is no rule of selector and block is passed over."""
    return tuple(_rules(_COMMENT.sub(" ", sheet), media.lower()))


def _rules(text: str, media: str) -> Iterator[Rule]:
    for head, body in _blocks(text):
        if head.startswith("@media"):
            inner = " ".join(head.removeprefix("@media").lower().split())
            yield from _rules(body, f"{media} and {inner}" if media else inner)
        elif not head.startswith("@"):
            names = [name for name, _ in pairs(body)]
            twice = frozenset(name for name in names if names.count(name) > 1)
            for selector in head.split(","):
                yield Rule(
                    selector=" ".join(selector.split()),
                    declared=declarations(body),
                    media=media,
                    twice=twice,
                )


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Part a text into what stands before a brace, and what stands in it, braces included."""
    at = 0
    while (start := text.find("{", at)) >= 0:
        end = _closing(text, start)
        head = text[at:start].rpartition(";")[2]
        yield head.strip(), text[start + 1 : end]
        at = end + 1


def _closing(text: str, start: int) -> int:
    depth = 0
    for found in re.finditer(r"[{}]", text[start:]):
        depth += 1 if found[0] == "{" else -1
        if not depth:
            return start + found.start()
    return len(text)


def deepest(sheet: str) -> int:
    """Return how deep at-rules stand in each other: 1 is `@media` with plain rules in it."""
    return max((_depth(head, body) for head, body in _blocks(_COMMENT.sub(" ", sheet))), default=0)


def _depth(head: str, body: str) -> int:
    inside = max((_depth(*block) for block in _blocks(body)), default=0)
    return inside + head.startswith("@")
