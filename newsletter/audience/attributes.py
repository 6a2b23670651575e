"""
What fields that hold more than one thing say of a reader: objects, dicts, lists of tags.

Each function takes a column's name and a field that is not empty, and returns attributes as
text. What it cannot read stays as it was written, under the column's name; none ever raises.
"""

import csv
import json
import re
import warnings
from ast import literal_eval
from collections.abc import Callable, Mapping

#: Characters of a Python-like dict; a longer one is kept as text.
LONGEST_LITERAL = 4_096

Unpack = Callable[[str, str], Mapping[str, str]]

#: What an escape in an object can spell, and no database takes.
_UNFIT = re.compile("[\0\ud800-\udfff]")


def from_json(label: str, text: str) -> Mapping[str, str]:
    """Spread an object, as listmonk and Keila write it."""
    try:
        told = _spread(json.loads(text))
    except (ValueError, RecursionError):
        told = None
    return {label: text} if told is None else told


def from_literal(label: str, text: str) -> Mapping[str, str]:
    """Spread a dict as Python prints it, which is how Buttondown writes one."""
    if len(text) > LONGEST_LITERAL:
        return {label: text}
    try:
        with warnings.catch_warnings(action="ignore"):
            told = _spread(literal_eval(text))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        told = None
    return from_json(label, text) if told is None else told


def from_quoted_tags(label: str, text: str) -> Mapping[str, str]:
    """Read `"A","B"`, as Mailchimp writes tags, as `A, B`."""
    try:
        tags = next(csv.reader([text], skipinitialspace=True))
    except csv.Error:
        return {label: text}
    return {label: _listed(tags)}


def from_tags(label: str, text: str) -> Mapping[str, str]:
    """Read `A;B`, as Buttondown writes tags, as `A, B`."""
    return {label: _listed(text.split(";"))}


def _listed(tags: list[str]) -> str:
    return ", ".join(tag.strip() for tag in tags if tag.strip())


def _spread(told: object) -> dict[str, str] | None:
    """Return an object's members as text, those that say nothing apart; None for no object."""
    if not isinstance(told, dict):
        return None
    texts = {_UNFIT.sub("�", str(key)).strip(): _text(value) for key, value in told.items()}
    return {key: text for key, text in texts.items() if key and text}


def _text(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        value = json.dumps(value, ensure_ascii=False, default=str, skipkeys=True)
    return _UNFIT.sub("�", value).strip()
