"""Dashboard and alerts: every metric, label and state that they name is one of ours."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from newsletter.model import DeliveryState, EditionState
from newsletter.monitoring.meters import COUNTERS, GAUGES, HISTOGRAMS
from tests.deploy.named import FOLDER

#: What Prometheus itself puts on every series.
THEIRS = {"job", "instance", "process", "le"}

LABELS: Mapping[str, set[str]] = {
    **{meter.name: set(meter.labels) for meter in (*COUNTERS, *GAUGES)},
    **{
        meter.name + end: set(meter.labels)
        for meter in HISTOGRAMS
        for end in ("_bucket", "_sum", "_count")
    },
    "up": set(),
}

#: Values that are known, by the label and the metric that bears it.
VALUES = {
    ("newsletter_edition_state", "state"): {state.value for state in EditionState},
    ("newsletter_edition_deliveries", "state"): {state.value for state in DeliveryState},
    ("newsletter_mails_total", "answer"): {state.value for state in DeliveryState},
    ("newsletter_http_request_duration_seconds_bucket", "kind"): {
        "click",
        "pixel",
        "press",
        "other",
    },
    ("newsletter_letters_total", "outcome"): {"put off", "dropped", "sent", "refused", "unknown"},
    ("newsletter_events_total", "kind"): {"complained", "bounced", "delivered"},
}

#: Functions and words of PromQL that are used.
WORDS = {
    "avg", "by", "histogram_quantile", "increase", "max", "min", "on", "and", "rate", "sum", "time"
}  # fmt: skip


def alerts() -> list[dict[str, Any]]:
    held = yaml.safe_load((FOLDER / "prometheus/alerts.yaml").read_text(encoding="utf-8"))
    return [rule for group in held["groups"] for rule in group["rules"]]


def panels() -> list[dict[str, Any]]:
    held = json.loads((FOLDER / "grafana/newsletter.json").read_text(encoding="utf-8"))
    return [panel for panel in held["panels"] if panel["type"] != "row"]


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in alerts())
    yield from (target["expr"] for panel in panels() for target in panel["targets"])


def faults(expression: str) -> Iterator[str]:
    """Name what an expression asks for that nobody says."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    for opening, closing in ("()", "{}", "[]"):
        if bare.count(opening) != bare.count(closing):
            yield f"{opening} is not closed"
    asked = re.findall(r"\b(newsletter_\w+|up\b)(?:\{([^}]*)\})?", expression)
    for name, matchers in asked:
        yield from series_faults(name, matchers)
    borne = {label for name, _ in asked for label in LABELS.get(name, ())} | THEIRS
    groups = " ".join(re.findall(r"\bby \(([^)]*)\)", expression))
    yield from (f"nothing has a label {one}" for one in set(re.findall(r"\w+", groups)) - borne)
    words = re.sub(r"\{[^}]*\}|\bby \([^)]*\)|\[[^\]]*\]", " ", bare)
    known = WORDS | set(LABELS)
    yield from (f"{one} is no word" for one in set(re.findall(r"\b[a-z_]+\b", words)) - known)


def series_faults(name: str, matchers: str) -> Iterator[str]:
    if name not in LABELS:
        yield f"{name} is no metric"
        return
    for label, value in re.findall(r'(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"', matchers):
        if label not in LABELS[name] | THEIRS:
            yield f"{name} has no label {label}"
        if value not in VALUES.get((name, label), {value}):
            yield f"{name} has no {label} {value}"


@pytest.mark.parametrize("expression", sorted(set(expressions())))
def test_an_expression_asks_for_what_there_is(expression: str) -> None:
    assert list(faults(expression)) == []


@pytest.mark.parametrize(
    "expression",
    [
        "newsletter_unknown > 0",
        'newsletter_edition_state{status="paused"}',
        'newsletter_edition_state{state="halted"}',
        "sum by (reader) (newsletter_mails_total)",
        "sum(rate(newsletter_mails_total[5m])",
        "summ(newsletter_mails_total)",
        "newsletter_commit_items > 1",
    ],
)
def test_what_there_is_not_is_found(expression: str) -> None:
    assert list(faults(expression))


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: rule["alert"])
def test_an_alert_says_how_bad_it_is_and_what_to_do(rule: dict[str, Any]) -> None:
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Newsletter[A-Z]\w+", rule["alert"])
    assert rule["labels"]["severity"] in {"page", "ticket"}
    assert set(rule["annotations"]) == {"summary", "description"}
    assert re.fullmatch(r"\d+[smh]", rule.get("for", "1m"))
    shown = set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    grouped = set(re.findall(r"\w+", " ".join(re.findall(r"by \(([^)]*)\)", rule["expr"]))))
    assert shown <= grouped | ({"instance"} if "by" not in rule["expr"] else set())


def test_every_gauge_is_watched_by_somebody() -> None:
    asked = " ".join(expressions())

    assert [gauge.name for gauge in GAUGES if gauge.name not in asked] == []


def test_panels_have_titles_of_their_own_and_do_not_overlap() -> None:
    places: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not cells & places, panel["title"]
        assert at["x"] + at["w"] <= 24
        places |= cells
    assert len({panel["title"] for panel in panels()}) == len(panels())
