"""
What comes back, on both databases: clicks, pixels, and SendGrid's events.

    clicks     32 connections: 6,000 a second, p99 17 ms, every one counted (best peer: 5,300)
    pixels     32 connections: 6,000 a second (best peer: 4,600)
    events     1,000 in a post, verified and kept: 20,000 a second; and how fast they are read then

Beside them: `/healthz`, which does nothing. wrk makes the requests where it is installed (Debian's
package wrk): a client in Python takes as much of the machine as the server. Both share its cores.
"""

import asyncio
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from base64 import b64encode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import web
from _bench import DATABASES, alone, row
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import text
from web import Request, enrol, environment, get, hammer, newsroom, plan, served

from newsletter.newsroom import Newsroom
from newsletter.tracking.tokens import Purpose, TokenType

READERS, CONNECTIONS, SECONDS = 5_000, 32, 8
POSTS, IN_A_POST = 60, 1_000

AGENT = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/138.0.0.0 Mobile Safari/537.36"
)

_SCRIPT = """
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = line end
local turn = math.random(#paths)
request = function()
  turn = turn %% #paths + 1
  return wrk.format("GET", paths[turn], {["User-Agent"] = "%s", ["Accept-Language"] = "en"})
end
done = function(summary, latency, _)
  local wrong = summary.errors.status + summary.errors.read + summary.errors.timeout
  print(string.format("R %%d %%f %%f %%f %%d", summary.requests, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000, wrong))
end
"""


def pressed(port: int, folder: Path, paths: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """Ask for paths in turn for some seconds; returns how many were answered, and figures."""
    listed, script = folder / "paths", folder / "paths.lua"
    listed.write_text("\n".join(paths))
    script.write_text(_SCRIPT % (listed, AGENT))
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", str(script)]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}"], check=True, capture_output=True, text=True
    ).stdout
    found = re.search(r"^R (\d+) ([\d.]+) ([\d.]+) ([\d.]+) (\d+)$", said, re.MULTILINE)
    assert found, said
    count, seconds, median, p99, wrong = (float(part) for part in found.groups())
    figures = (f"{count / seconds:,.0f}/s", f"{median:.1f}", f"{p99:.1f}", f"{wrong:.0f} failed")
    return int(count), figures


def counted(room: Newsroom, kind: str) -> int:
    with room._house.database.read() as connection:
        query = text("SELECT count(*) FROM events WHERE kind = :kind")
        return int(connection.execute(query, {"kind": kind}).scalar_one())


def clicks(room: Newsroom, name: str) -> None:
    readers = enrol(room, READERS)
    plan(room, "2026-07-05")
    mint, edition = room._house.keyring.mint, TokenType.EDITION
    kinds = {
        "clicked": [f"/c/{mint(Purpose.CLICK, edition, 1, reader)}/1" for reader in readers],
        "opened": [f"/o/{mint(Purpose.OPEN, edition, 1, reader)}.gif" for reader in readers],
    }
    folder = room.settings.subscribers_dir

    async def work(port: int) -> None:
        await hammer(port, [get("/healthz")] * 200)
        _, figures = pressed(port, folder, ["/healthz"])
        row(f"{name}, /healthz", *figures)
        for kind, paths in kinds.items():
            asked, figures = pressed(port, folder, paths)
            # Those that were in flight when the time was up are counted too, and not answered.
            await asyncio.sleep(0.5)
            lost = max(0, asked - counted(room, kind))
            row(f"{name}, {kind}", *figures, f"{lost} lost")

    served(room, work)


def events(room: Newsroom, name: str) -> None:
    enrol(room, READERS)
    plan(room, "2026-07-05")
    with room._house.database.begin() as connection:
        connection.execute(text("UPDATE deliveries SET state = 'submitted'"))
    posts = [_post(number) for number in range(POSTS)]

    async def work(port: int) -> None:
        seconds, took, failed = await hammer(port, posts)
        rate = POSTS * IN_A_POST / seconds
        row(f"{name}, kept", f"{rate:,.0f}/s", "", f"{max(took):.1f}", f"{failed} failed")

    served(room, work)
    # `serve` has read some of them meanwhile.
    with room._house.database.read() as connection:
        left = int(connection.execute(text("SELECT count(*) FROM parcels")).scalar_one())
    began = time.process_time(), time.perf_counter()
    room.inbox.read_parcels()
    busy, seconds = time.process_time() - began[0], time.perf_counter() - began[1]
    told = left * IN_A_POST
    row(f"{name}, read", f"{told / seconds:,.0f}/s", f"{1e6 * busy / max(told, 1):.0f} µs CPU")
    known = counted(room, "delivered")
    row(f"{name}, lost", f"{POSTS * IN_A_POST - known}")


def _post(number: int) -> Request:
    """Write a post of a thousand events as SendGrid does, signed."""
    first = number * IN_A_POST
    body = json.dumps([_event(n) for n in range(first, first + IN_A_POST)]).encode()
    timestamp = str(int(time.time()))
    signature = b64encode(KEY.sign(timestamp.encode() + body, ECDSA(SHA256()))).decode()
    head = (
        f"POST /webhooks/sendgrid HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"X-Twilio-Email-Event-Webhook-Signature: {signature}\r\n"
        f"X-Twilio-Email-Event-Webhook-Timestamp: {timestamp}\r\n\r\n"
    )
    return head.encode() + body


def _event(n: int) -> dict[str, Any]:
    delivery = n % READERS + 1
    return {
        "email": f"r{delivery}@example.com",
        "timestamp": int(time.time()),
        "smtp-id": f"<{n}.message@geopod-ismtpd>",
        "event": "delivered",
        "category": ["daily", "daily/2026-07-05"],
        "sg_event_id": f"ZGVsaXZlcmVkLTAt{n:08d}",
        "sg_message_id": f"{n:022d}.recvd-5f54b5d587-2kxpm-1-6867",
        "response": "250 2.0.0 OK  1751690000 d75a77b69052e-4a9 - gsmtp",
        "sm_edition": "daily/2026-07-05",
        "sm_call": "c" * 24,
        "sm_delivery": str(delivery),
    }


KEY = generate_private_key(SECP256R1())


def _public() -> str:
    spelled = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b64encode(spelled).decode("ascii")


PARTS = {"clicks": clicks, "events": events}


def measure(part: str, database: str) -> None:
    with tempfile.TemporaryDirectory() as folder, DATABASES[database](Path(folder)) as url:
        address = url.replace("postgresql:", "postgresql+psycopg:")
        key = {"NEWSLETTER_SENDGRID__WEBHOOK_KEY": _public()}
        web.ENVIRONMENT.update(environment(address, Path(folder)) | key)
        room = newsroom(address, Path(folder))
        PARTS[part](room, database)
        room._house.database.close()


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        measure(*sys.argv[2:4])
        return
    for part in sys.argv[1:] or PARTS:
        if part == "clicks" and not shutil.which("wrk"):
            print("  clicks are measured with wrk, which is not installed (Debian's package wrk)")
            continue
        row(part, "a second", "median ms", "p99 ms")
        for database in DATABASES:
            alone(__file__, part, database)


if __name__ == "__main__":
    main()
