"""How facts look: the same on every terminal, and calm where there is none."""

import io
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from newsletter.cli import terminal
from newsletter.cli.ledger import ledger_lines, sentence
from newsletter.model import Counts, EditionId, EditionState
from newsletter.newsroom import Status

ID = EditionId("daily", date(2026, 7, 5))


def status(state: EditionState = EditionState.SENDING, **counts: int) -> Status:
    return Status(
        id=ID,
        state=state,
        reason="2 stories, the least is 3" if state is EditionState.SKIPPED else "",
        counts=Counts(**counts),
        reasons={"suppressed": counts["skipped"]} if "skipped" in counts else {},
        began=datetime(2026, 7, 5, 1, 30, tzinfo=UTC),
        ended=datetime(2026, 7, 5, 1, 31, tzinfo=UTC) if state is EditionState.SENT else None,
    )


TEXTS = st.lists(st.sampled_from(["a", "é", "आपका", "👩‍👩‍👧", "日", " ", "न्यूज़लेटर"]), max_size=20)


@given(TEXTS.map("".join), st.integers(min_value=2, max_value=30))
def test_a_text_is_fitted_to_columns_not_to_characters(text: str, width: int) -> None:
    assert cell_len(terminal.fit(text, width)) == width


def test_a_shortened_text_says_so() -> None:
    assert terminal.fit("A headline", 6) == "A hea…"


@pytest.mark.parametrize("setting", [{"NO_COLOR": "1"}, {"TERM": "dumb"}, {}])
def test_without_colour_signs_are_words(
    setting: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in setting.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.stdout", io.StringIO())

    assert [terminal.sign(kind) for kind in ("error", "warning", "good")] == ["x", "!", "ok"]
    assert terminal.bold("daily") == "daily"


def test_counts_one_and_many() -> None:
    assert terminal.plural(1, "story", "stories") == "1 story"
    assert terminal.plural(1_200, "story", "stories") == "1,200 stories"


def test_moments_are_written_in_iso_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.print_json({"at": datetime(2026, 7, 5, tzinfo=UTC), "day": ID.day, "path": Path("a")})

    assert json.loads(capsys.readouterr().out) == {
        "at": "2026-07-05T00:00:00+00:00",
        "day": "2026-07-05",
        "path": "a",
    }


def test_the_ledger_is_shown_with_its_equation() -> None:
    lines = ledger_lines(
        status(
            selected=100,
            submitted=60,
            refused=1,
            skipped=2,
            pending=30,
            unknown=7,
            deferred=4,
            delivered=50,
            bounced=3,
        )
    )

    assert "100 = 60 + 1 + 2 + 30 + 7" in lines
    assert "of these delivered 50 · bounced 3 · complained 0" in lines
    assert "of these deferred 4" in lines
    assert "not sent again by machine" in lines
    assert "63 % settled" in lines


def test_a_ledger_that_does_not_add_up_says_so() -> None:
    assert "this must be equal" in ledger_lines(status(selected=2, submitted=1))


def test_a_state_is_told_with_its_reason() -> None:
    assert sentence(status(EditionState.SKIPPED)) == "skipped: 2 stories, the least is 3"
    assert sentence(status(EditionState.SENT)) == "sent 01:30:00 to 01:31:00 UTC, nothing left open"
    assert "100" not in sentence(status(selected=1_000, submitted=999, pending=1))


@pytest.mark.usefixtures("story")
def test_on_a_terminal_there_is_colour_a_bar_and_a_question(desk: Path) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter", "send", "--date", "2026-07-05"],
        cwd=desk,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, "TERM": "xterm-256color", "NO_COLOR": ""},
    )
    os.close(theirs)
    said = _talk(ours, process)

    assert process.returncode == 0, said
    assert "Send daily/2026-07-05 to 1 reader through outbox var/outbox? [y/N]" in said
    assert "\x1b[" in said
    assert "✓" in said
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", said)
    assert "1 = 1 + 0 + 0 + 0 + 0" in plain


def _talk(ours: int, process: "subprocess.Popen[bytes]") -> str:
    said, answered = b"", False
    while select.select([ours], [], [], 30)[0]:
        try:
            said += os.read(ours, 4096)
        except OSError:
            break
        if b"[y/N]" in said and not answered:
            answered = True
            os.write(ours, b"y\n")
    process.wait(30)
    os.close(ours)
    return said.decode()


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.usefixtures("story")
def test_asked_to_stop_it_finishes_the_call_and_says_what_is_left(
    desk: Path, word: signal.Signals
) -> None:
    people = "".join(f"r{n}@example.com\n" for n in range(30_000))
    (desk / "subscribers/daily.csv").write_text(f"email\n{people}", encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", "newsletter", "send", "--date", "2026-07-05", "--yes"],
        cwd=desk,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not any((desk / "var/outbox/new").glob("*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(word)
    out, err = process.communicate(timeout=60)

    assert process.returncode == 4, out + err
    assert f"{word.name}: finishing the calls in flight" in err
    assert "next  newsletter send --date 2026-07-05" in out
    mails = len(list((desk / "var/outbox/new").iterdir()))
    assert f"submitted  {mails:>6,}" in out
    assert "unknown         0" in out
