# ruff: noqa: INP001 (a script, no package)
"""
Draws the parts of the house by the layers that tests keep: `make reference`.

    python docs/architecture.py

Layers are read from tests/test_architecture.py, what a part is for from its own first sentence,
so the picture cannot tell of a house that is not there. A test compares it.
"""

import ast
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path
from textwrap import wrap

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs" / "images" / "architecture.svg"

WIDTH, EDGE, GAP, BETWEEN = 1000, 24, 12, 28
#: What is no station: it begins the program.
LEFT_OUT = {"__main__", "errors"}
#: Said beside each row, from the top.
ROWS = (
    "commands start everything",
    "what people and the clock meet",
    "one method for each verb",
    "what is done with an edition",
    "stations: none knows another",
    "the ledger: all SQL is here",
    "words that everybody uses",
)

STYLE = """
  .ground { fill: #F5F2EB } .part { fill: #FFFFFF; stroke: #E3DED3 }
  .name { font: 700 16px Georgia, serif; fill: #15181E }
  .says { font: 11px Helvetica, Arial, sans-serif; fill: #5A5F68 }
  .row { font: 700 12px Helvetica, Arial, sans-serif; fill: #BF3B1A }
  .down { stroke: #BF3B1A; stroke-width: 2; fill: none }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0F1114 } .part { fill: #181B20; stroke: #343840 }
    .name { fill: #F1EFEA } .says { fill: #B3B0A8 } .row { fill: #FF9170 } .down { stroke: #FF9170 }
  }
"""


def main() -> int:
    PICTURE.write_text(drawn(), encoding="utf-8")
    sys.stdout.write("docs/images/architecture.svg\n")
    return 0


def layers() -> list[list[str]]:
    """Return the parts of each layer, from the top down."""
    tree = ast.parse((ROOT / "tests/test_architecture.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "LAYERS":
            calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
            sets = [ast.literal_eval(call.args[0]) for call in calls]
            rows = [sorted(names - LEFT_OUT) for names in reversed(sets)]
            return [row for row in rows if row]
    raise SystemExit("tests/test_architecture.py has no LAYERS")


def says(part: str) -> str:
    """Return what a part is for: the first sentence of its package."""
    folder = ROOT / "newsletter" / part
    text = (folder / "__init__.py").read_text(encoding="utf-8")
    said = " ".join((ast.get_docstring(ast.parse(text)) or "").split())
    before, colon, after = said.partition(": ")
    said = after if colon and " " not in before.removeprefix("The ") else said
    first = said.split(". ")[0].split("; ")[0].rstrip(".")
    return first[:1].upper() + first[1:]


def drawn() -> str:
    """Return the picture."""
    rows = layers()
    if len(rows) != len(ROWS):
        raise SystemExit("say in ROWS what the new layer is")
    parts: list[str] = []
    top = EDGE
    for number, row in enumerate(rows):
        drawing, bottom = _row(number, row, top)
        parts += drawing
        top = bottom + BETWEEN
    height = top - BETWEEN + EDGE
    title = "The parts of the program in their layers; imports point down"
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
            f"<title>{title}</title>",
            f"<style>{STYLE}</style>",
            f'<rect class="ground" width="{WIDTH}" height="{height}" rx="6"/>',
            *parts,
            "</svg>",
            "",
        ]
    )


def _row(number: int, row: list[str], top: int) -> tuple[list[str], int]:
    """Return one layer, as high as its longest sentence, and where it ends."""
    width = (WIDTH - 2 * EDGE - GAP * (len(row) - 1)) / len(row)
    lines = {part: wrap(says(part), int((width - 16) / 5.6)) for part in row}
    height = 36 + 14 * max(len(words) for words in lines.values())
    drawing = [f'<text class="row" x="{EDGE}" y="{top + 8}">{escape(ROWS[number])}</text>']
    if number:
        drawing.append(
            f'<path class="down" d="M{WIDTH - EDGE - 12} {top - 10}v18m-5 -5l5 5l5 -5"/>'
        )
    for place, part in enumerate(row):
        left = EDGE + place * (width + GAP)
        box = f'x="{left:.0f}" y="{top + 16}" width="{width:.0f}" height="{height}"'
        drawing.append(f'<rect class="part" {box} rx="6"/>')
        drawing += _words(part, lines[part], f"{left + 10:.0f}", top + 37)
    return drawing, top + 16 + height


def _words(name: str, lines: list[str], left: str, top: int) -> Iterator[str]:
    yield f'<text class="name" x="{left}" y="{top}">{name}</text>'
    for number, said in enumerate(lines):
        y = top + 17 + 14 * number
        yield f'<text class="says" x="{left}" y="{y}">{escape(said)}</text>'


if __name__ == "__main__":
    sys.exit(main())
