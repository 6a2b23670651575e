"""Where the edition stands, as the chip says it, and what can be done about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from newsletter.model import EditionState
from newsletter.newsroom import NoEdition
from newsletter.studio.findings import capital
from newsletter.studio.live import Shown

Colour = Literal["grey", "red", "amber", "green", "ink"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """One thing to do: its word in the page's script and route, and its label."""

    act: str
    label: str
    #: Why it cannot be pressed; empty: it can.
    off: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chip:
    """A sign, a word, a sentence, and buttons; the last one is the main one."""

    colour: Colour
    sign: str
    word: str
    sentence: str
    buttons: tuple[Button, ...]


_PROOF = Button(act="proof", label="Proof")
_HOLD = Button(act="hold", label="Hold")
_RELEASE = Button(act="release", label="Release")
_WHY = Button(act="why", label="See why")
_CANCEL = Button(act="cancel", label="Cancel")


def chip(shown: Shown) -> Chip:
    """Say where an edition stands."""
    return _BY_STATE.get(shown.standing.state, _waiting)(shown)


def _cancelled(_shown: Shown) -> Chip:
    return _made("grey", "–", "Cancelled", "Given up for good.", ())


def _missed(shown: Shown) -> Chip:
    words = f"Not sent: {shown.standing.reason or 'it was not ready in time'}."
    late = Button(act="late", label="Send late")
    return _made("red", "✕", "Missed", words, (_PROOF, late))


def _skipped(shown: Shown) -> Chip:
    if shown.draft:
        # There has come more since.
        return _waiting(shown)
    words = f"No edition: {shown.standing.reason or 'there was too little'}."
    return _made("grey", "–", "Skipped", words, (_WHY,))


def _waiting(shown: Shown) -> Chip:
    """Say what stands in the way of an edition that has not begun."""
    if shown.fault:
        return _broken(shown)
    if shown.draft is None:
        made = shown.made
        why = f"No edition: {made.reason}." if isinstance(made, NoEdition) else "Nothing to show."
        return _made("grey", "–", "No edition", why, (_WHY,) if made else ())
    if shown.standing.planned:
        words = "Its mail and its readers are frozen: saves no longer change them."
        return _made("green", "✓", "Frozen", words, (_PROOF, _HOLD))
    if shown.word:
        return _changed(shown) if shown.is_changed else _approved(shown)
    return _draft(shown)


def _broken(shown: Shown) -> Chip:
    """Say that what was saved last is no mail; the one before may be held all the same."""
    if shown.draft is None:
        return _made("red", "✕", "Cannot be made", "There is no good mail yet.", ())
    words = f"What was saved last cannot be made. The mail below is of {shown.at:%H:%M:%S}."
    approve = Button(act="approve", label="Approve", off="Mend what is shown first.")
    return _made("red", "✕", "Cannot be made", words, (_HOLD, approve))


def _approved(shown: Shown) -> Chip:
    words = f"{_approval(shown)} {_departure(shown)}".strip()
    return _made("green", "✓", "Approved", words, (_PROOF, _HOLD))


def _draft(shown: Shown) -> Chip:
    draft = shown.draft
    assert draft  # noqa: S101 - who calls this has looked
    errors = len(draft.errors)
    warnings = len(draft.findings) - errors
    if errors:
        first = draft.errors[0]
        words = ". ".join(capital(part) for part in (first.sentence, first.hint) if part)
        off = f"{_counted(errors, 'error')} must be mended first."
        approve = Button(act="approve", label="Approve", off=off)
        word = f"Draft, {_counted(errors, 'error')}"
        return _made("red", "✕", word, words, (_PROOF, _HOLD, approve))
    approve = Button(act="approve", label="Approve")
    checked = f"Checked at {shown.at:%H:%M}."
    if warnings:
        judge = f"{_counted(warnings, 'warning')} to judge."
        words = f"{checked} {judge} {_departure(shown)}".strip()
        return _made(
            "amber", "!", f"Draft, {_counted(warnings, 'warning')}", words, (_PROOF, _HOLD, approve)
        )
    words = f"{checked} Nothing stops it. {_departure(shown)}".strip()
    return _made("grey", "○", "Draft", words, (_PROOF, _HOLD, approve))


def _changed(shown: Shown) -> Chip:
    sentence = shown.word.sentence if shown.word else ""
    them = "it" if len(shown.changes) == 1 else "them"
    words = f"{sentence}. See {them} and approve again."
    errors = len(shown.draft.errors) if shown.draft else 0
    off = f"{_counted(errors, 'error')} must be mended first." if errors else ""
    buttons = (
        _PROOF,
        _HOLD,
        Button(act="approve", label="Approve again", off=off),
        Button(act="changes", label="See changes"),
    )
    return _made("amber", "!", "Changed", words, buttons)


def _held(shown: Shown) -> Chip:
    reason = shown.standing.reason
    who = f"Held {reason}" if reason.startswith("by ") else f"Held: {reason}" if reason else "Held"
    words = f"{who}. Not sent until released{_deadline(shown)}."
    return _made("amber", "‖", "Held", words, (_PROOF, _RELEASE))


def _sending(shown: Shown) -> Chip:
    words = _words(_settled(shown), _rest(shown), _unsure(shown))
    pause = Button(act="pause", label="Pause")
    return _made("ink", "▸", f"Sending {_share(shown)} %", words, (_CANCEL, pause))


def _paused(shown: Shown) -> Chip:
    reason = shown.standing.reason
    words = _words(f"{capital(reason)}." if reason else "", _settled(shown), _unsure(shown))
    resume = Button(act="resume", label="Resume")
    return _made("amber", "‖", f"Paused at {_share(shown)} %", words, (_CANCEL, resume))


def _words(*sentences: str) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _share(shown: Shown) -> int:
    counts = shown.standing.counts
    return 100 * (counts.selected - counts.pending) // counts.selected if counts.selected else 100


def _settled(shown: Shown) -> str:
    counts = shown.standing.counts
    return f"{counts.selected - counts.pending:,} of {counts.selected:,} settled."


def _rest(shown: Shown) -> str:
    """Say what a release waits for, or else how long the rest will take."""
    standing = shown.standing
    if standing.release:
        return f"{capital(standing.release)}."
    if shown.speed and standing.counts.pending:
        return f"{_minutes(standing.counts.pending / shown.speed)} left."
    return ""


def _unsure(shown: Shown) -> str:
    unknown = shown.standing.counts.unknown
    return f"{unknown:,} we are not sure about." if unknown else ""


def _sent(shown: Shown) -> Chip:
    counts = shown.standing.counts
    words = f"{counts.submitted:,} accepted, {counts.refused:,} refused"
    words += f", {_unsure(shown)}" if counts.unknown else "."
    return _made("ink", "■", "Sent", words, (Button(act="report", label="Report"),))


def _made(colour: Colour, sign: str, word: str, sentence: str, buttons: tuple[Button, ...]) -> Chip:
    return Chip(colour=colour, sign=sign, word=word, sentence=sentence, buttons=buttons)


_BY_STATE: Mapping[EditionState, Callable[[Shown], Chip]] = {
    EditionState.HELD: _held,
    EditionState.SENDING: _sending,
    EditionState.PAUSED: _paused,
    EditionState.SENT: _sent,
    EditionState.CANCELLED: _cancelled,
    EditionState.MISSED: _missed,
    EditionState.SKIPPED: _skipped,
}


def _approval(shown: Shown) -> str:
    return f"{shown.word.sentence}." if shown.word else ""


def _departure(shown: Shown) -> str:
    """Say when it goes, and whether somebody has to agree first."""
    hour = shown.newsletter.schedule.hour_on(shown.standing.id.day)
    if hour < shown.at:
        return ""
    readers = f" to {_counted(shown.readers, 'reader')}" if shown.readers else ""
    when = f"{hour.hour}:{hour:%M %Z}{readers}"
    if shown.newsletter.approval == "automatic" or shown.word:
        return f"It goes at {when}."
    return f"It goes at {when} once it is approved."


def _deadline(shown: Shown) -> str:
    deadline = shown.newsletter.schedule.deadline_on(shown.standing.id.day)
    return f"; deliver by {deadline.hour}:{deadline:%M}" if deadline else ""


def _minutes(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"About {_counted(minutes, 'minute')}" if minutes else "Less than a minute"


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"
