"""Whether a site may be sent readers: it asks its database, and counts nobody."""

import httpx
import pytest
from sqlalchemy import event, text

from newsletter.storage.migrations import LATEST
from tests.web.conftest import Site


def version(site: Site, number: str) -> None:
    with site.database.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": number})


def test_a_site_is_ready_until_a_newer_program_migrates_its_database(site: Site) -> None:
    assert httpx.get(f"{site.url}/readyz").status_code == 200
    version(site, "9999")

    answer = httpx.get(f"{site.url}/readyz")
    version(site, LATEST)

    assert (answer.status_code, answer.text) == (
        503,
        "the database was migrated by a newer program",
    )
    assert httpx.get(f"{site.url}/readyz").text == "ok"


@pytest.mark.parametrize("path", ["/readyz", "/healthz"])
def test_asking_whether_it_is_ready_reads_no_reader(site: Site, path: str) -> None:
    asked: list[str] = []

    def note(*words: object) -> None:
        asked.append(str(words[2]))

    event.listen(site.database.engine, "before_cursor_execute", note)
    httpx.get(f"{site.url}{path}")
    event.remove(site.database.engine, "before_cursor_execute", note)

    assert not [statement for statement in asked if "subscri" in statement]
