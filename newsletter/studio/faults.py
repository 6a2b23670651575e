"""What stops a mail from being made, with the place in the file that somebody has just saved."""

import re
from dataclasses import dataclass
from pathlib import Path

from newsletter.errors import NewsletterError

#: Lines before and after the one at fault.
_AROUND = 3

#: `daily/edition.mjml.j2, line 42`; `templates/daily/newsletter.toml: … (at line 3, column 9)`.
_NAMED = re.compile(r"^(?P<file>[^,:\n]+?\.(?:j2|css|toml|md)), line (?P<line>\d+)")
_TOML = re.compile(r"^(?P<file>\S+\.toml): (?P<rest>.*)", re.DOTALL)
_TOML_LINE = re.compile(r"at line (\d+)")
_END = re.compile(r"at end of document")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a file, as it stands."""

    number: int
    text: str
    at_fault: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why there is no newer mail: where, and the lines around it."""

    sentence: str
    hint: str
    #: As a person finds it; empty where there is no file to blame.
    file: str = ""
    #: From 1; 0 when nobody knows.
    line: int = 0
    lines: tuple[Line, ...] = ()


def fault(error: NewsletterError | OSError | UnicodeDecodeError, templates: Path) -> Fault:
    """Turn what went wrong into what an editor can mend."""
    if isinstance(error, OSError | UnicodeDecodeError):
        hint = "Save it as UTF-8." if isinstance(error, UnicodeDecodeError) else ""
        return Fault(sentence=f"A file cannot be read: {error}.", hint=hint)
    sentence = str(error)
    path, number = _place(sentence, templates)
    return Fault(
        sentence=sentence.replace(", step Jinja: ", ": "),
        hint="" if path and error.hint.startswith("The line says") else error.hint,
        file=str(path) if path else "",
        line=number,
        lines=_around(path, number) if path and number else (),
    )


def _place(sentence: str, templates: Path) -> tuple[Path | None, int]:
    if found := _NAMED.match(sentence):
        path = templates / found["file"]
        return (path if path.is_file() else None), int(found["line"])
    if found := _TOML.match(sentence):
        path = Path(found["file"])
        return (path, _toml_line(path, found["rest"])) if path.is_file() else (None, 0)
    return None, 0


def _toml_line(path: Path, words: str) -> int:
    """Find the line that a sentence about a TOML file means: named, or that of the key."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    if named := _TOML_LINE.search(words):
        return int(named[1])
    if _END.search(words):
        return len(lines)
    key = words.partition(":")[0].rpartition(".")[2]
    pattern = re.compile(rf"\s*{re.escape(key)}\s*=|\s*\[+{re.escape(key)}")
    return next((number for number, line in enumerate(lines, 1) if pattern.match(line)), 0)


def _around(path: Path, number: int) -> tuple[Line, ...]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ()
    first = max(1, number - _AROUND)
    return tuple(
        Line(number=n, text=text[:400], at_fault=n == number)
        for n, text in enumerate(lines[first - 1 : number + _AROUND], first)
    )
