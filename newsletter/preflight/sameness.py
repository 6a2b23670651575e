"""What was told before: in the edition of yesterday, or two stories above."""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import combinations

from newsletter.model import Article, EditionId, Finding
from newsletter.preflight.proof import Proofsheet, place, warning
from newsletter.preflight.prose import fold, plain, quote

#: How alike two headlines are, 0 to 1, that tell one story.
_ALIKE = 0.86

#: Characters of a headline that are compared; more would take long, and says nothing new.
_LONGEST = 300

_NUMBER = re.compile(r"\d+")


def repeated(sheet: Proofsheet) -> Iterator[Finding]:
    """A morning brings news: neither the lead nor the subject is yesterday's."""
    lead, memory = sheet.edition.lead, sheet.memory
    # A correction says again what it corrects.
    if memory.last and EditionId.parse(memory.last).day == sheet.edition.id.day:
        return
    led = any(
        one.led and one.edition == memory.last and (one.key == lead.key or one.article == lead.id)
        for one in memory.considered
    )
    if led and not fold(lead.update_note):
        sentence = f"the same lead as in {memory.last}"
        hint = "choose another lead; if it is an update, say what changed with update_note:"
        yield warning(sentence, hint, where=place(lead, "title:", "title ="), about=lead)
    before = fold(memory.subject).casefold()
    if before and before == fold(sheet.rendition.subject).casefold():
        sentence = f"the same subject as {memory.last}: Gmail puts the two into one thread"
        where = place(lead, "subject:", "subject =", "title:", "title =")
        yield warning(sentence, "set subject: with what is new", where=where, about=lead)


def twins(sheet: Proofsheet) -> Iterator[Finding]:
    """No story is told twice in one mail, under a headline that differs by a word."""
    told: set[int] = set()
    for (_, first), (number, second) in combinations(enumerate(sheet.edition.articles), 2):
        if number not in told and (why := _twins(first, second)):
            told.add(number)
            yield warning(
                f"{quote(fold(second.title))} looks like {quote(fold(first.title))}: {why}",
                f"take one of them out; the other is {first.origin or first.url}",
                where=place(second, "title:", "title ="),
                about=second,
            )


def _twins(first: Article, second: Article) -> str:
    one, other = fold(first.title).casefold(), fold(second.title).casefold()
    if first.key and first.key == second.key:
        return "the same address"
    if one == other:
        return ""  # that is what `headlines` tells
    # Parts of a series differ by their number.
    if _NUMBER.findall(one) == _NUMBER.findall(other) and _alike(one, other):
        return "nearly the same headline"
    body = plain(first.body)
    return "the same text" if len(body) > 80 and body == plain(second.body) else ""


def _alike(one: str, other: str) -> bool:
    one, other = one[:_LONGEST], other[:_LONGEST]
    if min(len(one), len(other)) < 12:
        return False
    words = SequenceMatcher(None, one.split(), other.split(), autojunk=False)
    shared = 2 * sum(block.size for block in words.get_matching_blocks())
    total = len(one.split()) + len(other.split())
    if shared < total / 2:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _ALIKE
