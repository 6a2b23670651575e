"""Compose and Kubernetes: what they set is there; nobody is root, or writes where it need not."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml

from tests.deploy.named import FOLDER, are_settings, is_command

SCHEMA = Path(__file__).parents[1] / "data/kubernetes/schema-1.37.json"


def manifests() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(FOLDER.glob("kubernetes/*.yaml")):
        for one in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            yield f"{one['kind']}/{one['metadata']['name']}", one


MANIFESTS = dict(manifests())


@cache
def validator(kind: str) -> Any:
    held = json.loads(SCHEMA.read_text(encoding="utf-8"))
    root = held["kinds"][kind]
    return jsonschema_rs.validator_for(
        {"$ref": f"#/definitions/{root}", "definitions": held["definitions"]}
    )


def wrong(manifest: dict[str, Any]) -> list[str]:
    kind = f"{manifest['apiVersion']}/{manifest['kind']}"
    return [str(error) for error in validator(kind).iter_errors(manifest)]


@pytest.mark.parametrize("name", MANIFESTS)
def test_kubernetes_own_schema_takes_a_manifest(name: str) -> None:
    assert wrong(MANIFESTS[name]) == []


def test_the_schema_takes_no_slip() -> None:
    slips: list[dict[str, Any]] = [
        {"spec": {"replica": 2}},
        {"spec": {"selector": {"matchLabels": {}}, "template": {"spec": {"container": []}}}},
        {"sepc": {}},
    ]
    for slip in slips:
        assert wrong({"apiVersion": "apps/v1", "kind": "Deployment", **slip})


def pods() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, one in MANIFESTS.items():
        spec = one.get("spec", {})
        template = spec.get("jobTemplate", {}).get("spec", spec).get("template")
        if template:
            yield name, template


PODS = dict(pods())


@pytest.mark.parametrize("name", PODS)
def test_a_pod_is_not_root_and_writes_into_its_volumes_alone(name: str) -> None:
    spec = PODS[name]["spec"]
    (container,) = spec["containers"]
    mounted = {one["name"] for one in container["volumeMounts"]}
    claims = MANIFESTS[name].get("spec", {}).get("volumeClaimTemplates", [])
    there = {one["name"] for one in spec["volumes"]} | {c["metadata"]["name"] for c in claims}

    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert mounted == there == {"var", "tmp", "secrets"}
    assert is_command(container["args"])
    assert "memory" in container["resources"]["limits"]


@pytest.mark.parametrize("name", PODS)
def test_labels_and_selectors_agree(name: str) -> None:
    selector = MANIFESTS[name].get("spec", {}).get("selector", {}).get("matchLabels")
    labels = PODS[name]["metadata"]["labels"]

    # A job makes its own selector.
    assert selector == (None if name.startswith("CronJob/") else labels)
    assert labels["app.kubernetes.io/name"] == "newsletter"


def test_a_process_that_runs_for_ever_is_probed_where_it_answers() -> None:
    for name, pod in PODS.items():
        (container,) = pod["spec"]["containers"]
        ports = {port["name"] for port in container.get("ports", [])}
        probes = {key: container[key] for key in container if key.endswith("Probe")}
        assert probes or name.startswith("CronJob/"), name
        assert {probe["httpGet"]["port"] for probe in probes.values()} <= ports
        assert {probe["httpGet"]["path"] for probe in probes.values()} <= {
            "/healthz",
            "/readyz",
            "/metrics",
        }


def test_the_job_goes_on_with_4_alone_and_in_the_newsletters_zone() -> None:
    spec = MANIFESTS["CronJob/newsletter-send"]["spec"]
    (rule,) = spec["jobTemplate"]["spec"]["podFailurePolicy"]["rules"]

    assert (spec["schedule"], spec["timeZone"]) == ("0 7 * * *", "Asia/Kolkata")
    assert spec["concurrencyPolicy"] == "Forbid"
    assert rule["onExitCodes"] == {"operator": "In", "values": [1, 2, 3]}


def test_what_kubernetes_sets_is_there_and_no_secret_stands_in_plain_words() -> None:
    assert are_settings(MANIFESTS["ConfigMap/newsletter"]["data"])


# ── Compose ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    held: dict[str, Any] = yaml.safe_load(
        (FOLDER / "container/compose.yaml").read_text(encoding="utf-8")
    )
    return held


def test_compose_runs_commands_of_ours_with_settings_of_ours(compose: dict[str, Any]) -> None:
    for name in ("web", "run", "worker"):
        service = compose["services"][name]
        assert is_command(service["command"])
        assert are_settings(service["environment"])
        assert service["read_only"] is True
        assert service["user"] == "10001:10001"
        assert service["cap_drop"] == ["ALL"]
        files = {v for k, v in service["environment"].items() if k.endswith("_FILE")}
        assert files == {f"/run/secrets/{secret}" for secret in service["secrets"]}


def test_compose_names_nothing_that_is_not_there(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        assert set(service["networks"]) <= set(compose["networks"])
        assert set(service["secrets"]) <= set(compose["secrets"])
        named = {volume.partition(":")[0] for volume in service["volumes"]}
        assert {name for name in named if not name.startswith(".")} <= set(compose["volumes"])
    known = {"name", "services", "networks", "volumes", "secrets", "x-app"}
    assert set(compose) == known


def test_the_database_has_no_way_out(compose: dict[str, Any]) -> None:
    assert compose["services"]["database"]["networks"] == ["inside"]
    assert compose["networks"]["inside"] == {"internal": True}
    assert "ports" not in compose["services"]["database"]


def test_the_image_is_not_root_and_is_of_locked_packages() -> None:
    text = (FOLDER / "container/Containerfile").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]

    assert "USER 10001:10001" in lines
    assert lines.index("USER 10001:10001") < lines.index('ENTRYPOINT ["newsletter"]')
    assert text.count("--require-hashes") == 2
    bases = [line.split()[1] for line in lines if line.startswith("FROM ")]
    assert all("/" not in base for base in bases)
    root = FOLDER.parent
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            assert all((root / name).exists() for name in line.split()[1:-1]), line
