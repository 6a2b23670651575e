"""The units: our own reader looks at them everywhere, systemd's own where it is there."""

import re
import shutil
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.deploy.named import FOLDER, are_settings, is_command

UNITS = sorted(FOLDER.glob("systemd/*.service")) + sorted(FOLDER.glob("systemd/*.timer"))
SERVICES = [unit for unit in UNITS if unit.suffix == ".service"]

#: Every key that may stand in which section (systemd.unit(5), systemd.service(5), systemd.exec(5)).
KNOWN: Mapping[str, frozenset[str]] = {
    "Unit": frozenset({"Description", "Wants", "After", "StartLimitIntervalSec"}),
    "Timer": frozenset({"OnCalendar", "AccuracySec", "Persistent"}),
    "Install": frozenset({"WantedBy"}),
    "Service": frozenset(
        {
            "Type",
            "User",
            "Group",
            "WorkingDirectory",
            "StateDirectory",
            "StateDirectoryMode",
            "EnvironmentFile",
            "LoadCredential",
            "Environment",
            "ExecStart",
            "TimeoutStartSec",
            "TimeoutStopSec",
            "Restart",
            "RestartSec",
            "RestartPreventExitStatus",
            "KeyringMode",
            "SystemCallFilter",
            "SystemCallErrorNumber",
        }
    ),
}

#: What no service of ours may do without.
HARDENED = {
    "UMask": "0077",
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "PrivateUsers": "yes",
    "ProtectClock": "yes",
    "ProtectControlGroups": "yes",
    "ProtectHostname": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "ProtectKernelTunables": "yes",
    "ProtectProc": "invisible",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX",
    "RestrictNamespaces": "yes",
    "RestrictRealtime": "yes",
    "RestrictSUIDSGID": "yes",
    "LockPersonality": "yes",
    "MemoryDenyWriteExecute": "yes",
    "RemoveIPC": "yes",
    "SystemCallArchitectures": "native",
    "CapabilityBoundingSet": "",
    "AmbientCapabilities": "",
}

#: Keys that may stand several times; of any other the last would hold, and nobody would see it.
LISTS = {"LoadCredential", "Environment", "SystemCallFilter"}

#: systemd-analyze's figure, from 0 (locked) to 10 (open), times ten.
MOST_EXPOSED = 15


def read(text: str) -> dict[str, dict[str, list[str]]]:
    """Read a unit as systemd does, and raise ValueError for what it would overlook."""
    found: dict[str, dict[str, list[str]]] = {}
    section: dict[str, list[str]] | None = None
    for line in text.splitlines():
        if not line.strip() or line.startswith(("#", ";")):
            continue
        if heading := re.fullmatch(r"\[([A-Za-z]+)\]", line):
            if heading[1] not in KNOWN or heading[1] in found:
                raise ValueError(f"section {heading[1]}")
            section = found[heading[1]] = defaultdict(list)
            continue
        key, equals, value = line.partition("=")
        known = KNOWN[list(found)[-1]] | (HARDENED.keys() if "Service" in found else set())
        if section is None or not equals or key not in known:
            raise ValueError(f"key {key}")
        if key in section and key not in LISTS:
            raise ValueError(f"key {key} twice")
        section[key].append(value)
    return found


@pytest.mark.parametrize(
    "text",
    [
        "[Unit]\nDescription=x\nNoNewPrivilege=yes\n",
        "[Service]\nNoNewPriviliges=yes\n",
        "[Servce]\nType=exec\n",
        "[Service]\nType=exec\nType=oneshot\n",
        "[Service]\nType exec\n",
    ],
)
def test_the_reader_overlooks_no_slip(text: str) -> None:
    with pytest.raises(ValueError, match=r"key|section"):
        read(text)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_read_whole(unit: Path) -> None:
    found = read(unit.read_text(encoding="utf-8"))

    assert found["Unit"]["Description"][0].startswith("Newsletter: ")


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_is_locked_in(unit: Path) -> None:
    service = read(unit.read_text(encoding="utf-8"))["Service"]

    assert {key: service[key] for key in HARDENED} == {k: [v] for k, v in HARDENED.items()}
    assert service["SystemCallFilter"] == ["@system-service", "~@privileged @resources"]
    assert service["User"] == ["newsletter"]


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
def test_a_service_runs_a_command_of_ours_with_settings_of_ours(unit: Path) -> None:
    service = read(unit.read_text(encoding="utf-8"))["Service"]
    (command,) = service["ExecStart"]
    given = dict(pair.split("=", 1) for pair in service["Environment"])
    credentials = {pair.partition(":")[0] for pair in service["LoadCredential"]}

    assert command.startswith("/opt/newsletter/bin/newsletter ")
    assert is_command(command.split()[1:])
    assert are_settings(given)
    files = {value.removeprefix("%d/") for name, value in given.items() if name.endswith("_FILE")}
    assert files == credentials


def test_no_two_processes_of_a_machine_share_a_port() -> None:
    texts = [unit.read_text(encoding="utf-8") for unit in SERVICES]
    ports = [port for text in texts for port in re.findall(r"METRICS__PORT=(\S+)", text)]

    assert len(ports) == len(set(ports)) == 3


def test_the_example_of_an_environment_names_settings_of_ours() -> None:
    lines = (FOLDER / "systemd/environment.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))

    assert len(given) > 5
    assert are_settings(given)


def test_a_command_by_hand_has_what_the_services_have() -> None:
    file = FOLDER / "systemd/newsletter"
    text = file.read_text(encoding="utf-8")
    service = read((FOLDER / "systemd/newsletter-run.service").read_text("utf-8"))["Service"]
    given = dict(re.findall(r"--setenv=(\w+)=\"\$given/([\w-]+)\"", text))

    assert subprocess.run(["sh", "-n", file], timeout=10, check=False).returncode == 0
    assert file.stat().st_mode & 0o111
    for key in ("WorkingDirectory", "StateDirectory", "UMask", "EnvironmentFile", "LoadCredential"):
        assert re.findall(rf"--property={key}=(\S+)", text) == service[key]
    in_units = {pair.split("=%d/")[0]: pair.split("=%d/")[1] for pair in service["Environment"][:3]}
    assert given == in_units


def test_an_edition_that_is_left_open_is_gone_on_with_and_a_fault_is_not_repeated() -> None:
    unit = (FOLDER / "systemd/newsletter-send.service").read_text(encoding="utf-8")
    service = read(unit)["Service"]

    assert service["Type"] == ["oneshot"]
    assert service["Restart"] == ["on-failure"]
    # 1 an expected failure, 2 wrong usage, 3 preflight: a person's. 4: not complete.
    assert service["RestartPreventExitStatus"] == ["1 2 3"]


@pytest.fixture
def beside(tmp_path: Path) -> Path:
    """The units as systemd would find them, with a program that is there."""
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(
            "/opt/newsletter/bin/newsletter", "/bin/true"
        )
        (tmp_path / unit.name.replace("@.", "@2.")).write_text(text, encoding="utf-8")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    return tmp_path


if shutil.which("systemd-analyze"):

    @pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
    def test_systemd_itself_takes_a_unit(unit: Path, beside: Path) -> None:
        name = f"./{unit.name.replace('@.', '@2.')}"
        verified = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", name],
            cwd=beside,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert (verified.returncode, verified.stderr) == (0, "")

    @pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.name)
    def test_systemd_itself_finds_little_to_attack(unit: Path, beside: Path) -> None:
        name = f"./{unit.name.replace('@.', '@2.')}"
        command = ["systemd-analyze", "security", "--offline=yes", "--no-pager"]
        judged = subprocess.run(
            [*command, f"--threshold={MOST_EXPOSED}", name],
            cwd=beside,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

        assert judged.returncode == 0, judged.stdout[-300:]
