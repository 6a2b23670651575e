"""Both databases, real, for every test that asks; no secret in any log; and what was not run."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from newsletter.storage.database import Database
from tests.canaries import LISTENER
from tests.servers import postgresql_server

LISTENER.listen()

pytest_plugins = ["tests.newsroom_fixtures"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let no second try wash away that somebody got a mail twice, or none."""
    for item in items:
        if "faults" in item.path.parts or item.path.stem == "test_year":
            item.add_marker(pytest.mark.flaky(reruns=0))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End with one line about what was not run, if anything was not."""
    left_out = terminalreporter.stats.get("skipped", [])
    if left_out:
        reasons = sorted({str(report.longrepr[2]).removeprefix("Skipped: ") for report in left_out})
        terminalreporter.write_line(f"Not run: {len(left_out)} tests ({'; '.join(reasons)})")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """In CI everything can be run, so a skipped test is a hole."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") and skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(autouse=True)
def no_secret_is_logged() -> Iterator[None]:
    """End every test by looking whether a secret was handed to the logs."""
    LISTENER.found.clear()
    yield
    assert not LISTENER.found


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """A PostgreSQL server of this test run's own, as its address; it ends with the run."""
    with postgresql_server() as server:
        yield server.get_uri()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An address where nothing is yet."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/newsletter.db"
        return
    server: str = request.getfixturevalue("postgresql")
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield server.replace("/postgres?", f"/{name}?").replace("postgresql:", "postgresql+psycopg:")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty database, of both kinds in turn."""
    opened = Database.open(database_url)
    yield opened
    opened.close()
