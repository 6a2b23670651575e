"""The two lines that an inbox shows."""

import re
from collections.abc import Iterator
from itertools import accumulate

from newsletter.model import Finding
from newsletter.preflight.proof import Proofsheet, error, place, warning
from newsletter.preflight.prose import EMOJI, as_read, bare, fold, quote

#: Characters as read: what a subject may have, and what a phone shows of it.
SUBJECT_FITS, PHONE_SHOWS = 60, 40

#: A shorter preheader lets the inbox fill up with the masthead.
PREHEADER_NEEDS = 40
PREHEADER_FITS = 140

_EMOJI = re.compile(f"[{EMOJI}]")
_SHOUTS = frozenset({"BREAKING", "URGENT", "ALERT", "EXCLUSIVE", "FREE", "SHOCKING"})
_ANSWER = re.compile(r"(re|fwd?|aw|wg)\s*:", re.IGNORECASE)


def subject(sheet: Proofsheet) -> Iterator[Finding]:
    """The subject says the news, and is read whole."""
    lead, words = sheet.edition.lead, fold(sheet.rendition.subject)
    where = place(lead, "subject:", "subject =", "title:", "title =")
    if not words:
        hint = "set subject: in the lead's front matter"
        yield error("the subject is empty", hint, where=where, about=lead)
    elif (length := as_read(words)) > SUBJECT_FITS:
        sentence = f"{length} characters; a phone shows the first {PHONE_SHOWS}: {_on_phone(words)}"
        hint = f"set subject: in the front matter, up to {SUBJECT_FITS}"
        yield warning(sentence, hint, where=where, about=lead)
    if _ANSWER.match(words):
        sentence = "the subject looks like an answer to a mail that nobody wrote"
        yield warning(sentence, "take out Re: or Fwd:", where=where, about=lead)
    hint = "write it in sentence case"
    if as_read(words) > 12 and words.isupper():
        yield warning("the subject is all capitals", hint, where=where, about=lead)
    elif shouted := _shouted(sheet, words):
        yield warning(f"the subject shouts {quote(shouted)}", hint, where=where, about=lead)
    if found := _EMOJI.search(words):
        sentence = f"the subject holds “{found[0]}”, which inboxes draw as they like"
        yield warning(sentence, "say it in words", where=where, about=lead)


def _shouted(sheet: Proofsheet, words: str) -> str:
    """Return the first word in capitals that is no abbreviation: the edition writes it small."""
    written = set(re.findall(r"\w+", sheet.own_words))
    for word in re.findall(r"\b[A-Z]{4,}\b", words):
        if word in _SHOUTS or {word.lower(), word.capitalize()} & written:
            return str(word)
    return ""


def _on_phone(words: str) -> str:
    """Cut a subject where a phone does."""
    read = enumerate(accumulate(map(as_read, words)))
    end = next(position for position, count in read if count >= PHONE_SHOWS)
    return f"“{words[:end]}…”"


def preheader(sheet: Proofsheet) -> Iterator[Finding]:
    """The line after the subject says what the subject could not."""
    lead, words = sheet.edition.lead, fold(sheet.rendition.preheader)
    said = fold(sheet.rendition.subject).casefold()
    where = place(lead, "preheader:", "preheader =", "dek:", "dek =")
    hint = "set preheader: in the lead's front matter, 90 to 140 characters"
    length = as_read(words)
    if not words:
        yield warning("there is no preheader", hint, where=where, about=lead)
    elif said and words.casefold().startswith(said.rstrip(".… ")):
        yield warning("the preheader says the subject again", hint, where=where, about=lead)
    elif length < PREHEADER_NEEDS:
        sentence = f"the preheader has {length} characters; the inbox fills up with the masthead"
        yield warning(sentence, hint, where=where, about=lead)
    elif bare(words) not in sheet.seen:
        hint = "put letter.preheader back into mj-preview"
        yield warning("the mail does not hold its preheader", hint, where=sheet.templates)
    elif length > PREHEADER_FITS:
        sentence = (
            f"the preheader has {length} characters; no inbox shows more than {PREHEADER_FITS}"
        )
        yield warning(sentence, hint, where=where, about=lead)
