"""Presses on a way out, as lines of a spool: no token and no address in them."""

import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from newsletter.audience.leaving import Leaving
from newsletter.storage.spool import Spool


def leaving_spool(folder: Path) -> Spool[Leaving]:
    """Open the spool of those who left while the database was away."""
    return Spool(folder, "leaving", _line, _press)


def _line(one: Leaving) -> str:
    return json.dumps(asdict(one) | {"at": one.at.isoformat()})


def _press(line: str) -> Leaving:
    try:
        said = json.loads(line)
        return Leaving(**said | {"at": datetime.fromisoformat(said["at"])})
    except (TypeError, KeyError) as error:
        raise ValueError(line) from error
