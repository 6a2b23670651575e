# ruff: noqa: INP001 (a script, no package)
"""
Writes the pages of the reference that the program itself can tell: `make reference`.

    python docs/generated.py

A test compares them, so that none of them is ever stale.
"""

import ast
import io
import sys
import tokenize
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Table
from typer.main import get_command

from newsletter.cli import app
from newsletter.storage.tables import metadata

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "docs" / "reference"
STORAGE = ROOT / "newsletter" / "storage"

#: Names of a table or of one of its columns (`editions`, `editions.day`), and what is said of them.
Remarks = Mapping[str, str]


def main() -> int:
    FOLDER.mkdir(exist_ok=True)
    for name, text in pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
        sys.stdout.write(f"docs/reference/{name}\n")
    return 0


def pages() -> dict[str, str]:
    """Return each page by the name of its file."""
    return {"options.md": options(), "database.md": database()}


# ── Commands ────────────────────────────────────────────────────────────────────────────────


def options() -> str:
    """Return every command with all that it takes, as `--help` has it."""
    parts = [
        "# Every command, with all it takes",
        "",
        "What `--help` says. The [reference](../reference.md#commands) has them on one page. This",
        "page is made by `make reference`.",
    ]
    for name, command in sorted(commands(get_command(app), "newsletter")):
        parts += ["", f"## {name}", "", told(command.help or "")]
        taken = [param for param in command.params if not getattr(param, "hidden", False)]
        if taken:
            parts += ["", "| takes | |", "|---|---|", *(row(param) for param in taken)]
    return "\n".join(parts) + "\n"


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for word, one in inner.items():
        yield from commands(one, f"{name} {word}")


def row(param: Any) -> str:
    """Return an argument or option as one row: how it is written, what it does."""
    if param.param_type_name == "argument":
        written = f"`{(param.metavar or param.name).strip('[]').upper()}`"
    else:
        words = " · ".join(f"`{one}`" for one in [*param.opts, *param.secondary_opts])
        word = param.metavar or param.opts[0].strip("-").upper()
        written = words if param.is_flag else f"{words} `{word}`"
    more = " Needed." if param.required else ""
    if param.default not in (None, "", False) and not callable(param.default):
        more += f" Default: `{param.default}`."
    return f"| {written} | {cell(told(getattr(param, 'help', '') or ''))}{more} |"


def told(text: str) -> str:
    """Return a help text as Markdown: one paragraph a paragraph, nothing taken for HTML."""
    paragraphs = [" ".join(part.split()) for part in text.replace("\b", "").split("\n\n")]
    return "\n\n".join(paragraphs).replace("<", "&lt;")


def cell(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|")


# ── Tables ──────────────────────────────────────────────────────────────────────────────────


def database() -> str:
    """Return every table with its columns, and what the code says of them."""
    remarks = said()
    parts = [
        "# The database",
        "",
        "Every table and column, from `newsletter/storage`. Moments are UTC. Nothing that can be",
        "counted is stored. A column is needed unless it may be *null*. DBOS keeps tables of its",
        "own (on PostgreSQL in the schema `dbos`). This page is made by `make reference`.",
    ]
    for table in sorted(metadata.tables.values(), key=lambda table: table.name):
        parts += ["", f"## {table.name}", ""]
        if remark := remarks.get(table.name):
            parts += [remark, ""]
        parts += ["| column | type | meaning |", "|---|---|---|"]
        parts += [line(table, column, remarks) for column in table.columns]
    return "\n".join(parts) + "\n"


def line(table: Table, column: Column[Any], remarks: Remarks) -> str:
    kind = str(column.type).lower().replace("datetime", "moment")
    key = " · key" if column.primary_key else ""
    null = " · null" if column.nullable else ""
    to = "".join(f"→ `{key.target_fullname}` " for key in column.foreign_keys)
    meaning = to + cell(remarks.get(f"{table.name}.{column.name}", ""))
    return f"| `{column.name}` | {kind}{key}{null} | {meaning.strip()} |"


def said() -> Remarks:
    """Return the `#:` remarks that stand above tables and columns."""
    found: dict[str, str] = {}
    for file in sorted(STORAGE.glob("*tables.py")):
        text = file.read_text(encoding="utf-8")
        above = remarks_by_line(text)
        for table in ast.walk(ast.parse(text)):
            if not (isinstance(table, ast.Call) and called(table) == "Table"):
                continue
            name = first_word(table)
            found |= {name: above[table.lineno]} if table.lineno in above else {}
            for part in table.args:
                if isinstance(part, ast.Call) and part.lineno in above:
                    found[f"{name}.{first_word(part)}"] = above[part.lineno]
    return found


def called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def first_word(call: ast.Call) -> str:
    """Return the name that a table or column is given."""
    first = call.args[0] if call.args else None
    return str(first.value) if isinstance(first, ast.Constant) else ""


def remarks_by_line(text: str) -> dict[int, str]:
    """Return each `#:` remark by the number of the line that it stands above."""
    found: dict[int, str] = {}
    remark: list[str] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and token.string.startswith("#:"):
            remark.append(token.string.removeprefix("#:").strip())
            found[token.start[0] + 1] = " ".join(remark)
            found.pop(token.start[0], None)
        elif token.type not in {tokenize.NL, tokenize.COMMENT}:
            remark = []
    return found


if __name__ == "__main__":
    sys.exit(main())
