"""What the pages of the documentation show in blocks, by language."""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *ROOT.glob("docs/**/*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "articles/README.md")),
        ROOT / "deploy/README.md",
    ]
)


class Block(NamedTuple):
    page: Path
    #: Of its first line, from 1.
    line: int
    language: str
    text: str

    @property
    def where(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(*pages: Path) -> Iterator[Block]:
    """Yield every fenced block, those in lists too."""
    for page in pages:
        text = page.read_text(encoding="utf-8")
        for found in re.finditer(r"(?ms)^( *)```(\w*)\n(.*?)^\1```$", text):
            line = text[: found.start()].count("\n") + 2
            yield Block(page, line, found[2], dedent(found[3]))


def of(language: str, *pages: str) -> list[Block]:
    """The blocks of one language, of some pages or of all."""
    asked = [ROOT / page for page in pages] or PAGES
    return [block for block in blocks(*asked) if block.language == language]


def example(page: str, number: int = 0) -> dict[str, Any]:
    """What a page's block of Python defines."""
    defined: dict[str, Any] = {"__name__": "example"}
    exec(compile(of("python", page)[number].text, page, "exec"), defined)  # noqa: S102 - our own page
    return defined


#: What our pages ask of openssl, for a machine that has none.
RANDOM = """#!/usr/bin/env python3
import base64, secrets, sys
made = secrets.token_bytes(int(sys.argv[3]))
print(made.hex() if sys.argv[2] == "-hex" else base64.b64encode(made).decode())
"""


def program(folder: Path, name: str, text: str) -> None:
    """Put a program of a few lines where a page's blocks find it."""
    (folder / name).write_text(text, encoding="utf-8")
    (folder / name).chmod(0o755)
