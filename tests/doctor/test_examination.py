"""A whole round: in bounded time, in the list's order, as a person and a program read it."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from newsletter.doctor import Case, Finding, Verdict, examine
from newsletter.doctor.register import REGISTER
from newsletter.doctor.resolver import Resolver
from newsletter.doctor.verdicts import good
from newsletter.newsroom import Newsroom
from tests.doctor.conftest import MakeCase

Command = Callable[..., Any]


@pytest.fixture
def hole() -> Iterator[int]:
    """A port that takes what it is sent, by UDP and TCP, and says nothing, ever."""
    with socket.socket() as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        tcp.bind(("127.0.0.1", 0))
        tcp.listen(50)
        port: int = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", port))
        yield port


def test_a_round_ends_in_ten_seconds_whoever_is_silent(make_case: MakeCase, hole: int) -> None:
    case = make_case(
        resolver=Resolver(("127.0.0.1",), port=hole),
        transport="smtp",
        smtp={"host": "127.0.0.1", "port": hole},
        site_url=f"https://127.0.0.1:{hole}",
        database_url=f"postgresql+psycopg://n@127.0.0.1:{hole}/n",
        ntp=f"127.0.0.1:{hole}",
        bounces={
            "address": "b@news.shiftmaker.com",
            "imap_host": "127.0.0.1",
            "imap_port": hole,
            "imap_username": "b",
            "imap_password": "p",
        },
        patience=3.0,
    )
    began = time.monotonic()
    found = examine(case)

    assert time.monotonic() - began < 10
    assert {one.check for one in found} == set(REGISTER)
    late = {one.check for one in found if "took too long" in one.why}
    assert late <= {"database", "clock"}
    assert all(
        one.verdict is Verdict.NOT_RUN for one in found if one.check in {"spf", "dmarc", "mx"}
    )


def test_findings_come_in_the_lists_order_whichever_check_is_quick(make_case: MakeCase) -> None:
    def slow(_: Case) -> Iterator[Finding]:
        time.sleep(0.2)
        yield good("slow")
        yield good("and sure")

    found = examine(make_case(), checks={"b": slow, "a": lambda _: iter([good("quick")])})

    assert [(one.check, one.why) for one in found] == [
        ("b", "slow"),
        ("b", "and sure"),
        ("a", "quick"),
    ]


def test_a_check_that_hangs_was_not_run_and_holds_nobody_up(make_case: MakeCase) -> None:
    free = threading.Event()

    def hangs(_: Case) -> Iterator[Finding]:
        free.wait(20)
        yield good("never")

    checks = {"hangs": hangs, "other": lambda _: iter([good("fine")])}
    found = examine(make_case(), checks=checks, patience=0.2)
    free.set()

    assert [one.verdict for one in found] == [Verdict.NOT_RUN, Verdict.GOOD]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_check_that_is_at_fault_says_so(make_case: MakeCase) -> None:
    def faulty(_: Case) -> Iterator[Finding]:
        yield good("so far")
        raise KeyError

    found = examine(make_case(), checks={"faulty": faulty})

    assert [one.why for one in found] == ["the check itself is at fault", "so far"]


def test_every_check_has_a_row_in_the_reference() -> None:
    text = (Path(__file__).parents[2] / "docs/reference.md").read_text(encoding="utf-8")
    chapter = text.split("\n## What doctor looks at\n")[1].split("\n## ")[0]

    assert re.findall(r"^\| `([\w-]+)` \|", chapter, re.MULTILINE) == list(REGISTER)


@pytest.mark.usefixtures("story")
def test_a_fresh_clone_is_in_order_and_is_left_as_it_was(desk: Path, newsletter: Command) -> None:
    before = sorted(desk.rglob("*"))
    result = newsletter("doctor")

    assert result.code == 0
    assert "0 errors, " in result.out.splitlines()[-1]
    assert "not run: theshiftmaker.example is a made-up name" in result.out
    assert max(map(len, result.out.splitlines())) <= 100
    assert sorted(desk.rglob("*")) == before


@pytest.mark.usefixtures("story")
def test_an_error_ends_with_1_and_says_what_to_do(
    newsletter: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEWSLETTER_TRANSPORT", "smtp")
    monkeypatch.setenv("NEWSLETTER_SMTP__PORT", "9")
    result = newsletter("doctor")
    facts = newsletter("doctor", "--json")

    assert result.code == facts.code == 1
    assert re.search(
        r"^x +transport +The relay 127\.0\.0\.1:9 cannot be reached", result.out, re.MULTILINE
    )
    told = json.loads(facts.out)
    assert told["verdict"] == "error"
    assert sum(told["counts"].values()) == len(told["findings"])
    (relay,) = (one for one in told["findings"] if one["check"] == "transport")
    assert relay["fix"].startswith("Look at NEWSLETTER_SMTP__HOST")


@pytest.mark.usefixtures("story")
def test_a_newsletter_that_cannot_be_read_is_an_error_and_the_rest_is_looked_at(
    desk: Path, newsletter: Command
) -> None:
    (desk / "templates/daily/newsletter.toml").write_text("title = ")
    result = newsletter("doctor")

    assert result.code == 1
    assert re.search(r"^x +templates +templates/daily/newsletter\.toml", result.out, re.MULTILINE)
    assert re.search(r"^ok +secret", result.out, re.MULTILINE)


@pytest.mark.usefixtures("story")
def test_a_backup_is_named_by_the_doctor(desk: Path, newsletter: Command) -> None:
    newsletter("send", "--date", "2026-07-05", "--yes")
    assert all(one.why for one in Newsroom.open().doctor.examine())
    for file in (desk / "var").glob("newsletter.db*"):
        if file.is_file():
            file.unlink()
    newsletter("migrate")
    result = newsletter("doctor")

    assert re.search(r"^x +backup +The database knows less than was sent", result.out, re.MULTILINE)
    assert "newsletter reconcile" in result.out
