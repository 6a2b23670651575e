"""How facts look on a terminal: signs beside colours, numbers right-aligned, 100 columns."""

import json
import os
import sys
from collections.abc import Iterable
from datetime import date, datetime
from typing import IO, Any

import typer
from rich.cells import cell_len, set_cell_size

#: A sign, its form without colour, and its colour.
_SIGNS = {
    "error": ("✕", "x", typer.colors.RED),
    "warning": ("!", "!", typer.colors.YELLOW),
    "good": ("✓", "ok", typer.colors.GREEN),
    "not run": ("–", "-", typer.colors.BRIGHT_BLACK),
}

WIDTH = 100


def is_plain(stream: IO[str] | None = None) -> bool:
    """Say whether colour and moving bars are unwanted: NO_COLOR, TERM=dumb, or no terminal."""
    stream = stream or sys.stdout
    return (
        bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb" or not stream.isatty()
    )


def sign(kind: str, width: int = 0) -> str:
    """
    Return ✕, !, ✓ or – in its colour; `x`, `!`, `ok` or `-` where colour is unwanted.

    `width`: columns that it takes, at least.
    """
    mark, word, colour = _SIGNS[kind]
    if is_plain():
        return word.ljust(width)
    return typer.style(mark, fg=colour) + " " * (width - 1)


def bold(text: str) -> str:
    return text if is_plain() else typer.style(text, bold=True)


def fit(text: str, width: int) -> str:
    """
    Return a text in exactly so many columns: padded, or shortened with `…`.

    Columns, not characters: Devanagari marks take none and emoji two.
    """
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    return set_cell_size(text, width - 1).rstrip() + "…" + " " * _slack(text, width)


def _slack(text: str, width: int) -> int:
    return width - 1 - cell_len(set_cell_size(text, width - 1).rstrip())


def number(value: int) -> str:
    return f"{value:,}"


def plural(count: int, one: str, many: str = "") -> str:
    """`1 article`, `12 articles`."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def rows(pairs: Iterable[tuple[str, str, str]]) -> str:
    """Set name, number and remark in three columns."""
    table = list(pairs)
    names = max(len(name) for name, _, _ in table)
    numbers = max(len(value) for _, value, _ in table)
    lines = (f"  {name:<{names}}  {value:>{numbers}}   {remark}" for name, value, remark in table)
    return "\n".join(line.rstrip() for line in lines)


def print_json(value: Any) -> None:
    """Print facts for a program: one object, keys in a fixed order."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, default=plain_value))


def plain_value(value: object) -> str:
    """Say how a fact that JSON does not know is written there."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value)
