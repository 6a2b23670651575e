"""What the README promises and no other test says in so many words."""

import email
import subprocess
import sys
from collections.abc import Callable
from email import policy
from pathlib import Path

import pytest

from tests.newsroom_fixtures import ROOT, Command

SUNDAY = ("--date", "2026-07-05")

#: Ends a process that speaks to any other: a path on this machine is no speaking.
SILENT = """
import sys

def hook(event, told):
    if event == "socket.connect" and not isinstance(told[1], (str, bytes)):
        raise SystemExit(f"spoke to {told[1]}")
    if event == "socket.getaddrinfo":
        raise SystemExit(f"asked for {told[0]}")

sys.addaudithook(hook)
from newsletter.cli import run
run()
"""


def test_a_fresh_clone_writes_mails_into_a_folder_and_nothing_leaves_the_machine(
    desk: Path, story: Callable[..., Path]
) -> None:
    story("one")
    ended = subprocess.run(
        [sys.executable, "-c", SILENT, "send", *SUNDAY, "--yes"],
        cwd=desk,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert len(list((desk / "var/outbox/new").iterdir())) == 1


def test_a_process_that_speaks_is_ended() -> None:
    speaking = SILENT.replace("from newsletter.cli import run\nrun()", "")
    speaking += "import socket\nsocket.create_connection(('127.0.0.1', 9))\n"
    ended = subprocess.run(
        [sys.executable, "-c", speaking], capture_output=True, timeout=30, check=False
    )

    assert ended.returncode == 1
    assert b"asked for" in ended.stderr


def test_send_ends_with_0_when_it_is_sent_3_with_an_error_and_4_with_something_open(
    story: Callable[..., Path], newsletter: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = story("one")
    sound = path.read_text(encoding="utf-8")
    path.write_text(f"{sound}\nThe number is TK.\n", encoding="utf-8")
    stopped = newsletter("send", *SUNDAY, "--yes").code
    path.write_text(sound, encoding="utf-8")
    with monkeypatch.context() as away:
        for name, value in {"TRANSPORT": "smtp", "SMTP__PORT": "1", "SMTP__TLS": "none"}.items():
            away.setenv(f"NEWSLETTER_{name}", value)
        left_open = newsletter("send", *SUNDAY, "--yes", "--no-wait").code
    sent = newsletter("send", *SUNDAY, "--yes").code

    assert (stopped, left_open, sent) == (3, 4, 0)


def test_the_way_out_stands_at_the_foot_in_the_plain_part_too_and_in_the_headers(
    desk: Path, story: Callable[..., Path], newsletter: Command
) -> None:
    story("one")
    assert newsletter("send", *SUNDAY, "--yes").code == 0
    (file,) = (desk / "var/outbox/new").iterdir()
    mail = email.message_from_bytes(file.read_bytes(), policy=policy.default)
    door = str(mail["List-Unsubscribe"]).strip("<>")
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html
    assert text

    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert html.get_content().rindex(door) > html.get_content().rindex("Story one")
    assert text.get_content().rindex(door) > text.get_content().rindex("Story one")


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_is_one_line_of_settings(
    desk: Path, database_url: str, story: Callable[..., Path]
) -> None:
    story("one")
    (desk / ".env").write_text(f"NEWSLETTER_DATABASE_URL={database_url}\n", encoding="utf-8")
    for words in (["send", *SUNDAY, "--yes"], ["prove", "daily/2026-07-05"]):
        ended = subprocess.run(
            [sys.executable, "-m", "newsletter", *words],
            cwd=desk,
            env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
    assert not (desk / "var/newsletter.db").exists()


def test_sqlite_is_the_default(desk: Path, story: Callable[..., Path], newsletter: Command) -> None:
    story("one")
    newsletter("send", *SUNDAY, "--yes")

    assert (desk / "var/newsletter.db").exists()
