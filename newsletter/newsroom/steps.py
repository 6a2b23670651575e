"""Saves of a day's choices that can be taken back, also after the studio was closed and opened."""

import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from newsletter.errors import ChoicesError
from newsletter.model import Choices

#: As many are kept.
MOST = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One save: what stood in the file before it, and the version that it made."""

    before: Choices
    version: str


class Steps:
    """
    Remembers saves, the last one on top.

    The copy on disk is a courtesy of this machine: one that cannot be read is as good as none, one
    that cannot be written is not missed until the studio is closed.
    """

    def __init__(self, file: Path, zone: ZoneInfo) -> None:
        self._file = file
        self._zone = zone
        self._steps = self._read()

    @property
    def last(self) -> Step | None:
        return self._steps[-1] if self._steps else None

    def add(self, step: Step) -> None:
        self._steps = [*self._steps, step][-MOST:]
        self._write()

    def drop(self, version: str) -> None:
        """Take the last one off, whose undoing made a version: it says the same as one before."""
        self._steps.pop()
        if self._steps:
            self._steps[-1] = Step(before=self._steps[-1].before, version=version)
        self._write()

    def clear(self) -> None:
        self._steps.clear()
        self._write()

    def _read(self) -> list[Step]:
        from newsletter.sources.choices import parse_choices

        try:
            kept = json.loads(self._file.read_bytes())
            return [
                Step(before=parse_choices(text.encode(), self._file, self._zone), version=version)
                for text, version in kept
            ]
        except (OSError, ValueError, TypeError, AttributeError, ChoicesError):
            return []

    def _write(self) -> None:
        from newsletter.sources.choices_file import text_of

        kept = [[text_of(step.before), step.version] for step in self._steps]
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._file.with_name(f".{self._file.name}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
                json.dump(kept, out)
            draft.replace(self._file)
