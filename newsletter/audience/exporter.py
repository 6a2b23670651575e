"""Readers as rows of a file, one by one: what goes out can come in again, here or elsewhere."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from newsletter.errors import AudienceError
from newsletter.storage import exports, subscribers
from newsletter.storage.database import Database

#: The columns of a CSV file, in their order.
COLUMNS = (
    "email", "name", "list", "status", "since", "joined", "lang", "frequency", "suppressed",
    "attributes",
)  # fmt: skip

#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Exported(NamedTuple):
    """One reader on one list."""

    facts: Mapping[str, Any]

    def cells(self) -> list[str]:
        """Return it as cells that no spreadsheet takes for formulas."""
        return [_defused(self.facts[column]) for column in COLUMNS]


def _defused(value: Any) -> str:
    if isinstance(value, Mapping):
        value = json.dumps(value, ensure_ascii=False) if value else ""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def export(database: Database, list_name: str = "") -> Iterator[Exported]:
    """
    Yield every reader of a list, or of all lists, in the order of list and address.

    Who left is among them, and says so. Raises AudienceError for a list that is not known.
    """
    with database.read() as connection:
        if list_name and subscribers.find_list(connection, list_name) is None:
            raise AudienceError(
                f"There is no list {list_name!r}.", hint="newsletter subscribers lists"
            )
        for row in exports.readers(connection, list_name):
            yield Exported(row)
