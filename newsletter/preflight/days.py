"""Dates that the mail itself bears, whatever its stories are about."""

import re
from collections.abc import Iterator
from datetime import date as calendar_date

from newsletter.model import Finding
from newsletter.preflight.page import spoken
from newsletter.preflight.proof import Proofsheet, place, warning
from newsletter.preflight.prose import fold, plain

_MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = "|".join(f"{month[:3]}(?:{month[3:]})?" for month in _MONTHS)
_DATE = re.compile(
    rf"\b(?:(?P<d>\d\d?)(?:st|nd|rd|th)?\.?\s+(?P<m>{_MONTH})\.?,?\s+(?P<y>\d{{4}})"
    rf"|(?P<m2>{_MONTH})\.?\s+(?P<d2>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<y2>\d{{4}})"
    r"|(?P<iso>\d{4}-\d\d-\d\d))\b",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(
    r"(?:©|\(c\)|\bcopyright\b)(?:\s|©|\(c\)|copyright)*(?:(?:19|20)\d\d\s*[-–]\s*)?((?:19|20)\d\d)"
    r"(?!\s*[-–]\s*\d{4})",
    re.IGNORECASE,
)

_HINT = "write letter.date, or take it out"


def date(sheet: Proofsheet) -> Iterator[Finding]:
    """What bears a date bears the edition's: the masthead, the subject, the foot."""
    yield from _masthead_date(sheet)
    yield from _foot_date(sheet)
    yield from _subject_date(sheet)
    yield from _copyright_year(sheet)


def _masthead_date(sheet: Proofsheet) -> Iterator[Finding]:
    day = sheet.edition.id.day
    for said, there in _dates(_masthead(sheet)):
        if there != day:
            sentence = f"the masthead says {said}, the edition is of {day.isoformat()}"
            yield warning(sentence, _HINT, where=sheet.templates)


def _foot_date(sheet: Proofsheet) -> Iterator[Finding]:
    """Look round the stories: what they and the sponsor say may be of any day."""
    day, masthead = sheet.edition.id.day, _masthead(sheet)
    for element, words in sheet.texts:
        for said, there in _dates(words):
            theirs = said in sheet.own_words or said in masthead or sheet.story(element)
            if there < day and not theirs:
                sentence = f"the mail says {said}, the edition is of {day.isoformat()}"
                yield warning(sentence, _HINT, where=sheet.templates, at=element)


def _subject_date(sheet: Proofsheet) -> Iterator[Finding]:
    lead, day = sheet.edition.lead, sheet.edition.id.day
    for said, there in _dates(f"{sheet.rendition.subject} · {sheet.rendition.preheader}"):
        if there < day and (day - there).days < 31 and said not in _said(sheet):
            sentence = f"subject or preheader says {said}, the edition is of {day.isoformat()}"
            where = place(lead, said)
            yield warning(sentence, "write today's", where=where, about=lead)


def _copyright_year(sheet: Proofsheet) -> Iterator[Finding]:
    year = sheet.edition.id.day.year
    for found in _COPYRIGHT.finditer(sheet.visible):
        if int(found[1]) != year and found[0] not in _said(sheet):
            sentence = f"the mail says “{found[0]}”, the edition is of {year}"
            yield warning(sentence, f"write {year}, or no year", where=sheet.templates)


def _masthead(sheet: Proofsheet) -> str:
    """Return what is said before the first headline."""
    said: list[str] = []
    for element, words in spoken(sheet.root):
        if element.tag == "h1":
            return fold("".join(said))
        if not sheet.looks("light").of(element).hidden:
            said.append(words)
    return ""  # without a headline nobody can say where it ends


def _said(sheet: Proofsheet) -> str:
    """Return the stories' own words, which may be of any day."""
    stories = sheet.edition.articles
    return " ".join(fold(f"{one.title} {one.dek} {plain(one.body)}") for one in stories)


def _dates(text: str) -> Iterator[tuple[str, calendar_date]]:
    for found in _DATE.finditer(text):
        try:
            if found["iso"]:
                yield found[0], calendar_date.fromisoformat(found["iso"])
            else:
                month = (found["m"] or found["m2"]).lower()[:3]
                number = next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(month))
                year, day = int(found["y"] or found["y2"]), int(found["d"] or found["d2"])
                yield found[0], calendar_date(year, number, day)
        except ValueError:  # the 31st of June is no date
            continue
