"""
The public web app on both databases: leaving, joining, the archive; and leaving during a send.

    one-click    5,000 readers, 32 connections: 1,000 a second, p99 50 ms, 0 lost
    archive      1,000 editions: p99 50 ms
    joining      four kinds of address, 2,000 each: same bytes, times that cannot be told apart
    race         10,000 readers leave while an edition goes out: none is claimed after its 200

Beside one-click: the same requests to `/healthz`, which does nothing. `python benches/web.py`.
"""

import asyncio
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from _bench import DATABASES, alone, row
from sqlalchemy import text

from newsletter.model import SubscriberState, SuppressionReason
from newsletter.newsroom import Draft, Newsroom
from newsletter.settings import Settings
from newsletter.storage import subscribers
from newsletter.tracking.tokens import Purpose, TokenType

ROOT = Path(__file__).parents[1]
READERS, CONNECTIONS = 5_000, 32
EDITIONS, LOOKS = 1_000, 2_000
#: Kinds of address, each with a domain of the same length, and how many are asked for.
KINDS = {"new": "aaaa", "pending": "bbbb", "active": "cccc", "suppressed": "dddd"}
ASKED = 2_000
RACERS = 10_000

SECRET = "a secret for measuring, 32 letters."  # noqa: S105

#: Set for each part: it runs in a process of its own.
ENVIRONMENT: dict[str, str] = {}

Request = bytes


def newsroom(url: str, folder: Path) -> Newsroom:
    values: dict[str, Any] = {
        "database_url": url,
        "secret": SECRET,
        "templates_dir": ROOT / "templates",
        "articles_dir": ROOT / "articles",
        "subscribers_dir": folder,
        "outbox": {"dir": folder / "outbox"},
    }
    return Newsroom(Settings(_env_file=None, **values))  # type: ignore[call-arg]


def enrol(room: Newsroom, count: int, domain: str = "example.com") -> list[int]:
    """Put readers on the list; returns their public ids."""
    now = datetime.now(UTC)
    with room._house.database.begin() as connection:
        list_id, _ = subscribers.find_or_make_list(connection, "daily")
        for number in range(count):
            key = f"r{number}@{domain}"
            who = subscribers.enrol(connection, key, key, "", now=now)
            subscribers.subscribe(connection, who, list_id, SubscriberState.ACTIVE, now=now)
        found = connection.execute(text("SELECT public_id FROM subscribers ORDER BY id"))
        return list(found.scalars())


def plan(room: Newsroom, day: str) -> Draft:
    draft = room.desk.build(room.newsletter(), date.fromisoformat(day))
    assert isinstance(draft, Draft)
    room.dispatch.plan(draft)
    return draft


def environment(url: str, folder: Path) -> dict[str, str]:
    """Return what `newsletter serve` needs to serve the same newsroom."""
    settings = {
        "DATABASE_URL": url,
        "SECRET": SECRET,
        "TEMPLATES_DIR": str(ROOT / "templates"),
        "ARTICLES_DIR": str(ROOT / "articles"),
        "SUBSCRIBERS_DIR": str(folder),
        "OUTBOX__DIR": str(folder / "outbox"),
        "WEB__JOINS_PER_HOUR": "10000000",
        "WEB__JOINS_PER_MINUTE": "10000000",
    }
    return {**os.environ, **{f"NEWSLETTER_{name}": value for name, value in settings.items()}}


def served(room: Newsroom, work: Callable[[int], Coroutine[Any, Any, None]]) -> None:
    """Run `newsletter serve` as it is, and let a client work on its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "newsletter", "serve", "--port", str(port)]
    log = (room.settings.subscribers_dir / "serve.log").open("w")
    server = subprocess.Popen(command, env=ENVIRONMENT, stderr=log, cwd=ROOT)
    try:
        while not _listens(port):
            time.sleep(0.05)
        asyncio.run(work(port))
    finally:
        server.terminate()
        server.wait(20)


def _listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


def post(path: str, body: str) -> Request:
    return (
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\n\r\n{body}"
    ).encode()


def get(path: str) -> Request:
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


async def answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request
) -> tuple[int, bytes]:
    """Send one request over an open connection; returns status and body."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length)


async def hammer(port: int, requests: Sequence[Request]) -> tuple[float, list[float], int]:
    """Send all over 32 connections; returns seconds, each one's milliseconds, and failures."""
    left, took, failed = list(reversed(requests)), [], 0

    async def one() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while left:
            request, began = left.pop(), time.perf_counter()
            status, _ = await answer(reader, writer, request)
            took.append(1000 * (time.perf_counter() - began))
            failed += status != 200
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return time.perf_counter() - began, took, failed


def figures(seconds: float, took: list[float]) -> tuple[str, str, str]:
    p99 = statistics.quantiles(took, n=100)[98]
    return f"{len(took) / seconds:,.0f}/s", f"{statistics.median(took):.1f}", f"{p99:.1f}"


def leaving(room: Newsroom, name: str) -> None:
    readers = enrol(room, READERS)
    plan(room, "2026-07-05")
    keyring = room._house.keyring
    doors = [keyring.mint(Purpose.DOOR, TokenType.EDITION, 1, reader) for reader in readers]
    presses = [post(f"/u/{door}", "List-Unsubscribe=One-Click") for door in doors]

    async def work(port: int) -> None:
        await hammer(port, [get("/healthz")] * 500)
        idle, nothing, _ = await hammer(port, [get("/healthz")] * READERS)
        row(f"{name}, /healthz", *figures(idle, nothing))
        seconds, took, failed = await hammer(port, presses)
        row(f"{name}, one-click", *figures(seconds, took), f"{failed} failed")

    served(room, work)
    draft = plan(room, "2026-07-06")
    with room._house.database.read() as connection:
        left = text("SELECT count(*) FROM suppressions WHERE reason = 'unsubscribed'")
        lost = READERS - int(connection.execute(left).scalar_one())
        query = text("SELECT selected FROM editions WHERE day = :day")
        selected = connection.execute(query, {"day": str(draft.id.day)}).scalar_one()
    row(f"{name}, lost / in the next plan", f"{lost}", f"{selected}")


def archive(room: Newsroom, name: str) -> None:
    enrol(room, 1)
    plan(room, "2026-07-05")
    copied = (
        "newsletter_id, revision, state, subject, preheader, html, text, hash, headers, timezone,"
        " cutoff, planned_at, sending_began_at"
    )
    with room._house.database.begin() as connection:
        connection.execute(
            text("UPDATE editions SET state = 'sent', sending_began_at = :now"),
            {"now": "2026-07-05 01:30:00"},
        )
        statement = text(
            f"INSERT INTO editions (day, {copied}) SELECT :day, {copied} FROM editions"
            " WHERE number = 1"
        )
        for number in range(EDITIONS):
            day = date(2023, 1, 1) + timedelta(days=number)
            connection.execute(statement, {"day": day if "post" in name else str(day)})

    async def work(port: int) -> None:
        for path in ("/archive", "/archive?q=alibaba&page=9", "/archive/daily/2024-02-29"):
            await hammer(port, [get(path)] * 50)
            seconds, took, failed = await hammer(port, [get(path)] * LOOKS)
            row(f"{name}, {path}", *figures(seconds, took), f"{failed} failed")
            one, singly = 0.0, []
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            for _ in range(500):
                began = time.perf_counter()
                await answer(reader, writer, get(path))
                singly.append(1000 * (time.perf_counter() - began))
                one += singly[-1] / 1000
            writer.close()
            row("  one reader at a time", *figures(one, singly))

    served(room, work)


def joining(room: Newsroom, name: str) -> None:
    """Ask for four kinds of address, shuffled, one after the other; compare each with the rest."""
    for kind in ("pending", "active"):
        enrol(room, ASKED, f"{KINDS[kind]}.example")
    with room._house.database.begin() as connection:
        connection.execute(
            text(
                "UPDATE subscriptions SET state = 'pending' WHERE subscriber_id IN"
                " (SELECT id FROM subscribers WHERE key LIKE '%@bbbb.example')"
            )
        )
        for number in range(ASKED):
            key = f"r{number}@dddd.example"
            reason = SuppressionReason.BOUNCED
            subscribers.suppress(connection, key, None, reason, now=datetime.now(UTC))
    keyring = room._house.keyring
    mark = keyring.mint(Purpose.FORM, TokenType.EXPIRY, 0, int(time.time() - 5))
    asked = [(kind, number) for kind in KINDS for number in range(ASKED)]
    random.Random(7).shuffle(asked)
    took: dict[str, list[float]] = {kind: [] for kind in KINDS}
    bodies: set[bytes] = set()

    async def work(port: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for kind, number in asked:
            request = post(
                "/subscribe", f"email=r{number}%40{KINDS[kind]}.example&mark={mark}&lang=en"
            )
            began = time.perf_counter()
            _, body = await answer(reader, writer, request)
            took[kind].append(1000 * (time.perf_counter() - began))
            bodies.add(body)
        writer.close()

    served(room, work)
    row(f"{name}, different answers", f"{len(bodies)}")
    for kind in KINDS:
        others = [ms for other in KINDS if other != kind for ms in took[other]]
        p = mann_whitney(took[kind], others)
        row(f"  {kind}", f"{statistics.median(took[kind]):.2f} ms", f"p = {p:.3f}")


def mann_whitney(one: list[float], other: list[float]) -> float:
    """Return the two-sided p of the Mann-Whitney U test, by its normal approximation."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    rank_sum = sum(place for place, (_, side) in enumerate(ranked, 1) if side == 0)
    n, m = len(one), len(other)
    u = rank_sum - n * (n + 1) / 2
    z = abs(u - n * m / 2) / (n * m * (n + m + 1) / 12) ** 0.5
    return 2 * (1 - statistics.NormalDist().cdf(z))


def race(room: Newsroom, name: str) -> None:
    """Let 10,000 leave while their edition goes out; compare each one's clock with its call's."""
    readers = enrol(room, RACERS)
    plan(room, "2026-07-05")
    keyring = room._house.keyring
    doors = {reader: keyring.mint(Purpose.DOOR, TokenType.EDITION, 1, reader) for reader in readers}
    order = list(readers)
    random.Random(7).shuffle(order)
    left: dict[int, datetime] = {}

    async def work(port: int) -> None:
        async def one() -> None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while order:
                who = order.pop()
                press = post(f"/u/{doors[who]}", "List-Unsubscribe=One-Click")
                status, _ = await answer(reader, writer, press)
                assert status == 200
                left[who] = datetime.now(UTC)
            writer.close()

        await asyncio.gather(*(one() for _ in range(4)))

    command = [sys.executable, "-m", "newsletter", "send", "--date", "2026-07-05", "--yes"]
    # About as fast as they leave, so that most are decided by a hair.
    slow = {**ENVIRONMENT, "NEWSLETTER_MAX_RATE": "1200"}
    sending = subprocess.Popen(command, env=slow, cwd=ROOT, stdout=subprocess.DEVNULL)
    served(room, work)
    sending.wait(120)
    query = text(
        "SELECT s.public_id, d.state, d.intent_at FROM deliveries d"
        " JOIN subscribers s ON s.id = d.subscriber_id"
    ).columns(intent_at=_moment())
    with room._house.database.read() as connection:
        rows = connection.execute(query).all()
    late = sum(1 for r in rows if r.intent_at and r.intent_at > left[r.public_id])
    skipped = sum(1 for r in rows if r.state == "skipped")
    row(f"{name}, {RACERS:,} leave", f"{late} late", f"{skipped:,} spared", f"{len(rows):,} rows")


def _moment() -> Any:
    from newsletter.storage.columns import Moment  # noqa: PLC0415

    return Moment()


PARTS = {"one-click": leaving, "archive": archive, "joining": joining, "race": race}


def measure(part: str, database: str) -> None:
    with tempfile.TemporaryDirectory() as folder, DATABASES[database](Path(folder)) as url:
        address = url.replace("postgresql:", "postgresql+psycopg:")
        ENVIRONMENT.update(environment(address, Path(folder)))
        room = newsroom(address, Path(folder))
        PARTS[part](room, database)
        room._house.database.close()


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        measure(*sys.argv[2:4])
        return
    for part in sys.argv[1:] or PARTS:
        row(part, "a second", "median ms", "p99 ms")
        for database in DATABASES:
            alone(__file__, part, database)


if __name__ == "__main__":
    main()
