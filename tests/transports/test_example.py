"""The transport that docs/how-to/transport.md shows, run as it stands there."""

import stat
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from newsletter.errors import PermanentFailure, TemporaryFailure
from newsletter.model import Answer
from tests.pages import example

#: What a mail server's command would do, by the reader's name.
SERVER = """#!/bin/sh
case "$*" in
    -bV) exit 0 ;;
    *nobody@*) exit 67 ;;
    *later@*) exit 75 ;;
    *fault@*) exit 78 ;;
esac
{ cat; echo; echo "@@@ $*"; } >> "$(dirname "$0")/taken"
"""


@pytest.fixture
def command(tmp_path: Path) -> Path:
    path = tmp_path / "sendmail"
    path.write_text(SERVER, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def transport(command: Path) -> Any:
    return example("docs/how-to/transport.md")["SendmailTransport"]([str(command)])


def test_the_example_of_a_transport_says_what_became_of_each_reader(
    command: Path, make_call: Any, make_envelope: Any
) -> None:
    readers = {1: "ann@example.com", 2: "nobody@example.com", 3: "later@example.com"}
    call = make_call(*(make_envelope(number, who) for number, who in readers.items()))
    answers = {one.delivery: one.answer for one in transport(command).send(call)}

    assert answers == {1: Answer.SUBMITTED, 2: Answer.REFUSED, 3: Answer.DEFERRED}


def test_the_example_of_a_transport_stops_at_a_fault_of_ours(
    command: Path, make_call: Any, make_envelope: Any
) -> None:
    call = make_call(make_envelope(1, "fault@example.com"))

    with pytest.raises(PermanentFailure):
        list(transport(command).send(call))
    command.unlink()
    with pytest.raises(TemporaryFailure):
        transport(command).probe()


def taken(folder: Path) -> Counter[str]:
    """Whom the mail server's command took a mail for."""
    text = (folder / "taken").read_text(encoding="utf-8", errors="replace")
    return Counter(line.split()[-1] for line in text.splitlines() if line.startswith("@@@ "))
