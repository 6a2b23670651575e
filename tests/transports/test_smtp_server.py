"""What npm's smtp-server receives, byte for byte: a second opinion beside aiosmtpd's."""

import base64
import fcntl
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.model import Answer, Call
from newsletter.settings import SmtpSettings
from newsletter.transports.message import compile_message
from newsletter.transports.smtp import SmtpTransport

PEER = "smtp-server@3.21.6"

pytestmark = pytest.mark.prism

#: Prints its port, then a line of JSON for each mail.
PROGRAM = """
const { SMTPServer } = require("smtp-server");
const server = new SMTPServer({
  disabledCommands: ["AUTH", "STARTTLS"],
  onData(stream, session, done) {
    const pieces = [];
    stream.on("data", (piece) => pieces.push(piece));
    stream.on("end", () => {
      const to = session.envelope.rcptTo.map((r) => r.address);
      const content = Buffer.concat(pieces).toString("base64");
      console.log(JSON.stringify({ to, from: session.envelope.mailFrom.address, content }));
      done(null, "queued as " + to[0].split("@")[0]);
    });
  },
});
server.listen(0, "127.0.0.1", () => console.log(server.server.address().port));
"""


@pytest.fixture(scope="module")
def peer(request: pytest.FixtureRequest) -> Path:
    """Return a folder with smtp-server in it, fetched once."""
    folder = request.config.cache.mkdir("smtp-server")
    if not shutil.which("npm"):
        pytest.skip("npm is not there to bring smtp-server")
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "node_modules" / "smtp-server").exists():
            command = ["npm", "install", "--no-audit", "--no-fund", "--no-save", "--silent"]
            try:
                subprocess.run(
                    [*command, "--prefix", ".", PEER], cwd=folder, check=True, timeout=240
                )
            except (OSError, subprocess.SubprocessError) as error:
                pytest.skip(f"npm could not bring smtp-server: {type(error).__name__}")
    return folder


@pytest.fixture
def server(peer: Path) -> Iterator[tuple[int, "subprocess.Popen[str]"]]:
    process = subprocess.Popen(["node", "-e", PROGRAM], cwd=peer, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        yield int(process.stdout.readline()), process
    finally:
        process.kill()
        process.wait(10)
        process.stdout.close()


HARD = (
    ".\n..\n.dot at the start\n"
    "From here\n--boundary\n"
    f"{'long ' * 300}\n{'x' * 2_000}\n"
    "नमस्ते — مرحبا 🚀 \ttab\t \n \n\n"
    "=3D = soft=\n"
)


def test_200_hard_mails_arrive_byte_for_byte(
    server: tuple[int, "subprocess.Popen[str]"], make_call: Callable[..., Call]
) -> None:
    port, process = server
    call = make_call(count=200)
    hard = replace(call.rendition, text=HARD + call.rendition.text, html=f"<pre>{HARD}</pre>")
    call = replace(call, rendition=hard)
    given = {"host": "127.0.0.1", "port": port, "tls": "none", "connections": 10}
    transport = SmtpTransport(SmtpSettings.model_validate(given))
    receipts = list(transport.send(call))
    transport.close()
    assert process.stdout
    mails = [json.loads(process.stdout.readline()) for _ in range(200)]

    assert {receipt.answer for receipt in receipts} == {Answer.SUBMITTED}
    compiled = compile_message(call.rendition, call.headers)
    wanted = {each.address: compiled.splice(each, call.at) for each in call.envelopes}
    assert {mail["to"][0]: base64.b64decode(mail["content"]) for mail in mails} == wanted
    assert {mail["from"] for mail in mails} == {call.headers.sender_address}
    assert {r.provider_id for r in receipts} == {f"reader{n}" for n in range(1, 201)}
