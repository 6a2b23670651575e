"""Spans: an edition's way and a request's, for a collector, and nobody shown in them."""

import logging
import re
import threading
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.telemetry import _runtime
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from newsletter.errors import SettingsError
from newsletter.monitoring import traces
from newsletter.newsroom import Draft, Newsroom
from newsletter.settings import Settings
from newsletter.tracking.tokens import Purpose, TokenType
from tests.monitoring.conftest import house
from tests.web.conftest import Site


class Collector(HTTPServer):
    """Takes OTLP over HTTP, on loopback, and keeps what it was sent."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        super().__init__(("127.0.0.1", 0), _Taker)

    @property
    def spans(self) -> list[Any]:
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


class _Taker(BaseHTTPRequestHandler):
    server: Collector

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def collector() -> Iterator[Collector]:
    server = Collector()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def settings(folder: Path, endpoint: str) -> Settings:
    return house(folder, traces={"endpoint": endpoint})


def facts(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def test_an_edition_and_its_clicks_are_told_to_a_collector_and_no_reader_is(
    tmp_path: Path, collector: Collector
) -> None:
    room = Newsroom(settings(tmp_path, f"http://127.0.0.1:{collector.server_port}"))
    end = traces.start(room.settings)
    for name in ("ann", "bo"):
        room.circulation.add(f"{name}@canary.example", "daily", name="Canary", again=False)
    draft = room.desk.build(room.newsletter(), date(2026, 7, 5))
    assert isinstance(draft, Draft)
    room.dispatch.plan(draft)
    room.dispatch.deliver(draft.id, show=lambda *_: None, stop=lambda: False)
    keyring = room._house.keyring
    tokens = {p: keyring.mint(p, TokenType.EDITION, 1, 77) for p in Purpose}
    site = Site(room, tmp_path)
    site.start()
    with httpx.Client(base_url=site.url) as web:
        web.get(f"/c/{tokens[Purpose.CLICK]}/1", headers={"Accept-Language": "en"})
        web.get(f"/o/{tokens[Purpose.OPEN]}.gif")
        web.get(f"/u/{tokens[Purpose.DOOR]}?to=ann@canary.example")
        web.get(f"/nothing/{tokens[Purpose.DOOR]}")
    site.stop()
    end()

    names = [span.name for span in collector.spans]
    assert {"render", "plan", "call", "commit"} < set(names)
    assert "GET /c/{token}/{n}" in names
    assert "GET /u/{token}" in names
    assert "GET none" in names
    by_name = {span.name: facts(span) for span in collector.spans}
    assert by_name["plan"] == {
        "newsletter.edition": "daily/2026-07-05",
        "newsletter.readers": 2,
    }
    call = by_name["call"]
    assert (call["newsletter.size"], call["newsletter.outcome"]) == (2, "answered")
    assert by_name["GET /c/{token}/{n}"] == {"newsletter.status": 302}
    sent = b"".join(collector.bodies)
    assert not re.search(rb"canary|ann@", sent)
    for token in tokens.values():
        assert token.encode() not in sent


def test_a_fault_is_told_by_its_kind_and_not_its_words(
    tmp_path: Path, collector: Collector
) -> None:
    end = traces.start(settings(tmp_path, f"http://127.0.0.1:{collector.server_port}"))
    with pytest.raises(ValueError, match="ann"), traces.span("plan", to="ann@example.com"):
        raise ValueError("ann@example.com")
    end()

    (span,) = collector.spans
    assert facts(span) == {"newsletter.to": "[address]", "error.type": "ValueError"}
    assert not span.events
    assert b"ann@" not in b"".join(collector.bodies)


def test_a_commit_belongs_to_no_single_request(tmp_path: Path, collector: Collector) -> None:
    end = traces.start(settings(tmp_path, f"http://127.0.0.1:{collector.server_port}"))
    with traces.span("request"), traces.span("commit", alone=True), traces.span("inner"):
        pass
    end()

    spans = {span.name: span for span in collector.spans}
    assert spans["commit"].trace_id != spans["request"].trace_id
    assert spans["inner"].parent_span_id == spans["commit"].span_id


def test_without_an_endpoint_nothing_is_loaded_and_nothing_made(tmp_path: Path) -> None:
    traces.start(settings(tmp_path, ""))()

    with traces.span("plan", edition="daily/2026-07-05") as tell:
        tell("another", readers=3)
    assert traces._maker is None


def test_a_collector_that_is_away_holds_up_nobody(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    end = traces.start(settings(tmp_path, "http://127.0.0.1:9"))
    with traces.span("plan"):
        pass
    with caplog.at_level(logging.CRITICAL):
        end()


def test_what_is_not_installed_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = "opentelemetry.exporter.otlp.proto.http.trace_exporter"
    monkeypatch.setitem(__import__("sys").modules, missing, None)

    with pytest.raises(SettingsError) as told:
        traces.start(settings(tmp_path, "http://127.0.0.1:4318"))
    assert told.value.hint == "pip install newsletter[traces]"


def test_the_web_framework_tells_nobody_by_itself(
    tmp_path: Path, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"http://127.0.0.1:{collector.server_port}"
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", address)
    site = Site(Newsroom(settings(tmp_path, "")), tmp_path)
    site.start()
    assert httpx.get(f"{site.url}/u/nothing").status_code == httpx.codes.NOT_FOUND
    site.stop()
    # It would send what it has when the process ends.
    _runtime._flush()

    assert collector.bodies == []
