"""A SendGrid of our own on this machine: real sockets, and as ill-behaved as a test asks."""

import json
import re
import socket
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from newsletter.transports.sendgrid_payload import RESERVED

KEY = "SG.a-canary-key.of-nobody"

#: Says something to who asked, by writing on the line what it likes.
Reply = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, body: bytes | Any = b"", **headers: str) -> Reply:
    """Answer whole; what is not bytes is written as JSON."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()

    def reply(line: BaseHTTPRequestHandler) -> None:
        line.send_response(status)
        for name, value in headers.items():
            line.send_header(name.replace("_", "-"), value)
        line.send_header("Content-Length", str(len(text)))
        line.end_headers()
        line.wfile.write(text)

    return reply


def errors(status: int, *told: tuple[str, str | None], **headers: str) -> Reply:
    """Answer as SendGrid does when it refuses: messages and the fields that they are about."""
    listed = [{"message": message, "field": field, "help": None} for message, field in told]
    return says(status, {"errors": listed}, **headers)


def raw(data: bytes) -> Reply:
    """Write these bytes and close the line."""

    def reply(line: BaseHTTPRequestHandler) -> None:
        line.wfile.write(data)

    return reply


def cut(line: BaseHTTPRequestHandler) -> None:
    """Reset the connection."""
    line.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # What the handler holds on to would keep the socket open.
    line.rfile.close()
    line.wfile.close()
    line.connection.close()


class SendGridStub:
    """Takes mails as SendGrid does; what tests script comes first, then 202 for ever."""

    def __init__(self) -> None:
        self.script: deque[Reply] = deque()
        #: For each request what it said, and its headers; in order.
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.accepted: list[dict[str, Any]] = []
        #: Paths that were to be deleted.
        self.removed: list[str] = []
        #: Suppression lists by name, oldest entry first, and what was asked of them.
        self.lists: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[tuple[str, dict[str, int]]] = []
        #: What it says of the account, by path.
        self.facts: dict[str, Any] = {}
        #: Told of a request's headers: True leaves its body unread and cuts the line.
        self.cuts_early = False
        #: Set when the stub ends, for replies that hang until then.
        self.over = threading.Event()
        self.url = ""

    def recipients(self) -> Counter[str]:
        return Counter(
            entry["to"][0]["email"]
            for request in self.accepted
            for entry in request["personalizations"]
        )

    def page(self, path: str) -> Reply:
        """Answer for a list: those of the time that is asked for, counted off."""
        url = urlsplit(path)
        name = url.path.removeprefix("/v3/suppression/")
        query = {key: int(value) for key, value in parse_qsl(url.query)}
        self.asked.append((name, query))
        if self.script:
            return self.script.popleft()
        begin, end = query["start_time"], query["end_time"]
        fit = [e for e in self.lists.get(name, []) if begin <= e["created"] <= end]
        return says(200, fit[query["offset"] :][: min(query["limit"], 500)])

    def hangs(self) -> Reply:
        return lambda _: (self.over.wait(20), None)[1]

    def answer(self, line: BaseHTTPRequestHandler) -> None:
        if self.cuts_early:
            self.headers.append(dict(line.headers))
            cut(line)
            return
        body = line.rfile.read(int(line.headers.get("Content-Length", "0")))
        request = json.loads(body or b"{}")
        self.requests.append(request)
        self.headers.append(dict(line.headers))
        if self.script:
            self.script.popleft()(line)
        elif wrong := broken_rules(request):
            errors(400, *((sentence, None) for sentence in wrong))(line)
        else:
            self.accepted.append(request)
            says(202, X_Message_Id=f"made-up-{len(self.accepted)}")(line)


@contextmanager
def sendgrid_stub() -> Iterator[SendGridStub]:
    """Run a stub on a free port, until the test ends."""
    stub = SendGridStub()

    class Handler(BaseHTTPRequestHandler):
        timeout = 20

        def do_POST(self) -> None:
            try:
                stub.answer(self)
            except OSError:
                self.close_connection = True

        def do_DELETE(self) -> None:
            stub.removed.append(self.path)
            (stub.script.popleft() if stub.script else says(204))(self)

        def do_GET(self) -> None:
            stub.headers.append(dict(self.headers))
            try:
                if self.path in stub.facts:
                    says(200, stub.facts[self.path])(self)
                else:
                    (stub.page(self.path) if "/suppression/" in self.path else says(200))(self)
            except OSError:
                self.close_connection = True

        def finish(self) -> None:
            try:
                super().finish()
            except (OSError, ValueError):
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield stub
    finally:
        stub.over.set()
        server.shutdown()
        server.server_close()
        thread.join(10)


def broken_rules(request: Mapping[str, Any]) -> list[str]:
    """Name the documented limits of mail/send that a request breaks."""
    entries = request.get("personalizations", [])
    seen = Counter(
        to["email"].casefold()
        for e in entries
        for kind in ("to", "cc", "bcc")
        for to in e.get(kind, [])
    )
    checks = {
        "1 to 1000 personalizations": 1 <= len(entries) <= 1000,
        "each address once": max(seen.values(), default=0) <= 1,
        "30 MB": len(json.dumps(request)) < 30_000_000,
        "names without ; and ,": not any(
            set(";,") & set(to.get("name", "")) for e in entries for to in e["to"]
        ),
        "reserved headers": all(
            _fit(h) for h in [request.get("headers", {}), *_each(entries, "headers")]
        ),
        "substitutions": all(_small(each) for each in _each(entries, "substitutions")),
        "tags": all(_plain(tag) for each in _each(entries, "substitutions") for tag in each),
        "custom arguments": all(_small(each) for each in _each(entries, "custom_args")),
        "categories": _are_categories(request.get("categories", [])),
        "from in ASCII": str(request.get("from", {}).get("email", "")).isascii(),
    }
    return [rule for rule, kept in checks.items() if not kept]


def _each(entries: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [entry.get(name, {}) for entry in entries]


def _fit(headers: Mapping[str, Any]) -> bool:
    names = [name.lower() for name in headers]
    strings = all(isinstance(v, str) and not set("\r\n\0") & set(v) for v in headers.values())
    once = len(names) == len(set(names))
    return strings and once and not RESERVED & set(names) and "".join(names).isascii()


def _small(values: Mapping[str, Any]) -> bool:
    strings = all(isinstance(value, str) for value in values.values())
    return strings and len(json.dumps(values)) <= 10_000


def _plain(tag: str) -> bool:
    return bool(re.fullmatch(r"[^<>&\s]+", tag))


def _are_categories(names: list[str]) -> bool:
    short = all(name.isascii() and len(name) <= 255 for name in names)
    return short and len(names) == len(set(names)) <= 10
