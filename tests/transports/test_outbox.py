"""The outbox is a Maildir that any mail program can open."""

import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from mailbox import Maildir
from pathlib import Path

import pytest

from newsletter.errors import TemporaryFailure
from newsletter.model import Answer, Call, Envelope
from newsletter.transports.outbox import GROUP, OutboxTransport

MakeCall = Callable[..., Call]
MakeEnvelope = Callable[..., Envelope]


def files(folder: Path, part: str = "new") -> list[str]:
    return sorted(path.name for path in (folder / part).iterdir())


@pytest.fixture
def outbox(tmp_path: Path) -> OutboxTransport:
    return OutboxTransport(tmp_path / "var" / "outbox")


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """A disk that takes so many bytes of a file and no more (EFBIG, as ENOSPC would be)."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    signalled = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, signalled)


def test_a_mail_program_reads_what_was_written(
    outbox: OutboxTransport, make_call: MakeCall
) -> None:
    list(outbox.send(make_call(count=3)))
    mails = list(Maildir(outbox.folder, create=False))
    assert sorted(mail["To"] for mail in mails) == [f"reader{n}@example.com" for n in (1, 2, 3)]
    assert {mail["Subject"] for mail in mails} == {"Agents learn to wait"}
    assert {mail.get_subdir() for mail in mails} == {"new"}


def test_a_file_is_named_after_its_message_id(
    outbox: OutboxTransport, make_call: MakeCall, make_envelope: MakeEnvelope
) -> None:
    (receipt,) = outbox.send(make_call(count=1))
    assert receipt.provider_id == f"{make_envelope(1).tokens.message_id}.eml"
    assert files(outbox.folder) == [receipt.provider_id]


def test_nothing_is_made_before_something_is_sent(tmp_path: Path) -> None:
    OutboxTransport(tmp_path / "outbox").close()
    assert not (tmp_path / "outbox").exists()


def test_mails_are_their_owners_alone(outbox: OutboxTransport, make_call: MakeCall) -> None:
    list(outbox.send(make_call(count=1)))
    (mail,) = (outbox.folder / "new").iterdir()
    assert mail.stat().st_mode & 0o777 == 0o600
    assert (outbox.folder / "new").stat().st_mode & 0o777 == 0o700


def test_a_mail_handed_over_again_replaces_an_empty_file_that_a_power_cut_left(
    outbox: OutboxTransport, make_call: MakeCall
) -> None:
    list(outbox.send(make_call(count=1)))
    (mail,) = (outbox.folder / "new").iterdir()
    written = mail.read_bytes()
    mail.write_bytes(b"")
    list(outbox.send(make_call(count=1)))
    assert mail.read_bytes() == written


@pytest.mark.parametrize("flags", ["", ":2,", ":2,RS"])
def test_a_mail_that_was_read_is_not_delivered_again(
    outbox: OutboxTransport, make_call: MakeCall, flags: str
) -> None:
    (receipt,) = outbox.send(make_call(count=1))
    (mail,) = (outbox.folder / "new").iterdir()
    mail.rename(outbox.folder / "cur" / f"{mail.name}{flags}")
    assert list(outbox.send(make_call(count=1))) == [receipt]
    assert files(outbox.folder) == []
    assert files(outbox.folder, "cur") == [f"{receipt.provider_id}{flags}"]


def test_a_full_disk_leaves_no_half_mail_and_may_be_tried_again(
    outbox: OutboxTransport, make_call: MakeCall
) -> None:
    call = make_call(count=2)
    with files_of_at_most(2000), pytest.raises(TemporaryFailure, match="does not take mails"):
        list(outbox.send(call))
    assert files(outbox.folder) == files(outbox.folder, "tmp") == []
    assert [receipt.answer for receipt in outbox.send(call)] == [Answer.SUBMITTED] * 2


def test_what_was_written_before_a_failure_keeps_its_receipts(
    outbox: OutboxTransport, make_call: MakeCall, make_envelope: MakeEnvelope
) -> None:
    """The last mail alone is too long for the disk, since its reader's name is."""
    short = [make_envelope(n) for n in range(1, GROUP + 5)]
    list(outbox.send(make_call(short[0])))
    size = (outbox.folder / "new" / files(outbox.folder)[0]).stat().st_size
    sending = outbox.send(make_call(*short, make_envelope(999, name="é" * 100)))
    with files_of_at_most(size + 40):
        receipts = [next(sending) for _ in short]
        with pytest.raises(TemporaryFailure):
            next(sending)
    assert [receipt.delivery for receipt in receipts] == [each.delivery for each in short]
    assert len(files(outbox.folder)) == len(short)


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(
    tmp_path: Path, make_call: MakeCall
) -> None:
    (tmp_path / "outbox").write_text("a file", encoding="ascii")
    with pytest.raises(TemporaryFailure, match=r"outbox does not take mails: [A-Z]"):
        list(OutboxTransport(tmp_path / "outbox").send(make_call()))


def test_a_folder_that_vanishes_is_said_in_a_sentence(
    outbox: OutboxTransport, make_call: MakeCall
) -> None:
    sending = outbox.send(make_call(count=GROUP + 1))
    next(sending)
    for mail in (outbox.folder / "new").iterdir():
        mail.unlink()
    (outbox.folder / "new").rmdir()
    with pytest.raises(TemporaryFailure, match="No such file"):
        list(sending)


def test_half_mails_of_killed_programs_are_swept_after_36_hours(
    outbox: OutboxTransport, make_call: MakeCall
) -> None:
    list(outbox.send(make_call(count=1)))
    old, young = outbox.folder / "tmp" / "old", outbox.folder / "tmp" / "young"
    for draft, hours in ((old, 37), (young, 35)):
        draft.write_bytes(b"half a ma")
        os.utime(draft, (time.time() - hours * 3600,) * 2)
    list(outbox.send(make_call(count=1)))
    assert files(outbox.folder, "tmp") == ["young"]
