"""What the pages show is tried: shell, settings, newsletter.toml, Python."""

import ast
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from shutil import which

import pytest
import yaml
from typer.main import get_command

from newsletter.cli import app
from newsletter.newsroom.house import House
from newsletter.settings import Newsletter, Settings
from newsletter.settings.environment import FILED
from newsletter.tracking.tokens import Purpose
from tests.deploy.named import are_settings
from tests.deploy.test_systemd import read
from tests.pages import PAGES, RANDOM, ROOT, Block, blocks, of, program
from tests.test_docs import commands

LANGUAGES = {"", "sh", "console", "env", "toml", "python", "yaml", "json", "ini", "cron"}

LISTMONK = """uuid,email,name,attributes,status,created_at,updated_at
0d7b6c3e-9a0e-4c0e-8a70-5f0a3a1c1b11,kim@example.com,Kim,{},enabled,2024-03-01T07:00:00Z,
0d7b6c3e-9a0e-4c0e-8a70-5f0a3a1c1b12,lee@example.com,Lee,{},blocklisted,2024-03-01T07:00:00Z,
"""


def test_the_pages_have_blocks_of_every_kind() -> None:
    found = {block.language for block in blocks(*PAGES)}

    assert found <= LANGUAGES
    assert found >= LANGUAGES - {"json"}


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A checkout with what a page needs of one, and `make` that installs nothing."""
    for name in ("articles", "templates", "subscribers"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copytree(ROOT / "tests/data/subscribers", tmp_path / "exports")
    (tmp_path / "exports/listmonk.csv").write_text(LISTMONK, encoding="utf-8")
    programs = tmp_path / ".venv/bin"
    programs.mkdir(parents=True)
    run = f'exec {sys.executable} -m newsletter "$@"'
    # Not every machine has the command; its library is Python's own.
    statement = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(sys.argv[2])"
    written = {
        "newsletter": run,
        "make": "exec newsletter send --date 2026-07-05 --yes",
        "sqlite3": f"exec {sys.executable} -c '{statement}' \"$@\"",
    }
    for name, text in written.items():
        program(programs, name, f"#!/bin/sh\n{text}\n")
    if not which("openssl"):
        program(programs, "openssl", RANDOM.replace("/usr/bin/env python3", sys.executable))
    return tmp_path


def typed(text: str, house: Path) -> "subprocess.CompletedProcess[str]":
    """Type blocks: each line must end well, or as its remark says."""
    ends = r"(?m)^(\S.*?) +# ends with (\d+)$"
    text = re.sub(ends, r"code=0; \1 || code=$?; [ $code = \2 ] || exit 99", text)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", text],
        cwd=house,
        env={
            "PATH": f"{house}/.venv/bin:/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "HOME": str(house),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_block_that_goes_wrong_is_seen(house: Path) -> None:
    assert typed("newsletter sent\ntrue", house).returncode != 0
    assert typed("false          # ends with 1\ntrue", house).returncode == 0
    assert typed("true           # ends with 1\ntrue", house).returncode == 99


def followed(page: str, house: Path) -> None:
    """Type a page from its first block to its last."""
    ended = typed("\n".join(block.text for block in of("sh", page)), house)
    assert ended.returncode == 0, ended.stdout[-1500:] + ended.stderr[-1500:]


#: Where openssl is: what its keys are worth is proven by those that are made in tests/transports.
ALONE = ["docs/how-to/template.md", *(["docs/how-to/mail-domain.md"] * bool(which("openssl")))]


@pytest.mark.parametrize("page", ALONE)
def test_a_page_can_be_followed_from_its_first_block_to_its_last(page: str, house: Path) -> None:
    followed(page, house)


def test_the_tutorial_can_be_followed_and_nobody_gets_its_edition_twice(house: Path) -> None:
    followed("docs/tutorial.md", house)
    mails = [mail.read_text("utf-8") for mail in (house / "var/outbox/new").iterdir()]
    named = [
        re.search(r"^To:.*?([\w.]+@[\w.]+)", m, re.MULTILINE) for m in mails if "A first story" in m
    ]
    got = [name[1] for name in named if name]

    assert "you@example.com" in got
    assert len(got) == len(set(got))


def test_moving_can_be_followed_and_whoever_left_elsewhere_is_kept_away_here(house: Path) -> None:
    followed("docs/how-to/move.md", house)
    asked = "s1@example.com", "u1@example.com", "kim@example.com", "lee@example.com"
    shown = typed("; ".join(f"newsletter subscribers show {who}" for who in asked), house).stdout
    told = dict(
        zip(
            asked,
            re.split(rf"(?=^(?:{'|'.join(asked)}))", shown, flags=re.MULTILINE)[1:],
            strict=True,
        )
    )

    assert "active" in told["s1@example.com"]
    assert "active" in told["kim@example.com"]
    assert "active" not in told["u1@example.com"]
    assert "active" not in told["lee@example.com"]


def test_changing_the_secret_can_be_followed_and_keeps_every_link_that_is_out(
    house: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert typed("newsletter send --date 2026-07-05 --yes", house).returncode == 0
    mail = next((house / "var/outbox/new").iterdir()).read_text(encoding="utf-8")
    (door,) = re.findall(r"List-Unsubscribe: <\S+/u/([\w-]{28})>", mail)
    page = "docs/how-to/change-the-secret.md"
    changing, leaked = of("env", page)
    followed(page, house)
    (house / ".env").write_text(changing.text, encoding="utf-8")
    monkeypatch.chdir(house)
    keyring = House(Settings.load()).keyring

    # What went out is understood, what goes out is signed anew, and the old one can be disowned.
    assert (keyring.read(Purpose.DOOR, door).key, keyring.key) == (0, 1)
    assert typed("newsletter send --date 2026-07-06 --yes", house).returncode == 0
    (house / ".env").write_text(changing.text + leaked.text, encoding="utf-8")
    assert Settings.load().leaked_secrets == [keyring.read(Purpose.DOOR, door).key]


def test_a_backup_can_be_followed_to_the_next_edition_and_an_old_one_mails_nobody_twice(
    house: Path,
) -> None:
    backing, restoring, going_on = (block.text for block in of("sh", "docs/how-to/backup.md"))
    send = "newsletter send --date 2026-07-0{} --yes"
    assert typed(f"{send.format(5)}\n{backing}\n{send.format(6)}", house).returncode == 0
    before = len(list((house / "var/outbox/new").iterdir()))
    refused = typed(f"{restoring}\n{send.format(6)}", house)
    ended = typed(going_on, house)
    after = len(list((house / "var/outbox/new").iterdir()))

    assert refused.returncode == 1
    assert "it was restored from a backup" in " ".join(refused.stderr.split())
    assert ended.returncode == 0, ended.stderr
    assert after - before == before // 2


# ── Looked at, where they cannot be run ─────────────────────────────────────────────────────


THERE = dict(commands(get_command(app)))
SHELL = [block for block in blocks(*PAGES) if block.language in {"", "sh", "console", "cron"}]
_CALL = re.compile(
    r"(?:^(?:\$ )?|&& |; |\|\| |/bin/| -- )newsletter ([a-z].*?)(?=$|[;|&>)]|  )", re.MULTILINE
)


def wrong(text: str) -> list[str]:
    """What is called in shell text and is not there: commands, and options of theirs."""
    said = re.sub(r"\\\n\s*", " ", text)
    return [problem for call in _CALL.findall(said) for problem in _wrong(call)]


def _wrong(call: str) -> list[str]:
    found = max(
        (name for name in THERE if f"newsletter {call} ".startswith(f"{name} ")), default=""
    )
    if not found:
        return [call]
    known = {option for param in THERE[found].params for option in param.opts} | {"--help"}
    return [
        f"{found} {word}" for word in re.findall(r"(?<!\S)--[a-z-]+", call) if word not in known
    ]


def test_a_command_or_an_option_that_is_not_there_is_seen() -> None:
    assert wrong("newsletter send --yes\n$ newsletter subscribers add a@b --list daily") == []
    assert wrong("newsletter sent\n") == ["sent"]
    assert wrong("cd /srv && .venv/bin/newsletter send --yess") == ["newsletter send --yess"]


@pytest.mark.parametrize("block", SHELL, ids=lambda block: block.where)
def test_commands_in_a_shell_block_are_there_with_their_options(block: Block) -> None:
    # Prose in a block: an output, or the command's own message.
    if not re.match(r"(error|hint|\d{4}-|\{)", block.text):
        assert wrong(block.text) == [], block.where


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_and_options_in_a_sentence_are_there(page: Path) -> None:
    for code in re.findall(r"`((?:\.venv/bin/)?newsletter [^`\n]+)`", page.read_text("utf-8")):
        # `--point` of two, and what stands for a word of yours, are no words of ours.
        assert wrong(re.sub(r"[\[\]()|\\…]", " ", code)) == [], code


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_that_a_page_names_is_there(page: Path) -> None:
    for name in re.findall(r"NEWSLETTER_[A-Z0-9_]*[A-Z0-9](?!\w*[…<])", page.read_text("utf-8")):
        assert are_settings({name: ""}) or name in FILED, name


@pytest.mark.parametrize("block", of("env"), ids=lambda block: block.where)
def test_settings_in_a_block_are_there_and_say_something_that_can_be(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = dict(line.split("=", 1) for line in block.text.splitlines())
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a-secret").write_text("s" * 40, encoding="utf-8")
    (tmp_path / "old").write_text('{"0": "' + "o" * 40 + '"}', encoding="utf-8")
    for name, value in pairs.items():
        stands_for = "old" if "OLD" in name else "a-secret"
        filed = name.removesuffix("_FILE") in FILED
        monkeypatch.setenv(name, stands_for if filed and name.endswith("_FILE") else value)
    if "NEWSLETTER_LEAKED_SECRETS" in pairs:
        monkeypatch.setenv("NEWSLETTER_SECRET_ID", "1")

    assert are_settings(pairs)
    Settings.load()


#: Those of stories and sponsors are tried where stories are read.
TOML = [block for block in of("toml") if block.page.parent.name != "articles"]


@pytest.mark.parametrize("block", TOML, ids=lambda block: block.where)
def test_toml_in_a_block_is_taken(block: Block) -> None:
    given = tomllib.loads(block.text)
    sample = (ROOT / "templates/daily/newsletter.toml").read_text(encoding="utf-8")
    of_a_day = {"articles", "out", "lead", "subject", "preheader", "sponsor"}
    if set(given) <= set(Newsletter.model_fields):
        assert Newsletter.model_validate({"name": "daily", **tomllib.loads(sample), **given})
    else:
        assert set(given) <= of_a_day, block.where


@pytest.mark.parametrize("block", of("yaml"), ids=lambda block: block.where)
def test_yaml_in_a_block_is_whole(block: Block) -> None:
    assert yaml.safe_load(block.text.strip("-\n").split("\n---")[0])


@pytest.mark.parametrize("block", of("ini"), ids=lambda block: block.where)
def test_a_unit_in_a_block_has_keys_that_systemd_knows(block: Block) -> None:
    assert read(block.text)


@pytest.mark.parametrize("block", of("python"), ids=lambda block: block.where)
def test_python_in_a_block_names_what_is_there(block: Block) -> None:
    for node in ast.walk(ast.parse(block.text)):
        if isinstance(node, ast.ImportFrom) and node.module != "newsletter.sources.table":
            module = importlib.import_module(node.module or "")
            assert [name.name for name in node.names if not hasattr(module, name.name)] == []
