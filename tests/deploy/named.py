"""Whether what an example names is there: settings, commands, options."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from typer.main import get_command

from newsletter.cli import app
from newsletter.settings import Settings
from newsletter.settings.environment import FILED, PREFIX, _names
from newsletter.settings.secret_files import SUFFIX

FOLDER = Path(__file__).parents[2] / "deploy"

_SETTINGS = {*_names(Settings, PREFIX), *(name + SUFFIX for name in FILED)}


def are_settings(given: Mapping[str, object]) -> bool:
    """Say whether every name is one of ours, and no secret stands there in plain words."""
    return set(given) <= _SETTINGS and not set(given) & FILED


def is_command(words: Sequence[str]) -> bool:
    """Say whether these words are a command of ours, with options that it has."""
    group: Any = get_command(app)
    command = group.commands.get(words[0])
    if command is None:
        return False
    known = {option for param in command.params for option in param.opts}
    return {word for word in words[1:] if word.startswith("--")} <= known
