"""What the stories say, and when they say it."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from newsletter.model import Article, Finding
from newsletter.preflight.page import words
from newsletter.preflight.proof import Proofsheet, error, place, warning
from newsletter.preflight.prose import fold, passages, plain, quote

#: What is written to be replaced. Small letters are words of other languages: “todo”.
_PLACEHOLDER = re.compile(
    r"\b(?:TK(?:TK)*|TODO|FIXME|XXX+|[Ll]orem(?: [Ii]psum)?|LOREM(?: IPSUM)?)\b"
)

_MADE_UP = re.compile(
    r"^https?://(?:[^/?#]*[.@])?example\.(?:com|net|org)(?=[:/?#]|$)", re.IGNORECASE
)

#: Days. An older lead was news on another day.
STALE_AFTER = 2


def placeholder(sheet: Proofsheet) -> Iterator[Finding]:
    """Find words that were to be replaced; code may say TODO."""
    hint = "write what belongs there, or take the sentence out"
    for article in sheet.edition.articles:
        for spot, said in passages(article):
            for found in dict.fromkeys(_PLACEHOLDER.findall(said)):
                sentence = f"“{found}” left in {spot} of “{fold(article.title)}”"
                yield error(sentence, hint, where=place(article, found), about=article)
    yield from _addresses(sheet)
    yield from _frame(sheet)
    if sponsor := sheet.edition.sponsor:
        said = f"{sponsor.name} {sponsor.text} {sponsor.call}"
        for found in dict.fromkeys(_PLACEHOLDER.findall(said)):
            yield error(f"“{found}” left in the sponsor's words", hint, where=sponsor.origin)


def _frame(sheet: Proofsheet) -> Iterator[Finding]:
    """Find such words round the stories: in newsletter.toml, and in the templates."""
    own = sheet.newsletter
    hint = "write what belongs there"
    for key in ("title", "tagline", "strip", "postal_address", "home"):
        for found in dict.fromkeys(_PLACEHOLDER.findall(getattr(own, key))):
            yield error(f"“{found}” left in {key}", hint, where=sheet.settings_file)
    for found in dict.fromkeys(_PLACEHOLDER.findall(sheet.visible)):
        if found not in sheet.own_words:
            yield error(f"“{found}” left in a template", hint, where=sheet.templates)


def _addresses(sheet: Proofsheet) -> Iterator[Finding]:
    """Find links that were to be replaced: to nothing, to TK, to a made-up host (RFC 2606)."""
    hint = "write the address that is meant"
    for link in sheet.rendition.links:
        if _MADE_UP.search(link.url) or _PLACEHOLDER.search(unquote(link.url)):
            article = sheet.article(link.article)
            where = sheet.place(link)
            at = sheet.link_elements.get(link.number)
            yield warning(f"{link.url} is a placeholder", hint, where=where, about=article, at=at)
    for element in sheet.root.iter("a"):
        href = (element.get("href") or "").strip()
        if element.get("href") is not None and (href in {"", "#"} or _PLACEHOLDER.search(href)):
            about = sheet.story(element)
            where = "" if about else sheet.templates
            sentence = f"the link {quote(words(element))} leads to “{href}”"
            yield warning(sentence, hint, where=where, about=about, at=element)


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
    yield from sheet.told_by("")
