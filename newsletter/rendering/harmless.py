"""Makes what came from outside harmless, once, before anything is rendered."""

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel

Value = TypeVar("Value")

#: C0 and C1 without tab and line feed (Gmail cuts a mail short at U+0092), and lone surrogates,
#: which no UTF-8 can carry.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")

#: What every merge field's sentinel holds. In any case, because text headings are capitalised.
_SENTINEL = re.compile("(MERGE_)_+", re.IGNORECASE)


def harmless(value: Value) -> Value:
    """
    Return the same value without control characters and without anything like a merge field.

    A merge field is replaced by a reader's token wherever it stands. In an article it would
    write the token that unsubscribes this reader into an address of the author's choice.
    """
    return _harmless(value)  # type: ignore[no-any-return]


def without_sentinels(text: str) -> str:
    """Break whatever could be taken for a merge field's sentinel."""
    return _SENTINEL.sub(r"\1", text) if "merge__" in text.lower() else text


def _harmless(value: Any) -> Any:
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, BaseModel):
        return value.model_copy(update=_changed(value, tuple(type(value).model_fields)))
    if is_dataclass(value) and not isinstance(value, type):
        changed = _changed(value, tuple(field.name for field in fields(value)))
        return replace(value, **changed) if changed else value
    if type(value) is tuple:
        return tuple(_harmless(item) for item in value)
    return value


def _changed(value: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Name the fields that are not harmless as they stand; mostly there are none."""
    pairs = ((name, getattr(value, name)) for name in names)
    cleaned = ((name, old, _harmless(old)) for name, old in pairs)
    return {name: new for name, old, new in cleaned if new != old}


def _clean(text: str) -> Any:
    # An enum's member is text too, and stays a member: what needs no change is the same value.
    if _UNPRINTABLE.search(text):
        text = _UNPRINTABLE.sub("", text)
    return without_sentinels(text)
