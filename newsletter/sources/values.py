"""Front matter, read value by value; what cannot be used is named, with its line."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.model import Problem
from newsletter.sources import fields
from newsletter.sources.front_matter import FrontMatter, nearest
from newsletter.sources.toml_lines import Place

#: Of unknown keys; nobody reads on.
_NAMED = 20


class Values:
    """
    The values of one file, and the problems met while they are read.

    A value is named by its place: `text("video", "url")`. What is missing or wrong reads as
    empty; what is wrong is also one of the `problems`.
    """

    def __init__(self, matter: FrontMatter, origin: str, zone: ZoneInfo) -> None:
        self.problems: list[Problem] = []
        self._matter = matter
        self._origin = origin
        self._zone = zone

    def at(self, *place: str | int) -> Any:
        """Return what stands at a place, or None."""
        found: Any = self._matter.values
        for step in place:
            if isinstance(found, Mapping):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int):
                found = found[step]
            else:
                return None
        return found

    def line(self, *place: str | int) -> int:
        """Return the line of a place, or of what it should stand in."""
        while place and place not in self._matter.lines:
            place = place[:-1]
        return self._matter.lines.get(place, 1)

    def wrong(self, place: Place, what: str, hint: str = "") -> None:
        problem = Problem(where=f"{self._origin}:{self.line(*place)}", what=what, hint=hint)
        if problem not in self.problems:
            self.problems.append(problem)

    def expect(self, keys: tuple[str, ...], *place: str | int) -> None:
        """Name every key of a mapping that is none of these, and the one that was meant."""
        found = self.at(*place)
        unknown = [key for key in found if key not in keys] if isinstance(found, Mapping) else []
        for key in unknown[:_NAMED]:
            meant = nearest(key, keys)
            others = "articles/README.md names every key." if len(keys) > 10 else ""
            hint = f"Did you mean {meant}?" if meant else others or f"Use {', '.join(keys)}."
            self.wrong((*place, key), f"there is no key {fields.quoted(key)}", hint)

    def text(self, *place: str | int) -> str:
        """Return one line of text; numbers and dates as they were written."""
        value = self.at(*place)
        if value is None:
            return ""
        if isinstance(value, bool | dict | list):
            self.wrong(place, f"{_name(place)} must be text", "Put quotes around it.")
            return ""
        return fields.one_line(iso(value))

    def places(self, *place: str | int) -> Iterator[Place]:
        """Yield the places of a list's items; a value alone is its own only item."""
        value = self.at(*place)
        if isinstance(value, list):
            yield from ((*place, number) for number in range(len(value)))
        elif value is not None:
            yield place

    def texts(self, *place: str | int) -> Iterator[str]:
        """Yield a list's texts, or the parts of one text between its commas."""
        for each in self.places(*place):
            parts = [self.text(*each)] if each != place else self.text(*each).split(",")
            yield from (part.strip() for part in parts if part.strip())

    def flag(self, *place: str | int) -> bool:
        value = self.at(*place)
        said = False if value is None else fields.truth(value)
        if said is None:
            name = _name(place)
            self.wrong(place, f"{name} must be true or false", f"{name}: true")
        return said is True

    def number(self, *place: str | int) -> int:
        value = self.at(*place)
        if value is None:
            return 0
        if isinstance(value, bool) or not re.fullmatch(r"[+-]?[0-9]{1,9}", str(value)):
            name = _name(place)
            self.wrong(place, f"{name} must be a whole number", f"{name}: 10")
            return 0
        return int(value)

    def moment(self, *place: str | int) -> tuple[datetime, bool] | None:
        """Return a moment, and whether only its day is known."""
        value = self.at(*place)
        if value is None:
            return None
        try:
            return fields.moment(iso(value), self._zone)
        except (ValueError, OverflowError):
            self.wrong(
                place,
                f"{_name(place)}: {fields.quoted(value)} is no date",
                "Write 2026-07-05, 2026-07-05T06:00 or 2026-07-05T06:00+05:30.",
            )
            return None

    def address(self, *place: str | int) -> str:
        """Return a full http or https address."""
        text = self.text(*place)
        found = fields.web_address(text)
        if text and not found:
            what = f"{_name(place)}: {fields.quoted(text)} is no address that a reader can open"
            self.wrong(place, what, "Write all of it: https://…")
        return found

    def seconds(self, *place: str | int) -> int:
        value = self.at(*place)
        try:
            return 0 if value is None else fields.seconds(value)
        except ValueError:
            what = f"{_name(place)}: {fields.quoted(value)} is no length"
            self.wrong(place, what, "Such as 58, 1:05 or PT1M5S.")
            return 0


def iso(value: Any) -> str:
    """Dates of TOML come as dates; all else is read as it was written."""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _name(place: Place) -> str:
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in place)
