"""Notices in words: what happened, and the next step. Pure, and no reader's address is known."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from newsletter.model import Counts, EditionId, NoticeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a notice is made of."""

    kind: NoticeKind
    edition: EditionId
    #: When it is to go out, and when nothing goes out by itself any more; in its own zone.
    hour: datetime
    deadline: datetime
    #: What its moment knew.
    facts: Mapping[str, Any]
    #: As the ledger has it now.
    counts: Counts
    began: datetime | None = None
    ended: datetime | None = None

    @property
    def at(self) -> str:
        return f"{self.hour:%H:%M %Z}"

    @property
    def reason(self) -> str:
        return str(self.facts.get("reason") or "")

    @property
    def until(self) -> str:
        return f"{self.deadline:%H:%M %Z}"

    @property
    def named(self) -> str:
        """As commands are told of it: `daily --date 2026-07-05`."""
        return f"{self.edition.newsletter} --date {self.edition.day}"


def words(told: Told) -> tuple[str, str]:
    """Return a subject and a text of some lines."""
    subject, lines = _WORDS[told.kind](told)
    return f"{told.edition}: {subject}", "\n".join(lines) + "\n"


#: A subject without the edition, and the lines below it.
_Words = tuple[str, Iterator[str]]


def _going_out(told: Told) -> _Words:
    facts = told.facts
    if facts.get("empty"):
        return f"no edition so far: {facts['empty']}", _empty_lines(told)
    if errors := _stopping(facts):
        return f"would not go out: {_plural(len(errors), 'error')}", _draft_lines(told)
    asks = facts.get("asks") and not facts.get("approved")
    subject = f"waits for approval, {told.at}" if asks else f"goes out at {told.at}"
    return subject, _draft_lines(told)


def _empty_lines(told: Told) -> Iterator[str]:
    yield f"As things stand there is no edition: {told.facts['empty']}."
    yield f"It is made anew at {told.at}; a story that is there by then is in it."
    yield from _listed("Not read", told.facts.get("problems"))
    yield ""
    yield f"newsletter build {told.named} --explain   says why each story is in or out."


def _draft_lines(told: Told) -> Iterator[str]:
    facts = told.facts
    if facts.get("mail"):
        yield f"Subject   {facts['mail']}"
        yield f"Readers   {facts.get('readers', 0):,}"
        yield from _listed("Stories", facts.get("stories"))
    yield from _listed("Errors", _stopping(facts))
    yield from _listed("Warnings", facts.get("warnings"))
    yield ""
    if _stopping(facts):
        yield f"Mend that before {told.at}; then it is made anew, each minute until {told.until}."
        yield f"newsletter check {told.named}   looks again."
    elif facts.get("asks") and not facts.get("approved"):
        yield f"It waits for an editor until {told.until}; without approval it does not go out."
        yield f"newsletter approve {told.named}"
    else:
        yield f"It goes out by itself at {told.at}, with what is there by then."
        yield f"newsletter hold {told.named}   keeps it back."


def _unapproved(told: Told) -> _Words:
    return "waits for approval", iter(
        (
            f"It is past {told.at}, and nothing has gone out: the editor's word is missing.",
            f"{told.facts.get('why') or 'Nobody has approved it yet'}",
            f"It goes out within a minute of approval, until {told.until}; then it is missed.",
            "",
            f"newsletter preview {told.named}",
            f"newsletter approve {told.named}",
        )
    )


def _blocked(told: Told) -> _Words:
    return "has not gone out", _blocked_lines(told)


def _blocked_lines(told: Told) -> Iterator[str]:
    yield f"It was to go out at {told.at}, and cannot as it stands:"
    yield from (f"  {line}" for line in (*told.facts.get("errors", ()), told.facts.get("why", "")))
    if hint := told.facts.get("hint"):
        yield f"  {hint}"
    yield ""
    yield f"Mend it: it is tried each minute until {told.until}, and then missed."
    yield f"newsletter check {told.named}"


def _late(told: Told) -> _Words:
    minutes = told.facts.get("minutes", 0)
    return f"began {_plural(minutes, 'minute')} late", iter(
        (
            f"It was to go out at {told.at}, and began {_plural(minutes, 'minute')} later.",
            "Was the machine off, or the database away?",
            "",
            f"newsletter status {told.edition}",
        )
    )


def _paused(told: Told) -> _Words:
    return "is paused", _paused_lines(told)


def _paused_lines(told: Told) -> Iterator[str]:
    yield f"Nothing more of it is handed over: {told.reason or 'somebody paused it'}."
    yield from _numbers(told.counts)
    yield ""
    yield f"newsletter status {told.edition}"
    yield f"newsletter resume {told.edition}   lets it go on, once that is mended."


def _unknown(told: Told) -> _Words:
    count = told.counts.unknown
    return f"{_plural(count, 'reader')} in doubt", _unknown_lines(told)


def _unknown_lines(told: Told) -> Iterator[str]:
    yield "All others are settled. These may or may not have been mailed, so no machine mails them"
    yield "again; an event of the other side's may still settle them."
    yield from _numbers(told.counts)
    yield ""
    yield f"newsletter status {told.edition} --unknown   names them."
    yield f"newsletter resolve {told.edition} --accepted   or --resend: your word."


def _finished(told: Told) -> _Words:
    return f"sent to {_plural(told.counts.submitted, 'reader')}", _finished_lines(told)


def _finished_lines(told: Told) -> Iterator[str]:
    if told.began and told.ended:
        yield f"Sent {told.began:%H:%M:%S} to {told.ended:%H:%M:%S %Z}, nothing left open."
    yield from _numbers(told.counts)
    yield ""
    yield f"newsletter report {told.edition}"


def _skipped(told: Told) -> _Words:
    return "no edition today", iter(
        (
            f"There is none: {told.reason or 'too little to say'}.",
            "That is no fault: nothing more is tried by itself for that day.",
            "",
            f"newsletter build {told.named} --explain   says why each story is in or out.",
            f"newsletter send {told.named}   sends one all the same, once there is a story.",
        )
    )


def _missed(told: Told) -> _Words:
    why = told.reason or "it was not ready in time"
    return "was missed", iter(
        (
            f"It was to go out at {told.at}, at the latest at {told.until}: {why}.",
            "Nothing of it goes out by itself any more. Its stories stay candidates for the next",
            "edition, for as long as newsletter.toml says.",
            "",
            f"newsletter send {told.named}   sends it all the same.",
        )
    )


_WORDS: Mapping[NoticeKind, Callable[[Told], _Words]] = {
    NoticeKind.GOING_OUT: _going_out,
    NoticeKind.UNAPPROVED: _unapproved,
    NoticeKind.BLOCKED: _blocked,
    NoticeKind.LATE: _late,
    NoticeKind.PAUSED: _paused,
    NoticeKind.UNKNOWN: _unknown,
    NoticeKind.FINISHED: _finished,
    NoticeKind.SKIPPED: _skipped,
    NoticeKind.MISSED: _missed,
}


def _numbers(counts: Counts) -> Iterator[str]:
    """Write the equation down, line by line."""
    for name in ("selected", "submitted", "refused", "skipped", "pending", "unknown"):
        yield f"  {name:<10}{getattr(counts, name):>12,}"


def _listed(title: str, lines: Any) -> Iterator[str]:
    if lines:
        yield ""
        yield title
        yield from (f"  - {line}" for line in lines)


def _stopping(facts: Mapping[str, Any]) -> list[str]:
    """Name what would stop it: preflight's errors, or why it could not even be made."""
    return [*facts.get("errors", ()), *filter(None, [facts.get("why")])]


def _plural(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
