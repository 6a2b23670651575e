"""
Secrets in files: what `NEWSLETTER_<NAME>_FILE` names is read in place of `NEWSLETTER_<NAME>`.

So systemd, Docker and Kubernetes hand secrets over: an environment is inherited by every child and
shown by many a tool, a file is read by whom it belongs to.
"""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_args

from dotenv import dotenv_values
from pydantic import BaseModel, SecretStr
from pydantic_settings import EnvSettingsSource

from newsletter.errors import SettingsError

#: Stands behind the name of a setting whose value lies in a file.
SUFFIX = "_FILE"

#: Bytes; a longer file holds something else.
LARGEST = 65_536


def given(prefix: str) -> dict[str, str]:
    """Return what environment and `.env` hold under a prefix; the environment outranks."""
    held = {**dotenv_values(".env"), **os.environ}
    named = {name.upper(): value or "" for name, value in held.items()}
    return {name: named[name] for name in sorted(named) if name.startswith(prefix)}


def secret_names(model: type[BaseModel], before: str) -> Iterator[str]:
    """Yield the full names of those settings that hold secrets."""
    for name, field in model.model_fields.items():
        kind, full = field.annotation, f"{before}{name}".upper()
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from secret_names(kind, f"{before}{name}__")
        elif kind is SecretStr or SecretStr in get_args(kind):
            yield full


def without_files(source: EnvSettingsSource, secret: frozenset[str]) -> EnvSettingsSource:
    """Have a source of settings overlook the names of files: no setting is called so."""
    files = {(name + SUFFIX).lower() for name in secret}
    held = source.env_vars.items()
    source.env_vars = {name: value for name, value in held if name.lower() not in files}
    return source


def named_files(given: Mapping[str, str], secret: frozenset[str]) -> Iterator[tuple[str, Path]]:
    """
    Yield each secret that is given as a file: its own full name, and the file.

    `given` are the settings as environment and `.env` have them, by full names in capitals;
    `secret` the names that may be given so. Raises SettingsError when one is given both ways.
    """
    for name in sorted(secret):
        file = given.get(name + SUFFIX, "")
        if file and given.get(name):
            raise SettingsError(
                f"{name} and {name}{SUFFIX} are both set, and only one of them can hold.",
                hint=f"Take {name} out of the environment and of .env.",
            )
        if file:
            yield name, Path(file)


def read_secrets(
    given: Mapping[str, str], secret: frozenset[str], *, prefix: str
) -> dict[str, Any]:
    """
    Read every secret that is given as a file, once, without the spaces and line ends around it.

    Returns them as `Settings` takes them: `{"smtp": {"password": "…"}}`. Raises SettingsError,
    which never repeats what a file holds.
    """
    values: dict[str, Any] = {}
    for name, file in named_files(given, secret):
        *parts, last = name.removeprefix(prefix).lower().split("__")
        place = values
        for part in parts:
            place = place.setdefault(part, {})
        place[last] = _read(name, file)
    return values


def _read(name: str, file: Path) -> object:
    text = _text(name, file)
    if not text:
        raise SettingsError(f"{name}{SUFFIX}: {file} is empty.")
    # The environment gives what is a table as JSON too.
    if name.endswith("_SECRETS"):
        try:
            return json.loads(text)
        except ValueError:
            raise SettingsError(f"{name}{SUFFIX}: {file} is not JSON.") from None
    return text


def _text(name: str, file: Path) -> str:
    try:
        with file.open("rb") as opened:
            held = opened.read(LARGEST + 1)
    except OSError as error:
        raise SettingsError(
            f"{name}{SUFFIX}: {file} cannot be read: {error.strerror}.",
            hint="It must be there, and belong to who runs newsletter.",
        ) from error
    if len(held) > LARGEST:
        raise SettingsError(f"{name}{SUFFIX}: {file} is too large to be a secret.")
    try:
        return held.decode("utf-8").strip()
    except UnicodeDecodeError:
        raise SettingsError(f"{name}{SUFFIX}: {file} is no text.") from None
