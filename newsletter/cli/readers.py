"""Readers as a file."""

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from newsletter.cli.terminal import plain_value
from newsletter.errors import SettingsError

if TYPE_CHECKING:
    # It loads the database, which most commands do without.
    from newsletter.audience.exporter import Exported


def write_readers(readers: "Iterable[Exported]", file: TextIO, *, jsonl: bool) -> int:
    """Write readers to a file, as they come; returns how many."""
    from newsletter.audience.exporter import COLUMNS

    count = 0
    table = csv.writer(file, lineterminator="\r\n")
    if not jsonl:
        table.writerow(COLUMNS)
    for reader in readers:
        count += 1
        if jsonl:
            line = json.dumps(dict(reader.facts), ensure_ascii=False, default=plain_value)
            file.write(f"{line}\n")
        else:
            table.writerow(reader.cells())
    return count


@contextmanager
def private_file(path: Path | None) -> Iterator[TextIO]:
    """
    Open a file for its owner alone, whole or not there at all; stdout where none is named.

    Raises SettingsError when it cannot be written.
    """
    if path is None:
        yield sys.stdout
        return
    draft = path.with_name(f"{path.name}.part")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise SettingsError(f"{path} cannot be written: {error.strerror}.") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            yield file
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
