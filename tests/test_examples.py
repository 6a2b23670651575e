"""The examples that developers copy from the pages, run as they stand there."""

from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import SourceError
from newsletter.model import Severity
from newsletter.settings import SourceConfig
from tests.pages import example
from tests.preflight.planted import EDITION, NEWSLETTER

# ── A source ────────────────────────────────────────────────────────────────────────────────


def source(folder: Path, table: str) -> Any:
    (folder / "table.csv").write_text(table, encoding="utf-8")
    config = SourceConfig.model_validate({"kind": "folder", "path": folder / "table.csv"})
    return example("docs/how-to/source.md")["TableSource"](config, NEWSLETTER)


def test_the_example_of_a_source_gives_its_stories_and_names_a_broken_row(tmp_path: Path) -> None:
    table = (
        "id,title,published,dek,url,text\n"
        "1,Rain,2026-07-05T05:00,It rains.,https://example.in/1,<script>alert(1)</script> Much.\n"
        "2,Wind,yesterday,It blows.,https://example.in/2,Some.\n"
        "3,Sun,2026-07-05T06:00+05:30,It shines.,https://example.in/3,More.\n"
    )
    gathered = source(tmp_path, table).read()

    assert [article.title for article in gathered.articles] == ["Rain", "Sun"]
    assert all(article.published.tzinfo for article in gathered.articles)
    assert "<script" not in gathered.articles[0].body
    (problem,) = gathered.problems
    assert problem.where.endswith("table.csv:3")


def test_the_example_of_a_source_says_that_it_cannot_be_read(tmp_path: Path) -> None:
    asked = source(tmp_path, "")
    (tmp_path / "table.csv").unlink()

    with pytest.raises(SourceError):
        asked.read()


# ── A check ─────────────────────────────────────────────────────────────────────────────────


def test_the_example_of_a_check_finds_what_it_looks_for_alone() -> None:
    from dataclasses import replace  # noqa: PLC0415

    class Sheet:
        def __init__(self, title: str) -> None:
            self.edition = replace(EDITION, lead=replace(EDITION.lead, title=title), sections=())

    check = example("docs/how-to/check.md")["exclamation"]
    (finding,) = check(Sheet("It rains!"))

    assert finding.severity is Severity.WARNING
    assert list(check(Sheet("It rains"))) == []
