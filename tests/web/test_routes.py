"""What is answered, is documented; what is documented, is answered."""

import re
from pathlib import Path
from typing import Any

from fastapi import FastAPI

from newsletter.newsroom import Newsroom
from newsletter.settings import Settings
from newsletter.web.app import public_app
from tests.web.conftest import ROOT, SECRET
from tests.web.test_hooks import KEY, public


def routes(app: Any) -> set[str]:
    while not isinstance(app, FastAPI):
        app = app._app
    found: set[str] = set()
    listed: list[Any] = list(app.routes)
    for route in listed:
        inner = getattr(route, "original_router", None)
        found |= {one.path for one in inner.routes} if inner else {route.path}
    return found


def test_the_reference_has_every_route_and_no_other(tmp_path: Path) -> None:
    values: dict[str, Any] = {"secret": SECRET, "templates_dir": ROOT / "templates"}
    # Some routes are there only with a key.
    values["sendgrid"] = {"webhook_key": public(KEY)}
    database = f"sqlite:///{tmp_path}/n.db"
    settings = Settings(_env_file=None, database_url=database, **values)  # type: ignore[call-arg]
    reference = (ROOT / "docs" / "reference.md").read_text("utf-8")
    chapter = reference.split("\n## Routes\n")[1].split("\n## ")[0]
    cells = [row.split(" | ")[0] for row in chapter.splitlines() if row.startswith("| `")]
    named = {path for cell in cells for path in re.findall(r"`(?:[A-Z]+ )?(/[^` ]*)`", cell)}

    # Clicks and the pixel are answered before any framework is asked.
    counted = {"/c/{token}/{n}", "/o/{token}.gif"}
    assert named == routes(public_app(Newsroom(settings))) | counted
