"""On which line each value of a TOML text stands: Python's own parser does not say."""

import re
import tomllib
from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

#: How a value is reached: `("video", "url")`, `("sources", 0, "title")`.
Place: TypeAlias = tuple[str | int, ...]

#: TOML 1.0, as far as finding keys needs it.
_TOKENS = re.compile(
    r"""
      (?P<skip> [ \t\r]+ | \#[^\n]* )
    | (?P<text> \"{3} (?:\\.|[^\\])*? \"{3,5}(?!\") | '{3} .*? '{3,5}(?!')
              | "(?:\\.|[^"\\\n])*" | '[^'\n]*' )
    | (?P<sign> [\n\[\]{}=,.] )
    | (?P<word> [^\s\[\]{}=,."'\#]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def toml_lines(text: str, first: int = 1) -> Mapping[Place, int]:
    """Return the lines of all keys and items of a valid TOML text that begins on that line."""
    return _Scanner(text, first).lines


class _Scanner:
    def __init__(self, text: str, first: int) -> None:
        self.lines: dict[Place, int] = {}
        self._tables: dict[Place, int] = {}
        self._tokens = _tokens(text, first)
        self._at = 0
        self._document()

    def _document(self) -> None:
        table: Place = ()
        while self._skip_newlines():
            if self._take("["):
                table = self._header()
            else:
                self._entry(table)

    def _header(self) -> Place:
        several = self._take("[")
        parts, line = self._key()
        place: Place = ()
        for part in parts:
            place = (*self._latest(place), part)
            self.lines.setdefault(place, line)
        if several:
            self._tables[place] = self._tables.get(place, -1) + 1
            self.lines[self._latest(place)] = line
        while self._take("]"):
            pass
        return self._latest(place)

    def _latest(self, place: Place) -> Place:
        """Of several tables with one name, the last is meant."""
        return (*place, self._tables[place]) if place in self._tables else place

    def _entry(self, table: Place) -> None:
        parts, line = self._key()
        place = table
        for part in parts:
            place = (*place, part)
            self.lines.setdefault(place, line)
        self._take("=")
        self._value(place)

    def _key(self) -> tuple[list[str], int]:
        line = self._tokens[self._at].line
        parts: list[str] = []
        while not parts or self._take("."):
            token = self._tokens[self._at]
            self._at += 1
            is_quoted = token.kind == "text"
            parts.append(tomllib.loads(f"k={token.text}")["k"] if is_quoted else token.text)
        return parts, line

    def _value(self, place: Place) -> None:
        if self._take("["):
            self._array(place)
        elif self._take("{"):
            while self._skip_newlines() and not self._take("}"):
                self._entry(place)
                self._skip_newlines()
                self._take(",")
        else:
            while self._peek() not in {"", "\n", ",", "]", "}"}:
                self._at += 1

    def _array(self, place: Place) -> None:
        number = 0
        while self._skip_newlines() and not self._take("]"):
            self.lines[*place, number] = self._tokens[self._at].line
            self._value((*place, number))
            self._skip_newlines()
            self._take(",")
            number += 1

    def _peek(self) -> str:
        return self._tokens[self._at].text if self._at < len(self._tokens) else ""

    def _take(self, sign: str) -> bool:
        found = self._peek() == sign
        self._at += found
        return found

    def _skip_newlines(self) -> bool:
        """Say whether anything is left after them."""
        while self._take("\n"):
            pass
        return self._at < len(self._tokens)


def _tokens(text: str, line: int) -> list[_Token]:
    found = []
    for match in _TOKENS.finditer(text):
        if match.lastgroup != "skip":
            found.append(_Token(str(match.lastgroup), match[0], line))
        line += match[0].count("\n")
    return found
