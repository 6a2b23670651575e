"""Keeps a day's choices in their file: whole or not at all, and never over a newer save."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from newsletter.errors import ChoicesChanged, ChoicesError
from newsletter.model import Approval, Choices, Withdrawal
from newsletter.sources.choices import parse_choices, read_choices, version_of
from newsletter.sources.fields import one_line
from newsletter.sources.story import name_of

#: A list of more than these characters stands one story a line.
_ONE_LINE = 60

_HEADER = (
    "What an editor chose by hand for this day. Travels with the articles; every line can be",
    "changed, and `newsletter build --explain` says what comes of it.",
)


def save_choices(path: Path, choices: Choices, zone: ZoneInfo, *, seen: str) -> str:
    """
    Write a day's choices; returns their new version. Comments in the file stay.

    `seen` is the version that the editor had before them; empty: no file was there. The file is
    written whole and put in its place at once.

    Raises:
        ChoicesChanged: another version is there; it holds that one, and nothing was written.
        ChoicesError: the file there cannot be read, or the folder cannot be written to.

    """
    wanted = _clean(choices)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.parent):
            newer, version = read_choices(path, zone)
            if version != seen:
                raise _changed(path, wanted, newer, version)
            before = path.read_bytes() if version else b""
            raw = _written(wanted, newer, before.decode("utf-8-sig")).encode()
            if parse_choices(raw, path, zone) != wanted:
                raise ChoicesError(f"{name_of(path)} cannot be written so that it is read again.")
            _put(path, raw)
    except OSError as error:
        raise ChoicesError(f"{name_of(path)} cannot be written: {error.strerror}.") from error
    return version_of(raw)


def text_of(choices: Choices) -> str:
    """Write choices as a file that there is not yet. Raises ChoicesError."""
    return _written(_clean(choices), Choices(), "")


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep others who save out for as long as it takes; their lock dies with them."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _put(path: Path, raw: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with draft.open("xb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _changed(path: Path, wanted: Choices, newer: Choices, version: str) -> ChoicesChanged:
    told = "; ".join(difference(newer, wanted)) or "only the comments differ"
    return ChoicesChanged(
        f"{name_of(path)} was saved by somebody else in the meantime: {told}.",
        newer=newer,
        version=version,
        hint="Nothing was written. Look at theirs, and choose again.",
    )


def difference(theirs: Choices, ours: Choices) -> tuple[str, ...]:
    """Say field by field what two choices differ in: `subject: theirs “A”, ours “B”`."""
    pairs = (
        ("articles", theirs.articles, ours.articles),
        ("out", theirs.out, ours.out),
        ("lead", theirs.lead, ours.lead),
        ("subject", theirs.subject, ours.subject),
        ("preheader", theirs.preheader, ours.preheader),
        ("sponsor", theirs.sponsor, ours.sponsor),
        ("withdrawn", theirs.withdrawn, ours.withdrawn),
        ("approval", _word(theirs.approval), _word(ours.approval)),
    )
    return tuple(
        f"{name}: theirs {_shown(one)}, ours {_shown(other)}"
        for name, one, other in pairs
        if one != other
    )


def _word(approval: Approval | None) -> str:
    return f"{approval.by}, {approval.at:%d %b %H:%M:%S}" if approval else ""


def _shown(value: str | tuple[str, ...] | None) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return f"“{value}”" if value else "none" if value is None else "empty"


def _clean(choices: Choices) -> Choices:
    """Fold every text as reading does: a page may send line ends, and what nobody can see."""
    own = choices.articles
    return replace(
        choices,
        articles=None if own is None else _names(own),
        out=_names(choices.out),
        lead=one_line(choices.lead),
        subject=one_line(choices.subject),
        preheader=one_line(choices.preheader),
        sponsor=None if choices.sponsor is None else one_line(choices.sponsor),
        withdrawals=tuple(_clean_withdrawal(one) for one in choices.withdrawals),
        approval=_clean_approval(choices.approval) if choices.approval else None,
    )


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, map(one_line, names))))


def _clean_withdrawal(one: Withdrawal) -> Withdrawal:
    at = one.at.replace(microsecond=0) if one.at else None
    return Withdrawal(article=one_line(one.article), by=one_line(one.by), at=at)


def _clean_approval(approval: Approval) -> Approval:
    return Approval(
        by=one_line(approval.by),
        at=approval.at.replace(microsecond=0),
        articles=_names(approval.articles),
        lead=one_line(approval.lead),
        subject=one_line(approval.subject),
        preheader=one_line(approval.preheader),
        digests={one_line(name): one_line(text) for name, text in approval.digests.items()},
    )


def _written(wanted: Choices, before: Choices, text: str) -> str:
    """Bring a file's text up to date, touching only what differs."""
    # Only who saves needs it.
    import tomlkit  # noqa: PLC0415
    from tomlkit.exceptions import TOMLKitError  # noqa: PLC0415

    try:
        document = tomlkit.parse(text)
        if not text:
            for line in _HEADER:
                document.add(tomlkit.comment(line))
            document.add(tomlkit.nl())
        # What stands below a table's name belongs to it, so tables come last.
        tables = {key: document.pop(key) for key in ("withdrawn", "approval") if key in document}
        for key in ("articles", "out", "lead", "subject", "preheader", "sponsor"):
            _settle(document, key, getattr(wanted, key), getattr(before, key))
        if wanted.withdrawals:
            same = wanted.withdrawals == before.withdrawals
            document["withdrawn"] = tables["withdrawn"] if same else _withdrawn(wanted)
        if wanted.approval:
            same = wanted.approval == before.approval
            document["approval"] = tables["approval"] if same else _approval(wanted.approval)
        return tomlkit.dumps(document)
    except TOMLKitError as error:
        raise ChoicesError(f"The file of choices cannot be changed: {error}.") from error


def _settle(document: Any, key: str, wanted: Any, before: Any) -> None:
    """Set one key, or take it out; one that says the same stays as it was written."""
    absent = wanted is None or (wanted in ("", ()) and key not in {"articles", "sponsor"})
    if absent:
        document.pop(key, None)
    elif key not in document or wanted != before:
        document[key] = _list(wanted) if isinstance(wanted, tuple) else wanted


def _list(names: tuple[str, ...]) -> Any:
    import tomlkit  # noqa: PLC0415

    array = tomlkit.array()
    array.extend(names)
    return array.multiline(len(names) > 1 or sum(map(len, names)) > _ONE_LINE)


def _withdrawn(choices: Choices) -> Any:
    import tomlkit  # noqa: PLC0415

    tables = tomlkit.aot()
    for one in choices.withdrawals:
        table = tomlkit.table()
        table.add("article", one.article)
        if one.by:
            table.add("by", one.by)
        if one.at:
            table.add("at", one.at)
        tables.append(table)
    return tables


def _approval(approval: Approval) -> Any:
    import tomlkit  # noqa: PLC0415

    table = tomlkit.table()
    for key in ("by", "at", "lead", "subject", "preheader"):
        table.add(key, getattr(approval, key))
    table.add("articles", _list(approval.articles))
    hashes = tomlkit.table()
    for name in sorted(approval.digests):
        hashes.add(name, approval.digests[name])
    table.add("digests", hashes)
    return table
