"""What Sentry is told: that something went wrong, and nobody's address."""

import gzip
import json
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import SettingsError
from newsletter.monitoring import sentry
from tests.monitoring.conftest import ROOT, house

TOKEN = "AbCdEf0123456789_-AbCdEf0123"
SECRET = "canary of the smtp relay"


class Heard(ThreadingHTTPServer):
    """A Sentry that keeps what it is told."""

    def __init__(self) -> None:
        self.envelopes: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Ear)

    @property
    def dsn(self) -> str:
        return f"http://key@127.0.0.1:{self.server_port}/1"

    def events(self) -> list[dict[str, Any]]:
        lines = [json.loads(line) for one in self.envelopes for line in one.splitlines() if line]
        return [line for line in lines if "exception" in line or "logentry" in line]


class _Ear(BaseHTTPRequestHandler):
    server: Heard

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.server.envelopes.append(gzip.decompress(body) if packed else body)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def heard() -> Iterator[Heard]:
    with Heard() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_fault_is_told_without_address_token_secret_or_variable(
    heard: Heard, tmp_path: Path
) -> None:
    settings = house(tmp_path, sentry_dsn=heard.dsn, smtp={"password": SECRET})
    end = sentry.start(settings)

    def deliver(address: str) -> None:
        raise ValueError(f"{address} with {TOKEN} by {SECRET}")

    logger = logging.getLogger("newsletter.test")
    try:
        deliver("ann@example.com")
    except ValueError:
        logger.exception("no mail for %s", "ann@example.com", extra={"token": TOKEN})
    end()

    (event,) = heard.events()
    said = b"".join(heard.envelopes).decode()
    assert event["exception"]["values"][0]["type"] == "ValueError"
    assert "[address] with [token] by [secret]" in said
    for canary in ("ann@", TOKEN, SECRET, str(heard.server_port) + "/1", "variables"):
        assert canary not in said
    assert not {"user", "request", "server_name", "breadcrumbs", "modules"} & set(event)
    assert all("vars" not in frame for frame in _frames(event))


def _frames(event: dict[str, Any]) -> list[dict[str, Any]]:
    frames: list[dict[str, Any]] = event["exception"]["values"][0]["stacktrace"]["frames"]
    return frames


def test_what_is_logged_below_an_error_is_not_told(heard: Heard, tmp_path: Path) -> None:
    end = sentry.start(house(tmp_path, sentry_dsn=heard.dsn))
    logging.getLogger("newsletter.test").warning("letters wait")
    end()

    assert heard.events() == []


def test_without_a_dsn_nothing_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from newsletter.monitoring import sentry\n"
        "from newsletter.settings import Settings\n"
        "sentry.start(Settings())()\n"
        "print('sentry_sdk' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )

    assert done.stdout == "False\n"


def test_a_dsn_that_is_none_is_told_without_being_repeated(tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as told:
        sentry.start(house(tmp_path, sentry_dsn="canary-of-a-dsn"))

    assert "NEWSLETTER_SENTRY_DSN" in str(told.value)
    assert "canary" not in str(told.value)


def test_a_sentry_that_is_away_holds_nobody_up(tmp_path: Path) -> None:
    end = sentry.start(house(tmp_path, sentry_dsn="http://key@127.0.0.1:9/1"))
    logging.getLogger("newsletter.test").error("nobody hears this")
    ending = threading.Thread(target=end, daemon=True)
    ending.start()
    ending.join(10)

    assert not ending.is_alive()
