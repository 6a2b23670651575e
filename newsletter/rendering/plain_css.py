"""
A quick way for CSS that is written plainly: rules and declarations that cssutils leaves alone.

Whatever is not plain is not read here at all (None), and goes the long way through cssutils,
which takes longer to load and to parse a mail's sheet than all the rest of a build. What is
plain comes out just as cssutils writes it; tests hold the two against each other.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

#: `0`, `12px`, `-0.5px`, `100%`; `Georgia`, `inline-block`; `#15181E`, `#FFF`.
_NUMBER = r"-?(?:[1-9]\d{0,4}(?:\.\d{0,3}[1-9])?|0\.\d{0,3}[1-9])(?:px|em|%)?"
_WORD = r"[A-Za-z]+(?:-[a-z]+)*"
_COLOUR = r"#(?:[0-9A-Fa-f]{3}){1,2}"
_TERM = rf"(?:0|{_NUMBER}|{_WORD}|{_COLOUR})"
_DECLARATION = re.compile(
    rf"\s*([a-z]+(?:-[a-z]+)*)\s*:\s*({_TERM}(?: {_TERM})*(?:, {_TERM}(?: {_TERM})*)*)\s*",
    re.ASCII,
)
#: `#FFFFFF` is written `#FFF`.
_DOUBLED = re.compile(r"#(?:([\dA-Fa-f])\1)(?:([\dA-Fa-f])\2)(?:([\dA-Fa-f])\3)(?![\dA-Fa-f])")

_STEP = r"(?:[a-z][a-z0-9]*(?:\.[A-Za-z][\w-]*)?|\.[A-Za-z][\w-]*)"
_RULE = re.compile(
    rf"\s*(?:/\*[^*]*\*/\s*)*({_STEP}(?: {_STEP})*(?:,\s*{_STEP}(?: {_STEP})*)*)\s*{{([^{{}}]*)}}",
    re.ASCII,
)
_REST = re.compile(r"\s*(?:/\*[^*]*\*/\s*)*")
#: As premailer counts elements.
_ELEMENT = re.compile(r"(?:^|\s)\w")

Pairs = list[tuple[str, str]]
#: Specificity in premailer's six numbers, selector, declarations.
Rule = tuple[tuple[int, int, int, int, int, int], str, str]


@lru_cache(maxsize=4096)
def pairs(declarations: str) -> Pairs | None:
    """Part `margin:0;color:#15181E` into names and values; None where it is not plain."""
    found: dict[str, str] = {}
    for part in declarations.split(";"):
        if not part.strip():
            continue
        declared = _DECLARATION.fullmatch(part)
        # Of two the last holds, but where it then stands is for cssutils to say.
        if not declared or declared[1] in found:
            return None
        found[declared[1]] = _DOUBLED.sub(r"#\1\2\3", declared[2])
    return list(found.items())


def rules(sheet: str, index: int) -> list[Rule] | None:
    """Read a sheet, the index-th of a page, as premailer would; None where it is not plain."""
    found: list[Rule] = []
    end = 0
    while rule := _RULE.match(sheet, end):
        end = rule.end()
        declared = pairs(rule[2])
        if declared is None:
            return None
        if declared:
            found += _apart(rule[1].split(","), declared, index, len(found))
    return found if _REST.fullmatch(sheet, end) else None


def _apart(selectors: Iterable[str], declared: Pairs, index: int, first: int) -> list[Rule]:
    bulk = ";".join(f"{name}:{value}" for name, value in declared)
    names = [selector.strip() for selector in selectors]
    return [
        ((0, 0, name.count("."), len(_ELEMENT.findall(name)), index, number), name, bulk)
        for number, name in enumerate(names, first)
    ]
