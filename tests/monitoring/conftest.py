"""Settings of a newsroom in an empty folder."""

from pathlib import Path
from typing import Any

import pytest

from newsletter.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def no_secret_is_logged() -> None:
    """These tests do log secrets, to see them masked."""


def settings_of(**values: Any) -> Settings:
    """Settings as a test gives them, whatever stands in the environment's `.env`."""
    return Settings(_env_file=None, **values)  # type: ignore[call-arg]


def house(folder: Path, **more: Any) -> Settings:
    """Settings of a newsroom that writes into that folder alone."""
    values = {
        "secret": "a canary of thirty-two characters!",
        "database_url": f"sqlite:///{folder}/newsletter.db",
        "outbox": {"dir": folder / "outbox"},
        "templates_dir": ROOT / "templates",
        "articles_dir": ROOT / "articles",
        "subscribers_dir": folder / "subscribers",
    }
    return settings_of(**{**values, **more})
