"""Mails are taken from a Maildir or a pipe: none twice, none lost, none that is no mail."""

import io
import os
from pathlib import Path

import pytest

from newsletter.errors import StorageError
from newsletter.tracking.bounces.paper import LARGEST
from newsletter.tracking.boxes import MOST, Box, Maildir, PipedLetter


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for room in ("new", "cur", "tmp"):
        (tmp_path / room).mkdir()
    return tmp_path


def put(folder: Path, name: str, text: bytes = b"Subject: a\n\nb", room: str = "new") -> None:
    (folder / room / name).write_bytes(text)


def lying(folder: Path) -> set[str]:
    return {f"{room}/{path.name}" for room in ("new", "cur") for path in (folder / room).iterdir()}


def test_what_is_done_is_not_seen_again(folder: Path) -> None:
    put(folder, "2.b.host", b"two")
    put(folder, "1.a.host", b"one")
    box: Box = Maildir(folder)

    taken = list(box.letters())
    box.done(taken[0][0])

    assert [raw for _, raw in taken] == [b"one", b"two"]
    assert [raw for _, raw in Maildir(folder).letters()] == [b"two"]
    assert lying(folder) == {"cur/1.a.host:2,S", "new/2.b.host"}


def test_what_was_taken_and_not_done_comes_again(folder: Path) -> None:
    """As when the process dies before its answer is on the disk."""
    put(folder, "1.a.host")

    list(Maildir(folder).letters())

    assert len(list(Maildir(folder).letters())) == 1


def test_a_mail_that_a_person_looked_in_upon_is_still_taken(folder: Path) -> None:
    put(folder, "1.a.host:2,F", room="cur")
    put(folder, "2.b.host:2,S", room="cur")
    put(folder, "3.c.host:2,ST", room="cur")
    box = Maildir(folder)

    ((key, _),) = box.letters()
    box.done(key)

    assert "cur/1.a.host:2,FS" in lying(folder)


def test_a_mail_that_somebody_else_took_is_no_trouble(folder: Path) -> None:
    put(folder, "1.a.host")
    put(folder, "2.b.host")
    box = Maildir(folder)
    letters = box.letters()
    key, _ = next(letters)
    for path in (folder / "new").iterdir():
        path.unlink()

    assert list(letters) == []
    box.done(key)


def test_only_plain_files_are_mails(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("nobody's business")
    (folder / "new" / "1.link").symlink_to(secret)
    (folder / "new" / "2.folder").mkdir()
    os.mkfifo(folder / "new" / "3.pipe")
    put(folder, ".hidden")
    put(folder, "4.mail", b"mail")

    assert [raw for _, raw in Maildir(folder).letters()] == [b"mail"]


def test_a_round_and_a_mail_have_an_end(folder: Path) -> None:
    for n in range(MOST + 3):
        put(folder, f"{n:04}.host")
    put(folder, "0000.host", b"x" * (LARGEST + 10))

    taken = list(Maildir(folder).letters())

    assert len(taken) == MOST
    assert len(taken[0][1]) == LARGEST


@pytest.mark.parametrize("key", ["new/../../x", "tmp/1", "../new/1", "new/a/b", ""])
def test_a_key_leads_nowhere_else(folder: Path, key: str) -> None:
    with pytest.raises(StorageError, match="no mail of this Maildir"):
        Maildir(folder).done(key)


def test_a_folder_that_is_no_maildir_is_told_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be used: No such file"):
        list(Maildir(tmp_path / "nowhere").letters())


def test_one_mail_comes_by_a_pipe() -> None:
    box: Box = PipedLetter(io.BytesIO(b"Subject: a\n\nb"))

    ((key, raw),) = box.letters()
    box.done(key)

    assert raw == b"Subject: a\n\nb"


def test_a_pipe_is_read_to_its_end() -> None:
    """An MTA that cannot write all of it would say that we failed."""
    stream = io.BytesIO(b"x" * (LARGEST + 100_000))

    ((_, raw),) = PipedLetter(stream).letters()

    assert len(raw) == LARGEST
    assert stream.read() == b""


def test_an_empty_pipe_holds_no_mail() -> None:
    assert list(PipedLetter(io.BytesIO(b"\n")).letters()) == []
