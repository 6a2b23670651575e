"""
Canaries: secrets that stand in every setting, and are found nowhere.

Real processes, as they are run: their output, their log at its most talkative, what they tell a
collector of traces and Sentry, and the tracebacks of what goes wrong.
"""

import gzip
import json
import logging
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import httpx
import pytest
from sqlalchemy import make_url

from newsletter.tracking.tokens import Keyring, Purpose, TokenType
from tests.canaries import LISTENER
from tests.transports.relay import Act, Asked, ScriptedRelay

ROOT = Path(__file__).parents[2]

#: By the setting that each stands in. All hold the one word that is looked for.
CANARIES = {
    "SECRET": "canary-of-the-signing-secret-00000001",
    "OLD_SECRETS": json.dumps({"7": "canary-of-the-secret-of-before-000002"}),
    "SMTP__PASSWORD": "canary of the relay/3",
    "SENDGRID__API_KEY": "SG.canary4.of-the-account",
    "BOUNCES__IMAP_PASSWORD": "canary+of+the+box&5",
}
DATABASE_PASSWORD = "canary/of-the-database%6"
SENTRY_KEY = "canary7"
WORD = re.compile(rb"canary|Y2FuYXJ5", re.IGNORECASE)

COMMANDS = (
    "build --date 2026-07-05",
    "check --date 2026-07-05 --json",
    "subscribers import subscribers/daily.csv --list daily --yes",
    "send --date 2026-07-05 --yes --no-wait",
    "status daily/2026-07-05 --json",
    "status daily/2026-07-05 --unknown",
    "prove daily/2026-07-05",
    "report daily/2026-07-05 --json",
    "proof desk@theshiftmaker.example --date 2026-07-05",
    "doctor",
    "doctor --json --ntp 127.0.0.1:9",
    "reconcile",
    "links daily/2026-07-05",
    "subscribers show ann@theshiftmaker.example --json",
    "subscribers export",
    "subscribers consents",
    "migrate",
)


class House(NamedTuple):
    """Where commands are run, with which environment, and who listens to what they tell."""

    folder: Path
    environment: dict[str, str]
    heard: list[bytes]
    #: What the relay was told: it is the only one who may know its password.
    relay: ScriptedRelay

    def run(self, *words: str, **more: str) -> bytes:
        """Run a command, and return all that it said."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env={**self.environment, **more},
            capture_output=True,
            timeout=60,
            check=False,
        )
        return done.stdout + done.stderr


class _Ear(BaseHTTPRequestHandler):
    """Sentry and an OpenTelemetry collector in one: keeps what it is posted."""

    heard: list[bytes]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.heard.append(gzip.decompress(body) if packed else body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def ear() -> Iterator[tuple[int, list[bytes]]]:
    heard: list[bytes] = []
    handler = type("Ear", (_Ear,), {"heard": heard})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server.server_port, heard
        server.shutdown()
        thread.join(5)


def unfriendly(asked: Asked) -> bytes | list[bytes | float | Act] | None:
    """Say a password back to whoever said it, as a relay that was badly set up might."""
    if asked.verb == "EHLO":
        return b"250-relay.example\r\n250 AUTH PLAIN LOGIN\r\n"
    if asked.verb == "AUTH":
        return f"454 4.7.0 {asked.argument} is not wanted now\r\n".encode()
    return None


@pytest.fixture
def house(tmp_path: Path, postgresql: str, ear: tuple[int, list[bytes]]) -> Iterator[House]:
    (tmp_path / "subscribers").mkdir()
    (tmp_path / "subscribers/daily.csv").write_text("email\nann@theshiftmaker.example\n")
    url = make_url(postgresql).set(
        drivername="postgresql+psycopg", password=DATABASE_PASSWORD, database="canaries"
    )
    port, heard = ear
    with ScriptedRelay(unfriendly).open() as relay:
        given = {
            **{f"NEWSLETTER_{name}": value for name, value in CANARIES.items()},
            "NEWSLETTER_DATABASE_URL": url.render_as_string(hide_password=False),
            "NEWSLETTER_SENTRY_DSN": f"http://{SENTRY_KEY}@127.0.0.1:{port}/1",
            "NEWSLETTER_TRACES__ENDPOINT": f"http://127.0.0.1:{port}",
            "NEWSLETTER_TRANSPORT": "smtp",
            "NEWSLETTER_SMTP__HOST": "127.0.0.1",
            "NEWSLETTER_SMTP__PORT": str(relay.port),
            "NEWSLETTER_SMTP__TLS": "none",
            "NEWSLETTER_SMTP__USERNAME": "desk",
            "NEWSLETTER_BOUNCES__ADDRESS": "bounces@theshiftmaker.example",
            "NEWSLETTER_BOUNCES__IMAP_HOST": "127.0.0.1",
            "NEWSLETTER_BOUNCES__IMAP_PORT": str(relay.port),
            "NEWSLETTER_BOUNCES__IMAP_USERNAME": "bounces",
            "NEWSLETTER_DELIVERY__RETRY_HOURS": "0",
            "NEWSLETTER_LOG__LEVEL": "debug",
            "NEWSLETTER_TEMPLATES_DIR": str(ROOT / "templates"),
            "NEWSLETTER_ARTICLES_DIR": str(ROOT / "articles"),
            "PYTHONPATH": str(ROOT),
        }
        made = House(tmp_path, {**os.environ, **given}, heard, relay)
        _recreate(postgresql, "canaries")
        yield made


def _recreate(server: str, name: str) -> None:
    import psycopg  # noqa: PLC0415 - as its own tests do

    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")


def test_no_command_shows_a_secret(house: House) -> None:
    said = {words: house.run("-m", "newsletter", *words.split()) for words in COMMANDS}

    assert b"1 reader" in said["send --date 2026-07-05 --yes --no-wait"]
    assert any(b"plan" in told for told in house.heard)
    assert any(command.startswith("AUTH PLAIN") for command in house.relay.commands)
    for words, text in (*said.items(), *(("told", told) for told in house.heard)):
        assert not WORD.search(text), f"{words}: {text.decode(errors='replace')}"


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("SECRET", "canary", "at least 32 characters"),
        ("OLD_SECRETS", '{"0": canary', "must be JSON"),
        ("OLD_SECRETS", '{"canary": "canary"}', "NEWSLETTER_OLD_SECRETS: Input should be"),
        ("DATABASE_URL", "canary", "NEWSLETTER_DATABASE_URL cannot be read"),
        ("DATABASE_URL", "mysql://ann:canary@db.example.net/n", "mysql is not supported"),
        ("DATABASE_URL", "postgresql+psycopg://a:canary@127.0.0.1:9/n", "does not answer"),
        ("SENDGRID__API_KEY", "SG.canary with spaces", "holds characters that no key has"),
        ("SENTRY_DSN", "canary", "NEWSLETTER_SENTRY_DSN is none"),
        ("SMTP__PASSWORD_FILE", "nowhere", "are both set"),
    ],
)
def test_a_secret_that_is_wrong_is_not_repeated(
    house: House, name: str, value: str, words: str
) -> None:
    way = {"NEWSLETTER_TRANSPORT": "sendgrid"} if name.startswith("SENDGRID") else {}
    more = {f"NEWSLETTER_{name}": value, **way}
    said = [
        house.run("-m", "newsletter", *command.split(), **more)
        for command in ("send --date 2026-07-05 --yes", "doctor")
    ]

    assert words.encode() in b" ".join(b"".join(said).split())
    for text in said:
        assert not WORD.search(text), text.decode(errors="replace")


def test_no_traceback_shows_a_secret(house: House) -> None:
    program = (
        "from newsletter.newsroom import Newsroom\n"
        "newsroom = Newsroom.open()\n"
        "raise RuntimeError(repr(newsroom.settings), newsroom.settings.smtp)\n"
    )
    text = house.run("-c", program)

    assert b"Traceback" in text
    assert b"smtp=SmtpSettings" in text
    assert not WORD.search(text), text.decode(errors="replace")


def test_no_process_that_runs_for_ever_shows_a_secret_or_a_token(house: House) -> None:
    keyring = Keyring(CANARIES["SECRET"].encode())
    tokens = [keyring.mint(purpose, TokenType.EDITION, 1, 77) for purpose in Purpose]
    house.run("-m", "newsletter", "migrate")
    log = house.folder / "log"
    with log.open("wb") as file:
        port = free_port()
        command = [sys.executable, "-m", "newsletter", "serve", "--port", str(port)]
        process = subprocess.Popen(
            command, cwd=house.folder, env=house.environment, stdout=file, stderr=file
        )
        try:
            _await(port, log)
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10) as web:
                for page in ("c", "o", "u", "v", "preferences", "confirm", "x"):
                    for token in tokens:
                        where = f"/{page}/{token}?key={quote(CANARIES['SMTP__PASSWORD'])}"
                        web.get(where)
                        web.post(where, data={"email": "ann@theshiftmaker.example"})
        finally:
            process.terminate()
            process.wait(20)
    text = log.read_bytes()

    assert len(text.splitlines()) > len(tokens)
    for told in (text, *house.heard):
        assert not WORD.search(told), told.decode(errors="replace")
        assert not any(token.encode() in told for token in tokens)


def _await(port: int, log: Path) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_in_the_whole_suite_a_secret_that_is_logged_is_heard() -> None:
    LISTENER.found.clear()
    logging.getLogger("newsletter").error("signed with %s", CANARIES["SECRET"])
    logging.getLogger("newsletter").error("signed with nothing")

    assert LISTENER.found == [f"newsletter: signed with {CANARIES['SECRET']}"]
    LISTENER.found.clear()
