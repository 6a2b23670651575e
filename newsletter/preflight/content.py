"""What the stories say, and when they say it."""

import re
from collections.abc import Iterator

from newsletter.model import Article, Finding
from newsletter.preflight.proof import Proofsheet, error, fold, passages, place, plain, warning

#: What is written to be replaced. Small letters are words of other languages: “todo”.
_PLACEHOLDER = re.compile(r"\b(?:TK(?:TK)*|TODO|FIXME|XXX+|[Ll]orem [Ii]psum|LOREM IPSUM)\b")

#: Days. An older lead was news on another day.
STALE_AFTER = 2


def placeholder(sheet: Proofsheet) -> Iterator[Finding]:
    """Find words that were to be replaced; code may say TODO."""
    hint = "write what belongs there, or take the sentence out"
    for article in sheet.edition.articles:
        for spot, words in passages(article):
            for found in dict.fromkeys(_PLACEHOLDER.findall(words)):
                sentence = f"“{found}” left in {spot} of “{fold(article.title)}”"
                yield error(sentence, hint, where=place(article, found), about=article)
    if sponsor := sheet.edition.sponsor:
        said = f"{sponsor.name} {sponsor.text} {sponsor.call}"
        for found in dict.fromkeys(_PLACEHOLDER.findall(said)):
            yield error(f"“{found}” left in the sponsor's words", hint, where=sponsor.origin)


def headlines(sheet: Proofsheet) -> Iterator[Finding]:
    """Every story has a headline, and no two have the same."""
    first: dict[str, Article] = {}
    for article in sheet.edition.articles:
        title = fold(article.title).casefold()
        if not title:
            yield error("a story has no headline", "set title:", about=article)
        elif (twin := first.setdefault(title, article)) is not article:
            yield warning(
                f"the same headline twice: “{fold(article.title)}”",
                f"reword one of them, or take it out; the other is {twin.origin or twin.url}",
                where=place(article, "title:", "title ="),
                about=article,
            )


def references(sheet: Proofsheet) -> Iterator[Finding]:
    """The lead says where its facts are from."""
    lead = sheet.edition.lead
    if not lead.references:
        hint = "list them under sources: in the front matter; the mail says that there are none"
        yield warning("no sources with the lead", hint, about=lead)


def stale(sheet: Proofsheet) -> Iterator[Finding]:
    """The lead is of its edition's day, whatever today is."""
    lead, zone = sheet.edition.lead, sheet.newsletter.schedule.zone
    day = lead.changed.astimezone(zone).date()
    age = (sheet.edition.id.day - day).days
    where = place(lead, "updated:", "updated =", "published:", "published =")
    if age > STALE_AFTER:
        sentence = f"the lead is {age} days old: it is dated {day.day} {day:%B %Y}"
        hint = "choose another lead, or say what is new with updated: and update_note:"
        yield warning(sentence, hint, where=where, about=lead)
    elif age < 0:
        sentence = f"the lead is dated after its edition: {day.day} {day:%B %Y}"
        yield warning(sentence, "mend its date", where=where, about=lead)


def thin(sheet: Proofsheet) -> Iterator[Finding]:
    """A headline alone is no story."""
    for article in sheet.edition.articles:
        if not (fold(article.dek) or plain(article.body) or article.video):
            sentence = f"“{fold(article.title)}” has neither dek nor text"
            yield warning(sentence, "write a sentence as dek:", about=article)


def update(sheet: Proofsheet) -> Iterator[Finding]:
    """Who reads a story again is told what is new in it."""
    for article in sheet.edition.articles:
        if article.update_of and not fold(article.update_note):
            yield warning(
                f"“{fold(article.title)}” was in {article.update_of}; nothing says what changed",
                "set update_note: in its front matter",
                where=place(article, "updated:", "updated ="),
                about=article,
            )


def sources(sheet: Proofsheet) -> Iterator[Finding]:
    """Tell what could not be read on the way here."""
    for problem in dict.fromkeys(sheet.problems):
        yield warning(problem.what, problem.hint, where=problem.where)
