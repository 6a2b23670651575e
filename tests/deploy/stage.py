"""
Stands in, under their names, for programs that need root, systemd or the network.

A stand-in writes down what it was asked, refuses what the real one would (a file that is not
there), and does what can be done anywhere: PostgreSQL's own programs and our command are real.
Folders of the machine lie under ROOT.
"""

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

#: Stand-ins under these names: every other program is the machine's own.
NAMES = (
    "apt-get useradd make python3 sudo certbot nginx systemctl systemd-run curl".split()  # noqa: SIM905
)
#: Folders of a machine that only root may write into.
FOLDERS = ("/etc", "/srv", "/opt", "/var/lib", "/usr/local/bin", "/run/credentials")


def placed(text: str, root: Path) -> str:
    """Return a text with the machine's folders under `root`, as far as they are ours."""
    for folder in FOLDERS:
        text = text.replace(f"{folder}/", f"{root}{folder}/")
    return text


def started(
    command: Sequence[str], given: Iterable[str], credentials: Iterable[str], file: str, root: Path
) -> tuple[list[str], dict[str, str]]:
    """Return command and environment as systemd makes them of a unit's lines."""
    held = root / "run/credentials"
    held.mkdir(parents=True, exist_ok=True)
    for pair in credentials:
        name, _, source = pair.partition(":")
        assert not Path(source).stat().st_mode & 0o077, f"others can read {source}"
        shutil.copyfile(source, held / name)
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    pairs = [line for line in [*lines, *given] if line and not line.startswith("#")]
    kept = ("PATH", "SSL_CERT_FILE", "PYTHONPATH")
    mine = {key: os.environ[key] for key in kept if key in os.environ}
    return list(command), mine | dict(pair.split("=", 1) for pair in pairs)


def unit(path: Path, root: Path) -> tuple[list[str], dict[str, str]]:
    """Return what a service would run, and with which environment."""
    lines = placed(path.read_text(encoding="utf-8"), root).splitlines()
    of = [line.partition("=")[::2] for line in lines if "=" in line and line[0] != "#"]
    found = {key: [value for name, value in of if name == key] for key, _ in of}
    given = [value.replace("%d", str(root / "run/credentials")) for value in found["Environment"]]
    (command,), (file,) = found["ExecStart"], found["EnvironmentFile"]
    return started(command.split(), given, found["LoadCredential"], file, root)


def main() -> int:
    name, words = Path(sys.argv[0]).name, sys.argv[1:]
    root = Path(os.environ["ROOT"])
    with (root / "asked").open("a", encoding="utf-8") as asked:
        asked.write(json.dumps([name, *words]) + "\n")
    return {
        "sudo": _sudo,
        "make": _make,
        "python3": _venv,
        "pip": _pip,
        "systemctl": _systemctl,
        "systemd-run": _systemd_run,
        "certbot": _nothing,
    }.get(name, _nothing)(words, root)


def _nothing(_words: list[str], _root: Path) -> int:
    return 0


def _sudo(words: list[str], _root: Path) -> int:
    assert words[:2] == ["-u", "postgres"]
    path = os.pathsep.join([os.environ["POSTGRESQL"], os.environ["PATH"]])
    return subprocess.run(words[2:], env={**os.environ, "PATH": path}, check=False).returncode


def _make(words: list[str], _root: Path) -> int:
    assert words == ["wheel"]
    Path("dist").mkdir(exist_ok=True)
    Path("dist/newsletter.whl").touch()
    return 0


def _venv(words: list[str], _root: Path) -> int:
    assert words[:2] == ["-m", "venv"]
    folder = Path(words[2]) / "bin"
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(sys.argv[0], folder / "pip")
    command = folder / "newsletter"
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m newsletter "$@"\n', encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return 0


def _pip(words: list[str], _root: Path) -> int:
    assert words[0] == "install"
    assert all(Path(word).exists() for word in words if word.endswith((".lock", ".whl")))
    return 0


def _systemctl(words: list[str], root: Path) -> int:
    units = [word for word in words[1:] if word.startswith("newsletter")]
    assert all((root / "etc/systemd/system" / f"{one}.service").exists() for one in units)
    return 0


def _systemd_run(words: list[str], root: Path) -> int:
    first = next(n for n, word in enumerate(words) if not word.startswith("--"))
    options = [placed(word, root).partition("=")[2] for word in words[:first]]
    taken = [option.partition("=")[::2] for option in options]
    credentials = [value for key, value in taken if key == "LoadCredential"]
    (file,) = [value for key, value in taken if key == "EnvironmentFile"]
    given = [option for option in options if option.startswith("NEWSLETTER_")]
    unit_of = next(option for option in options if option.startswith("newsletter-by-hand"))
    given = [value.replace(f"/{unit_of}.service/", "/") for value in given]
    command, environment = started(words[first:], given, credentials, file, root)
    command[0] = placed(command[0], root)
    if command[1] == "doctor":
        return 0  # it asks the world
    home = root / "var/lib/newsletter"
    home.mkdir(parents=True, exist_ok=True)
    return subprocess.run(command, env=environment, cwd=home, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
