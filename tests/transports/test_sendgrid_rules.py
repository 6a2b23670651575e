"""The documented limits that no schema catches: each is looked at, and tells when it is broken."""

import dataclasses
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from newsletter.model import Call
from newsletter.transports import sendgrid_payload as payload
from tests.transports.sendgrid_stub import broken_rules


@pytest.fixture
def request_made(make_call: Callable[..., Call]) -> dict[str, Any]:
    call = dataclasses.replace(make_call(count=3), edition="daily/2026-07-05")
    mould = payload.mould(call)
    made = json.loads(mould.body([mould.part(envelope, call.id) for envelope in call.envelopes]))
    assert isinstance(made, dict)
    return made


def twice(request: dict[str, Any]) -> None:
    copied = deepcopy(request["personalizations"][0])
    copied["to"][0]["email"] = copied["to"][0]["email"].upper()
    request["personalizations"].append(copied)


def entry_of(request: dict[str, Any]) -> dict[str, Any]:
    entry = request["personalizations"][0]
    assert isinstance(entry, dict)
    return entry


BREAKS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "1 to 1000 personalizations": lambda r: r["personalizations"].clear(),
    "each address once": twice,
    "names without ; and ,": lambda r: entry_of(r)["to"][0].update(name="a;b"),
    "reserved headers": lambda r: r["headers"].update({"x-sg-eid": "1"}),
    "substitutions": lambda r: entry_of(r)["substitutions"].update(a="x" * 10_001),
    "tags": lambda r: entry_of(r)["substitutions"].update({"<a>": "x"}),
    "custom arguments": lambda r: entry_of(r)["custom_args"].update(n=1),
    "categories": lambda r: r["categories"].append("daily"),
    "from in ASCII": lambda r: r["from"].update(email="büro@example.com"),
    "30 MB": lambda r: r["content"].append("x" * 30_000_000),
}


@pytest.mark.parametrize("rule", BREAKS)
def test_each_documented_limit_is_looked_at(request_made: dict[str, Any], rule: str) -> None:
    assert broken_rules(request_made) == []
    BREAKS[rule](request_made)
    assert broken_rules(request_made) == [rule]
